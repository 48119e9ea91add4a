"""What the pages of money have in common: siblings, the choice of an engagement, figures as links, derivations."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone

from costs.queries import StepLine
from mspgov.jobs.models import Run
from mspgov.kernel.money import Money
from mspgov.kernel.period import Month
from mspgov.kernel.refusals import Refused
from mspgov.tenancy.models import Engagement
from mspgov.web import words
from mspgov.web.addresses import here
from mspgov.web.components import Derivation, Filter, FilterChoice, Step, Tab, Tabs
from mspgov.web.doors import Request
from mspgov.web.words import NBSP

MONTH = re.compile(r"(?<![\d-])\d{4}-(?:0[1-9]|1[0-2])(?![\d-])")
PAGES = (
    ("Credits", "costs:credits"),
    ("Claims", "costs:claims"),
    ("Months", "costs:months"),
    ("Ledger", "costs:ledger"),
)


def asked_run(request: Request, *kinds: str, parameter: str = "run", **about: Any) -> Run | None:
    """The run that the address names, with who asked for it. Http404 for one of another kind, or about something else."""
    wanted = request.GET.get(parameter)
    if not wanted:
        return None
    try:
        public_id = UUID(wanted)
    except ValueError:
        raise Http404 from None
    rows = Run.objects.select_related("started_by").filter(kind__in=kinds, arguments__contains=about)
    found: Run = get_object_or_404(rows, public_id=public_id)
    return found


def siblings(request: Request, current: str, engagement: Engagement | None) -> Tabs:
    """Credits, months and ledger of the same engagement."""
    slug = engagement.slug if engagement else None
    return Tabs(
        tuple(Tab(label, here(request, route, engagement=slug), label == current) for label, route in PAGES),
        label="Money",
    )


def engagement_filter(
    request: Request, route: str, seen: Sequence[Engagement], chosen: Engagement | None, *, all_of_them: bool = False
) -> Filter | None:
    """The choice between engagements; none where there is one only."""
    if len(seen) < 2:
        return None
    choices = [FilterChoice(each.name, here(request, route, engagement=each.slug), each == chosen) for each in seen]
    if all_of_them:
        choices.insert(0, FilterChoice("All", here(request, route), chosen is None))
    return Filter("Engagement", chosen.name if chosen else "All", set=all_of_them and chosen is not None, choices=tuple(choices))  # fmt: skip


def moment(at: datetime | None) -> str:
    return "" if at is None else words.moment(at, timezone.localdate(), timezone.get_current_timezone())


def due(at: datetime) -> str:
    """By when something is due: a wait of days ends with its last day."""
    return words.due(at, timezone.localdate(), timezone.get_current_timezone())


def day(at: datetime | None) -> str:
    return "" if at is None else words.day(at, timezone.localdate(), timezone.get_current_timezone())


def percent(value: Decimal | None, places: int = 2) -> str:
    """A percentage that is already one: 84.93 %; not measured where there is none."""
    return "not measured" if value is None else f"{words.number(value, places)}{NBSP}%"


def derivation(steps: Sequence[StepLine], clause_href: str = "", note: Any = "") -> Derivation:
    """Numbered steps as they are kept in the ledger; the last is the result."""
    return Derivation(
        tuple(
            Step(
                label=step.detail,
                lead=f"{step.label}{':' if step.detail else ''}",
                value=step.value,
                detail=f"{step.note}:" if step.note and step.clause else step.note,
                clause=step.clause,
                clause_href=clause_href if step.clause else "",
            )
            for step in steps
        ),
        note=note,
    )


def named(sentence: str) -> str:
    """A sentence of a command or the API for a person: its months by name, 2016-05 as May 2016."""
    return MONTH.sub(lambda found: Month(found[0]).name, sentence)


@contextmanager
def months_by_name() -> Iterator[None]:
    """A refusal inside names its months as people do."""
    try:
        yield
    except Refused as no:
        raise type(no)(named(str(no))) from no


def signed(amount: Money) -> str:
    """An amount without its code, with a real minus."""
    return words.money(amount.amount)
