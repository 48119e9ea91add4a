"""Contracts, the versions of their terms, their service levels, and calendars."""

from django.core.exceptions import ValidationError
from django.db import models

from mspgov.kernel.faults import Fault
from mspgov.kernel.money import Money
from mspgov.kernel.period import Month
from mspgov.tenancy.columns import EngagementModel, TenantModel, history

from .importers.hours import read_hours


class Contract(EngagementModel):
    """The contract of an engagement: governed; what it promises stands in the versions of its terms."""

    class State(models.TextChoices):
        IN_FORCE = "in_force", "In force"

    TRANSITIONS = {"amend": ({State.IN_FORCE}, State.IN_FORCE)}

    record = models.OneToOneField("records.Record", models.PROTECT, related_name="+", editable=False)
    state = models.CharField(max_length=20, choices=State.choices, default=State.IN_FORCE, editable=False)
    reference = models.CharField(max_length=100, editable=False)
    currency = models.CharField(max_length=3, editable=False)
    starts_on = models.DateField(editable=False)
    ends_on = models.DateField(editable=False)
    time_zone = models.CharField(max_length=64, editable=False)
    terms_sha256 = models.CharField(max_length=64, editable=False)
    history = history()

    class Meta(EngagementModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "engagement"], name="contract_once")]

    def __str__(self) -> str:
        return self.reference

    @property
    def first_month(self) -> Month:
        return Month.of(self.starts_on)

    @property
    def last_month(self) -> Month:
        return Month.of(self.ends_on)

    def nothing(self) -> Money:
        """No money, in the contract's currency."""
        return Money.zero(self.currency)


class TermsVersion(EngagementModel):
    """Terms in force from a first of the month on, until a later version is. Of two from one day the later stands.

    `text` is the file as it was given, `document` what was read from it, `sha256` that of its canonical YAML.
    Version 1 is the contract itself, each later one an amendment with a record of its own.
    """

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="versions")
    record = models.OneToOneField("records.Record", models.PROTECT, related_name="+", null=True)
    version = models.IntegerField()
    effective_on = models.DateField()
    document = models.JSONField()
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+", null=True)
    at = models.DateTimeField()

    append_only = True

    class Meta(EngagementModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "contract", "version"], name="terms_version_once")]

    def __str__(self) -> str:
        return f"version {self.version}, in force from {self.effective_on}"

    @property
    def effective_month(self) -> Month:
        return Month.of(self.effective_on)


class ServiceLevel(EngagementModel):
    """The identity of a service level through all versions of the terms; name, measure and place are the latest."""

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="service_levels", editable=False)
    key = models.CharField(max_length=100, editable=False)
    name = models.CharField(max_length=200, editable=False)
    measure = models.CharField(max_length=20, editable=False)
    position = models.IntegerField(editable=False)
    history = history()

    class Meta(EngagementModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "contract", "key"], name="service_level_once")]

    def __str__(self) -> str:
        return self.name


class Calendar(TenantModel):
    """Working time by name. One of a terms version is the contract's word and cannot be changed; the others belong to
    the client. `document` is that of the working-time calculator; exceptions stand in rows of their own."""

    engagement = models.ForeignKey("tenancy.Engagement", models.PROTECT, related_name="+", null=True, editable=False)
    terms_version = models.ForeignKey(TermsVersion, models.PROTECT, related_name="calendars", null=True, editable=False)
    name = models.CharField(max_length=100)
    document = models.JSONField(editable=False)
    clause = models.CharField(max_length=500, blank=True, editable=False)
    history = history()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "name"], name="own_calendar_once", condition=models.Q(terms_version=None)
            ),
            models.UniqueConstraint(fields=["tenant", "terms_version", "name"], name="promised_calendar_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_promised(self) -> bool:
        """Does it stand in a contract, so that only an amendment changes it?"""
        return self.terms_version_id is not None


def validate_hours(text: str) -> None:
    try:
        read_hours(text, "hours")
    except Fault as fault:
        raise ValidationError(fault.why) from None


class CalendarException(TenantModel):
    """A date on which a calendar of the client's own differs: closed, or open at other hours."""

    calendar = models.ForeignKey(
        Calendar, models.PROTECT, related_name="exceptions", limit_choices_to={"terms_version": None}
    )
    on = models.DateField()
    name = models.CharField(max_length=200, blank=True)
    hours = models.CharField(
        max_length=200,
        blank=True,
        validators=[validate_hours],
        help_text="Empty: closed all day. Otherwise such as 08:00-12:00, 13:00-17:30",
    )
    history = history()

    # Whoever does not see the calendar does not see its exceptions.
    also_required = "exists (select from contracts_calendar c where c.id = contracts_calendarexception.calendar_id)"

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "calendar", "on"], name="exception_once")]

    def __str__(self) -> str:
        return f"{self.on} {self.name}".strip()

    def clean(self) -> None:
        if self.calendar_id is not None and self.calendar.is_promised:
            raise ValidationError({"calendar": "It stands in a contract: only an amendment changes it."})
