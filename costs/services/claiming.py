"""Agreed credits are claimed in one document; the provider's credit note is matched to it; it is applied or paid."""

from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from contracts.models import Contract
from costs.models import Claim, ClaimLine, Credit, CreditNote, LedgerEntry, Repayment
from costs.queries.claims import claim_page, claimed_of, left_of, owed_back_lines, together
from mspgov.jobs import services as jobs
from mspgov.kernel.money import Money
from mspgov.kernel.zones import zone_named
from mspgov.obligations.calc.deadlines import local_day
from mspgov.records import services as records
from mspgov.records.errors import Conflict, Refused
from mspgov.records.gate import media_type_of
from mspgov.records.models import Approval, Record
from mspgov.tenancy.models import Engagement, Person
from mspgov.tenancy.policy import Role

from .answering import Upload
from .asking import ask_anew, has_outgrown
from .judging import locked_contract
from .review import WAIVER, expect_state, holders, move_together, review_of, tell

PRINT_CLAIM = "costs.print_claim"
KIND, NOTE = "credit claim", "credit note"
MATCHED = "matched"  # what the spine says of a credit note


@transaction.atomic
def claim_credits(*, engagement: Engagement, credits: Sequence[UUID], by: Person, at: datetime) -> Claim:
    """Claim agreed credits of one engagement in one numbered document, whose PDF a run prints. Raises Refused for none,
    for a credit of another engagement or with nothing left, for one whose waiver waits, one accepted under reservation
    while it can still be disputed, and one that is more than was agreed; Conflict for one that is not agreed, or claimed
    by now. Of a credit whose claim was noted before a correction made it more, the difference is claimed."""
    contract = locked_contract(engagement)
    rows = list(
        Credit.objects.select_related("record").select_for_update(of=("self",)).annotate(claimed=claimed_of("pk")).filter(contract=contract, public_id__in=credits).order_by("pk")
    )  # fmt: skip
    if not rows or len(rows) != len(set(credits)):
        raise Refused("choose agreed credits of one engagement")
    early = [row for row in rows if row.state == Credit.State.RESERVED and row.answer_due_at and at < row.answer_due_at]
    if early:
        disputable = ", ".join(row.record.number for row in early)
        raise Refused(f"{disputable} can still be disputed: claim it when the days to answer are over")
    if risen := [row.record.number for row in rows if has_outgrown(row)]:
        raise Refused(f"{', '.join(risen)} has risen since it was agreed: it is to be proposed again")
    if nothing := [row.record.number for row in rows if not row.balance]:
        raise Refused(f"nothing is left of {', '.join(nothing)}")
    waiting = Approval.objects.filter(
        record__in=[row.record_id for row in rows], what=WAIVER, state=Approval.State.ASKED
    )
    if names := list(waiting.values_list("record__number", flat=True)):
        raise Refused(f"a waiver of {', '.join(names)} waits for an answer")
    left, agreed = {row.pk: left_of(row) for row in rows}, {row.pk: row.state for row in rows}
    fresh = [row for row in rows if row.state not in Credit.NOTED or left[row.pk].units <= 0]
    for row in fresh:
        expect_state(row, "claim")
    today = at.astimezone(zone_named(contract.time_zone)).date()
    total = Money.of_units(sum(money.units for money in left.values()), contract.currency)
    record = records.open_record(
        kind=KIND, title=f"Credit claim to {engagement.provider.name}, {total}", engagement=engagement,
        state=Claim.State.ISSUED, number=next_claim_number(engagement, today.year), at=at,
    )  # fmt: skip
    claim = Claim(
        engagement=engagement,
        record=record,
        amount=total.amount,
        currency=total.currency,
        issued_on=today,
        by=by,
        at=at,
    )
    claim._history_user = by
    claim.save()
    entries = {row.credit_id: row for row in LedgerEntry.objects.filter(credit__in=rows).exclude(kind=LedgerEntry.Kind.EARN_BACK).order_by("version")}  # fmt: skip
    ClaimLine.objects.bulk_create(
        ClaimLine(
            engagement=engagement, claim=claim, credit=row, entry=entries[row.pk], agreed_as=agreed[row.pk],
            amount=left[row.pk].amount, currency=row.currency,
        )
        for row in rows
    )  # fmt: skip
    told = move_together(fresh, "claim", by=by, claimed_at=at)
    told |= {row.record.number: f"difference {left[row.pk]}" for row in rows if row not in fresh}
    jobs.start(
        PRINT_CLAIM, key=str(claim.public_id), title=f"Print {record.number}", by=by, engagement=engagement,
        claim_id=claim.pk,
    )  # fmt: skip
    _tell(claim, f"{record.number}: {total} is claimed", f"Answer it with your credit note of {total}.", Role.ACCOUNT_MANAGER, at=at, key="issued")  # fmt: skip
    _seal(claim, "claim", {"amount": str(total)} | told, by, at)
    return claim


def next_claim_number(engagement: Engagement, year: int) -> str:
    """`CC-COBALT-2026-0001`: a series of its own for each tenant, provider and year."""
    provider = engagement.provider
    place = int(records.next_number(f"CC{provider.pk}", year).rpartition("-")[2])
    return f"CC-{provider.slug.upper()[:24]}-{year}-{place:04d}"


@transaction.atomic
def withdraw_claim(*, claim: Claim, reason: str, by: Person, at: datetime) -> Claim:
    """Take a claim back: its credits are agreed again, those that have risen since are proposed again. Raises Refused
    without a reason, Conflict when a note is matched or it was taken back."""
    if not reason.strip():
        raise Refused("say why the claim is withdrawn")
    row, credits = _locked(claim)
    _expect(row, "withdraw")
    agreed = dict(ClaimLine.objects.filter(claim=row).values_list("credit_id", "agreed_as"))
    credits = [credit for credit in credits if agreed[credit.pk] not in Credit.NOTED]
    told: dict[str, str] = {}
    for credit in credits:
        told |= move_together([credit], f"unclaim_{agreed[credit.pk]}", by=by, claimed_at=None)
    ask_anew(row.engagement, credits, _zone(row), by=by, at=at)
    _move(row, "withdraw", by=by, withdrawn_why=reason)
    _tell(row, f"{row.record.number} is withdrawn", reason, Role.ACCOUNT_MANAGER, at=at, key="withdrawn")
    _seal(row, "withdraw", {"reason": reason} | told, by, at)
    return row


@transaction.atomic
def hand_in_note(
    *, claim: Claim, number: str, type_code: str, issued_on: date, amount: Money, file: Upload, by: Person, at: datetime
) -> CreditNote:  # fmt: skip
    """The credit note for a claim, of the same amount: it is matched. Raises Refused for another currency or amount (the
    difference is said: the claim is withdrawn and corrected), a number that is known, a date ahead, a self-billed one
    where the contract has none, a file that does not pass the gate; Conflict when the claim has its note already."""
    row, credits = _locked(claim)
    _expect(row, "document")
    if faults := faults_of_note(
        claim=row, number=number, type_code=type_code, issued_on=issued_on, amount=amount, file=file, at=at
    ):
        raise Refused("; ".join(why for _, why in faults))
    record = records.open_record(
        kind=NOTE, prefix="CN", title=f"Credit note {number} for {row.record.number}"[:300], engagement=row.engagement,
        state=MATCHED, at=at,
    )  # fmt: skip
    name, size, stream = file
    kept, _ = records.keep_evidence(record=row.record, name=name, size=size, stream=stream, by=by, at=at)
    note = CreditNote(
        engagement=row.engagement, record=record, claim=row, number=number.strip(),
        type_code=type_code, issued_on=issued_on, amount=amount.amount, currency=amount.currency, file=kept.file,
        by=by, at=at,
    )  # fmt: skip
    note._history_user = by
    note.save()
    told = move_together(_moving(row, credits), "document", by=by, documented_at=at)
    _move(row, "document", by=by)
    subject = f"{row.record.number}: credit note {number} of {amount}"
    for role in (Role.FINANCE_CONTROLLER, Role.CONTRACT_MANAGER):
        _tell(row, subject, "It matches the claim.", role, at=at, key=f"note/{note.public_id}")
    after = {"number": number, "amount": str(amount), "state": MATCHED, "sha256": kept.file.sha256} | told
    records.seal(record.pk, what="hand in", before={}, after=after, by=by, at=at, engagement_id=row.engagement_id)
    return note


def faults_of_note(
    *, claim: Claim, at: datetime, number: str | None = None, type_code: str | None = None, issued_on: date | None = None,
    amount: Money | None = None, file: Upload | None = None,
) -> list[tuple[str, str]]:  # fmt: skip
    """(field, why) of all that `hand_in_note` refuses of a note for an open claim; '' is the note as a whole. What is not
    given is not judged."""
    found: list[tuple[str, str]] = []
    if number is not None:
        if not number.strip():
            found.append(("number", "a credit note has a number"))
        elif CreditNote.objects.filter(engagement=claim.engagement_id, number=number.strip()).exists():
            found.append(("number", f"credit note {number} was handed in for another claim"))
    credits = list(Credit.objects.filter(claim_lines__claim=claim).select_related("engagement", "service_level").order_by("pk"))  # fmt: skip
    if type_code is not None:
        if type_code not in CreditNote.TypeCode.values:
            found.append(("type_code", "a credit note is of type 381, or 261 when it is self-billed"))
        elif type_code == CreditNote.TypeCode.SELF_BILLED and not review_of(credits[0]).self_billed:
            found.append(("type_code", "the contract does not agree on self-billed credit notes (261)"))
    if issued_on is not None and issued_on.toordinal() - date(1970, 1, 1).toordinal() > local_day(at, _zone(claim)):
        found.append(("issued_on", "the note's date lies ahead"))
    elif issued_on is not None and issued_on < (began := _contract(claim).starts_on):
        found.append(("issued_on", f"the note's date lies before the contract, which began on {began:%-d %B %Y}"))
    if corrected := _corrected_since(claim):
        found.append(("", corrected))
    elif amount is not None and (wrong := _wrong_amount(claim, amount)):
        found.append(("amount", wrong))
    if file is not None:
        try:
            media_type_of(*file)
        except Refused as no:
            found.append(("file", str(no)))
    return found


def _corrected_since(claim: Claim) -> str:
    """Says that the credits come to another amount by now than the claim; '' where they do not."""
    now = claim_page(claim.public_id).now
    if now == claim.money:
        return ""
    return f"a month was corrected since: the credits come to {now}. Let the client withdraw the claim and claim anew"


def _wrong_amount(claim: Claim, amount: Money) -> str:
    """Says in what an amount differs from the claim's; '' where it is the same."""
    if amount.currency != claim.currency:
        return f"the claim is in {claim.currency}, the note in {amount.currency}"
    if amount.units <= 0:
        return "a credit note is of more than nothing"
    if amount == claim.money:
        return ""
    less = claim.money - amount
    told = f"{less} less" if less.units > 0 else f"{amount - claim.money} more"
    return (
        f"the claim is {claim.money}, the note {amount}: {told}. Correct the note, or let the client withdraw the claim, "
        "correct or waive its credits, and claim anew"
    )


@transaction.atomic
def settle_claim(*, claim: Claim, settled_as: str, reference: str, on: date, by: Person, at: datetime) -> Claim:
    """The credit stands on an invoice, or was paid. Raises Refused without a reference, while no note is matched, for a
    date ahead or before the claim and its note, and an unknown way, Conflict when it is settled or withdrawn."""
    if settled_as not in Claim.Settled.values:
        raise Refused("a claim is applied to an invoice or paid")
    if not reference.strip():
        raise Refused("name the invoice or the payment")
    row, credits = _locked(claim)
    if row.state == Claim.State.ISSUED:
        raise Refused("the provider's credit note is missing: the claim is settled once it is matched")
    _expect(row, "settle")
    _check_day(row, on, at)
    told = move_together(_moving(row, credits), "apply", by=by, applied_at=at)
    _move(row, "settle", by=by, settled_as=settled_as, settled_reference=reference.strip(), settled_on=on, settled_by=by)  # fmt: skip
    _tell(row, f"{row.record.number}: {row.get_settled_as_display().lower()}", f"{reference}, {on:%-d %B %Y}.", Role.ACCOUNT_MANAGER, at=at, key="settled")  # fmt: skip
    _seal(row, "settle", {"as": settled_as, "reference": reference, "on": on.isoformat()} | told, by, at)
    return row


@transaction.atomic
def pay_back(*, claim: Claim, expected: Money, reference: str, on: date, by: Person, at: datetime) -> Money:
    """The client paid back what corrections took off the credits of a claim after its note was matched; answers how much.
    `expected` is what was owed when it was looked at. Raises Refused without a reference and for a date ahead or before
    the note, Conflict when nothing is owed back by this claim any more, or another amount."""
    if not reference.strip():
        raise Refused("name the payment or the invoice")
    row, credits = _locked(claim)
    owed = owed_back_lines(row.engagement).get(row.pk)
    if not owed:
        raise Conflict(f"nothing is owed back by claim {row.record.number}")
    if (total := together(owed.values())) != expected:
        raise Conflict(f"{total} is owed back by now, not {expected}: look again")
    _check_day(row, on, at)
    lines = [
        Repayment(
            engagement=row.engagement, claim=row, credit=credit, amount=owed[credit.pk].amount, currency=row.currency,
            reference=reference.strip(), paid_on=on, by=by, at=at,
        )
        for credit in credits if credit.pk in owed
    ]  # fmt: skip
    Repayment.objects.bulk_create(lines)
    told = {line.credit.record.number: f"paid back {line.money}" for line in lines}
    subject = f"{row.record.number}: {total} is paid back"
    _tell(row, subject, f"{reference}, {on:%-d %B %Y}.", Role.ACCOUNT_MANAGER, at=at, key=f"back/{lines[0].public_id}")
    _seal(row, "pay back", {"amount": str(total), "reference": reference, "on": on.isoformat()} | told, by, at)
    return total


def _check_day(claim: Claim, on: date, at: datetime) -> None:
    """Raises Refused for a date ahead, or before the claim or its note."""
    if on.toordinal() - date(1970, 1, 1).toordinal() > local_day(at, _zone(claim)):
        raise Refused("the date lies ahead")
    earliest = max([claim.issued_on, *claim.notes.values_list("issued_on", flat=True)])
    if on < earliest:
        raise Refused(f"the date lies before the claim or its credit note, of {earliest:%-d %B %Y}")


def _locked(claim: Claim) -> tuple[Claim, list[Credit]]:
    """A claim and its credits, under the contract's lock."""
    locked_contract(claim.engagement)
    row: Claim = records.locked(
        Claim.objects.select_related("record", "engagement__tenant", "engagement__provider"), pk=claim.pk
    )
    mine = Credit.objects.select_related("record", "engagement", "service_level").select_for_update(of=("self",))
    return row, list(mine.filter(claim_lines__claim=row).order_by("pk"))


def _moving(claim: Claim, credits: Sequence[Credit]) -> list[Credit]:
    """Those that the claim takes on their way; one of which it holds a difference has gone it before."""
    again = set(claim.lines.filter(agreed_as__in=Credit.NOTED).values_list("credit_id", flat=True))
    return [credit for credit in credits if credit.pk not in again]


def _expect(claim: Claim, verb: str) -> None:
    if claim.state not in Claim.TRANSITIONS[verb][0]:
        raise Conflict(f"claim {claim.record.number} is already: {claim.get_state_display().lower()}")


def _move(claim: Claim, verb: str, *, by: Person, **fields: object) -> None:
    """Move a locked claim without a link of the chain: the service ends with one."""
    claim.state = Claim.TRANSITIONS[verb][1]
    for name, value in fields.items():
        setattr(claim, name, value)
    claim._history_user = by
    claim.save()
    Record.objects.filter(pk=claim.record_id).update(state=claim.state)


def _contract(claim: Claim) -> Contract:
    found: Contract = Contract.objects.get(engagement=claim.engagement_id)
    return found


def _zone(claim: Claim) -> str:
    return _contract(claim).time_zone


def _tell(claim: Claim, subject: str, text: str, role: Role, *, at: datetime, key: str) -> None:
    tell(
        claim.engagement, holders(claim.engagement, [role], at), kind="claim", key=f"claim/{claim.public_id}/{key}",
        subject=subject, text=text, path=f"money/claims/{claim.public_id}/", at=at,
    )  # fmt: skip


def _seal(claim: Claim, what: str, after: dict[str, str], by: Person, at: datetime) -> None:
    records.seal(claim.record_id, what=what, before={}, after=after, by=by, at=at, engagement_id=claim.engagement_id)


@transaction.atomic
def keep_claim_file(*, claim: Claim, pdf: bytes) -> Claim:
    """Keep the printed claim, once."""
    row: Claim = records.locked(Claim.objects.select_related("record", "engagement"), pk=claim.pk)
    if row.file_id is None:
        row.file = records.keep_file(
            name=f"{row.record.number}.pdf", media_type="application/pdf", stream=BytesIO(pdf), at=timezone.now(),
            engagement=row.engagement,
        )  # fmt: skip
        row.save()
    return row
