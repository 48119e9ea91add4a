"""A sealed month is corrected: what would differ is shown first, then it is measured again, each as a run."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.shortcuts import get_object_or_404

from contracts.models import Contract
from costs.calc.correction import Correction, DifferingEntry, DifferingResult
from costs.calc.totals import total_of
from costs.models import Credit, LedgerEntry, MonthlyCharges
from costs.queries.account import account, latest_charges, seals_of
from costs.queries.claims import claimed_of, difference_of, left_of, noted_of
from itsm import services as itsm
from itsm.models import Result
from itsm.queries.results import current_results
from mspgov.jobs import services as jobs
from mspgov.jobs.models import Run
from mspgov.kernel.money import Money
from mspgov.kernel.period import Month
from mspgov.records.errors import Refused
from mspgov.records.models import Counter, Seal
from mspgov.tenancy.models import Engagement, Person
from mspgov.tenancy.policy import Role

from .charging import check_charges, check_term, write_charges
from .judging import Proposed, judged, link, locked_contract
from .review import holders, tell

CORRECT, PREVIEW = "costs.correct", "costs.preview_correction"
LINK = "correct credits"


@transaction.atomic
def correct_month(
    *,
    engagement: Engagement,
    month: Month,
    reason: str,
    by: Person | None,
    at: datetime,
    charges: Money | None = None,
    key: str = "",
    deciding: Credit | None = None,
) -> Proposed:
    """Measure a sealed month again, with other charges when given: new versions of its results, and new entries that
    name the old ones and the reason. Other sealed months stay and are named where they would now differ. A correction
    whose key the chain holds already writes nothing. Raises Refused without a reason or for a month that is not sealed."""
    contract = locked_contract(engagement)
    _check(contract, engagement, month, reason, charges)
    if key and Seal.objects.filter(engagement_id=engagement.pk, what=LINK, after__correction=key).exists():
        return Proposed((), (), ())
    row = _other_charges(contract, month, charges, by=by, at=at)
    list(Counter.objects.select_for_update().filter(prefix__startswith="CR-").order_by("pk"))  # before the chain's head
    results = itsm.correct_month(engagement=engagement, month=month, reason=reason, by=by, at=at, linked=False)
    proposed = judged(contract, engagement, at=at, by=by, as_of=at, correcting=month, reason=reason, deciding=deciding)
    _tell_of_claimed(engagement, month, proposed, reason, by=by, at=at)
    if row or results or proposed.entries:
        about = {"month": month.text, "reason": reason} | ({"correction": key} if key else {})
        latest = current_results(engagement, month, month) if results else {}
        about |= {
            f"result {row.service_level.key}/{row.version}": row.digest
            for row in latest.values()
            if row.computed_at == at
        }
        link(engagement, LINK, entries=proposed.entries, charges=row, about=about, by=by, at=at)
    return proposed


def _tell_of_claimed(
    engagement: Engagement, month: Month, proposed: Proposed, reason: str, *, by: Person | None, at: datetime
) -> None:
    """Tell both sides what became of credits that are claimed or noted already; whoever corrects knows."""
    written = [entry.credit_id for entry in proposed.entries]
    held = Credit.objects.filter(pk__in=written, state__in=(Credit.State.CLAIMED, *Credit.NOTED))
    told = [
        _became(row)
        for row in held.select_related("record").annotate(claimed=claimed_of("pk"), noted=noted_of("pk")).order_by("pk")
    ]
    if not any(told):
        return
    people = [each for each in holders(engagement, (Role.ACCOUNT_MANAGER, Role.FINANCE_CONTROLLER), at) if each != by]
    tell(
        engagement, people, kind="claim", key=f"correction/{proposed.entries[0].public_id}",
        subject=f"{engagement.name}, {month.name}: a correction changes what was claimed",
        text=" ".join([*filter(None, told), f"The reason: {reason}"]),
        path=f"money/claims/?engagement={engagement.slug}", at=at,
    )  # fmt: skip


def _became(credit: Credit) -> str:
    """`CR-2016-05-02 is EUR 3,000.00 now; EUR 210.00 is owed back.`; '' where claims hold what it comes to."""
    difference, told = difference_of(credit), []
    if difference and difference.units > 0:
        told.append(f"{difference} is not claimed yet")
    elif difference:
        told.append(f"{-difference} is owed back")
    if left_of(credit).units < (difference.units if difference else 0) or _is_outgrown(credit):
        told.append("its claim without a note is to be withdrawn and made anew")
    return f"{credit.record.number} is {credit.balance} now; {', '.join(told)}." if told else ""


def _is_outgrown(credit: Credit) -> bool:
    """Is a credit, of which one claim waits for its note, another amount than that claim?"""
    return credit.state == Credit.State.CLAIMED and bool(left_of(credit))


def _check(contract: Contract, engagement: Engagement, month: Month, reason: str, charges: Money | None) -> None:
    check_term(contract, month)
    if not reason.strip():
        raise Refused("a correction needs its reason")
    if month not in seals_of(engagement):
        raise Refused(f"{month} is not sealed: measure it again instead")
    if charges is not None:
        check_charges(contract, month, charges)


def _other_charges(
    contract: Contract, month: Month, charges: Money | None, *, by: Person | None, at: datetime
) -> MonthlyCharges | None:
    """The row of charges that differ from those that hold."""
    held = latest_charges(contract, [month]).get(month)
    if charges is None or (held is not None and held.money == charges):
        return None
    return write_charges(contract, month, charges, MonthlyCharges.Origin.SET, by=by, at=at)


def preview_correction(
    *, engagement: Engagement, month: Month, at: datetime, charges: Money | None = None
) -> Correction:
    """What `correct_month` would write, computed by doing it and taking it back. Refuses as it does."""
    with transaction.atomic():
        point = transaction.savepoint()
        try:
            before, held = current_results(engagement, month, month), _amounts(engagement, month, at)
            proposed = correct_month(
                engagement=engagement, month=month, reason="preview", by=None, at=at, charges=charges
            )
            after = current_results(engagement, month, month)
            results = tuple(
                _differing(before.get(place), row)
                for place, row in after.items()
                if place not in before or before[place].pk != row.pk
            )
            entries = tuple(map(_entry, proposed.entries))
            would = _amounts(engagement, month, at)
        finally:
            transaction.savepoint_rollback(point)
    others = tuple(map(str, proposed.differences))
    return Correction(month, charges, results, entries, others, held[0], would[0], held[1], would[1])


def _amounts(engagement: Engagement, month: Month, at: datetime) -> tuple[Money | None, Money]:
    """(the month's charges, what stands of its credits)"""
    found = account(engagement, as_of=at)
    charges = found.charges.get(month)
    credits = Credit.objects.filter(engagement=engagement, month=month.text)
    together = total_of(((credit.state, credit.balance) for credit in credits), found.currency)
    return charges.money if charges else None, together.stands


def _differing(old: Result | None, new: Result) -> DifferingResult:
    return DifferingResult(
        service_level=new.service_level.key,
        name=new.service_level.name,
        version=new.version,
        sealed=old.attainment if old else None,
        sealed_met=old.met if old else 0,
        sealed_total=old.total if old else 0,
        attainment=new.attainment,
        met=new.met,
        total=new.total,
    )


def _entry(entry: LedgerEntry) -> DifferingEntry:
    return DifferingEntry(
        service_level=entry.credit.service_level.key,
        name=entry.credit.service_level.name,
        month=entry.credit.period,
        kind=entry.kind,
        before=entry.replaces.money if entry.replaces else None,
        amount=entry.money,
    )


def start_preview(
    *, engagement: Engagement, month: Month, reason: str, charges: Money | None, by: Person, at: datetime
) -> Run:
    """Ask for a run that says what a correction would write; it keeps what was typed. Refuses as `correct_month`."""
    _check(get_object_or_404(Contract, engagement=engagement), engagement, month, reason, charges)
    title = f"What a correction would change, {engagement.name}, {month.name}"
    asked = _asked(engagement, month, reason, charges, by)
    return _open_run(PREVIEW, engagement, asked) or jobs.start(
        PREVIEW, key=f"{engagement.slug} {month} {uuid4()}", title=title, by=by, engagement=engagement, **asked
    )


def start_correction(
    *,
    engagement: Engagement,
    month: Month,
    reason: str,
    charges: Money | None,
    by: Person,
    at: datetime,
    key: str = "",
) -> Run:
    """Ask for a run that corrects a month: the same key gives the same run unless that failed or was cancelled; without
    a key, the same correction gives the same run while it is open. Refuses as `correct_month`."""
    _check(get_object_or_404(Contract, engagement=engagement), engagement, month, reason, charges)
    asked = _asked(engagement, month, reason, charges, by)
    if not key and (same := _open_run(CORRECT, engagement, asked)):
        return same
    asked["correction"] = key or str(uuid4())
    told = {"title": f"Correct {engagement.name}, {month.name}", "by": by, "engagement": engagement, **asked}
    run: Run = jobs.start(CORRECT, key=asked["correction"], **told)
    if run.state in (Run.State.FAILED, Run.State.CANCELLED):
        run = jobs.start(CORRECT, key=f"{key} {uuid4()}", **told)
    return run


def _asked(engagement: Engagement, month: Month, reason: str, charges: Money | None, by: Person) -> dict[str, Any]:
    """The arguments of a run."""
    return {
        "engagement_id": engagement.pk,
        "month": month.text,
        "reason": reason,
        "charges": charges.text if charges else None,
        "by_id": by.pk,
    }


def _open_run(kind: str, engagement: Engagement, asked: dict[str, Any]) -> Run | None:
    rows = Run.objects.filter(kind=kind, engagement=engagement, state__in=Run.OPEN, arguments__contains=asked)
    found: Run | None = rows.order_by("pk").first()
    return found
