"""Agreed credits are claimed; the provider's credit note is matched to the claim, and the claim is settled."""

from typing import ClassVar

from django.db import models

from mspgov.kernel.money import Money
from mspgov.tenancy.columns import EngagementModel, history
from mspgov.tenancy.models import Person

from .money import AMOUNT, Credit, LedgerEntry


class Claim(EngagementModel):
    """The client's claim of agreed credits of one engagement, numbered in a series of its tenant, provider and year."""

    class State(models.TextChoices):
        ISSUED = "issued", "Issued"
        DOCUMENTED = "documented", "Credit note matched"
        SETTLED = "settled", "Settled"
        WITHDRAWN = "withdrawn", "Withdrawn"

    class Settled(models.TextChoices):
        INVOICE = "invoice", "Applied to an invoice"
        PAYMENT = "payment", "Paid"

    NOTED = (State.DOCUMENTED, State.SETTLED)
    TRANSITIONS: ClassVar = {
        "document": ({State.ISSUED}, State.DOCUMENTED),
        "settle": ({State.DOCUMENTED}, State.SETTLED),
        "withdraw": ({State.ISSUED}, State.WITHDRAWN),
    }

    record = models.OneToOneField("records.Record", models.PROTECT, related_name="+", editable=False)
    state = models.CharField(max_length=12, choices=State.choices, default=State.ISSUED, editable=False)
    amount = models.DecimalField(**AMOUNT, editable=False)
    currency = models.CharField(max_length=3, editable=False)
    issued_on = models.DateField(editable=False)
    by = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+", editable=False)
    at = models.DateTimeField(editable=False)
    file = models.ForeignKey("records.File", models.PROTECT, related_name="+", null=True, editable=False)
    withdrawn_why = models.TextField(blank=True, editable=False)
    settled_as = models.CharField(max_length=10, choices=Settled.choices, blank=True, editable=False)
    settled_reference = models.CharField(max_length=100, blank=True, editable=False)
    settled_on = models.DateField(null=True, editable=False)
    settled_by = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+", null=True, editable=False)
    history = history()

    _history_user: Person | None

    class Meta(EngagementModel.Meta):
        indexes = [models.Index(fields=["tenant", "engagement", "state"], name="claim_state")]

    def __str__(self) -> str:
        return f"claim {self.record_id}"

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


class ClaimLine(EngagementModel):
    """A credit in a claim, at the amount it had when it was claimed, less what earlier claims hold of it: of a month that
    was corrected after the provider noted its claim, a later one holds the difference. Append-only."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="lines")
    credit = models.ForeignKey(Credit, models.PROTECT, related_name="claim_lines")
    entry = models.ForeignKey(LedgerEntry, models.PROTECT, related_name="+")
    agreed_as = models.CharField(max_length=12, choices=Credit.State.choices)
    amount = models.DecimalField(**AMOUNT)
    currency = models.CharField(max_length=3)

    append_only = True

    class Meta(EngagementModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "claim", "credit"], name="claim_line_once")]

    def __str__(self) -> str:
        return f"{self.credit_id} in {self.claim_id}"

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def is_difference(self) -> bool:
        """Does it claim what a correction added to a credit that was claimed and noted before?"""
        return self.agreed_as in Credit.NOTED

    @property
    def agreed_words(self) -> str:
        return "Difference by correction" if self.is_difference else self.get_agreed_as_display()


class Repayment(EngagementModel):
    """What the client paid back of a credit that a correction made less after its claim was noted; the claim is the latest
    that holds the credit. Append-only."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="repayments")
    credit = models.ForeignKey(Credit, models.PROTECT, related_name="repayments")
    amount = models.DecimalField(**AMOUNT)
    currency = models.CharField(max_length=3)
    reference = models.CharField(max_length=100)
    paid_on = models.DateField()
    by = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    append_only = True

    class Meta(EngagementModel.Meta):
        constraints = [models.CheckConstraint(condition=models.Q(amount__gt=0), name="repayment_of_something")]

    def __str__(self) -> str:
        return f"repayment {self.reference}"

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


class CreditNote(EngagementModel):
    """The provider's credit note for a claim, of the claim's amount."""

    class TypeCode(models.TextChoices):
        CREDIT_NOTE = "381", "Credit note (381)"
        SELF_BILLED = "261", "Self-billed credit note (261)"

    record = models.OneToOneField("records.Record", models.PROTECT, related_name="+", editable=False)
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="notes", editable=False)
    number = models.CharField(max_length=100, editable=False)
    type_code = models.CharField(max_length=3, choices=TypeCode.choices, editable=False)
    issued_on = models.DateField(editable=False)
    amount = models.DecimalField(**AMOUNT, editable=False)
    currency = models.CharField(max_length=3, editable=False)
    file = models.ForeignKey("records.File", models.PROTECT, related_name="+", null=True, editable=False)
    by = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+", editable=False)
    at = models.DateTimeField(editable=False)
    history = history()

    _history_user: Person | None

    class Meta(EngagementModel.Meta):
        verbose_name = "credit note"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "engagement", "number"], name="note_number_once"),
            models.UniqueConstraint(fields=["tenant", "claim"], name="note_of_claim_once"),
        ]

    def __str__(self) -> str:
        return f"credit note {self.number}"

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)
