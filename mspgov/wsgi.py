"""The web server's door; it refuses to open with a database role that could see through the walls."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mspgov.settings")
application = get_wsgi_application()

from mspgov.tenancy.roles import require_roles  # noqa: E402  (needs the settings)

require_roles("default", "system")
