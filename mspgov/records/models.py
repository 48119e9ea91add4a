"""The record spine, its numbers, the tenant's hash chain, files kept in the database, comments and approvals."""

from typing import ClassVar

from django.db import models

from mspgov.tenancy.columns import TenantModel, history
from mspgov.tenancy.models import Person
from mspgov.tenancy.policy import Role


class Record(TenantModel):
    """Number, title and state of one governed object; what points to any object points here."""

    engagement = models.ForeignKey("tenancy.Engagement", models.PROTECT, related_name="+", null=True, editable=False)
    kind = models.CharField(max_length=40)
    number = models.CharField(max_length=40)
    title = models.CharField(max_length=300)
    state = models.CharField(max_length=40)
    opened_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "number"], name="record_number_once")]
        indexes = [models.Index(fields=["tenant", "engagement", "kind", "state"], name="record_kind")]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class Counter(TenantModel):
    """The latest number given, per prefix and year."""

    prefix = models.CharField(max_length=10)
    year = models.IntegerField()
    latest = models.IntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "prefix", "year"], name="counter_once")]

    def __str__(self) -> str:
        return f"{self.prefix}-{self.year}"


class Head(TenantModel):
    """The end of the tenant's hash chain; its lock orders the tenant's governed writers."""

    position = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant"], name="head_once")]

    def __str__(self) -> str:
        return f"{self.position}"


class Seal(TenantModel):
    """One link of the chain: who did what to which record, before and after. Append-only."""

    engagement = models.ForeignKey("tenancy.Engagement", models.PROTECT, related_name="+", null=True, editable=False)
    position = models.BigIntegerField()
    hash = models.CharField(max_length=64)
    record = models.ForeignKey(Record, models.PROTECT, related_name="+", null=True)
    what = models.CharField(max_length=60)
    before = models.JSONField()
    after = models.JSONField()
    by = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+", null=True)
    at = models.DateTimeField()

    append_only = True
    # what an MSP's person does about themselves is of no engagement
    also_within = "engagement_id is null and by_id = (select nullif(current_setting('app.person', true), '')::bigint)"

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "position"], name="seal_position_once")]
        indexes = [models.Index(fields=["tenant", "record", "position"], name="seal_of_record")]

    def __str__(self) -> str:
        return f"{self.position} {self.what}"


class File(TenantModel):
    """A file, kept in the database in pieces of one mebibyte, so that the walls hold for it too."""

    engagement = models.ForeignKey("tenancy.Engagement", models.PROTECT, related_name="+", null=True, editable=False)
    name = models.CharField(max_length=255)
    media_type = models.CharField(max_length=100)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+", null=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class FilePiece(TenantModel):
    """The bytes of a file, in order. Append-only."""

    engagement = models.ForeignKey("tenancy.Engagement", models.PROTECT, related_name="+", null=True, editable=False)
    file = models.ForeignKey(File, models.PROTECT, related_name="pieces")
    position = models.IntegerField()
    content = models.BinaryField()

    append_only = True

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "file", "position"], name="piece_once")]

    def __str__(self) -> str:
        return f"{self.file_id}/{self.position}"


class Evidence(TenantModel):
    """That a person added a file to a governed object, on an occasion: never taken away. Append-only."""

    engagement = models.ForeignKey("tenancy.Engagement", models.PROTECT, related_name="+", null=True, editable=False)
    record = models.ForeignKey(Record, models.PROTECT, related_name="evidence")
    comment = models.ForeignKey("Comment", models.PROTECT, related_name="evidence", null=True)
    file = models.ForeignKey(File, models.PROTECT, related_name="+")
    by = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    append_only = True

    class Meta(TenantModel.Meta):
        verbose_name_plural = "evidence"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "record", "file", "comment", "by", "at"], name="evidence_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.file_id} for {self.record_id}"


class Comment(TenantModel):
    """What a person said about a governed object or about one section of it, for everybody who sees it. Append-only."""

    engagement = models.ForeignKey("tenancy.Engagement", models.PROTECT, related_name="+", null=True, editable=False)
    record = models.ForeignKey(Record, models.PROTECT, related_name="comments")
    section = models.CharField(max_length=60, blank=True)
    text = models.TextField()
    by = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    append_only = True

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "record", "id"], name="comment_of_record")]

    def __str__(self) -> str:
        return f"{self.by_id} on {self.record_id}"


class Mention(TenantModel):
    """That a comment named a person who sees its object. Append-only."""

    engagement = models.ForeignKey("tenancy.Engagement", models.PROTECT, related_name="+", null=True, editable=False)
    comment = models.ForeignKey(Comment, models.PROTECT, related_name="mentions")
    person = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+")

    append_only = True

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "comment", "person"], name="mention_once")]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.comment_id}"


class Approval(TenantModel):
    """A second person's word on something that one asks for: `what` names the act on the object, `role` the office that
    may grant it, `stood` what was asked about: an amount, say. One is open at a time."""

    class State(models.TextChoices):
        ASKED = "asked", "Asked for"
        GRANTED = "granted", "Granted"
        REFUSED = "refused", "Refused"
        WITHDRAWN = "withdrawn", "Withdrawn"

    engagement = models.ForeignKey("tenancy.Engagement", models.PROTECT, related_name="+", null=True, editable=False)
    record = models.ForeignKey(Record, models.PROTECT, related_name="approvals")
    what = models.CharField(max_length=40)
    role = models.CharField(max_length=40, choices=Role.choices)
    stood = models.CharField(max_length=200, blank=True, editable=False)
    reason = models.TextField()
    asked_by = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.ASKED, editable=False)
    decided_by = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+", null=True, editable=False)
    decided_at = models.DateTimeField(null=True, editable=False)
    answer = models.TextField(blank=True, editable=False)
    history = history()

    _history_user: Person | None  # whom the next row of the history names
    DECIDED: ClassVar = {True: State.GRANTED, False: State.REFUSED}

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "record", "what"], name="approval_open_once", condition=models.Q(state="asked")
            )
        ]

    def __str__(self) -> str:
        return f"{self.what} of {self.record_id}"
