"""What was promised, read: terms by day, their history, service levels, calendars."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from mspgov.kernel.calendar_terms import CalendarTerms, read_calendar
from mspgov.tenancy.models import Engagement

from .calc.changes import Change, changes
from .calc.terms import ServiceLevelTerms, Terms
from .importers.hours import read_hours
from .importers.terms import read_terms, write_terms
from .models import Calendar, CalendarException, Contract, ServiceLevel, TermsVersion


@dataclass(frozen=True)
class TermsInForce:
    """A version and what it says."""

    version: TermsVersion
    terms: Terms


@dataclass(frozen=True)
class Kept:
    """A document known by its hash, so that equal terms are read once."""

    sha256: str
    document: Mapping[str, Any] = field(compare=False)


@lru_cache(maxsize=512)
def terms_of_document(kept: Kept) -> Terms:
    return read_terms(dict(kept.document))


def terms_of_version(version: TermsVersion) -> Terms:
    """What a version says."""
    return terms_of_document(Kept(version.sha256, version.document))


def contract_of(engagement: Engagement) -> Contract | None:
    """The contract of an engagement, its record joined; None when there is none yet."""
    row: Contract | None = Contract.objects.filter(engagement=engagement).select_related("record").first()
    return row


def terms_history(engagement: Engagement) -> list[TermsInForce]:
    """All versions in the order in which they come into force; of two from one day the later one stands. Empty
    without a contract."""
    rows = TermsVersion.objects.filter(engagement=engagement).select_related("by").order_by("effective_on", "version")
    return [TermsInForce(row, terms_of_version(row)) for row in rows]


def terms_on(engagement: Engagement, day: date) -> TermsInForce:
    """The terms in force on a day; before the contract began, its first ones. Raises Http404 without a contract."""
    return in_force_on(terms_history(engagement), day)


def in_force_on(history: list[TermsInForce], day: date) -> TermsInForce:
    """The terms in force on a day, of a history already read. Raises Http404 when it is empty."""
    if not history:
        get_object_or_404(TermsVersion.objects.none())
    return next((entry for entry in reversed(history) if entry.version.effective_on <= day), history[0])


def service_levels(engagement: Engagement) -> list[ServiceLevel]:
    """Every service level that any version of the terms has or had, in the order of the file."""
    return list(ServiceLevel.objects.filter(engagement=engagement).order_by("position", "key"))


def service_level_rows() -> QuerySet[ServiceLevel]:
    """All service levels that the reader sees, for lists; engagement and contract joined."""
    rows: QuerySet[ServiceLevel] = ServiceLevel.objects.select_related("engagement", "contract")
    return rows.order_by("engagement__name", "position", "key")


def contract_rows() -> QuerySet[Contract]:
    """All contracts that the reader sees, for lists; engagement, provider and record joined."""
    rows: QuerySet[Contract] = Contract.objects.select_related("engagement__provider", "record")
    return rows.order_by("engagement__name")


@dataclass(frozen=True)
class VersionLine:
    """A version in the history of a contract, and what it changed."""

    version: TermsVersion
    number: str
    by: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class LevelLine:
    """A service level as the terms in force promise it, and the identity behind it."""

    level: ServiceLevel
    terms: ServiceLevelTerms
    allocation: str


@dataclass(frozen=True)
class ContractPage:
    """A contract as its page shows it: the terms of one day and how they came about, the latest version first."""

    contract: Contract
    in_force: TermsInForce
    levels: tuple[LevelLine, ...]
    calendars: tuple[Calendar, ...]
    versions: tuple[VersionLine, ...]
    upcoming: TermsVersion | None

    @property
    def terms(self) -> Terms:
        return self.in_force.terms

    @property
    def text(self) -> str:
        """The terms of that day as a file that can be imported again."""
        return write_terms(self.terms)


def contract_page(contract_id: object, day: date) -> ContractPage:
    """The page of one contract on a day. Raises Http404 when the reader sees none such."""
    rows = Contract.objects.select_related("engagement__provider", "record")
    return page_of(get_object_or_404(rows, public_id=contract_id), day)


def engagement_contract_page(engagement: Engagement, day: date) -> ContractPage:
    """The page of an engagement's contract on a day. Raises Http404 when it has none."""
    rows = Contract.objects.select_related("engagement__provider", "record")
    return page_of(get_object_or_404(rows, engagement=engagement), day)


def page_of(contract: Contract, day: date) -> ContractPage:
    versions = TermsVersion.objects.filter(contract=contract).select_related("by", "record")
    rows = list(versions.order_by("effective_on", "version"))
    history = [TermsInForce(row, terms_of_version(row)) for row in rows]
    in_force = in_force_on(history, day)
    identities = {level.key: level for level in ServiceLevel.objects.filter(contract=contract)}
    allocations: Mapping[str, Any] = getattr(in_force.terms.credit_regime, "allocations", {})
    return ContractPage(
        contract=contract,
        in_force=in_force,
        levels=tuple(
            LevelLine(identities[level.key], level, str(allocations.get(level.key, "")))
            for level in in_force.terms.service_levels
        ),
        calendars=tuple(Calendar.objects.filter(terms_version=in_force.version).order_by("name")),
        versions=tuple(version_lines(contract, rows)),
        upcoming=next((row for row in rows if row.effective_on > day), None),
    )


def version_lines(contract: Contract, rows: list[TermsVersion]) -> list[VersionLine]:
    lines = []
    for place, row in enumerate(rows):
        changed = changes(rows[place - 1].document, row.document) if place else []
        number = row.record.number if row.record is not None else contract.record.number
        lines.append(VersionLine(row, number, row.by.name if row.by is not None else "", tuple(changed)))
    return lines[::-1]


def calendars_in_force(engagement: Engagement, day: date) -> list[Calendar]:
    """The calendars of the terms in force on a day, by name; none without a contract."""
    history = terms_history(engagement)
    if not history:
        return []
    return list(Calendar.objects.filter(terms_version=in_force_on(history, day).version).order_by("name"))


def own_calendars() -> list[Calendar]:
    """The client's own calendars, by name."""
    return list(Calendar.objects.filter(terms_version=None).order_by("name"))


def calendar_rows() -> QuerySet[Calendar]:
    """The client's own calendars and those of the latest terms of each contract, for lists; joins engagement, version."""
    latest = TermsVersion.objects.order_by("contract", "-effective_on", "-version").distinct("contract").values("pk")
    rows: QuerySet[Calendar] = Calendar.objects.select_related("engagement", "terms_version")
    return (rows.filter(terms_version=None) | rows.filter(terms_version__in=latest)).order_by("name", "pk")


def calendar_document(calendar: Calendar) -> dict[str, Any]:
    """The calendar as the working-time calculator takes it, its exceptions included."""
    document = dict(calendar.document)
    exceptions = [] if calendar.is_promised else CalendarException.objects.filter(calendar=calendar).order_by("on")
    for exception in exceptions:
        day = exception.on.isoformat()
        if intervals := read_hours(exception.hours, "hours"):
            document["extra"] = {**document.get("extra", {}), day: intervals}
        else:
            document["holidays"] = [*document.get("holidays", []), day]
    return document


def calendar_terms(calendar: Calendar) -> CalendarTerms:
    """The calendar, its exceptions included, ready to reckon with. Raises Fault when an exception does not fit it (one
    beside `always`)."""
    return read_calendar(calendar_document(calendar), "calendar")
