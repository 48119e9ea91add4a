"""Contracts and service levels as their pages show them, and two versions compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from django.shortcuts import get_object_or_404

from contracts.calc.changes import Change, changes
from contracts.calc.differences import Difference, differences
from contracts.calc.terms import ServiceLevelTerms, Terms
from contracts.importers.terms import write_terms
from contracts.models import Calendar, Contract, ServiceLevel, TermsVersion
from mspgov.tenancy.models import Engagement

from .terms import (
    TermsInForce,
    contract_rows,
    in_force_on,
    service_level_rows,
    terms_history,
    terms_of_version,
    version_in,
)


@dataclass(frozen=True)
class VersionLine:
    """A version in the history of a contract, and what it changed, by path and in words."""

    version: TermsVersion
    number: str
    by: str
    changes: tuple[Change, ...]
    differences: tuple[Difference, ...]


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


def contract_page(contract_id: object, day: date, version: int | None = None) -> ContractPage:
    """The page of one contract on a day, or with the terms of one version whenever it was in force. Raises Http404
    when the reader sees none such."""
    rows = Contract.objects.select_related("engagement__provider", "record")
    return page_of(get_object_or_404(rows, public_id=contract_id), day, version)


def engagement_contract_page(engagement: Engagement, day: date) -> ContractPage:
    """The page of an engagement's contract on a day. Raises Http404 when it has none."""
    rows = Contract.objects.select_related("engagement__provider", "record")
    return page_of(get_object_or_404(rows, engagement=engagement), day)


def page_of(contract: Contract, day: date, version: int | None = None) -> ContractPage:
    versions = TermsVersion.objects.filter(contract=contract).select_related("by", "record")
    rows = list(versions.order_by("effective_on", "version"))
    history = [TermsInForce(row, terms_of_version(row)) for row in rows]
    in_force = in_force_on(history, day) if version is None else version_in(history, version)
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
        before = rows[place - 1] if place else row
        changed = changes(before.document, row.document)
        in_words = differences(terms_of_version(before), terms_of_version(row))
        number = row.record.number if row.record is not None else contract.record.number
        lines.append(VersionLine(row, number, row.by.name if row.by is not None else "", tuple(changed), in_words))
    return lines[::-1]


@dataclass(frozen=True)
class ContractLine:
    """A contract in a list: the terms of one day, and how many versions there are."""

    contract: Contract
    in_force: TermsInForce
    versions: int


def contract_lines(day: date) -> list[ContractLine]:
    """The contracts that the reader sees, by engagement, with the terms in force on a day."""
    contracts = list(contract_rows())
    histories: dict[int, list[TermsInForce]] = {contract.pk: [] for contract in contracts}
    for row in TermsVersion.objects.filter(contract__in=contracts).order_by("effective_on", "version"):
        histories[row.contract_id].append(TermsInForce(row, terms_of_version(row)))
    return [
        ContractLine(contract, in_force_on(histories[contract.pk], day), len(histories[contract.pk]))
        for contract in contracts
    ]


def engagements_without_contract() -> list[Engagement]:
    """Engagements that the reader sees and that have no contract yet, by name."""
    taken = Contract.objects.values("engagement")
    return list(Engagement.objects.exclude(pk__in=taken).select_related("provider").order_by("name"))


@dataclass(frozen=True)
class Comparison:
    """Two versions of a contract and what differs, in words."""

    contract: Contract
    before: TermsVersion
    after: TermsVersion
    numbers: tuple[int, ...]
    differences: tuple[Difference, ...]


def comparison(contract_id: object, before: int, after: int) -> Comparison:
    """Two versions side by side. Raises Http404 for a contract or a version that is not there."""
    contract = get_object_or_404(Contract.objects.select_related("engagement__provider"), public_id=contract_id)
    history = terms_history(contract.engagement)
    old, new = version_in(history, before), version_in(history, after)
    numbers = tuple(sorted(entry.version.version for entry in history))
    return Comparison(contract, old.version, new.version, numbers, differences(old.terms, new.terms))


def terms_file(contract_id: object, day: date, version: int | None = None) -> tuple[Contract, TermsVersion]:
    """A contract and the version whose file is asked for: of a number, else the one in force on a day. Raises Http404."""
    contract = get_object_or_404(Contract, public_id=contract_id)
    rows = TermsVersion.objects.filter(contract=contract)
    if version is not None:
        return contract, get_object_or_404(rows, version=version)
    latest = rows.filter(effective_on__lte=day).order_by("-effective_on", "-version").first()
    return contract, latest or get_object_or_404(rows, version=1)


@dataclass(frozen=True)
class LevelVersion:
    """A version of the terms that changed a service level, and how."""

    version: TermsVersion
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class LevelPage:
    """A service level as the terms of one day promise it; `promised` is None when they no longer do.

    `calendar` is that of the level in those terms; `history` has the versions that changed it, the latest first.
    """

    level: ServiceLevel
    in_force: TermsInForce
    promised: ServiceLevelTerms | None
    calendar: Calendar | None
    history: tuple[LevelVersion, ...]

    @property
    def contract(self) -> Contract:
        return self.level.contract


def level_page(level_id: object, day: date) -> LevelPage:
    """The page of one service level. Raises Http404 when the reader sees none such."""
    level = get_object_or_404(service_level_rows().select_related("contract__engagement__provider"), public_id=level_id)
    history = terms_history(level.engagement)
    in_force = in_force_on(history, day)
    promised = next((each for each in in_force.terms.service_levels if each.key == level.key), None)
    name = promised.calendar if promised is not None else None
    return LevelPage(
        level=level,
        in_force=in_force,
        promised=promised,
        calendar=Calendar.objects.filter(terms_version=in_force.version, name=name).first() if name else None,
        history=tuple(level_versions(level, history)),
    )


def level_versions(level: ServiceLevel, history: list[TermsInForce]) -> list[LevelVersion]:
    found = []
    for before, after in pairwise(history):
        touched = tuple(d for d in differences(before.terms, after.terms) if d.service_level == level.key)
        if touched:
            found.append(LevelVersion(after.version, touched))
    return found[::-1]


def in_force_number(page: ContractPage, day: date) -> int:
    """The number of the version in force on a day, whichever the page shows."""
    begun = [line.version for line in page.versions if line.version.effective_on <= day]
    return begun[0].version if begun else page.versions[-1].version.version
