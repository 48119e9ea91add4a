"""What a month is charged, what a missed promise costs, and the ledger that says so."""

from typing import Any, ClassVar

from django.db import models

from mspgov.kernel.money import Money
from mspgov.kernel.period import Month
from mspgov.tenancy.columns import EngagementModel, history
from mspgov.tenancy.models import Person

AMOUNT: Any = {"max_digits": 20, "decimal_places": 4}


class MonthlyCharges(EngagementModel):
    """What a month was charged; the latest row counts. Sealing writes what the contract said. Append-only."""

    class Origin(models.TextChoices):
        SET = "set", "Set"
        CONTRACT = "contract", "By contract, at the seal"

    contract = models.ForeignKey("contracts.Contract", models.PROTECT, related_name="+")
    month = models.CharField(max_length=7)
    amount = models.DecimalField(**AMOUNT)
    currency = models.CharField(max_length=3)
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.SET)
    by = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+", null=True)
    at = models.DateTimeField()

    append_only = True

    class Meta(EngagementModel.Meta):
        verbose_name = "charges of a month"
        indexes = [models.Index(fields=["tenant", "contract", "month", "-id"], name="charges_latest")]

    def __str__(self) -> str:
        return f"{self.month}: {self.money}"

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


class Credit(EngagementModel):
    """What a service level's month gives back. `amount`, row and reasons repeat what the ledger's latest entry and the
    calculator say; the ledger is the proof. `step` is how far up the ladder a dispute is, 0 with the contract manager;
    at `lapses_at` the present wait, for an answer or a decision, ends by itself."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        ACCEPTED = "accepted", "Accepted"
        RESERVED = "reserved", "Accepted under reservation"
        DISPUTED = "disputed", "Disputed"
        DECIDED = "decided", "Decided"
        CLAIMED = "claimed", "Claimed"
        DOCUMENTED = "documented", "Documented"
        APPLIED = "applied", "Applied"
        WAIVED = "waived", "Waived"

    ANSWERED = (State.ACCEPTED, State.RESERVED, State.DECIDED)
    DUE = (*ANSWERED, State.CLAIMED, State.DOCUMENTED)
    NOTED = (State.DOCUMENTED, State.APPLIED)  # the provider has noted what was claimed: it stays so
    TRANSITIONS: ClassVar = {
        "accept": ({State.PROPOSED}, State.ACCEPTED),
        "accept_by_silence": ({State.PROPOSED}, State.ACCEPTED),
        "accept_under_reservation": ({State.PROPOSED}, State.RESERVED),
        "dispute": ({State.PROPOSED, State.RESERVED}, State.DISPUTED),
        "decide": ({State.PROPOSED, State.DISPUTED}, State.DECIDED),
        "propose_again": ({*ANSWERED, State.WAIVED}, State.PROPOSED),
        "claim": (set(ANSWERED), State.CLAIMED),
        "unclaim_accepted": ({State.CLAIMED}, State.ACCEPTED),
        "unclaim_reserved": ({State.CLAIMED}, State.RESERVED),
        "unclaim_decided": ({State.CLAIMED}, State.DECIDED),
        "document": ({State.CLAIMED}, State.DOCUMENTED),
        "apply": ({State.DOCUMENTED}, State.APPLIED),
        "waive": ({State.PROPOSED, State.DISPUTED, *ANSWERED}, State.WAIVED),
    }

    record = models.OneToOneField("records.Record", models.PROTECT, related_name="+", editable=False)
    contract = models.ForeignKey("contracts.Contract", models.PROTECT, related_name="+", editable=False)
    service_level = models.ForeignKey("contracts.ServiceLevel", models.PROTECT, related_name="+", editable=False)
    month = models.CharField(max_length=7, editable=False)
    state = models.CharField(max_length=12, choices=State.choices, default=State.PROPOSED, editable=False)
    amount = models.DecimalField(**AMOUNT, editable=False)
    earned_back = models.DecimalField(**AMOUNT, default=0, editable=False)
    currency = models.CharField(max_length=3, editable=False)
    row = models.JSONField(editable=False)
    derivation = models.JSONField(editable=False)
    answer_due_at = models.DateTimeField(null=True, editable=False)
    silent_at = models.DateTimeField(null=True, editable=False)
    decide_due_at = models.DateTimeField(null=True, editable=False)
    step = models.SmallIntegerField(default=0, editable=False)
    lapses_at = models.DateTimeField(null=True, editable=False)
    agreed_at = models.DateTimeField(null=True, editable=False)
    claimed_at = models.DateTimeField(null=True, editable=False)
    documented_at = models.DateTimeField(null=True, editable=False)
    applied_at = models.DateTimeField(null=True, editable=False)
    history = history()

    _history_user: Person | None  # whom the next row of the history names

    class Meta(EngagementModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "engagement", "month", "service_level"], name="credit_once"),
        ]
        indexes = [
            models.Index(fields=["tenant", "engagement", "state"], name="credit_state"),
            models.Index(fields=["lapses_at"], name="credit_lapses", condition=models.Q(lapses_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"credit {self.month} {self.service_level_id}"

    @property
    def money(self) -> Money:
        """The credit before what was earned back."""
        return Money(self.amount, self.currency)

    @property
    def money_earned_back(self) -> Money:
        return Money(self.earned_back, self.currency)

    @property
    def balance(self) -> Money:
        """What is left of it for the client."""
        return self.money - self.money_earned_back

    @property
    def period(self) -> Month:
        return Month(self.month)


class LedgerEntry(EngagementModel):
    """One amount of a credit, with its reasons. A credit has two chains: amounts, and below zero what a contract year
    earned back; the entry that nothing replaces is in force. Append-only."""

    class Kind(models.TextChoices):
        PROPOSAL = "proposal", "Proposal"
        CORRECTION = "correction", "Correction"
        EARN_BACK = "earn_back", "Earn-back"

    credit = models.ForeignKey(Credit, models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    version = models.IntegerField()
    replaces = models.ForeignKey("self", models.PROTECT, related_name="+", null=True)
    amount = models.DecimalField(**AMOUNT)
    currency = models.CharField(max_length=3)
    year_ends_on = models.DateField(null=True)
    reason = models.TextField(blank=True)
    row = models.JSONField()
    derivation = models.JSONField()
    charges = models.ForeignKey(MonthlyCharges, models.PROTECT, related_name="+", null=True)
    terms_version = models.ForeignKey("contracts.TermsVersion", models.PROTECT, related_name="+")
    result = models.ForeignKey("itsm.Result", models.PROTECT, related_name="+", null=True)
    rules_version = models.CharField(max_length=20)
    by = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+", null=True)
    at = models.DateTimeField()

    append_only = True

    class Meta(EngagementModel.Meta):
        verbose_name_plural = "ledger entries"
        constraints = [
            models.UniqueConstraint(fields=["tenant", "credit", "version"], name="entry_version_once"),
            models.UniqueConstraint(fields=["tenant", "replaces"], name="entry_replaced_once"),
        ]
        indexes = [models.Index(fields=["tenant", "engagement", "-id"], name="entry_latest")]

    def __str__(self) -> str:
        return f"{self.credit_id}/{self.version}"

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)
