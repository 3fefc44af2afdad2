"""Registers the area with Django."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "kindling.notices"
    label = "notices"

    def ready(self) -> None:
        """A notice's mail may wait for quiet hours to end: it leaves only while the notice is open."""
        from kindling.notices import mail, service

        mail.check_before(service.MAIL_KEY, service.why_not)
