"""Service domains, the plain record behind the owners."""

from mspgov.tenancy.models import ServiceDomain
from mspgov.tenancy.policy import READ_OFFICES, WRITE_OFFICES
from mspgov.web.kit import Kit


class ServiceDomains(Kit):
    model = ServiceDomain
    may, may_write = READ_OFFICES, WRITE_OFFICES
    columns = ("name", "engagement")
    fields = ("engagement", "name")
    filters = ("engagement",)
    search = ("name",)
