"""The WSGI entry point that granian serves."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kindling.settings")

from django.core.wsgi import get_wsgi_application

from kindling import logs
from kindling.kit.parent_watch import end_with_parent

end_with_parent()  # a server that is killed takes nobody with it: its worker would keep the port
logs.configure()
application = get_wsgi_application()
