"""The web server's door; it refuses to open with a database role that could see through the walls."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mspgov.settings")
application = get_wsgi_application()

from django.db import connections  # noqa: E402

from mspgov.tenancy.roles import require_roles  # noqa: E402  (needs the settings)

require_roles("default", "system")
connections.close_all()  # a server that loads this once and then forks must not share what was opened here

# What the first request would wait for: the addresses of every app, and the library of public holidays.
import holidays  # noqa: E402, F401
from django.urls import get_resolver  # noqa: E402

get_resolver().url_patterns  # noqa: B018
