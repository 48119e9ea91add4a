"""A pack as its page and the API show it, and the quarters that a pack can be asked for."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.http import Http404
from django.shortcuts import get_object_or_404

from contracts.queries import terms_history
from governance.calc.facts import PackFacts, read_facts
from governance.models import Pack
from itsm.models import MonthSeal, Result
from mspgov.jobs.models import Run
from mspgov.jobs.queries import RunLine, run_line
from mspgov.kernel.period import Month, Quarter
from mspgov.records.models import File
from mspgov.tenancy.models import Engagement

PAGE = 50
RUN = "governance.board_pack"
SORTS = {"quarter": "quarter", "number": "record__number", "made": "frozen_at", "state": "state"}
STATES = dict(Pack.State.choices)


@dataclass(frozen=True)
class PackPage:
    """A pack with its facts and printed files, by paper."""

    pack: Pack
    facts: PackFacts
    files: dict[str, File]
    replaced_by: str


@dataclass(frozen=True)
class QuarterChoice:
    """A quarter that is over: how many of its months are measured and sealed, and the packs it has."""

    quarter: Quarter
    measured: int
    sealed: int
    packs: int


def packs(
    engagement: Engagement | None = None, quarter: Quarter | None = None, state: str = "", sort: str = "-quarter"
) -> "models.QuerySet[Pack]":
    """The packs that the reader sees, their facts left aside; `sort` names one of SORTS, '-' is down."""
    rows: models.QuerySet[Pack] = Pack.objects.select_related("record", "engagement", "pdf", "pdf_letter", "by")
    if engagement is not None:
        rows = rows.filter(engagement=engagement)
    if quarter is not None:
        rows = rows.filter(quarter=quarter.text)
    if state in STATES:
        rows = rows.filter(state=state)
    column = SORTS.get(sort.lstrip("-"), "quarter")
    return rows.defer("facts").order_by(f"-{column}" if sort.startswith("-") else column, "-pk")


def files_of(pack: Pack) -> dict[str, File]:
    """The printed files of a pack of `packs`, by paper."""
    found = {paper: getattr(pack, field) for paper, field in Pack.FILES.items()}
    return {paper: file for paper, file in found.items() if file is not None}


def pack_page(public_id: object) -> PackPage:
    """A pack with all its facts. Raises Http404."""
    rows = Pack.objects.select_related("record", "engagement__provider", "by", *Pack.FILES.values())
    pack = get_object_or_404(rows, public_id=public_id)
    later = Pack.objects.filter(engagement=pack.engagement, quarter=pack.quarter, pk__gt=pack.pk)
    newest = later.order_by("-pk").values_list("record__number", flat=True).first()
    return PackPage(pack, read_facts(pack.facts), files_of(pack), newest or "")


def pack_run(public_id: object) -> RunLine:
    """The run that makes a pack. Raises Http404 for any other run."""
    return run_line(get_object_or_404(Run.objects.select_related("started_by"), public_id=public_id, kind=RUN))


def run_engagement(public_id: object) -> Engagement:
    """The engagement of a run that makes a pack."""
    found: Any = get_object_or_404(Run.objects.select_related("engagement"), public_id=public_id, kind=RUN)
    if found.engagement is None:
        raise Http404
    engagement: Engagement = found.engagement
    return engagement


def quarters_over(engagement: Engagement, *, at: datetime) -> list[QuarterChoice]:
    """The quarters that are over and have a measured month, the latest first; none without a contract."""
    history = list(terms_history(engagement))
    if not history:
        return []
    zone = history[-1].terms.contract.time_zone
    measured = Counter(Month(m).quarter for m in _months(Result, engagement))
    sealed = Counter(Month(m).quarter for m in _months(MonthSeal, engagement))
    made = Counter(Quarter(q) for q in Pack.objects.filter(engagement=engagement).values_list("quarter", flat=True))
    return [
        QuarterChoice(q, measured[q], sealed[q], made[q]) for q in sorted(measured, reverse=True) if q.is_over(at, zone)
    ]


def _months(model: Any, engagement: Engagement) -> list[str]:
    return list(model.objects.filter(engagement=engagement).values_list("month", flat=True).distinct())
