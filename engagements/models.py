"""Services, vendors, locations and settings of an engagement: plain records."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from mspgov.kernel.countries import country_meant, country_names, zone_meant
from mspgov.kernel.zones import zone_named
from mspgov.tenancy.columns import EngagementModel, history
from mspgov.tenancy.models import ServiceDomain


class Service(EngagementModel):
    """A service that the provider delivers; tickets and service levels name it."""

    class Criticality(models.TextChoices):
        CRITICAL = "critical", "Critical"
        HIGH = "high", "High"
        MEDIUM = "medium", "Medium"
        LOW = "low", "Low"

    key = models.SlugField(max_length=100)
    name = models.CharField(max_length=200)
    criticality = models.CharField(max_length=10, choices=Criticality.choices, default=Criticality.MEDIUM)
    description = models.TextField(blank=True, max_length=2000)
    history = history()

    class Meta(EngagementModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "engagement", "key"], name="service_key_once"),
            models.UniqueConstraint(fields=["tenant", "engagement", "name"], name="service_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Vendor(EngagementModel):
    """A third party that tickets wait for. Only waiting for the client's own vendor can stop a clock; as long as
    nobody has decided whose it is, it stops none."""

    class Party(models.TextChoices):
        CLIENT = "client", "Client's"
        PROVIDER = "provider", "Provider's"
        UNKNOWN = "unknown", "Not decided"

    name = models.CharField(max_length=200)
    party = models.CharField(max_length=10, choices=Party.choices, default=Party.UNKNOWN)
    delivers = models.CharField(max_length=200, blank=True)
    history = history()

    class Meta(EngagementModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "engagement", "name"], name="vendor_name_once")]

    def __str__(self) -> str:
        return self.name


class Location(EngagementModel):
    """A place where the service is used; tickets name it."""

    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2, blank=True, help_text="Two letters by ISO 3166, such as BR")
    time_zone = models.CharField(max_length=64, blank=True, help_text="Such as America/Sao_Paulo")
    history = history()

    class Meta(EngagementModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "engagement", "name"], name="location_name_once")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """A country and a time zone are those that there are."""
        wrong = {name: self.refusal(name, getattr(self, name)) for name in ("country", "time_zone")}
        if any(wrong.values()):
            raise ValidationError({name: why for name, why in wrong.items() if why})

    @classmethod
    def refusal(cls, name: str, text: str) -> str:
        """Why a field cannot have this value; empty where it can."""
        if name == "country" and text and text not in country_names():
            return "There is no country of these two letters (ISO 3166)."
        if name == "time_zone" and text and not _is_zone(text):
            return "There is no time zone of this name."
        return ""

    @classmethod
    def meant(cls, name: str, text: str) -> str:
        """The nearest value of a field that would do, for a file that has another one."""
        return {"country": country_meant, "time_zone": zone_meant}.get(name, lambda _: "")(text)


def _is_zone(name: str) -> bool:
    try:
        zone_named(name)
    except ValueError:
        return False
    return True


class SeveralOf(ArrayField):  # type: ignore[type-arg]
    """Some of the choices of its base field: check boxes on a form."""

    def formfield(self, **kwargs: Any) -> Any:
        shown: dict[str, Any] = {"widget": forms.CheckboxSelectMultiple, "choices": self.base_field.choices}
        return super(ArrayField, self).formfield(form_class=forms.MultipleChoiceField, **shown, **kwargs)


def same_category() -> list[str]:
    return ["category", "subcategory"]


def the_worst() -> list[str]:
    return ["P1"]


def days(said: str, usual: int, most: int, help_text: str = "") -> "models.PositiveSmallIntegerField[int, int]":
    """A number of days (or weeks) from 1 to `most`."""
    bounds = [MinValueValidator(1), MaxValueValidator(most)]
    return models.PositiveSmallIntegerField(said, default=usual, validators=bounds, help_text=help_text)


class EngagementSettings(EngagementModel):
    """How an engagement asks for root causes: what recurs, what is a major incident, what is due when. Where nobody has
    kept any, the values that stand here hold.

    Days to answer are working days, Monday to Friday, up to 18:00 on the engagement's clock.
    """

    class Key(models.TextChoices):
        PRIORITY = "priority", "Priority"
        CATEGORY = "category", "Category"
        SUBCATEGORY = "subcategory", "Subcategory"
        SYMPTOM = "symptom", "Symptom"
        ASSIGNMENT_GROUP = "assignment_group", "Assignment group"
        SERVICE = "service", "Service"
        LOCATION = "location", "Location"
        CI = "ci", "Configuration item"

    class Priority(models.TextChoices):
        P1 = "P1", "P1"
        P2 = "P2", "P2"
        P3 = "P3", "P3"
        P4 = "P4", "P4"

    recurrence_key = SeveralOf(
        models.CharField(max_length=20, choices=Key.choices), verbose_name="tickets are alike by", default=same_category
    )
    threshold = models.PositiveSmallIntegerField(
        "tickets that make a recurrence", default=3, validators=[MinValueValidator(2), MaxValueValidator(1000)]
    )
    window_days = days("within days", 30, 3660)
    major_priorities = SeveralOf(
        models.CharField(max_length=2, choices=Priority.choices), verbose_name="major incidents are", default=the_worst,
        blank=True,
    )  # fmt: skip
    look_back_days = days(
        "asked for up to days after", 90, 3660,
        "What is older than this when it is found is shown, but no root cause is demanded of it.",
    )  # fmt: skip
    due_days_p1 = days("working days to answer, P1", 5, 200)
    due_days_p2 = days("working days to answer, P2", 10, 200)
    due_days_p3 = days("working days to answer, P3", 15, 200)
    due_days_p4 = days("working days to answer, P4", 20, 200)
    review_days = days("working days to accept or return", 5, 200)
    check_weeks = days("weeks to the check of effect", 8, 200)
    escalate_owner_days = days("late by days: the domain's owner is told", 1, 200)
    escalate_manager_days = days("late by days: the contract manager is told", 5, 200)
    domain = models.ForeignKey(
        ServiceDomain, models.PROTECT, related_name="+", null=True, blank=True,
        help_text="Whose owner in office is told when a root cause or an action is late.",
    )  # fmt: skip
    clause = models.CharField("clause that demands root causes", max_length=100, blank=True)
    history = history()

    class Meta(EngagementModel.Meta):
        verbose_name, verbose_name_plural = "set of engagement settings", "engagement settings"
        constraints = [models.UniqueConstraint(fields=["tenant", "engagement"], name="settings_once")]

    def __str__(self) -> str:
        return f"Settings of {self.engagement}"

    def due_days(self, priority: int) -> int:
        """Working days to answer, by the priority of the worst ticket (1 is the worst)."""
        found: int = getattr(self, f"due_days_p{min(max(priority, 1), 4)}")
        return found

    @property
    def window(self) -> timedelta:
        return timedelta(days=self.window_days)
