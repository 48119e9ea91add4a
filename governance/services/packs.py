"""Packs are asked for, their facts frozen, and printed. The same figures give the same pack and the same bytes."""

import hashlib
from dataclasses import replace
from datetime import datetime
from io import BytesIO

from django.db import transaction

from contracts.models import Contract
from contracts.queries import terms_history
from governance.calc.facts import PackFacts, canonical, content, fingerprint
from governance.documents.gather import gather
from governance.documents.pack import PAPERS, print_pack
from governance.models import Pack
from governance.queries import packs_of
from governance.queries.pack_pages import RUN
from itsm.models import Result
from mspgov.documents.press import Printed
from mspgov.jobs import services as jobs
from mspgov.jobs.models import Run
from mspgov.kernel.faults import Fault
from mspgov.kernel.period import Quarter
from mspgov.records import services as records
from mspgov.records.errors import Conflict
from mspgov.tenancy.models import Engagement, Person

KIND = "pack"


def check_quarter(engagement: Engagement, quarter: Quarter, *, at: datetime) -> None:
    """Raises Fault for an engagement without a contract, for a quarter that is not over in the contract's zone, and for
    one that has no measured month."""
    history = list(terms_history(engagement))
    if not history:
        raise Fault("--engagement", f"{engagement.slug} has no contract, so there is nothing to report")
    zone = history[-1].terms.contract.time_zone
    if not quarter.is_over(at, zone):
        raise Fault("--quarter", f"{quarter} is not over; it ends with {quarter.last_day.isoformat()}, {zone}")
    if not Result.objects.filter(engagement=engagement, month__in=[month.text for month in quarter.months]).exists():
        raise Fault(
            "--quarter", f"{quarter} has no measured month, so there is nothing to report; measure its months first"
        )


def start_pack(*, engagement: Engagement, quarter: Quarter, paper: str = "A4", by: Person | None, at: datetime) -> Run:
    """Ask for a quarter's pack. Raises Fault as `check_quarter` does, and for a paper that is not kept."""
    if paper not in PAPERS:
        raise Fault("paper", f"must be one of {', '.join(PAPERS)}")
    check_quarter(engagement, quarter, at=at)
    key = f"{engagement.slug}/{quarter}/{paper}/{at.isoformat()}"
    run: Run = jobs.start(
        RUN,
        key=key,
        title=f"Board pack {quarter}, {engagement.name}",
        by=by,
        engagement=engagement,
        engagement_id=engagement.pk,
        quarter=quarter.text,
        paper=paper,
        by_id=by.pk if by else None,
        run_key=key,
    )
    return run


@transaction.atomic
def freeze_facts(*, engagement: Engagement, quarter: Quarter, by: Person | None, at: datetime) -> Pack:
    """The quarter's pack with the figures of now: the latest one when it says the same; else its draft drawn anew, or a new pack
    beside a frozen one. A pack whose months are all sealed is frozen for good. The contract's lock orders those who ask."""
    records.locked(Contract.objects, engagement=engagement)
    facts = gather(engagement, quarter, as_of=at)
    latest = packs_of(engagement).filter(quarter=quarter.text).first()
    if latest is not None and latest.content_sha256 == content(facts):
        return latest
    is_draft = latest is not None and latest.state == Pack.State.DRAFT
    pack = latest if latest is not None and is_draft else _opened(engagement, quarter, by=by, at=at)
    with records.move(pack, "draw anew" if facts.is_draft else "freeze", by=by, at=at):
        _write(pack, facts, by=by, at=at)
    return pack


def _opened(engagement: Engagement, quarter: Quarter, *, by: Person | None, at: datetime) -> Pack:
    title = f"Board pack {quarter}, {engagement.name}"
    record = records.open_record(
        kind=KIND, prefix="BP", title=title, engagement=engagement, state=Pack.State.DRAFT, at=at
    )
    pack = Pack(engagement=engagement, record=record, quarter=quarter.text, by=by, frozen_at=at)
    pack._history_user = by
    pack.save()
    return pack


def _write(pack: Pack, facts: PackFacts, *, by: Person | None, at: datetime) -> None:
    frozen_at = at.replace(microsecond=0)
    text = canonical(replace(facts, number=pack.record.number, frozen_at=frozen_at))
    pack.facts, pack.facts_sha256, pack.content_sha256 = text, fingerprint(text), content(facts)
    pack.frozen_at, pack.by = frozen_at, by
    pack.pdf = pack.pdf_letter = None
    pack.pages = 0


@transaction.atomic
def keep_print(*, pack: Pack, printed: Printed, paper: str, by: Person | None, at: datetime) -> Pack:
    """Keep the printed file; the same bytes again are kept once. Raises Conflict when a draft was drawn anew meanwhile:
    the file tells other figures than the pack."""
    facts = pack.facts_sha256
    pack = records.locked(Pack.objects.select_related("record"), pk=pack.pk)
    if pack.facts_sha256 != facts:
        raise Conflict(f"{pack.record.number} was drawn anew while it was printed: make it again")
    field = Pack.FILES[paper]
    kept = getattr(pack, field)
    if kept is not None and kept.sha256 == fingerprint_of(printed.pdf):
        return pack
    name = f"{pack.record.number}{'' if paper == 'A4' else f'-{paper.lower()}'}.pdf"
    file = records.keep_file(
        name=name, media_type="application/pdf", stream=BytesIO(printed.pdf), at=at, by=by, engagement=pack.engagement
    )
    setattr(pack, field, file)
    pack.pages = printed.pages
    pack._history_user = by
    pack.save(update_fields=[field, "pages"])
    after = {"file": file.sha256, "facts": pack.facts_sha256, "paper": paper}
    records.seal(pack.record_id, what="print", before={}, after=after, by=by, at=at, engagement_id=pack.engagement_id)
    return pack


def fingerprint_of(content_bytes: bytes) -> str:
    """SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(content_bytes).hexdigest()


def printed_pack(pack: Pack, paper: str) -> Printed:
    """The pack laid out from its frozen facts. Raises PressFailed."""
    return print_pack(pack.facts, paper=paper)
