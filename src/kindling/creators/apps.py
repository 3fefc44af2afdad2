"""Registers the area with Django, and lets no mail of a sequence leave unasked."""

from django.apps import AppConfig


class CreatorsConfig(AppConfig):
    name = "kindling.creators"
    label = "creators"

    def ready(self) -> None:
        """Mail lies to the left and knows nothing of sequences; what it sends still has to be wanted."""
        from kindling.creators import sent
        from kindling.workspaces import mail

        mail.check_before(sent.KEY, sent.why_not_any_more)
