"""Registers the area with Django, and lets no mail of a sequence leave unasked."""

from django.apps import AppConfig


class OutreachConfig(AppConfig):
    name = "kindling.outreach"
    label = "outreach"

    def ready(self) -> None:
        """Mail lies to the left and knows nothing of sequences; what it sends still has to be wanted."""
        from kindling.notices import mail
        from kindling.outreach import log

        mail.check_before(log.KEY, log.why_not_any_more)
