"""One answer to many obligations: what it would do to each is previewed, then each is answered by its own service."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from mspgov.records.errors import Conflict, Refused
from mspgov.tenancy.models import Membership, Person
from mspgov.tenancy.offices import Reach
from mspgov.tenancy.policy import CLIENT, PROVIDER, Permission
from mspgov.web.bulk_change import GONE, OVERTAKEN
from mspgov.web.models import BulkChange, Work
from mspgov.web.timeline import version_of

from . import policy, queries, services
from .models import Obligation, Side
from .queries import ObligationPage

PAGE = "obligations:obligations"
MOST = 40  # each is a link of the chain, written in one request


@dataclass(frozen=True)
class Verb:
    """An answer that needs no more than one text for all: the right that it needs of a row, and from which states."""

    label: str
    past: str
    needed: Permission
    states: frozenset[str]
    text: str = ""  # what the text is called, where there is one


VERBS = {
    "acknowledge": Verb("Acknowledge", "acknowledged", policy.ANSWER_OBLIGATIONS, frozenset({Obligation.State.OPEN})),
    "hand-in": Verb("Hand in", "handed in", policy.ANSWER_OBLIGATIONS, frozenset(Obligation.OWED), "What was done"),
    "accept": Verb("Accept", "accepted", policy.DECIDE_OBLIGATIONS, frozenset({Obligation.State.SUBMITTED})),
    "waive": Verb("Waive", "waived", policy.DECIDE_OBLIGATIONS, frozenset(Obligation.LIVING), "Reason"),
}
BY_ITSELF = ("hand-in", "accept", "waive")  # what belongs to another record is answered and ended there
ACTS: Mapping[str, Callable[[Obligation, str, Person, datetime], object]] = {
    "acknowledge": lambda row, text, by, at: services.acknowledge(obligation=row, by=by, at=at),
    "hand-in": lambda row, text, by, at: services.hand_in(obligation=row, note=text, by=by, at=at),
    "accept": lambda row, text, by, at: services.accept(obligation=row, by=by, at=at),
    "waive": lambda row, text, by, at: services.waive(obligation=row, reason=text, by=by, at=at),
}


def verbs_for(member: Membership, rows: "QuerySet[Obligation]") -> list[str]:
    """The answers that some of these obligations takes from the member's side, as it stands now."""
    side = queries.side_of(member)
    own = PROVIDER if side == Side.PROVIDER else CLIENT
    held = {name for name, verb in VERBS.items() if member.holds(verb.needed)}
    if not held:
        return []
    kinds = rows.filter(state__in=Obligation.LIVING).annotate(free=Q(about=None)).order_by()
    found = set(kinds.values_list("state", "owed_by", "accepted_by", "free").distinct())
    return [
        name
        for name, verb in VERBS.items()
        if name in held and any(
            state in verb.states and (free or name not in BY_ITSELF)
            and (owed_by == side if verb.needed == policy.ANSWER_OBLIGATIONS else accepted_by in own)
            for state, owed_by, accepted_by, free in found
        )
    ]  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One obligation of the change; `refused` says why it stays as it is, `row` is missing where the reader has none."""

    id: str
    row: Obligation | None
    refused: str = ""

    @property
    def label(self) -> str:
        return f"{self.row.record.number} {self.row.record.title}" if self.row else self.id


@transaction.atomic
def preview(rows: "QuerySet[Obligation]", verb: str, text: str, *, by: Person, at: datetime) -> BulkChange:
    """Keep which obligations are to get which answer, each in the version it has now. Raises Refused for none or too many."""
    found = list(rows.order_by("due_at", "pk")[: MOST + 1])
    if not found:
        raise Refused("No obligation is chosen.")
    if len(found) > MOST:
        raise Refused(f"At most {MOST} obligations are answered at once; narrow the list.")
    change: BulkChange = BulkChange.objects.create(
        page=PAGE, by=by, made_at=at, values={"verb": verb, "text": text},
        rows=[[str(row.public_id), version_of(row)] for row in found],
    )  # fmt: skip
    change.refresh_from_db(fields=["public_id"])
    return change


def verb_of(change: BulkChange) -> Verb:
    return VERBS[change.values["verb"]]


def lines_of(change: BulkChange, member: Membership, at: datetime) -> list[Line]:
    """What the change does to each of its obligations, by the rights that the member has now."""
    return _lines(change, queries.obligations(member), member, at)


def _lines(change: BulkChange, rows: "QuerySet[Obligation]", member: Membership, at: datetime) -> list[Line]:
    found = {str(row.public_id): row for row in rows.filter(public_id__in=[id for id, _ in change.rows])}
    reach = queries.reach_of(member, at)
    return [_line(id, found.get(id), version, change, member, reach, at) for id, version in change.rows]


def _line(
    id: str, row: Obligation | None, version: str, change: BulkChange, member: Membership, reach: Reach, at: datetime
) -> Line:
    if row is None:
        return Line(id, None, GONE)
    if version_of(row) != version:
        return Line(id, row, OVERTAKEN)
    return Line(id, row, _refusal(row, change.values["verb"], member, reach, at))


def _refusal(row: Obligation, name: str, member: Membership, reach: Reach, at: datetime) -> str:
    """Why this member cannot give this answer now; empty where they can."""
    verb = VERBS[name]
    if row.state not in verb.states:
        return f"It is {row.get_state_display().lower()}."
    if name in BY_ITSELF and row.about is not None:
        return f"It belongs to {row.about.number}: it is done there."
    may = queries.rights(
        member, ObligationPage(row, (), None, (), ()), reach, at,
        answers=member.holds(policy.ANSWER_OBLIGATIONS), decides=member.holds(policy.DECIDE_OBLIGATIONS),
    )  # fmt: skip
    if not getattr(may, name.replace("-", "_")):
        named = name == "acknowledge" and row.person_id in reach.active and row.owed_by == queries.side_of(member)
        return f"{row.person} owes it in person." if named else "It is for another office than yours."
    if name == "hand-in" and row.needs_evidence:
        return "Evidence is needed: hand it in on its own page, with a file."
    return ""


@transaction.atomic
def confirm(change: BulkChange, *, member: Membership, by: Person, at: datetime) -> BulkChange:
    """Answer each obligation of a previewed change that can be; the others stay and are named. Raises Conflict when it
    was confirmed before."""
    change = get_object_or_404(BulkChange.objects.select_for_update(), pk=change.pk)
    if change.state != Work.PREVIEWED:
        raise Conflict("this change was already made")
    # all rows before the first link of the chain: whoever holds its head waits for no row
    locked = queries.obligations(member).select_for_update(of=("self",)).order_by("pk")
    refused = [line for line in _answered(change, _lines(change, locked, member, at), by, at) if line.refused]
    change.result = {
        "changed": len(change.rows) - len(refused),
        "refused": [[line.id, line.label, line.refused] for line in refused],
        "rows": len(change.rows),
    }
    change.state = Work.DONE
    change.save()
    return change


def _answered(change: BulkChange, lines: Iterable[Line], by: Person, at: datetime) -> Iterable[Line]:
    act, text = ACTS[change.values["verb"]], change.values["text"]
    for line in lines:
        if line.refused or line.row is None:
            yield line
            continue
        try:
            with transaction.atomic():
                act(line.row, text, by, at)
        except (Refused, Conflict) as no:
            yield Line(line.id, line.row, str(no))
        else:
            yield line
