"""The table of sheets between upload and import."""

from __future__ import annotations

from django.db import models

from kindling.kit.fields import SecretTextField
from kindling.workspaces.models import User, Workspace


class Sheet(models.Model):
    """A tracker between its upload and its import. It may hold codes: encrypted, and gone within a day."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="creator_sheets")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    name = models.CharField(max_length=200)
    content = SecretTextField(help_text="The file's bytes, base64.")

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.name
