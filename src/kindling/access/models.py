"""Tables of invitations, magic links and portal sessions."""

from __future__ import annotations

from django.db import models

from kindling.creators.models import Creator
from kindling.workspaces.models import Role, User, Workspace


class Invitation(models.Model):
    """A way into a workspace for one person, with a role, for a week. Only the digest of its key is kept."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=20, choices=Role.choices)
    email = models.EmailField(blank=True, help_text="Whom it is for; empty: whoever has the link.")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    used_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"invitation of {self.email or 'whoever has the link'}"


class PortalLink(models.Model):
    """A magic link to the creator's own pages: opened once, for a short time. Only its digest is kept."""

    creator = models.ForeignKey(Creator, models.CASCADE, related_name="portal_links")
    digest = models.CharField(max_length=64, unique=True)
    purpose = models.CharField(max_length=80, help_text="What it was sent for.")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True)
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"link of {self.creator}"


class PortalSession(models.Model):
    """A device on which a creator opened a link. Only the digest of its key is kept."""

    creator = models.ForeignKey(Creator, models.CASCADE, related_name="portal_sessions")
    digest = models.CharField(max_length=64, unique=True)
    opened_at = models.DateTimeField()
    last_used_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    device = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-opened_at", "-id"]

    def __str__(self) -> str:
        return f"session of {self.creator}"
