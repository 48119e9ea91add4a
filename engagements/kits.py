"""The plain records of this app, declared."""

from mspgov.web.kit import Kit

from . import policy
from .models import EngagementSettings, Location, Service, Vendor


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


class Settings(Kit):
    model = EngagementSettings
    may, may_write = policy.READ_SETTINGS, policy.WRITE_SETTINGS
    columns = ("engagement", "recurrence_key", "threshold", "window_days", "major_priorities", "due_days_p1")
    more_columns = (
        "due_days_p2",
        "due_days_p3",
        "due_days_p4",
        "review_days",
        "check_weeks",
        "look_back_days",
        "domain",
    )
    fields = (
        "engagement", "recurrence_key", "threshold", "window_days", "major_priorities", "look_back_days", "due_days_p1",
        "due_days_p2", "due_days_p3", "due_days_p4", "review_days", "check_weeks", "escalate_owner_days",
        "escalate_manager_days", "domain", "clause",
    )  # fmt: skip
    filters = ("engagement",)
    ordering = "engagement__name"
    widths = {
        **dict.fromkeys(("threshold", "window_days", "look_back_days", "review_days", "check_weeks"), "half"),
        **dict.fromkeys(("due_days_p1", "due_days_p2", "due_days_p3", "due_days_p4"), "half"),
        **dict.fromkeys(("escalate_owner_days", "escalate_manager_days"), "half"),
    }

    @classmethod
    def slug(cls) -> str:
        return "engagement-settings"
