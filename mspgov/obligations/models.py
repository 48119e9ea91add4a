"""What is owed, when it alarms, extensions asked for, and schedules from which obligations come."""

from typing import ClassVar

from django.db import models

from mspgov.tenancy.columns import TenantManager, TenantModel, TenantQuerySet, history
from mspgov.tenancy.models import Person
from mspgov.tenancy.policy import Role

from .calc.schedule import Schedule


class Side(models.TextChoices):
    CLIENT = "client", "Client"
    PROVIDER = "provider", "Provider"

    @property
    def other(self) -> "Side":
        return Side.PROVIDER if self == Side.CLIENT else Side.CLIENT


class Owed(TenantModel):
    """What is owed and who owes it: a side, an office on it, and perhaps a domain or a person by name. An empty `accepted_by` means
    that whoever owes it also ends it."""

    engagement = models.ForeignKey("tenancy.Engagement", models.PROTECT, related_name="+", null=True, editable=False)
    kind = models.CharField(max_length=40, default="duty", editable=False)
    owed_by = models.CharField("owed by", max_length=8, choices=Side.choices)
    role = models.CharField("office that owes it", max_length=40, choices=Role.choices)
    person = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+", null=True, blank=True)
    domain = models.ForeignKey("tenancy.ServiceDomain", models.PROTECT, related_name="+", null=True, blank=True)
    accepted_by = models.CharField("office that accepts it", max_length=40, choices=Role.choices, blank=True)
    text = models.TextField("what is owed", blank=True)
    needs_evidence = models.BooleanField("evidence is needed", default=False)

    class Meta(TenantModel.Meta):
        abstract = True


class ObligationQuerySet(TenantQuerySet):
    def living(self) -> "ObligationQuerySet":
        """What somebody still has to do something about."""
        return self.filter(state__in=Obligation.LIVING)

    def owed(self) -> "ObligationQuerySet":
        """What whoever owes it has not handed in."""
        return self.filter(state__in=Obligation.OWED)


class ObligationManager(TenantManager.from_queryset(ObligationQuerySet)):  # type: ignore[misc]
    pass


class Obligation(Owed):
    """Something owed by an instant. `key` says what it was raised from, so that it is raised once. What was late
    carries `breached_at`, the due instant that passed; only more time that was asked for before that instant, and
    granted after it, takes it away again."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        SUBMITTED = "submitted", "Submitted"
        RETURNED = "returned", "Returned"
        DONE = "done", "Done"
        WAIVED = "waived", "Waived"
        WITHDRAWN = "withdrawn", "Withdrawn"

    OWED = (State.OPEN, State.ACKNOWLEDGED, State.RETURNED)
    LIVING = (*OWED, State.SUBMITTED)
    TRANSITIONS: ClassVar = {
        "acknowledge": ({State.OPEN}, State.ACKNOWLEDGED),
        "submit": (set(OWED), State.SUBMITTED),
        "complete": (set(OWED), State.DONE),
        "accept": ({State.SUBMITTED}, State.DONE),
        "return": ({State.SUBMITTED}, State.RETURNED),
        "waive": (set(LIVING), State.WAIVED),
        "withdraw": (set(LIVING), State.WITHDRAWN),
    }

    record = models.OneToOneField("records.Record", models.PROTECT, related_name="+", editable=False)
    about = models.ForeignKey("records.Record", models.PROTECT, related_name="+", null=True, editable=False)
    key = models.CharField(max_length=200, editable=False)
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN, editable=False)
    raised_at = models.DateTimeField(editable=False)
    due_at = models.DateTimeField(editable=False)
    first_due_at = models.DateTimeField(editable=False)
    submitted_at = models.DateTimeField(null=True, editable=False)
    ended_at = models.DateTimeField(null=True, editable=False)
    breached_at = models.DateTimeField(null=True, editable=False)
    note = models.TextField(blank=True, editable=False)
    history = history()

    objects: ClassVar[ObligationManager] = ObligationManager()

    _history_user: Person | None  # whom the next row of the history names

    class Meta(Owed.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "key"], name="obligation_once")]
        indexes = [
            models.Index(
                fields=["tenant", "due_at"],
                name="obligation_living",
                condition=models.Q(state__in=["open", "acknowledged", "returned", "submitted"]),
            ),
            models.Index(fields=["tenant", "about"], name="obligation_about"),
        ]

    def __str__(self) -> str:
        return f"obligation {self.key}"

    @property
    def is_living(self) -> bool:
        return self.state in self.LIVING


class Alarm(TenantModel):
    """An instant at which an obligation that is still owed makes itself known: a reminder before it is due, its breach,
    a step of escalation after. What is due is this row, swept by the scheduler; `fired_at` says that it was."""

    class Kind(models.TextChoices):
        REMINDER = "reminder", "Reminder"
        BREACH = "breach", "Breach"
        ESCALATION = "escalation", "Escalation"

    engagement = models.ForeignKey("tenancy.Engagement", models.PROTECT, related_name="+", null=True, editable=False)
    obligation = models.ForeignKey(Obligation, models.CASCADE, related_name="alarms")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    at = models.DateTimeField()
    step = models.CharField(max_length=100, blank=True)
    role = models.CharField(max_length=40, choices=Role.choices, blank=True)
    person = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+", null=True)
    fired_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "at"], name="alarm_waiting", condition=models.Q(fired_at__isnull=True))
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.obligation_id}"


class Extension(TenantModel):
    """More time, asked for by whoever owes and granted or refused by whoever accepts; overtaken where it was handed in
    before anybody answered."""

    class State(models.TextChoices):
        ASKED = "asked", "Asked for"
        GRANTED = "granted", "Granted"
        REFUSED = "refused", "Refused"
        LAPSED = "lapsed", "Overtaken"

    engagement = models.ForeignKey("tenancy.Engagement", models.PROTECT, related_name="+", null=True, editable=False)
    obligation = models.ForeignKey(Obligation, models.PROTECT, related_name="extensions")
    until = models.DateTimeField()
    reason = models.TextField()
    asked_by = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED, editable=False)
    decided_by = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+", null=True, editable=False)
    decided_at = models.DateTimeField(null=True, editable=False)
    answer = models.TextField(blank=True, editable=False)
    history = history()

    _history_user: Person | None

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "obligation"], name="extension_open_once", condition=models.Q(state="asked")
            )
        ]

    def __str__(self) -> str:
        return f"extension of {self.obligation_id}"


class Recurring(Owed):
    """A schedule from which obligations come: each occurrence is due at its instant and raised `lead` before it.
    `raised_until` is the latest occurrence raised; the sweep goes on from there, however long it was away."""

    title = models.CharField(max_length=300)
    rule = models.CharField("recurrence (RRULE)", max_length=200)
    first = models.DateTimeField("first occurrence on the wall clock, written as if in UTC")
    time_zone = models.CharField(max_length=64)
    lead_days = models.PositiveIntegerField("days before it is due that it is raised", default=14)
    reminder_days = models.JSONField("reminders, days before", default=list)
    escalation = models.JSONField("steps after the due instant: name, role, days", default=list)
    active = models.BooleanField(default=True)
    next_raise_at = models.DateTimeField(null=True, editable=False)
    raised_until = models.DateTimeField(editable=False)
    history = history()

    _history_user: Person | None

    class Meta(Owed.Meta):
        verbose_name = "recurring obligation"
        indexes = [
            models.Index(fields=["tenant", "next_raise_at"], name="recurring_next", condition=models.Q(active=True))
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def schedule(self) -> Schedule:
        return Schedule(self.rule, self.first.replace(tzinfo=None), self.time_zone)
