"""What the review of credits wants of a person: disputes to decide, claims without a note, credits not claimed."""

from collections.abc import Callable, Iterator, Sequence

from django.utils import timezone

from costs.calc.totals import stands
from costs.policy import APPROVE_WAIVERS, CLAIM_CREDITS, DECIDE_CREDITS, HAND_IN_NOTES
from costs.queries import CreditLine
from costs.queries.credits import owed_back_of
from mspgov.desk.queries.needs import AskedWaiver
from mspgov.desk.queries.standing import Standing
from mspgov.tenancy.policy import Permission
from mspgov.web import words
from mspgov.web.addresses import here
from mspgov.web.components import Action, HomeRow, Phrase
from mspgov.web.doors import Request

Titled = Callable[[Standing, str], Phrase]
Found = tuple[HomeRow, bool, int]


def rows(
    request: Request, standing: Standing, titled: Titled, waivers: Sequence[AskedWaiver]
) -> Iterator[Found]:  # fmt: skip
    """(row, can the reader act on it, what it is worth) of one engagement."""
    if request.member.holds(APPROVE_WAIVERS):
        for asked in waivers:
            if asked.engagement_id == standing.engagement.pk:
                answer = Action("Answer the waiver", here(request, "costs:credit-waiver", asked.credit_id))
                text = f"{asked.label}. {asked.by} asks: {asked.reason}"
                title = titled(standing, "a waiver waits for a second person")
                yield HomeRow(str(asked.amount), "to be waived", title, text, (answer,)), True, asked.amount.units
    yield from _owed_back(request, standing, titled)
    yield from _disputed(request, standing, titled)
    notes = [line for line in standing.credits if line.stage == "claimed"]
    text = "The claim waits for the provider's credit note."
    yield from _claims(request, standing, notes, titled(standing, "a credit note is missing"), text, HAND_IN_NOTES)
    agreed = [
        line
        for line in standing.credits
        if line.stage == "agreed" and line.amount and stands(line.state) and not line.waiver_asked
    ]
    text = "Agreed credits are claimed in one document."
    yield from _claims(
        request, standing, agreed, titled(standing, "agreed credits are not claimed"), text, CLAIM_CREDITS
    )


def _owed_back(request: Request, standing: Standing, titled: Titled) -> Iterator[Found]:
    """To know of, for both sides: nothing is to be done about it here."""
    lines = [line for line in standing.credits if line.owed_back]
    if not lines:
        return
    total = owed_back_of(lines, standing.currency)
    title = titled(standing, f"{total} is owed back to {standing.engagement.provider.name}")
    text = "Credits became less by a correction after their credit note was matched."
    see = Action("See claims", here(request, "costs:claims", engagement=standing.engagement.slug), "text")
    yield HomeRow(str(total), f"owed back, {words.counted(len(lines), 'credit')}", title, text, (see,)), False, 0


def _disputed(request: Request, standing: Standing, titled: Titled) -> Iterator[Found]:
    lines = [line for line in standing.credits if line.decide_due_at or line.state == "disputed"]
    total = standing.sum_of(lines)
    if not lines or total is None:
        return
    first, mine = lines[0], request.member.holds(DECIDE_CREDITS)
    due = min((line.decide_due_at for line in lines if line.decide_due_at), default=None)
    text = f"{first.service_level_name}, {first.month.name}: {first.amount}."
    if due is not None:
        text += f" A decision is due by {words.due(due, timezone.localdate(), timezone.get_current_timezone())}."
    address = here(request, "costs:credits", engagement=standing.engagement.slug, credit=first.id)
    action = Action("Decide dispute" if mine else "See dispute", address)
    label = f"disputed, {words.counted(len(lines), 'credit')}"
    yield HomeRow(str(total), label, titled(standing, "credits are disputed"), text, (action,)), mine, total.units


def _claims(
    request: Request, standing: Standing, lines: list[CreditLine], title: Phrase, text: str, needed: Permission
) -> Iterator[Found]:
    total = standing.sum_of(lines)
    if not lines or total is None or not request.member.holds(needed):
        return
    oldest = max(line.days for line in lines)
    action = Action("See claims", here(request, "costs:claims", engagement=standing.engagement.slug))
    label = f"{lines[0].stage}, {words.counted(len(lines), 'credit')}"
    said = f"{text} The oldest has waited {words.counted(oldest, 'day')}." if oldest else text
    yield HomeRow(str(total), label, title, said, (action,)), True, total.units
