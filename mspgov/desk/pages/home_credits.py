"""What the review of credits wants of a person: credits to answer, disputes to decide, claims without
a note or not settled, credits not claimed, what is owed back."""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime

from django.utils import timezone

from costs.calc.totals import stands
from costs.policy import ANSWER_CREDITS, APPROVE_WAIVERS, CLAIM_CREDITS, DECIDE_CREDITS, HAND_IN_NOTES
from costs.queries import CreditLine
from costs.queries.credits import owed_back_of, summed
from mspgov.desk.queries.needs import AskedWaiver
from mspgov.desk.queries.standing import Standing
from mspgov.kernel.money import Money
from mspgov.web import words
from mspgov.web.addresses import here
from mspgov.web.components import Action, HomeRow, Phrase
from mspgov.web.doors import Request

from .sayings import months_words

Titled = Callable[[Standing, str], Phrase]
Found = tuple[HomeRow, bool, int]


def waiting(standing: Standing) -> list[CreditLine]:
    """Credits that wait for an answer or a decision: what is owed about them is told by these rows."""
    return [line for line in standing.credits if line.amount and line.group in ("proposed", "disputed")]


def rows(
    request: Request, standing: Standing, titled: Titled, waivers: Sequence[AskedWaiver], owed: Collection[str]
) -> Iterator[Found]:  # fmt: skip
    """(row, can the reader act on it, what it is worth) of one engagement; `owed` are the numbers of credits whose answer
    or decision comes to the reader."""
    holds = request.member.holds
    if holds(APPROVE_WAIVERS):
        for asked in waivers:
            if asked.engagement_id == standing.engagement.pk:
                answer = Action("Answer the waiver", here(request, "costs:credit-waiver", asked.credit_id))
                text = f"{asked.label}. {asked.by} asks: {asked.reason}"
                title = titled(standing, "a waiver waits for a second person")
                yield HomeRow(str(asked.amount), "to be waived", title, text, (answer,)), True, asked.amount.units
    yield from _owed_back(request, standing, titled)
    to_decide = [line for line in waiting(standing) if line.decide_due_at or line.state == "disputed"]
    for lines, mine in _split(to_decide, owed, lambda line: not line.decide_due_at and holds(DECIDE_CREDITS)):
        yield _disputed(request, standing, lines, titled, mine and holds(DECIDE_CREDITS))
    notes = [line for line in standing.credits if line.stage == "claimed"]
    if notes and (holds(HAND_IN_NOTES) or holds(CLAIM_CREDITS)):
        text = "The claim waits for the provider's credit note."
        mine = holds(HAND_IN_NOTES) and request.member.is_provider_side
        yield _claims(request, standing, notes, titled(standing, "a credit note is missing"), text, mine)
    noted = [line for line in standing.credits if line.stage == "documented" and stands(line.state)]
    if noted and holds(CLAIM_CREDITS):
        text = "The credit note is matched: say on which invoice the credit stands, or by which payment it came."
        yield _claims(request, standing, noted, titled(standing, "a claim waits to be settled"), text, True)
    agreed = [line for line in standing.credits if line.stage == "agreed" and _claimable(line, standing.at)]
    if agreed and holds(CLAIM_CREDITS):
        text = "Agreed credits are claimed in one document."
        yield _claims(request, standing, agreed, titled(standing, "agreed credits are not claimed"), text, True)
    to_answer = [line for line in standing.proposed if line.amount and line not in to_decide]
    for lines, mine in _split(to_answer, owed, lambda line: not line.answer_due_at and holds(ANSWER_CREDITS)):
        yield _proposed(request, standing, lines, titled, mine and holds(ANSWER_CREDITS))


def _claimable(line: CreditLine, at: datetime) -> bool:
    early = line.disputable_until is not None and at < line.disputable_until
    return bool(line.amount) and stands(line.state) and not (early or line.waiver_asked)


def _split(
    lines: Sequence[CreditLine], owed: Collection[str], by_role: Callable[[CreditLine], bool]
) -> Iterator[tuple[list[CreditLine], bool]]:
    """Those that come to the reader and those of others. Where a contract sets no days nothing is owed: the role tells."""
    mine = [line for line in lines if line.number in owed or by_role(line)]
    others = [line for line in lines if line not in mine]
    yield from ((each, whose) for each, whose in ((mine, True), (others, False)) if each)


def _sum(lines: Sequence[CreditLine]) -> Money:
    return summed(lines, lines[0].amount.currency)


def _proposed(
    request: Request, standing: Standing, lines: Sequence[CreditLine], titled: Titled, mine: bool
) -> Found:  # fmt: skip
    """Credits that wait for an answer, as one row."""
    total, largest = _sum(lines), lines[0]
    names = months_words(list({line.month for line in lines}))
    text = f"The largest is {largest.service_level_name}, {largest.month.name}: {largest.amount}"
    text += f" at {words.number(largest.attainment, 2)} %." if largest.attainment is not None else "."
    capped = {line.month for line in lines if line.capped}
    text += f" {months_words(list(capped))} {'is' if len(capped) == 1 else 'are'} at the cap." if capped else ""
    if due := min((line.answer_due_at for line in lines if line.answer_due_at), default=None):
        text += f" An answer is due by {_due(due)}."
    address = here(request, "costs:credits", engagement=standing.engagement.slug, credit=largest.id)
    label = f"proposed, {words.counted(len(lines), 'credit')}"
    title = titled(standing, f"credits of {names}")
    return HomeRow(str(total), label, title, text, (Action("Review credits", address),)), mine, total.units


def _owed_back(request: Request, standing: Standing, titled: Titled) -> Iterator[Found]:
    """Whoever claims records that it was paid back; others know of it."""
    lines = [line for line in standing.credits if line.owed_back]
    if not lines:
        return
    total = owed_back_of(lines, standing.currency)
    title = titled(standing, f"{total} is owed back to {standing.engagement.provider.name}")
    text = "Credits became less by a correction after their credit note was matched."
    mine, address = (
        request.member.holds(CLAIM_CREDITS),
        here(request, "costs:claims", engagement=standing.engagement.slug),
    )
    see = Action("See claims", address, "outlined" if mine else "text")
    label = f"owed back, {words.counted(len(lines), 'credit')}"
    yield HomeRow(str(total), label, title, text, (see,)), mine, total.units if mine else 0


def _disputed(
    request: Request, standing: Standing, lines: Sequence[CreditLine], titled: Titled, mine: bool
) -> Found:  # fmt: skip
    total, first = _sum(lines), lines[0]
    text = f"{first.service_level_name}, {first.month.name}: {first.amount}."
    if due := min((line.decide_due_at for line in lines if line.decide_due_at), default=None):
        text += f" A decision is due by {_due(due)}."
    address = here(request, "costs:credits", engagement=standing.engagement.slug, credit=first.id)
    action = Action("Decide dispute" if mine else "See dispute", address)
    label = f"disputed, {words.counted(len(lines), 'credit')}"
    return HomeRow(str(total), label, titled(standing, "credits are disputed"), text, (action,)), mine, total.units


def _due(at: datetime) -> str:
    return words.due(at, timezone.localdate(), timezone.get_current_timezone())


def _claims(
    request: Request, standing: Standing, lines: Sequence[CreditLine], title: Phrase, text: str, mine: bool
) -> Found:  # fmt: skip
    total, oldest = _sum(lines), max(line.days for line in lines)
    action = Action("See claims", here(request, "costs:claims", engagement=standing.engagement.slug))
    label = f"{lines[0].stage}, {words.counted(len(lines), 'credit')}"
    said = f"{text} The oldest has waited {words.counted(oldest, 'day')}." if oldest else text
    return HomeRow(str(total), label, title, said, (action,)), mine, total.units
