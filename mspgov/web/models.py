"""What lists and the API keep for people: views, changes and imports that were previewed, answers to keyed requests."""

from django.db import models

from mspgov.tenancy.columns import TenantModel

PERSON = "(select nullif(current_setting('app.person', true), '')::bigint)"
NOBODY_ASKS = f"({PERSON} is null and (select current_setting('app.engagements', true)) = '*')"  # a run or a command

ABOUT_SEEN = "(about_id is null or exists (select from tenancy_engagement e where e.id = web_savedview.about_id))"
SAME_SIDE = (
    "exists (select from tenancy_membership m where m.provider_id is not distinct from web_savedview.provider_id "
    "and m.person_id = (select nullif(current_setting('app.person', true), '')::bigint))"
)


class SavedView(TenantModel):
    """A list as somebody wants to find it again: filters, sort and columns, as its address says them.

    Shared, it belongs to the owner's side: the client's people, or those of one provider. `about` is the engagement
    that it names, or that a provider's person works in: who does not see that does not see the view.
    """

    page = models.CharField(max_length=80)  # the route of the list
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=2000, blank=True)
    owner = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+")
    shared = models.BooleanField(default=False)
    provider = models.ForeignKey("tenancy.Provider", models.PROTECT, related_name="+", null=True)
    about = models.ForeignKey("tenancy.Engagement", models.PROTECT, related_name="+", null=True)
    made_at = models.DateTimeField()

    also_required = f"owner_id = {PERSON} or (shared and {ABOUT_SEEN} and ({NOBODY_ASKS} or {SAME_SIDE}))"

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "owner", "page", "name"], name="view_name_once"),
        ]
        indexes = [models.Index(fields=["tenant", "page"], name="view_of_page")]

    def __str__(self) -> str:
        return self.name


class FirstView(TenantModel):
    """The view with which a list opens for a person."""

    person = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+")
    page = models.CharField(max_length=80)
    view = models.ForeignKey(SavedView, models.PROTECT, related_name="+")

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "person", "page"], name="first_view_once")]

    def __str__(self) -> str:
        return f"{self.view_id} for {self.person_id}"


class Work(models.TextChoices):
    PREVIEWED = "previewed", "Previewed"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    UNDONE = "undone", "Undone"


class BulkChange(TenantModel):
    """The same new values for many rows: previewed by one person, who alone sees it, then written."""

    page = models.CharField(max_length=80)
    by = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    values = models.JSONField()  # field → value, as the field writes itself
    rows = models.JSONField()  # [[id, version when it was previewed], …]
    state = models.CharField(max_length=10, choices=Work.choices, default=Work.PREVIEWED, editable=False)
    result = models.JSONField(default=dict)
    run = models.ForeignKey("jobs.Run", models.PROTECT, related_name="+", null=True)

    also_required = f"by_id = {PERSON} or {NOBODY_ASKS}"

    def __str__(self) -> str:
        return f"{self.page}, {len(self.rows)} rows"


class RecordImport(TenantModel):
    """A file of plain records that was read without a fault: what it makes and changes, and what came of it."""

    page = models.CharField(max_length=80)
    by = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    rows = models.JSONField()  # see record_import.Planned
    written = models.JSONField(default=list)  # [[id, version after it, values before or null], …]
    state = models.CharField(max_length=10, choices=Work.choices, default=Work.PREVIEWED, editable=False)
    result = models.JSONField(default=dict)
    run = models.ForeignKey("jobs.Run", models.PROTECT, related_name="+", null=True)

    also_required = f"by_id = {PERSON} or {NOBODY_ASKS}"

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "by", "page", "-made_at"], name="import_of_person")]

    def __str__(self) -> str:
        return self.name


class Answer(TenantModel):
    """What a POST with an Idempotency-Key was answered; written with its work, kept for a day."""

    person = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+")
    caller = models.CharField(max_length=40)  # the session's person, or a token
    key = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)  # of method, address and body
    status = models.IntegerField()
    headers = models.JSONField()
    body = models.BinaryField()
    at = models.DateTimeField()

    also_required = f"person_id = {PERSON}"

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "person", "caller", "key"], name="answer_once")]
        indexes = [models.Index(fields=["at"], name="answer_by_age")]

    def __str__(self) -> str:
        return self.key
