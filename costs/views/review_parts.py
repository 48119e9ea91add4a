"""The review of a credit in components: what can be done now, what was said, both outcomes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from costs import policy
from costs.calc.review import Outcome, Outcomes
from costs.models import Credit, Decision
from costs.queries.claims import difference_of
from costs.queries.review import AskLine, LateTicket, ReviewPage, Turn
from itsm.calc.judgement import AT_RISK, BELOW, MET
from mspgov.web import words
from mspgov.web.addresses import elsewhere, here
from mspgov.web.components import Action, Link, Phrase, Said, Status, Tag, Thread
from mspgov.web.doors import Request

from .parts import due, moment, percent, signed

STANDINGS = {MET: "met", AT_RISK: "risk", BELOW: "missed"}
WORDS = {MET: "Met", AT_RISK: "At risk", BELOW: "Missed"}
WAIVABLE = Credit.TRANSITIONS["waive"][0]


@dataclass(frozen=True)
class OutcomeShown:
    """One way to decide, as the decision box shows it."""

    label: str
    attainment: str
    status: Status
    amount: str
    month: str


@dataclass(frozen=True)
class Discussion:
    """The review of one credit on its page."""

    note: str
    thread: Thread | None
    decide_url: str
    outcomes_url: str
    actions: tuple[Action, ...]
    waiting: Phrase


def discussion(request: Request, review: ReviewPage) -> Discussion:
    credit, now = review.credit, timezone.now()
    decides = review.is_to_decide and request.member.holds(policy.DECIDE_CREDITS)
    return Discussion(
        note=note(review),
        thread=thread(request, review.turns) if review.turns else None,
        decide_url=here(request, "costs:credit-decide", credit.public_id) if decides else "",
        outcomes_url=here(request, "costs:credit-outcomes", credit.public_id) if decides else "",
        actions=actions(request, review, now),
        waiting=waiting(review, now),
    )


def note(review: ReviewPage) -> str:
    """`about 1 ticket; both sides read the same`"""
    count = len({ask.ticket for turn in review.turns for ask in turn.tickets})
    about = f"about {words.counted(count, 'ticket')}; " if count else ""
    return f"{about}both sides read the same"


def actions(request: Request, review: ReviewPage, now: datetime) -> tuple[Action, ...]:
    """What the reader may do about the credit now, beside the filled action at the top."""
    credit, holds = review.credit, request.member.holds
    found = []

    def act(label: str, route: str) -> None:
        found.append(Action(label, here(request, f"costs:{route}", credit.public_id), small=True))

    if holds(policy.DISCUSS_CREDITS):
        act("Comment", "credit-comment")
    if review.is_to_decide and holds(policy.DECIDE_CREDITS):
        act("Take up a step", "credit-take-up")
    if review.waiver is not None and holds(policy.APPROVE_WAIVERS) and review.waiver.asked_by_id != request.user.pk:
        act("Answer the waiver", "credit-waiver")
    elif review.waiver is not None and review.waiver.asked_by_id == request.user.pk and holds(policy.WAIVE_CREDITS):
        act("Withdraw the request", "credit-waiver-withdraw")
    elif review.waiver is None and credit.state in WAIVABLE and credit.balance and holds(policy.WAIVE_CREDITS):
        act("Ask to waive", "credit-waive")
    disputable = (
        credit.state == Credit.State.RESERVED and credit.answer_due_at is not None and now < credit.answer_due_at
    )
    claims = review.waiver is None and holds(policy.CLAIM_CREDITS)
    if credit.state in Credit.ANSWERED and credit.balance and not disputable and claims:
        address = here(request, "costs:claim-new", engagement=credit.engagement.slug, credit=credit.public_id)
        found.append(Action("Claim", address, small=True))
    if (more := difference_of(credit)) and more.units > 0 and holds(policy.CLAIM_CREDITS):
        address = here(request, "costs:claim-new", engagement=credit.engagement.slug, credit=credit.public_id)
        found.append(Action("Claim the difference", address, small=True))
    if review.claim is not None:
        found.append(Action("See the claim", here(request, "costs:claim", review.claim.claim.public_id), small=True))
    return tuple(found)


def main_action(request: Request, review: ReviewPage | None) -> Action | None:
    """What waits for the reader: an answer, or a decision."""
    if review is None:
        return None
    credit = review.credit
    if review.is_to_decide and request.member.holds(policy.DECIDE_CREDITS):
        return Action("Decide dispute", here(request, "costs:credit-decide", credit.public_id), "filled")
    if credit.balance and review.answers_until(timezone.now()) and request.member.holds(policy.ANSWER_CREDITS):
        return Action("Answer credit", here(request, "costs:credit-answer", credit.public_id), "filled")
    return None


def no_answer(review: ReviewPage) -> tuple[str, str] | None:
    """(what was done already, what follows) where nothing can be answered any more; None where something can."""
    credit, answer = review.credit, review.answer
    if review.answers_until(timezone.now()):
        return None
    if credit.state == Credit.State.WAIVED:
        return "The credit is waived.", "There is nothing to answer any more."
    if answer is not None:
        who = f" by {answer.by.name}" if answer.by else ""
        said = f"Already answered{who}, {moment(answer.at)}: {answer.get_kind_display().lower()}."
        return said, "What is left to say stands in its comments."
    if review.decision is not None:
        return decided_words(review.decision), ""
    ended = f" with {due(credit.answer_due_at)}" if credit.answer_due_at else ""
    return f"The days to answer ended{ended}.", "Nobody answered in time; the client decides about it now."


def no_decision(review: ReviewPage) -> tuple[str, str]:
    """(why there is nothing to decide, what follows): decided, waived, or not disputed."""
    credit = review.credit
    if credit.state == Credit.State.WAIVED:
        return "The credit is waived.", "There is nothing to decide any more."
    if review.decision is not None and credit.state != Credit.State.PROPOSED:
        return decided_words(review.decision), ""
    if credit.state == Credit.State.PROPOSED:
        until = f" until {due(credit.answer_due_at)}" if credit.answer_due_at else ""
        return "There is nothing to decide yet.", f"The provider may still answer{until}."
    return f"Nothing is disputed: the credit is {credit.get_state_display().lower()}.", ""


def decided_words(decision: Decision) -> str:
    """`Already decided by Ben Okafor, Fri 27 Nov, 10:22: refused.`"""
    said = "granted" if decision.granted else "refused"
    return f"Already decided by {decision.by.name}, {moment(decision.at)}: {said}."


def waiting(review: ReviewPage, now: datetime) -> Phrase:
    """What the credit waits for, and until when."""
    credit = review.credit
    if review.waiver is not None:
        return f"{review.waiver.asked_by.name} asks to waive it: {review.waiver.reason}"
    if review.is_to_decide:
        until = f" until {due(credit.decide_due_at)}" if credit.decide_due_at else ""
        late = " The time is over." if credit.decide_due_at and credit.decide_due_at <= now else ""
        return f"The decision is with {review.step}{until}.{late}"
    if credit.state == Credit.State.PROPOSED and credit.answer_due_at and credit.balance:
        return f"The answer is due by {due(credit.answer_due_at)}."
    if credit.state == Credit.State.RESERVED and review.answers_until(now) and credit.answer_due_at:
        return f"It can be disputed until {due(credit.answer_due_at)}."
    if difference := difference_of(credit):
        owed = f"{-difference} is owed back." if difference.units < 0 else f"{difference} is not claimed yet."
        return f"A correction came after its claim was noted: {owed}"
    return ""


def thread(request: Request, turns: Sequence[Turn]) -> Thread:
    zone, today = timezone.get_current_timezone(), timezone.localdate()
    return Thread(
        tuple(
            Said(
                turn.person or "By the contract",
                turn.side,
                words.moment(turn.at, today, zone),
                (*lead(request, turn), *(part for part in turn.text.split("\n") if part.strip())),
                tuple(
                    Tag(file.name, words.size(file.size), here(request, "costs:credit-evidence", file.id))
                    for file in turn.files
                ),
                words.exactly(turn.at, zone),
            )
            for turn in turns
        )
    )


def lead(request: Request, turn: Turn) -> tuple[Phrase, ...]:
    """What was done, and about which tickets."""
    if not turn.what:
        return ()
    told: list[str | Link] = [turn.what, ": " if turn.tickets else "."]
    for place, ask in enumerate(turn.tickets):
        told += [", " if place else "", *ask_words(request, ask)]
    return (tuple(told),)


def ask_words(request: Request, ask: AskLine) -> list[str | Link]:
    address = elsewhere(request, "itsm:ticket", ask.ticket_id)
    told: list[str | Link] = [Link(ask.ticket, address, "text") if address else ask.ticket, f" ({ask.words}"]
    if ask.granted is False:
        told.append(", refused")
    if ask.revocable and request.member.holds(policy.DECIDE_CREDITS):
        told += [", ", Link("revoke", here(request, "costs:exclusion-revoke", ask.revocable), "text")]
    return [*told, ")"]


def outcomes(found: Outcomes, granted: str) -> tuple[OutcomeShown, ...]:
    """Both ways; the second only where something would be granted."""
    shown = [outcome("If you refuse", found.refuse)]
    if found.grant is not None:
        shown.append(outcome(f"If you grant {granted}", found.grant))
    return tuple(shown)


def outcome(label: str, one: Outcome) -> OutcomeShown:
    status = Status(STANDINGS.get(one.standing, "none"), WORDS.get(one.standing, "Not measured"))  # type: ignore[arg-type]
    return OutcomeShown(label, percent(one.attainment), status, str(one.amount), month_words(one))


def month_words(one: Outcome) -> str:
    """What stands of the month's credits, and what beside it was waived."""
    waived = f", {signed(one.month_waived)} waived" if one.month_waived else ""
    return f"{signed(one.month_total)}{waived}"


def granted_words(asks: Sequence[Mapping[str, object]], value: object = None) -> str:
    """`29 min for INC1`, `3 tickets`, `99.95 %`."""
    if value is not None:
        return f"{value}\u00a0%"
    if len(asks) != 1:
        return words.counted(len(asks), "ticket")
    seconds = asks[0]["relief_seconds"]
    what = f"{round(int(str(seconds)) / 60)}\u00a0min for " if seconds else ""
    return f"{what}{asks[0]['ticket']}"


def late_choices(late: Sequence[LateTicket]) -> list[tuple[str, str]]:
    """The late tickets as choices, with how late each was."""
    found = []
    for each in late:
        hours, minutes = divmod(-(-each.late_seconds // 60), 60)
        found.append((each.number, f"{each.number}, {f'{hours} h ' if hours else ''}{minutes} min late"))
    return found
