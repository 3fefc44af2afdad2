"""The WSGI entry point that granian serves."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kindling.settings")

from django.core.wsgi import get_wsgi_application

from kindling import logs

logs.configure()
application = get_wsgi_application()
