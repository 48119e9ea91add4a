"""Root cause analyses: what was asked and why, the drafts and versions of the answer, the actions that follow."""

from typing import ClassVar

from django.db import models

from mspgov.tenancy.columns import EngagementModel, history
from mspgov.tenancy.models import Person


class Rca(EngagementModel):
    """A root cause that the client asks the provider for: of a recurrence, of a major incident, or because somebody
    asks. `key` says what it came from, so that it is demanded once; `alike` is what its tickets have in common.

    When it is due stands in its obligation; what was answered stands in its versions.
    """

    class State(models.TextChoices):
        DEMANDED = "demanded", "Demanded"
        SUBMITTED = "submitted", "Submitted"
        RETURNED = "returned", "Returned"
        ACCEPTED = "accepted", "Accepted"
        EFFECTIVE = "effective", "Effective"
        RECURRED = "recurred", "Recurred"
        WITHDRAWN = "withdrawn", "Withdrawn"

    class Origin(models.TextChoices):
        RECURRENCE = "recurrence", "Recurrence"
        INCIDENT = "incident", "Major incident"
        SAME_CAUSE = "same_cause", "Same cause twice in six months"
        RECURRED = "recurred", "Recurred after its actions"
        PERSON = "person", "Asked for by a person"

    OWED = (State.DEMANDED, State.RETURNED)
    OPEN = (*OWED, State.SUBMITTED)
    TRANSITIONS: ClassVar = {
        "submit": (set(OWED), State.SUBMITTED),
        "return": ({State.SUBMITTED}, State.RETURNED),
        "accept": ({State.SUBMITTED}, State.ACCEPTED),
        "find effective": ({State.ACCEPTED}, State.EFFECTIVE),
        "find recurred": ({State.ACCEPTED}, State.RECURRED),
        "withdraw": (set(OPEN), State.WITHDRAWN),
    }

    record = models.OneToOneField("records.Record", models.PROTECT, related_name="+", editable=False)
    obligation = models.OneToOneField(
        "obligations.Obligation", models.PROTECT, related_name="+", null=True, editable=False
    )
    key = models.CharField(max_length=200, editable=False)
    origin = models.CharField(max_length=12, choices=Origin.choices, editable=False)
    previous = models.ForeignKey("self", models.PROTECT, related_name="next", null=True, editable=False)
    alike = models.JSONField(default=dict, editable=False)
    reason = models.TextField("asked for", editable=False)
    clause = models.CharField(max_length=100, blank=True, editable=False)
    priority = models.SmallIntegerField("worst priority of its tickets", editable=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DEMANDED, editable=False)
    demanded_at = models.DateTimeField(editable=False)
    demanded_by = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+", null=True, editable=False)
    version = models.IntegerField("latest version submitted", default=0, editable=False)
    decided_at = models.DateTimeField(null=True, editable=False)
    decided_by = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+", null=True, editable=False)
    decision = models.TextField("what was said with the decision", blank=True, editable=False)
    check_at = models.DateTimeField("when its effect is checked", null=True, editable=False)
    effect = models.JSONField("what the check found", null=True, editable=False)
    history = history()

    _history_user: Person | None

    class Meta(EngagementModel.Meta):
        verbose_name = "root cause"
        constraints = [models.UniqueConstraint(fields=["tenant", "engagement", "key"], name="rca_once")]
        indexes = [
            models.Index(fields=["tenant", "engagement", "-id"], name="rca_latest"),
            models.Index(fields=["tenant", "check_at"], name="rca_to_check", condition=models.Q(state="accepted")),
        ]

    def __str__(self) -> str:
        return f"root cause {self.key}"

    @property
    def is_owed(self) -> bool:
        return self.state in self.OWED


class RcaTicket(EngagementModel):
    """A ticket that a root cause is asked for; a recurrence that grows adds some. Append-only."""

    rca = models.ForeignKey(Rca, models.PROTECT, related_name="tickets")
    ticket = models.ForeignKey("itsm.Ticket", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    append_only = True

    class Meta(EngagementModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "rca", "ticket"], name="rca_ticket_once")]
        indexes = [models.Index(fields=["tenant", "ticket"], name="rca_of_ticket")]

    def __str__(self) -> str:
        return f"{self.ticket_id} in {self.rca_id}"


class Draft(EngagementModel):
    """What one of the provider's people has typed so far. Of several the one that is not set aside and has the highest
    number is the draft; one that was overtaken while it was typed is set aside, so that neither is lost."""

    rca = models.ForeignKey(Rca, models.PROTECT, related_name="drafts")
    by = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+")
    number = models.IntegerField()
    set_aside = models.BooleanField(default=False)
    content = models.JSONField()
    at = models.DateTimeField()

    class Meta(EngagementModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "rca", "by"], condition=models.Q(set_aside=False), name="draft_once"
            )
        ]

    def __str__(self) -> str:
        return f"draft {self.number} of {self.rca_id}"


class RcaVersion(EngagementModel):
    """An answer as it was submitted: canonical content and its SHA-256, and the files that it was submitted with, by id
    and SHA-256. Append-only."""

    rca = models.ForeignKey(Rca, models.PROTECT, related_name="versions")
    version = models.IntegerField()
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    evidence = models.JSONField("files it was submitted with", default=list)
    by = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    append_only = True

    class Meta(EngagementModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "rca", "version"], name="rca_version_once")]

    def __str__(self) -> str:
        return f"version {self.version} of {self.rca_id}"


class Action(EngagementModel):
    """A corrective action of an accepted root cause, tracked until its evidence is accepted. When it is due, and by whom,
    stands in its obligation."""

    class State(models.TextChoices):
        OPEN = "open", "In progress"
        SUBMITTED = "submitted", "Evidence handed in"
        RETURNED = "returned", "Returned"
        ACCEPTED = "accepted", "Accepted"
        WITHDRAWN = "withdrawn", "Withdrawn"

    OWED = (State.OPEN, State.RETURNED)
    LIVING = (*OWED, State.SUBMITTED)
    TRANSITIONS: ClassVar = {
        "submit": (set(OWED), State.SUBMITTED),
        "return": ({State.SUBMITTED}, State.RETURNED),
        "accept": ({State.SUBMITTED}, State.ACCEPTED),
        "withdraw": (set(LIVING), State.WITHDRAWN),
    }

    record = models.OneToOneField("records.Record", models.PROTECT, related_name="+", editable=False)
    rca = models.ForeignKey(Rca, models.PROTECT, related_name="actions", editable=False)
    obligation = models.OneToOneField("obligations.Obligation", models.PROTECT, related_name="+", editable=False)
    place = models.IntegerField(editable=False)
    what = models.TextField(editable=False)
    measure = models.TextField("success measure", editable=False)
    evidence = models.TextField("evidence to bring", editable=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN, editable=False)
    note = models.TextField("what was said last", blank=True, editable=False)
    history = history()

    _history_user: Person | None

    class Meta(EngagementModel.Meta):
        verbose_name = "corrective action"
        constraints = [models.UniqueConstraint(fields=["tenant", "rca", "place"], name="action_place_once")]

    def __str__(self) -> str:
        return f"action {self.place} of {self.rca_id}"
