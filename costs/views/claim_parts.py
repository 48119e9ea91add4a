"""Claims in components."""

from collections.abc import Mapping, Sequence

from django.core.paginator import Page

from costs import policy
from costs.models import Claim, ClaimLine, Credit
from costs.queries.claims import ClaimPage, left_of
from mspgov.kernel.money import Money
from mspgov.web import words
from mspgov.web.addresses import here, query
from mspgov.web.components import (
    Action,
    Cell,
    Column,
    DataTable,
    Figure,
    Figures,
    Link,
    ListPages,
    PageHead,
    PathPoint,
    Phrase,
    Row,
    StatePath,
)
from mspgov.web.doors import Request

from .parts import moment, signed

NOTED = (Claim.State.DOCUMENTED, Claim.State.SETTLED)


def left_words(credit: Credit) -> str:
    """What of a credit can be claimed: `EUR 580.00, the difference by correction`; and why not yet."""
    waits = ", not before the waiver that is asked for is answered" if getattr(credit, "waiver_asked", False) else ""
    return f"{left_of(credit)}{', the difference by correction' if credit.state in Credit.NOTED else ''}{waits}"


def open_words(agreed: int, waiting: int) -> str:
    """What agreed credits still wait for: to be claimed, or for the answer to a waiver."""
    told = [f"{words.counted(agreed, 'agreed credit')} not claimed yet."] if agreed else []
    if waiting:
        told.append(f"{words.counted(waiting, 'agreed credit')} with a waiver that waits for an answer.")
    return " ".join(told) or "Every agreed credit is claimed."


def claims_pages(pages: "Page[Claim]", engagement: str) -> ListPages:
    number = pages.paginator.count

    def address(page: int | None) -> str:
        return "" if page is None else query({"engagement": engagement, "page": page})

    return ListPages(
        f"{words.number(pages.start_index())} to {words.number(pages.end_index())} of {words.number(number)}",
        before_href=address(pages.previous_page_number() if pages.has_previous() else None),
        after_href=address(pages.next_page_number() if pages.has_next() else None),
    )


def claims_table(request: Request, rows: Sequence[Claim], back: Mapping[int, Money]) -> DataTable:
    """The claims, each with its amount and what of it is owed back."""
    lines = []
    for claim in rows:
        address = here(request, "costs:claim", claim.public_id)
        lines.append(
            Row(
                (
                    Cell(claim.record.number, f"{claim.issued_on:%-d %B %Y}", address, head=True),
                    Cell(claim.get_state_display(), settled(claim)),
                    Cell(str(claim.money), f"{back[claim.pk]} owed back" if claim.pk in back else ""),
                ),
                address,
            )
        )
    columns = (Column("Claim"), Column("State"), Column("Amount", numeric=True))
    return DataTable("Claims", columns, tuple(lines), keys=True)


def claimed_head(request: Request, lines: Sequence[ClaimLine], agreed: int, back: str) -> PageHead:
    """Instead of the form of a claim: which claims have these credits already, or that none is left to claim."""
    if not lines:
        return PageHead("Claim credits", "There is nothing to claim.", "Every agreed credit is claimed already, or none is agreed yet.", actions=(Action("See the claims", back, "filled"),))  # fmt: skip
    claims = {line.claim.record.number: here(request, "costs:claim", line.claim.public_id) for line in lines}
    names = ", ".join(line.credit.record.number for line in lines)
    lead = f"{'This credit is' if len(lines) == 1 else 'These credits are'} claimed in {', '.join(claims)}."
    actions = [Action("See the claim" if len(claims) == 1 else f"See {number}", address, "filled" if place == 0 else "outlined") for place, (number, address) in enumerate(claims.items())]  # fmt: skip
    if agreed:
        engagement = request.GET.get("engagement", "")
        actions.append(Action("Claim the others", here(request, "costs:claim-new", engagement=engagement)))
    return PageHead("Claim credits", lead, f"{names}. Nothing was issued anew.", actions=tuple(actions))


def settled(claim: Claim) -> str:
    if not claim.settled_as:
        return claim.withdrawn_why
    return f"{claim.get_settled_as_display()}, {claim.settled_reference}"


def no_settlement(claim: Claim) -> tuple[str, str] | None:
    """(why the claim cannot be settled now, what follows); None where it can."""
    if claim.state == Claim.State.ISSUED:
        return (
            f"The credit note of {claim.engagement.provider.name} is missing.",
            "The claim is settled once it is matched.",
        )
    if claim.state == Claim.State.SETTLED:
        return "The claim is settled already.", f"{settled(claim)}."
    if claim.state == Claim.State.WITHDRAWN:
        return "The claim is withdrawn.", claim.withdrawn_why
    return None


def head(request: Request, page: ClaimPage) -> PageHead:
    """What waits for the reader is filled; the document is beside it."""
    claim, note, holds = page.claim, page.note, request.member.holds
    found: list[Action] = []

    def act(label: str, route: str, which: object, kind: str = "filled") -> None:
        found.append(Action(label, here(request, f"costs:{route}", which), kind))

    if claim.state == Claim.State.ISSUED and note is None and holds(policy.HAND_IN_NOTES):
        act("Hand in the credit note", "claim-note", claim.public_id)
    if claim.state == Claim.State.DOCUMENTED and holds(policy.CLAIM_CREDITS):
        act("Settle the claim", "claim-settle", claim.public_id)
    if claim.file_id is not None:
        found.append(Action("Document", here(request, "costs:claim-file", claim.public_id), icon="download"))
    if claim.state == Claim.State.ISSUED and note is None and holds(policy.CLAIM_CREDITS):
        act("Withdraw", "claim-withdraw", claim.public_id, "outlined")
    if claim.state in NOTED and page.now.units > claim.money.units and holds(policy.CLAIM_CREDITS):
        more = [line for line in page.differing if page.nows[line.credit_id].units > line.money.units]
        only = more[0].credit.public_id if len(more) == 1 else None
        address = here(request, "costs:claim-new", engagement=claim.engagement.slug, credit=only)
        found.append(
            Action("Claim the difference", address, "filled" if claim.state == Claim.State.SETTLED else "outlined")
        )
    if page.owed_back and holds(policy.CLAIM_CREDITS):
        act(
            "Record the repayment",
            "claim-repaid",
            claim.public_id,
            "filled" if claim.state == Claim.State.SETTLED else "outlined",
        )
    text = "" if claim.file_id else "The document is being printed."
    return PageHead(claim.record.number, state_words(page), text, actions=tuple(found))


def state_words(page: ClaimPage) -> str:
    claim, note = page.claim, page.note
    provider = claim.engagement.provider.name
    if claim.state == Claim.State.SETTLED and claim.settled_on:
        return f"{claim.get_settled_as_display()}: {claim.settled_reference}, {claim.settled_on:%-d %B %Y}."
    if claim.state == Claim.State.WITHDRAWN:
        return f"Withdrawn: {claim.withdrawn_why}"
    if note is None:
        return f"{claim.money} is claimed; {provider} owes its credit note."
    return f"Credit note {note.number} of {note.money} is matched."


def figures(page: ClaimPage) -> Figures:
    claim, note = page.claim, page.note
    shown = [
        Figure(f"Claimed, {claim.currency}", signed(claim.money), sub=f"{words.counted(len(page.lines), 'credit')}, {claim.issued_on:%-d %B %Y}", size=28),
        Figure(f"Credit note, {claim.currency}", signed(note.money) if note else "none", sub=f"{note.number}, type {note.type_code}" if note else "", size=28),
    ]  # fmt: skip
    return Figures(tuple(shown))


def path(page: ClaimPage) -> StatePath:
    claim, note = page.claim, page.note
    points = [PathPoint("Claimed", f"{moment(claim.at)}, {claim.by.name}", "done")]
    if claim.state == Claim.State.WITHDRAWN:
        return StatePath((*points, PathPoint("Withdrawn", claim.withdrawn_why, "done")), label="Way of the claim")
    matched = note is not None
    said = f"{note.number}, {note.by.name}" if note else ""
    points.append(PathPoint("Credit note", said, "done" if matched else "now"))
    done = claim.state == Claim.State.SETTLED
    label = claim.get_settled_as_display() if done else "Applied or paid"
    points.append(PathPoint(label, claim.settled_reference, "done" if done else "now" if matched else "todo"))
    return StatePath(tuple(points), label="Way of the claim")


def lines_table(request: Request, page: ClaimPage) -> DataTable:
    rows = tuple(
        Row(
            (
                Cell(line.credit.record.title, line.credit.record.number, here(request, "costs:credit", line.credit.public_id), head=True),
                Cell(line.agreed_words, f"ledger entry {line.credit.record.number}/{line.entry.version}"),
                Cell(signed(line.money), f"now {signed(page.nows[line.credit_id])}" if line in page.differing else ""),
            )
        )
        for line in page.lines
    )  # fmt: skip
    total = Row((Cell("Together", head=True), Cell(), Cell(signed(page.claim.money))))
    columns = (Column("Credit"), Column("Agreed"), Column(f"Amount, {page.claim.currency}", numeric=True))
    return DataTable("Credits of the claim", columns, rows, total)


def more_or_less(difference: Money) -> str:
    """`EUR 0.01 more`, `EUR 210.00 less`"""
    less = difference.units < 0
    return f"{-difference if less else difference} {'less' if less else 'more'}"


def changed(page: ClaimPage) -> str:
    """Said where a month was corrected after its credit was claimed."""
    claim, later = page.claim, ", ".join(other.record.number for other in page.later)
    if claim.state == Claim.State.WITHDRAWN:
        return ""
    if page.now == claim.money:
        return f"A month was corrected since: the difference is claimed in {later}." if later else ""
    said = (
        f"Corrected since: the credits come to {page.now} now, {more_or_less(page.now - claim.money)} than the claim."
    )
    if claim.state == Claim.State.ISSUED:
        return f"{said} Withdraw the claim and claim anew."
    if page.now.units > claim.money.units:
        return f"{said} The claim stays as it was noted; the difference is claimed by itself."
    if page.owed_back is None:
        return f"{said} What is owed back of them stands with {later}."
    back = f"{claim.engagement.tenant.name} owes {page.owed_back} back to {claim.engagement.provider.name}."
    return f"{said} The claim stays as it was noted; {back}"


def repayments_table(page: ClaimPage) -> DataTable | None:
    """What was paid back of the claim, a line for each credit."""
    rows = tuple(
        Row(
            (
                Cell(back.reference, f"{back.credit.record.number}, {back.paid_on:%-d %B %Y}", head=True),
                Cell(moment(back.at), back.by.name),
                Cell(signed(back.money)),
            )
        )
        for back in page.repayments
    )
    columns = (Column("Payment"), Column("When", width="fit"), Column(f"Amount, {page.claim.currency}", numeric=True))
    return DataTable("Repayments of the claim", columns, rows) if rows else None


def notes_table(request: Request, page: ClaimPage) -> DataTable | None:
    if not page.notes:
        return None
    rows = []
    for note in page.notes:
        name: Phrase = note.number
        if note.file_id:
            name = (Link(note.number, here(request, "costs:note-file", note.public_id), "text"),)
        rows.append(
            Row(
                (
                    Cell(name, f"{note.get_type_code_display()}, {note.issued_on:%-d %B %Y}", head=True),
                    Cell(moment(note.at), note.by.name),
                    Cell(signed(note.money)),
                )
            )
        )  # fmt: skip
    columns = (Column("Note"), Column("When", width="fit"), Column(f"Amount, {page.claim.currency}", numeric=True))  # fmt: skip
    return DataTable("Credit notes of the claim", columns, tuple(rows))
