"""The plain records of this app, declared."""

from mspgov.web.kit import Kit

from . import policy
from .models import Location, Service, Vendor


class Services(Kit):
    model = Service
    may, may_write = policy.READ_SERVICES, policy.WRITE_SERVICES
    columns = ("name", "key", "criticality", "engagement")
    more_columns = ("description",)
    fields = ("engagement", "name", "key", "criticality", "description")
    filters = ("engagement", "criticality")
    search = ("name", "key", "description")
    widths = {"name": "half", "key": "half", "criticality": "half"}


class Vendors(Kit):
    model = Vendor
    may, may_write = policy.READ_VENDORS, policy.WRITE_VENDORS
    columns = ("name", "party", "delivers", "engagement")
    fields = ("engagement", "name", "party", "delivers")
    filters = ("engagement", "party")
    search = ("name", "delivers")
    widths = {"name": "half", "party": "half"}


class Locations(Kit):
    model = Location
    may, may_write = policy.READ_LOCATIONS, policy.WRITE_LOCATIONS
    columns = ("name", "country", "time_zone", "engagement")
    fields = ("engagement", "name", "country", "time_zone")
    filters = ("engagement", "country")
    search = ("name", "country")
    widths = {"country": "half", "time_zone": "half"}
