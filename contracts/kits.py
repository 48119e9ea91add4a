"""The plain records of this app, declared."""

from mspgov.web.kit import Kit

from . import policy
from .models import CalendarException


class CalendarExceptions(Kit):
    model = CalendarException
    may, may_write = policy.READ_CALENDARS, policy.WRITE_CALENDARS
    columns = ("on", "calendar", "name", "hours")
    fields = ("calendar", "on", "name", "hours")
    filters = ("calendar",)
    search = ("name",)
    ordering = "-on"
    widths = {"on": "half", "name": "half"}
