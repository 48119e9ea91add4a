"""Terms by day and by version, and the rows of contracts and service levels."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from contracts.calc.terms import Terms
from contracts.importers.terms import read_terms
from contracts.models import Contract, ServiceLevel, TermsVersion
from mspgov.kernel.period import Month
from mspgov.records.models import Seal
from mspgov.tenancy.models import Engagement


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


def sealed_months(engagement: Engagement, first: Month) -> tuple[Month, ...]:
    """The months from `first` on that are sealed, as the chain of records tells it, in order."""
    links = Seal.objects.filter(engagement=engagement, what="seal month", after__month__gte=first.text)
    return tuple(sorted({Month(text) for text in links.values_list("after__month", flat=True)}))


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


def version_in(history: list[TermsInForce], number: int) -> TermsInForce:
    """The version of this number. Raises Http404 when there is none."""
    found = next((entry for entry in history if entry.version.version == number), None)
    if found is None:
        raise Http404
    return found


def promised(levels: list[ServiceLevel], day: date) -> list[tuple[ServiceLevel, TermsInForce]]:
    """Service levels beside the terms of their contract in force on a day."""
    histories: dict[int, list[TermsInForce]] = {}
    rows = TermsVersion.objects.filter(contract__in={level.contract_id for level in levels})
    for row in rows.order_by("effective_on", "version"):
        histories.setdefault(row.contract_id, []).append(TermsInForce(row, terms_of_version(row)))
    return [(level, in_force_on(histories[level.contract_id], day)) for level in levels]
