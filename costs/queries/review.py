"""How a credit was answered, discussed and decided, as both sides read it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.shortcuts import get_object_or_404

from costs.calc.ageing import Ages
from costs.models import Answer, ClaimLine, Credit, DecidedTicket, Decision, DisputedTicket, StepUp, TicketClaim
from costs.queries.account import latest_results
from itsm.models import Exclusion, Outcome, Ticket
from mspgov.records.models import Approval, Evidence
from mspgov.records.queries import KeptFile, thread
from mspgov.tenancy.models import Membership

WAIVER = "waive"  # the act that approvals name
KINDS = dict(Exclusion.Kind.choices)


@dataclass(frozen=True)
class AskLine:
    """What is asked or was granted for a ticket; `granted` is None while nobody has decided. `revocable` names the row
    whose exclusion still holds."""

    ticket: str
    ticket_id: str
    kind: str
    kind_label: str
    relief_seconds: int | None
    duplicate_of: str
    granted: bool | None = None
    revocable: UUID | None = None

    @property
    def words(self) -> str:
        """`29 min relieved`, `1 min 30 s relieved`, `duplicate of INC7`, `client's fault`."""
        if self.relief_seconds is not None:
            minutes, seconds = divmod(self.relief_seconds, 60)
            hours, minutes = divmod(minutes, 60)
            return f"{f'{hours} h ' if hours else ''}{minutes} min {f'{seconds} s ' if seconds else ''}relieved"
        if self.duplicate_of:
            return f"duplicate of {self.duplicate_of}"
        return self.kind_label.lower()


@dataclass(frozen=True)
class Turn:
    """Something that was said or done in a review, with tickets and files."""

    what: str
    person: str
    side: str
    at: datetime
    text: str
    tickets: tuple[AskLine, ...] = ()
    files: tuple[KeptFile, ...] = ()


@dataclass(frozen=True)
class ReviewPage:
    """The review of one credit: its turns, the earliest first; what the present dispute asks; deadlines; a waiver that
    waits, and the one that gave it up; its claim."""

    credit: Credit
    turns: tuple[Turn, ...]
    asks: tuple[AskLine, ...]
    step: str
    waiver: Approval | None
    claim: ClaimLine | None
    answer: Answer | None
    decision: Decision | None
    waived: Approval | None

    @property
    def is_to_decide(self) -> bool:
        """Does the client owe a decision?"""
        credit = self.credit
        return credit.state == Credit.State.DISPUTED or (
            credit.state == Credit.State.PROPOSED and credit.silent_at is not None
        )

    @property
    def is_proposed_again(self) -> bool:
        """Has it risen above what was answered or decided, so that an answer is asked for anew?"""
        waits = self.credit.state == Credit.State.PROPOSED and self.credit.silent_at is None
        return waits and (self.answer is not None or self.decision is not None)

    def answers_until(self, now: datetime) -> bool:
        """May the provider still answer?"""
        credit = self.credit
        open_states = {Credit.State.PROPOSED, Credit.State.RESERVED}
        if credit.state == Credit.State.RESERVED and credit.answer_due_at is None:
            return True
        return credit.state in open_states and (credit.answer_due_at is None or now < credit.answer_due_at)


def review_page(credit: Credit) -> ReviewPage:
    """Everything that both sides have said and done about a credit."""
    answers = list(Answer.objects.filter(credit=credit).select_related("by").order_by("pk"))
    decisions = list(Decision.objects.filter(credit=credit).select_related("by").order_by("pk"))
    steps = list(StepUp.objects.filter(credit=credit).select_related("by").order_by("pk"))
    disputed = _asks(DisputedTicket.objects.filter(answer__credit=credit), "answer_id")
    decided, revoked = _decided(credit)
    comments = thread(credit.record)
    waivers = waivers_of(credit)
    files = _files_of(credit, {file.id for line in comments for file in line.files})
    sides = Sides(
        [*(row.by_id for row in (*answers, *decisions, *steps, *(row for row, _ in revoked))),
         *(pk for row in waivers for pk in (row.asked_by_id, row.decided_by_id))],
        credit,
    )  # fmt: skip
    turns = [
        *(
            Turn(answer.get_kind_display(), answer.by.name if answer.by else "", sides.of(answer.by_id), answer.at,
                 answer.text, disputed.get(answer.pk, ()), tuple(files.get((answer.by_id, answer.at), ())))
            for answer in answers
        ),
        *(Turn("", line.person, line.side, line.at, line.text, (), line.files) for line in comments),
        *(
            Turn(f"Went up to {row.name}", row.by.name if row.by else "", sides.of(row.by_id), row.at,
                 row.reason or "The time for a decision was over.")
            for row in steps
        ),
        *(
            Turn("Granted" if row.granted else "Refused", row.by.name, sides.of(row.by_id), row.at, row.reason,
                 decided.get(row.pk, ()))
            for row in decisions
        ),
        *(
            Turn("Revoked", row.by.name if row.by else "", sides.of(row.by_id), row.at, row.reason, (line,))
            for row, line in revoked
        ),
        *(turn for row in waivers for turn in _waiver_turns(row, sides)),
    ]  # fmt: skip
    latest = answers[-1] if answers else None
    here = steps[-1].name if steps and credit.step else "Contract manager"
    return ReviewPage(
        credit=credit,
        turns=tuple(sorted(turns, key=lambda turn: turn.at)),
        asks=disputed.get(latest.pk, ()) if latest and latest.kind == Answer.Kind.DISPUTE else (),
        step=here,
        waiver=next((row for row in waivers if row.state == Approval.State.ASKED), None),
        waived=next((row for row in waivers if row.state == Approval.State.GRANTED), None),
        claim=ClaimLine.objects.filter(credit=credit).exclude(claim__state="withdrawn").select_related("claim__record").order_by("-pk").first(),
        answer=latest,
        decision=decisions[-1] if decisions else None,
    )  # fmt: skip


def waivers_of(credit: Credit) -> list[Approval]:
    """Every request to give a credit up, the earliest first, with who asked and who answered."""
    rows = Approval.objects.filter(record=credit.record_id, what=WAIVER)
    return list(rows.select_related("asked_by", "decided_by").order_by("pk"))


def _waiver_turns(row: Approval, sides: "Sides") -> Iterator[Turn]:
    """That it was asked for, and how that ended."""
    yield Turn("Asked to waive it", row.asked_by.name, sides.of(row.asked_by_id), row.asked_at, row.reason)
    if row.decided_at is not None:
        said = {
            Approval.State.GRANTED: "Approved the waiver",
            Approval.State.REFUSED: "Refused the waiver",
            Approval.State.WITHDRAWN: "Withdrew the request",
        }[Approval.State(row.state)]
        who = row.decided_by or row.asked_by
        yield Turn(said, who.name, sides.of(who.pk), row.decided_at, row.answer)


class Sides:
    """The organisation of each of some people."""

    def __init__(self, people: Iterable[int | None], credit: Credit) -> None:
        members = Membership.objects.filter(person__in={pk for pk in people if pk}).select_related("provider")
        self.named = {m.person_id: m.provider.name if m.provider else "" for m in members}
        self.client = credit.engagement.tenant.name

    def of(self, person_id: int | None) -> str:
        return "" if person_id is None else self.named.get(person_id) or self.client


def _asks(rows: "Iterable[TicketClaim]", by: str) -> dict[int, tuple[AskLine, ...]]:
    found: dict[int, list[AskLine]] = {}
    for row in rows.select_related("ticket", "duplicate_of").order_by("pk"):  # type: ignore[attr-defined]
        found.setdefault(getattr(row, by), []).append(ask_line(row))
    return {pk: tuple(lines) for pk, lines in found.items()}


def ask_line(row: TicketClaim, *, granted: bool | None = None, revocable: UUID | None = None) -> AskLine:
    other = row.duplicate_of.number if row.duplicate_of else ""
    return AskLine(
        row.ticket.number, str(row.ticket.public_id), row.kind, KINDS.get(row.kind, row.kind), row.relief_seconds, other,
        granted, revocable,
    )  # fmt: skip


def _decided(credit: Credit) -> tuple[dict[int, tuple[AskLine, ...]], list[tuple[Exclusion, AskLine]]]:
    """What each decision granted or refused, where a grant that still holds can be revoked; and what was granted and
    counts again, with who revoked it and why, the earliest first."""
    rows = list(
        DecidedTicket.objects.filter(decision__credit=credit).select_related("ticket", "duplicate_of").order_by("pk")
    )
    of_level = Exclusion.objects.filter(
        service_level=credit.service_level_id, ticket__in=[row.ticket_id for row in rows]
    )
    made = list(of_level.select_related("by").order_by("at", "pk"))
    latest, granted = {row.ticket_id: row for row in made}, {row.ticket_id: row for row in rows if row.exclusion_id}
    found: dict[int, list[AskLine]] = {}
    for row in rows:
        now = latest.get(row.ticket_id)
        holds = row.exclusion_id is not None and now is not None and now.pk == row.exclusion_id
        line = ask_line(row, granted=row.exclusion_id is not None, revocable=row.public_id if holds else None)
        found.setdefault(row.decision_id, []).append(line)
    revoked = [(row, ask_line(granted[row.ticket_id])) for row in made if not row.in_force and row.ticket_id in granted]
    return {pk: tuple(lines) for pk, lines in found.items()}, revoked


def _files_of(credit: Credit, shown: set[UUID]) -> dict[tuple[int, datetime], list[KeptFile]]:
    """Evidence that came with an answer, by whom and when."""
    found: dict[tuple[int, datetime], list[KeptFile]] = {}
    for each in Evidence.objects.filter(record=credit.record_id).select_related("file").order_by("pk"):
        if each.public_id not in shown:
            found.setdefault((each.by_id, each.at), []).append(KeptFile(each.public_id, each.file.name, each.file.size))
    return found


def credit_named(public_id: object) -> Credit:
    """Raises Http404 for a credit that the reader does not see."""
    rows = Credit.objects.select_related("record", "service_level", "engagement__tenant", "engagement__provider")
    found: Credit = get_object_or_404(rows, public_id=public_id)
    return found


@dataclass(frozen=True)
class LateTicket:
    """A ticket that counts as late in a credit's level and month, and by how much."""

    id: str
    number: str
    late_seconds: int


def late_tickets(credit: Credit) -> tuple[LateTicket, ...]:
    """The late tickets behind a credit, the closest to its target first."""
    result = latest_results(credit.engagement, credit.period, credit.period).get(
        (credit.period, credit.service_level.key)
    )
    if result is None:
        return ()
    rows = Outcome.objects.filter(result=result, met=False, excluded_for="").select_related("ticket")
    lines = [
        LateTicket(str(row.ticket.public_id), row.ticket.number, max(0, row.elapsed_us - row.target_us) // 1_000_000)
        for row in rows
    ]
    return tuple(sorted(lines, key=lambda line: (line.late_seconds, line.number)))


def tickets_named(credit: Credit, numbers: Iterable[str]) -> dict[str, Ticket]:
    """The tickets of the credit's engagement with these numbers, by number."""
    return {row.number: row for row in Ticket.objects.filter(engagement=credit.engagement_id, number__in=set(numbers))}


def ages_of(credit: Credit) -> Ages:
    """When a credit of `credits_of` came to each stage."""
    return Ages(
        credit.record.opened_at, credit.agreed_at, credit.claimed_at, credit.documented_at, credit.applied_at,
        disputed_at=getattr(credit, "disputed_at", None) if credit.state == Credit.State.DISPUTED else None,
    )  # fmt: skip
