"""How a credit is answered, disputed, taken up the ladder and decided."""

from django.db import models

from mspgov.kernel.money import Money
from mspgov.tenancy.columns import EngagementModel

from .money import AMOUNT, Credit


class Answer(EngagementModel):
    """What the provider said to a proposed credit, at the amount it had then; silence is an answer too. Append-only."""

    class Kind(models.TextChoices):
        ACCEPT = "accept", "Accepted"
        RESERVE = "reserve", "Accepted under reservation"
        DISPUTE = "dispute", "Disputed"
        SILENCE = "silence", "Did not answer"

    credit = models.ForeignKey(Credit, models.PROTECT, related_name="answers")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.TextField(blank=True)
    amount = models.DecimalField(**AMOUNT)
    currency = models.CharField(max_length=3)
    by = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+", null=True)
    at = models.DateTimeField()

    append_only = True

    class Meta(EngagementModel.Meta):
        indexes = [models.Index(fields=["tenant", "credit"], name="answer_of_credit")]

    def __str__(self) -> str:
        return f"{self.credit_id} {self.kind}"

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


class TicketClaim(EngagementModel):
    """What is said about one ticket: `kind` as in an exclusion, with the time relieved or the ticket duplicated."""

    ticket = models.ForeignKey("itsm.Ticket", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)
    relief_seconds = models.IntegerField(null=True)
    duplicate_of = models.ForeignKey("itsm.Ticket", models.PROTECT, related_name="+", null=True)

    append_only = True

    class Meta(EngagementModel.Meta):
        abstract = True

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.kind}"


class DisputedTicket(TicketClaim):
    """A ticket that a dispute names, and what the provider asks for it. Append-only."""

    answer = models.ForeignKey(Answer, models.PROTECT, related_name="tickets")

    class Meta(TicketClaim.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "answer", "ticket"], name="disputed_once")]


class StepUp(EngagementModel):
    """A dispute went up a step of the contract's ladder, by a person or because the time had passed. Append-only."""

    credit = models.ForeignKey(Credit, models.PROTECT, related_name="steps")
    number = models.SmallIntegerField()
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=40)
    reason = models.TextField(blank=True)
    by = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+", null=True)
    at = models.DateTimeField()
    due_at = models.DateTimeField()

    append_only = True

    class Meta(EngagementModel.Meta):
        indexes = [models.Index(fields=["tenant", "credit"], name="step_of_credit")]

    def __str__(self) -> str:
        return f"{self.credit_id} to {self.name}"


class Decision(EngagementModel):
    """How the client decided about a credit: what it came to before and after, with the reasons. Append-only."""

    credit = models.ForeignKey(Credit, models.PROTECT, related_name="decisions")
    answer = models.ForeignKey(Answer, models.PROTECT, related_name="+", null=True)
    granted = models.BooleanField()
    reason = models.TextField()
    step = models.SmallIntegerField()
    value = models.ForeignKey("itsm.ReportedValue", models.PROTECT, related_name="+", null=True)
    amount_before = models.DecimalField(**AMOUNT)
    amount_after = models.DecimalField(**AMOUNT)
    currency = models.CharField(max_length=3)
    by = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    append_only = True

    class Meta(EngagementModel.Meta):
        indexes = [models.Index(fields=["tenant", "credit"], name="decision_of_credit")]

    def __str__(self) -> str:
        return f"{self.credit_id} {'granted' if self.granted else 'refused'}"


class DecidedTicket(TicketClaim):
    """What was granted for a ticket, with the exclusion that says so; without one it was refused. Append-only."""

    decision = models.ForeignKey(Decision, models.PROTECT, related_name="tickets")
    exclusion = models.ForeignKey("itsm.Exclusion", models.PROTECT, related_name="+", null=True)

    class Meta(TicketClaim.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "decision", "ticket"], name="decided_once")]
