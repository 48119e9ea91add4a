"""Tickets and what is measured from them: events, waits, imports, results, outcomes, seals, reported values.

Events, results, seals, reported values and exclusions are append-only. Tickets, waits, changes of priority and outcomes
are derived: they can be computed again from the events and the terms.
"""

from django.db import models

from mspgov.tenancy.columns import EngagementModel, TenantField, TenantManager, UuidV7


class DerivedModel(models.Model):
    """Many rows under one engagement, written in bulk.

    Their parents are checked by the database once a statement (migration 0002), with tenant and engagement: a foreign
    key asks once a row and key, under row security 12 µs each, which would triple the time of an import.
    """

    tenant = TenantField(db_constraint=False, db_index=False)
    engagement = models.ForeignKey(
        "tenancy.Engagement", models.PROTECT, related_name="+", editable=False, db_constraint=False, db_index=False
    )

    objects = TenantManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"


class Import(EngagementModel):
    """A file of tickets: what was to be read, and what came of it."""

    class State(models.TextChoices):
        KEPT = "kept", "Uploaded"
        CHECKED = "checked", "Checked"
        DONE = "done", "Imported"
        WITHDRAWN = "withdrawn", "Withdrawn"

    class Format(models.TextChoices):
        AUDIT = "servicenow-audit", "ServiceNow audit log"
        CSV = "csv", "CSV with mapping"

    class Party(models.TextChoices):
        CLIENT = "client", "Client"
        PROVIDER = "provider", "Provider"

    file = models.ForeignKey("records.File", models.PROTECT, related_name="+", editable=False)
    format = models.CharField(max_length=20, choices=Format.choices)
    time_zone = models.CharField(max_length=64)
    vendor_party = models.CharField(max_length=10, choices=Party.choices, blank=True)
    mapping = models.JSONField(null=True, blank=True)
    guessed_encoding = models.CharField(max_length=20, blank=True, editable=False)
    guessed_delimiter = models.CharField(max_length=1, blank=True, editable=False)
    strict = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.KEPT, editable=False)
    read = models.IntegerField(default=0, editable=False)
    tickets = models.IntegerField(default=0, editable=False)
    created = models.IntegerField(default=0, editable=False)
    updated = models.IntegerField(default=0, editable=False)
    unchanged = models.IntegerField(default=0, editable=False)
    rejected = models.JSONField(default=list, editable=False)
    rejected_count = models.IntegerField(default=0, editable=False)
    preview = models.JSONField(null=True, editable=False)
    months = models.JSONField(default=list, editable=False)
    by = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+", null=True, editable=False)
    asked_at = models.DateTimeField(editable=False)
    done_at = models.DateTimeField(null=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, editable=False)
    withdrawn_by = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+", null=True, editable=False)
    withdrawn_why = models.TextField(blank=True, editable=False)

    class Meta(EngagementModel.Meta):
        indexes = [models.Index(fields=["tenant", "engagement", "-asked_at"], name="import_latest")]

    def __str__(self) -> str:
        return f"import {self.public_id}"


class TicketExport(EngagementModel):
    """A list of tickets that was asked for as a file; the file is there once all of it is written."""

    asked = models.JSONField(editable=False)
    total = models.IntegerField(default=0, editable=False)
    file = models.ForeignKey("records.File", models.PROTECT, related_name="+", null=True, editable=False)
    by = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+", null=True, editable=False)
    asked_at = models.DateTimeField(editable=False)

    def __str__(self) -> str:
        return f"export {self.public_id}"


class TicketExportPart(EngagementModel):
    """A part of an export while it is written: packed bytes, and where the next part goes on."""

    export = models.ForeignKey(TicketExport, models.PROTECT, related_name="parts", editable=False)
    position = models.IntegerField()
    content = models.BinaryField()
    after = models.JSONField(null=True)
    checksum = models.BigIntegerField()
    length = models.BigIntegerField()
    tickets = models.IntegerField()
    rows = models.IntegerField()

    class Meta(EngagementModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "export", "position"], name="export_part_once")]

    def __str__(self) -> str:
        return f"{self.export_id}/{self.position}"


class Ticket(DerivedModel):
    """What all events of one ticket say together. Not counted once every import that brought it is withdrawn."""

    public_id = models.UUIDField(db_default=UuidV7(), editable=False)
    number = models.CharField(max_length=100, db_collation="C")
    counted = models.BooleanField(default=True)
    opened_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    priority = models.SmallIntegerField()
    priority_worst = models.SmallIntegerField()
    priority_first = models.SmallIntegerField()
    state = models.TextField()
    category = models.TextField()
    subcategory = models.TextField()
    symptom = models.TextField()
    assignment_group = models.TextField()
    location = models.TextField()
    service = models.TextField()
    ci = models.TextField()
    vendor = models.TextField()
    events = models.IntegerField()
    updated_at = models.DateTimeField()

    class Meta(DerivedModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "engagement", "number"], name="ticket_number_once"),
        ]
        indexes = [models.Index(fields=["tenant", "engagement", "-opened_at"], name="ticket_latest")]

    def __str__(self) -> str:
        return self.number


class TicketEvent(DerivedModel):
    """One row of a source, by its place in the ticket's log; a changed row is a new version. Append-only."""

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    source = models.ForeignKey(Import, models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    format = models.CharField(max_length=20)
    mod_count = models.IntegerField()
    place = models.IntegerField()
    version = models.IntegerField()
    at = models.DateTimeField(null=True)
    state = models.TextField()
    priority = models.SmallIntegerField()
    category = models.TextField()
    subcategory = models.TextField()
    symptom = models.TextField()
    assignment_group = models.TextField()
    location = models.TextField()
    service = models.TextField()
    ci = models.TextField()
    vendor = models.TextField()
    party = models.TextField()
    opened_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    waits = models.TextField()

    append_only = True

    class Meta(DerivedModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "ticket", "mod_count", "place", "version", "format"], name="event_version_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id}/{self.mod_count}.{self.place} v{self.version}"


class Wait(DerivedModel):
    """A ticket waited; `kind` 'vendor' is the client's, the provider's or unknown by the party of the vendor."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="waits", db_constraint=False, db_index=False)
    kind = models.CharField(max_length=20)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    vendor = models.TextField()
    party = models.TextField()

    class Meta(DerivedModel.Meta):
        indexes = [models.Index(fields=["tenant", "ticket"], name="wait_of_ticket")]

    def __str__(self) -> str:
        return f"{self.ticket_id} waits for {self.kind}"


class PriorityChange(DerivedModel):
    """The priority of a ticket changed; 1 is the worst."""

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="changes", db_constraint=False, db_index=False)
    at = models.DateTimeField()
    before = models.SmallIntegerField()
    after = models.SmallIntegerField()

    class Meta(DerivedModel.Meta):
        indexes = [models.Index(fields=["tenant", "ticket"], name="change_of_ticket")]

    def __str__(self) -> str:
        return f"{self.ticket_id} P{self.before} to P{self.after}"


class Exclusion(EngagementModel):
    """A decision about a ticket, in one service level or in all; the latest one holds. It does not count, or, with
    `relief_seconds`, so much of its clock is not the provider's and it is judged by the rest. Append-only."""

    class Kind(models.TextChoices):
        RELIEF = "relief", "Relief event"
        CLIENT_FAULT = "client_fault", "Client's fault"
        DUPLICATE = "duplicate", "Duplicate"

    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="exclusions")
    service_level = models.ForeignKey("contracts.ServiceLevel", models.PROTECT, related_name="+", null=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    relief_seconds = models.IntegerField(null=True)
    duplicate_of = models.ForeignKey(Ticket, models.PROTECT, related_name="+", null=True)
    in_force = models.BooleanField(default=True)
    reason = models.TextField()
    by = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+", null=True)
    at = models.DateTimeField()

    append_only = True

    class Meta(EngagementModel.Meta):
        indexes = [models.Index(fields=["tenant", "ticket"], name="exclusion_of_ticket")]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.kind}"


class ReportedValue(EngagementModel):
    """A percentage that the provider or a tool reported for a month; the latest one holds. Append-only."""

    service_level = models.ForeignKey("contracts.ServiceLevel", models.PROTECT, related_name="+")
    month = models.CharField(max_length=7)
    value = models.DecimalField(max_digits=20, decimal_places=10)
    source = models.CharField(max_length=200)
    evidence = models.TextField(blank=True)
    by = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+", null=True)
    at = models.DateTimeField()

    append_only = True

    class Meta(EngagementModel.Meta):
        indexes = [models.Index(fields=["tenant", "service_level", "month"], name="reported_for_month")]

    def __str__(self) -> str:
        return f"{self.service_level_id} {self.month}: {self.value}"


class Result(EngagementModel):
    """What a service level came to in a month, in one version; the highest version holds. Append-only.

    After the month is sealed a further version is a correction and has a reason.
    """

    service_level = models.ForeignKey("contracts.ServiceLevel", models.PROTECT, related_name="+")
    month = models.CharField(max_length=7)
    version = models.IntegerField()
    total = models.IntegerField()
    met = models.IntegerField()
    excluded = models.IntegerField()
    attainment = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    reported = models.ForeignKey(ReportedValue, models.PROTECT, related_name="+", null=True)
    standing = models.CharField(max_length=20)
    is_forgiven = models.BooleanField()
    expected = models.DecimalField(max_digits=20, decimal_places=10)
    minimum = models.DecimalField(max_digits=20, decimal_places=10, null=True)
    terms_version = models.ForeignKey("contracts.TermsVersion", models.PROTECT, related_name="+")
    rules_version = models.CharField(max_length=20)
    holidays_version = models.CharField(max_length=20)
    as_of = models.DateTimeField()
    computed_at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    reason = models.TextField(blank=True)
    by = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+", null=True)

    append_only = True

    class Meta(EngagementModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "service_level", "month", "version"], name="result_version_once"),
        ]
        indexes = [models.Index(fields=["tenant", "engagement", "month"], name="result_of_month")]

    def __str__(self) -> str:
        return f"{self.service_level_id} {self.month} v{self.version}"


class Outcome(DerivedModel):
    """The clock of one ticket in one result. Those of a result that a newer one replaced before sealing are deleted."""

    result = models.ForeignKey(Result, models.PROTECT, related_name="outcomes", db_constraint=False, db_index=False)
    ticket = models.ForeignKey(Ticket, models.PROTECT, related_name="outcomes", db_constraint=False, db_index=False)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    elapsed_us = models.BigIntegerField()
    paused_us = models.BigIntegerField()
    target_us = models.BigIntegerField()
    met = models.BooleanField()
    excluded_for = models.CharField(max_length=20)

    class Meta(DerivedModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "result", "ticket"], name="outcome_once")]
        indexes = [models.Index(fields=["tenant", "ticket"], name="outcome_of_ticket")]

    def __str__(self) -> str:
        return f"{self.ticket_id} in {self.result_id}"


class MonthSeal(EngagementModel):
    """From here on the month's results change by correction only. Append-only."""

    month = models.CharField(max_length=7)
    digest = models.CharField(max_length=64)
    by = models.ForeignKey("tenancy.Person", models.PROTECT, related_name="+", null=True)
    at = models.DateTimeField()

    append_only = True

    class Meta(EngagementModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "engagement", "month"], name="month_sealed_once")]

    def __str__(self) -> str:
        return f"{self.engagement_id} {self.month}"
