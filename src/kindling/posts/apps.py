"""Registers the area with Django, and lets no account be connected that is not its creator's."""

from django.apps import AppConfig


class PostsConfig(AppConfig):
    name = "kindling.posts"
    label = "posts"

    def ready(self) -> None:
        """Creators lie to the left and know nothing of posts; what proves an account are its posts."""
        from kindling.creators import grants
        from kindling.posts.reading import ownership

        grants.check_account(ownership.doubt)
