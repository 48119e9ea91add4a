"""What an engagement is about, read."""

from django.db.models import QuerySet

from mspgov.tenancy.models import Engagement

from .models import EngagementSettings, Location, Service, Vendor


def services(engagement: Engagement) -> list[Service]:
    """The services of an engagement, by name."""
    return list(Service.objects.filter(engagement=engagement).order_by("name"))


def vendor_parties(engagement: Engagement) -> dict[str, str]:
    """Whose each vendor is, by the name that tickets use: client, provider or unknown."""
    return dict(Vendor.objects.filter(engagement=engagement).values_list("name", "party"))


def undecided_vendors(engagement: Engagement) -> list[Vendor]:
    """Vendors whose party nobody has decided, by name."""
    return list(Vendor.objects.filter(engagement=engagement, party=Vendor.Party.UNKNOWN).order_by("name"))


def service_rows() -> QuerySet[Service]:
    """All services that the reader sees, for lists; the engagement joined."""
    rows: QuerySet[Service] = Service.objects.select_related("engagement").order_by("name")
    return rows


def vendor_rows() -> QuerySet[Vendor]:
    """All vendors that the reader sees, for lists; the engagement joined."""
    rows: QuerySet[Vendor] = Vendor.objects.select_related("engagement").order_by("name")
    return rows


def location_rows() -> QuerySet[Location]:
    """All locations that the reader sees, for lists; the engagement joined."""
    rows: QuerySet[Location] = Location.objects.select_related("engagement").order_by("name")
    return rows


def settings_of(engagement: Engagement) -> EngagementSettings:
    """The settings of an engagement; where nobody has kept any, a row that is not saved, with the usual values."""
    kept = EngagementSettings.objects.filter(engagement=engagement).select_related("domain").first()
    return kept or EngagementSettings(engagement=engagement)
