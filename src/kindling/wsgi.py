"""The WSGI entry point that granian serves."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kindling.settings")

from django.core.wsgi import get_wsgi_application  # noqa: E402  (Django reads the setting above at import)

from kindling import logs  # noqa: E402  (see above)

logs.configure()
application = get_wsgi_application()
