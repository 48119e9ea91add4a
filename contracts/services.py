"""Contracts come into being by their terms file and change by amendment; the client keeps calendars of its own."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from django.db import transaction

from engagements import services as engagements
from mspgov.kernel.calendar_terms import read_calendar, write_calendar
from mspgov.kernel.faults import Fault
from mspgov.kernel.period import Month
from mspgov.records import services as records
from mspgov.records.errors import Conflict, Refused
from mspgov.records.plain_records import keep as keep_record
from mspgov.tenancy.models import Engagement, Person

from .calc.differences import Difference, differences
from .calc.terms import Terms
from .importers.terms import read_terms, terms_document, write_terms
from .models import Calendar, Contract, ServiceLevel, TermsVersion
from .queries import TermsInForce, in_force_on, sealed_months, terms_history


@dataclass(frozen=True)
class ImportedTerms:
    """What an import came to: the version that says what the file says, and whether it is new."""

    contract: Contract
    version: TermsVersion
    created: bool


@transaction.atomic
def import_terms(
    *, engagement: Engagement, text: str, effective: date | None = None, by: Person | None, at: datetime
) -> ImportedTerms:
    """The terms of a file become those of the engagement. Safe to repeat: equal terms write nothing.

    The first file is the contract, in force from the month in which it starts. A changed one is an amendment, in
    force from `effective`, the first of a month. Raises Fault, and writes nothing, when the file is wrong or the
    amendment is: without a day, with another day than a first, before an earlier amendment, outside the term, or
    changing what the contract stands on (currency, start, time zone).
    """
    terms = read_terms(text, for_import=True)
    if effective is not None and effective.day != 1:
        raise Fault("effective", f"an amendment begins on the first of a month, not on {effective}")
    Engagement.objects.select_for_update().get(pk=engagement.pk)
    history = terms_history(engagement)
    if not history:
        return begin_contract(engagement, terms, text, by=by, at=at)
    if (known := known_version(history, terms, effective)) is not None:
        return ImportedTerms(known.contract, known, created=False)
    check_amendment(history, terms, effective)
    assert effective is not None
    return amend_contract(engagement, terms, text, effective=effective, by=by, at=at)


@dataclass(frozen=True)
class Preview:
    """What an import would do: begin a contract, amend it, or nothing, since the terms say so already. `sealed` are
    the sealed months from the amendment's first month on, which stay as they are."""

    does: Literal["begin", "amend", "nothing"]
    terms: Terms
    known: TermsVersion | None
    differences: tuple[Difference, ...]
    sealed: tuple[Month, ...] = ()


def preview_terms(*, engagement: Engagement, text: str, effective: date | None) -> Preview:
    """What `import_terms` would do; writes nothing. An amendment is compared with the terms in force before its first
    day. Raises Fault where the import would."""
    terms = read_terms(text, for_import=True)
    if effective is not None and effective.day != 1:
        raise Fault("effective", f"an amendment begins on the first of a month, not on {effective}")
    history = terms_history(engagement)
    if not history:
        return Preview("begin", terms, None, ())
    if (known := known_version(history, terms, effective)) is not None:
        return Preview("nothing", terms, known, ())
    check_amendment(history, terms, effective)
    assert effective is not None
    found = differences(in_force_on(history, effective).terms, terms)
    return Preview("amend", terms, None, found, sealed_months(engagement, Month.of(effective)))


def known_version(history: list[TermsInForce], terms: Terms, effective: date | None) -> TermsVersion | None:
    """The version that already says this: in force on that day, or without a day the latest one ever to say so."""
    if effective is not None:
        entry = in_force_on(history, effective)
        return entry.version if entry.terms == terms else None
    return next((entry.version for entry in reversed(history) if entry.terms == terms), None)


def check_amendment(history: list[TermsInForce], terms: Terms, effective: date | None) -> None:
    """Raises Fault for an amendment that cannot be."""
    latest = history[-1]
    stands, wanted = latest.terms.contract, terms.contract
    if effective is None:
        raise Fault("effective", "the terms differ from those in force; an amendment needs its first day")
    if wanted.currency != stands.currency:
        raise Fault("contract.currency", f"an amendment cannot change the currency, {stands.currency}")
    if wanted.first_month != stands.first_month:
        raise Fault("contract.starts", f"an amendment cannot change the month of the start, {stands.first_month}")
    if wanted.time_zone != stands.time_zone:
        raise Fault("contract.time_zone", f"an amendment cannot change the time zone, {stands.time_zone}")
    if not wanted.first_month <= Month.of(effective) <= wanted.last_month:
        raise Fault(
            "effective", f"{effective} lies outside the contract's term, {wanted.first_month} to {wanted.last_month}"
        )
    if effective < latest.version.effective_on:
        raise Fault("effective", f"there is a later amendment already, in force from {latest.version.effective_on}")


def begin_contract(
    engagement: Engagement, terms: Terms, text: str, *, by: Person | None, at: datetime
) -> ImportedTerms:
    frame = terms.contract
    record = records.open_record(
        kind="contract",
        prefix="CON",
        title=f"Contract {frame.reference}",
        engagement=engagement,
        state=Contract.State.IN_FORCE,
        at=at,
    )
    contract = Contract(engagement=engagement, record=record, currency=frame.currency, time_zone=frame.time_zone)
    write_frame(contract, terms)
    keep(contract, by)
    effective = frame.first_month.first_day
    version = keep_version(contract, terms, text, number=1, effective=effective, record_id=None, by=by, at=at)
    records.seal(
        record.pk,
        what="begin",
        before={},
        after=records.snapshot(contract),
        by=by,
        at=at,
        engagement_id=engagement.pk,
    )
    return ImportedTerms(contract, version, created=True)


def amend_contract(
    engagement: Engagement, terms: Terms, text: str, *, effective: date, by: Person | None, at: datetime
) -> ImportedTerms:
    contract: Contract = records.locked(Contract.objects, engagement=engagement)
    number = TermsVersion.objects.filter(contract=contract).count() + 1
    amendment = records.open_record(
        kind="amendment",
        prefix="AMD",
        title=f"Amendment to {contract.reference} from {Month.of(effective).name}",
        engagement=engagement,
        state=Contract.State.IN_FORCE,
        at=at,
    )
    with records.move(contract, "amend", by=by, at=at):
        version = keep_version(
            contract, terms, text, number=number, effective=effective, record_id=amendment.pk, by=by, at=at
        )
        write_frame(contract, terms)
    return ImportedTerms(contract, version, created=True)


def write_frame(contract: Contract, terms: Terms) -> None:
    """What rows and lists show of the latest terms; the hash brings them into the tenant's chain."""
    frame = terms.contract
    contract.reference, contract.starts_on, contract.ends_on = frame.reference, frame.starts, frame.ends
    contract.terms_sha256 = sha256_of(terms)


def keep_version(
    contract: Contract,
    terms: Terms,
    text: str,
    *,
    number: int,
    effective: date,
    record_id: int | None,
    by: Person | None,
    at: datetime,
) -> TermsVersion:
    version: TermsVersion = TermsVersion.objects.create(
        engagement_id=contract.engagement_id,
        contract=contract,
        record_id=record_id,
        version=number,
        effective_on=effective,
        document=storable(terms),
        text=text,
        sha256=sha256_of(terms),
        by=by,
        at=at,
    )
    keep_service_levels(contract, terms, by=by)
    keep_calendars(contract, version, terms, by=by)
    named = [name for level in terms.service_levels for name in level.select.get("service", ())]
    engagements.ensure_services(contract.engagement, named, by=by)
    return version


def keep_service_levels(contract: Contract, terms: Terms, *, by: Person | None) -> None:
    """An identity for each service level; one that the terms no longer have stays, for its history."""
    known = {level.key: level for level in ServiceLevel.objects.filter(contract=contract)}
    for position, promised in enumerate(terms.service_levels):
        level = known.get(promised.key)
        if level is None:
            level = ServiceLevel(engagement_id=contract.engagement_id, contract=contract, key=promised.key)
        elif (level.name, level.measure, level.position) == (promised.name, promised.measure, position):
            continue
        level.name, level.measure, level.position = promised.name, promised.measure, position
        keep(level, by)


def keep_calendars(contract: Contract, version: TermsVersion, terms: Terms, *, by: Person | None) -> None:
    for name, promise in terms.calendars.items():
        calendar = Calendar(
            engagement_id=contract.engagement_id,
            terms_version=version,
            name=name,
            document=write_calendar(promise.terms),
            clause=promise.clause,
        )
        keep(calendar, by)


def keep(row: Any, by: Person | None) -> None:
    """Write the row; its history names the person."""
    row._history_user = by
    row.save()


def sha256_of(terms: Terms) -> str:
    """The hash of the canonical text: equal terms have the same one."""
    return hashlib.sha256(write_terms(terms).encode()).hexdigest()


def storable(terms: Terms) -> dict[str, Any]:
    """The document as JSON keeps it, no number as a float: decimals with a point are text."""

    def written(value: Any) -> Any:
        if isinstance(value, Decimal):
            return int(value) if value == value.to_integral_value() else str(value)
        return value.isoformat()

    stored: dict[str, Any] = json.loads(json.dumps(terms_document(terms), default=written))
    return stored


@transaction.atomic
def create_calendar(*, name: str, document: Mapping[str, Any], by: Person, at: datetime) -> Calendar:
    """A calendar of the client's own. Raises Fault for a document that the working-time calculator refuses, Conflict
    when the name is taken."""
    checked = write_calendar(read_calendar(dict(document), ""))
    _free(name, None)
    calendar = Calendar(name=name, document=checked)
    keep_record(calendar, by=by, at=at)
    return calendar


@transaction.atomic
def change_calendar(
    calendar_id: object, *, name: str, document: Mapping[str, Any], by: Person, at: datetime
) -> Calendar:
    """Another name or other hours for a calendar of the client's own. Raises Http404, Fault for a bad document,
    Conflict when the name is taken, Refused for a calendar that stands in a contract."""
    calendar: Calendar = records.locked(Calendar.objects, public_id=calendar_id)
    if calendar.is_promised:
        raise Refused("this calendar stands in a contract: only an amendment changes it")
    checked = write_calendar(read_calendar(dict(document), ""))
    _free(name, calendar)
    calendar.name, calendar.document = name, checked
    keep_record(calendar, by=by, at=at)
    return calendar


def _free(name: str, calendar: Calendar | None) -> None:
    if Calendar.objects.filter(terms_version=None, name=name).exclude(pk=calendar and calendar.pk).exists():
        raise Conflict(f"there is a calendar named {name} already")
