"""Root causes as lists, pages and API show them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from governance.calc.rca_content import Content, read_content
from governance.models import Action, Draft, Rca, RcaVersion
from itsm.models import Ticket
from mspgov.obligations.models import Alarm, Obligation, Side
from mspgov.obligations.queries import obligations
from mspgov.records.models import Evidence, File
from mspgov.records.queries import CommentLine, thread
from mspgov.tenancy.models import Membership, Person

KIND, ACTION = "rca", "action"


def rcas() -> "QuerySet[Rca]":
    """All that the reader sees, with what a line shows."""
    rows = Rca.objects.select_related(
        "record",
        "engagement__provider",
        "engagement__tenant",
        "obligation",
        "demanded_by",
        "decided_by",
        "previous__record",
    )
    return rows.annotate(ticket_count=Count("tickets"))  # fmt: skip


def actions() -> "QuerySet[Action]":
    return Action.objects.select_related("record", "engagement__provider", "rca__record", "obligation__person")


@dataclass(frozen=True)
class RcaPage:
    """A root cause with all that its page shows. `shown` is the version that is read, `evidence` the files that it was
    submitted with; drafts, and the files `added` so far, are for the provider only."""

    row: Rca
    versions: tuple[RcaVersion, ...]
    shown: RcaVersion | None
    content: Content
    tickets: tuple[Ticket, ...]
    actions: tuple[Action, ...]
    evidence: tuple[Evidence, ...]
    added: tuple[Evidence, ...]
    comments: tuple[CommentLine, ...]
    deciding: Obligation | None
    next: Rca | None
    owners: dict[str, str]
    alarms: tuple[Alarm, ...]

    @property
    def due_at(self) -> datetime:
        return self.row.obligation.due_at if self.row.obligation else self.row.demanded_at


def rca_page(public_id: UUID, version: int | None = None) -> RcaPage:
    """The page of a root cause, with its latest version or the one named. Raises Http404 for what the reader does not
    see and for a version that is none."""
    row = get_object_or_404(rcas(), public_id=public_id)
    versions = tuple(row.versions.select_related("by").order_by("-version"))
    shown = next((each for each in versions if version in (None, each.version)), None)
    if version is not None and shown is None:
        raise Http404
    owed = list(Obligation.objects.living().filter(about=row.record).order_by("pk"))
    content, added = read_content(shown.content if shown else None), evidence_of(row)
    submitted = {each["id"] for each in shown.evidence} if shown else set()
    return RcaPage(
        row,
        versions,
        shown,
        content,
        tuple(tickets_of(row)),
        tuple(actions().filter(rca=row).order_by("place")),
        tuple(each for each in added if str(each.public_id) in submitted),
        added,
        thread(row.record),
        next((each for each in owed if each.owed_by == Side.CLIENT), None),
        row.next.select_related("record").first(),
        names_of(content),
        tuple(row.obligation.alarms.select_related("person").order_by("at", "pk")) if row.obligation else (),
    )


def tickets_of(rca: Rca) -> "QuerySet[Ticket]":
    return Ticket.objects.filter(pk__in=rca.tickets.values("ticket")).order_by("opened_at", "number")


def evidence_of(rca: Rca) -> tuple[Evidence, ...]:
    """What was added to the answer, without the files of comments."""
    rows = rca.record.evidence.filter(comment=None).select_related("file", "by").order_by("pk")
    return tuple(rows)


def names_of(content: Content) -> dict[str, str]:
    """The names of those who own its actions, by public id; a leaver keeps the name."""
    wanted = []
    for action in content.actions:
        try:
            wanted.append(UUID(action.owner))
        except ValueError:
            continue
    rows = Person.objects.filter(public_id__in=wanted).values_list("public_id", "name") if wanted else ()
    return {str(public_id): name for public_id, name in rows}


def drafts_of(rca: Rca) -> tuple[Draft, ...]:
    """What was typed, the latest first: the first that is not set aside holds."""
    return tuple(Draft.objects.filter(rca=rca).select_related("by").order_by("-number"))


@dataclass(frozen=True)
class ActionPage:
    """A corrective action with its evidence and what was said."""

    row: Action
    evidence: tuple[Evidence, ...]
    comments: tuple[CommentLine, ...]
    alarms: tuple[Alarm, ...]


def action_page(public_id: UUID) -> ActionPage:
    """Raises Http404 for one that the reader does not see."""
    row = get_object_or_404(actions(), public_id=public_id)
    evidence = row.record.evidence.filter(comment=None).select_related("file", "by").order_by("pk")
    return ActionPage(row, tuple(evidence), thread(row.record), tuple(row.obligation.alarms.order_by("at", "pk")))


def rca_file(public_id: UUID, *, submitted: bool) -> File:
    """A file of a root cause or an action; with `submitted` none that a draft still keeps. Raises Http404 for any other
    and for one that the reader does not see."""
    mine = Evidence.objects.filter(record__kind__in=[KIND, ACTION]).select_related("file", "record")
    row = get_object_or_404(mine, public_id=public_id)
    if submitted and row.record.kind == KIND and row.comment_id is None:
        versions = RcaVersion.objects.filter(rca__record=row.record, evidence__contains=[{"id": str(public_id)}])
        if not versions.exists():
            raise Http404
    return row.file


def behind(record_id: UUID) -> Rca | Action:
    """The root cause or the action whose spine row this is. Raises Http404."""
    rows: list[Any] = [
        *Rca.objects.filter(record__public_id=record_id),
        *Action.objects.filter(record__public_id=record_id),
    ]
    if not rows:
        raise Http404
    found: Rca | Action = rows[0]
    return found


def asked_of_provider(reader: Membership) -> "QuerySet[Obligation]":
    """What a client waits for from the MSP, of what the reader sees, the earliest due first."""
    rows = obligations(reader).filter(owed_by=Side.PROVIDER, state__in=Obligation.OWED)
    return rows.order_by("due_at", "pk")


def handed_in_by_provider(reader: Membership) -> "QuerySet[Obligation]":
    """What the MSP has handed in, of what the reader sees, the latest first; what came back stands among its requests
    again."""
    rows = obligations(reader).filter(owed_by=Side.PROVIDER, submitted_at__isnull=False)
    return rows.order_by("-submitted_at", "-pk")
