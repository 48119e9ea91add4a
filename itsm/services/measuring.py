"""Results of months from tickets, in one pass: results are versions, a new one only where something differs."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
from django.db import transaction

from contracts.models import ServiceLevel
from engagements import queries as engagements
from itsm.calc import RULES
from itsm.calc.judgement import is_forgiven, standing
from itsm.calc.measurement import MET, NEVER, Booleans, Count, Judged, Rows, counted, judge, month_places
from itsm.models import Exclusion, MonthSeal, Outcome, ReportedValue, Result
from itsm.queries.arrays import TicketArrays, read_tickets
from itsm.queries.exclusions import decisions, relief_us
from itsm.queries.results import current_results
from itsm.queries.rules import Contract, Promise, span_of
from mspgov.kernel.instants import from_micros, to_micros
from mspgov.kernel.period import Month, month_edges_us, months_between
from mspgov.kernel.ratio import half_up, percent, shown
from mspgov.tenancy.models import Engagement, Person

from . import staging
from .copying import copy_back, timestamps

LOCK = 7003  # orders all who change an engagement's tickets, measure them or seal a month: each reads one state of them
EXCLUSIONS = ("", *Exclusion.Kind.values)


@dataclass(frozen=True)
class MeasuredMonth:
    """A month of a service level as `measure` prints it. `differs` says how a sealed month would read now, else ''.

    `attainment` is in percent, exact; None when nothing was measured.
    """

    month: Month
    level: ServiceLevel
    total: int
    met: int
    excluded: int
    attainment: Fraction | None
    is_reported: bool
    is_sealed: bool
    differs: str

    def document(self) -> dict[str, Any]:
        return {
            "month": self.month.text,
            "service_level": self.level.key,
            "total": self.total,
            "met": self.met,
            "attainment": None if self.attainment is None else shown(self.attainment),
            "excluded": self.excluded,
            **({"reported": True} if self.is_reported else {}),
        }


@dataclass(frozen=True, eq=False)
class _Found:
    """What a month of a service level comes to now, with the clocks that make it."""

    month: Month
    promise: Promise
    count: Count
    attainment: Fraction | None
    reported: ReportedValue | None
    judged: Judged | None
    excluded_for: Rows | None
    digest: str


def measure(
    *, engagement: Engagement, first: Month, last: Month, as_of: datetime, computed_at: datetime | None = None
) -> list[MeasuredMonth]:
    """Measure the months from first to last for every service level that judges them, in order.

    Writes a result version where it differs from the latest one, or is the first of the whole month, with the outcome of
    each ticket. Sealed months are given as they were sealed. Repeating it writes nothing.
    """
    with transaction.atomic():
        staging.run("select pg_advisory_xact_lock(%s, %s)", [LOCK, engagement.pk])
        this = Pass(engagement, first, last, as_of)
        found = list(this.found())
        sealed = set(
            MonthSeal.objects.filter(engagement=engagement, month__gte=first.text, month__lte=last.text).values_list(
                "month", flat=True
            )
        )
        latest = current_results(engagement, first, last)
        open_ = [f for f in found if f.month.text not in sealed]
        changed = [f for f in open_ if _is_new(f, latest) or _completes(f, latest, as_of, this.contract.zone)]
        results = write_results(engagement, changed, latest, as_of=as_of, computed_at=computed_at or as_of)
        write_outcomes(engagement, this.arrays.ids, list(zip(results, changed, strict=True)))
        staging.refresh_statistics("results", sum(len(f.judged.rows) for f in changed if f.judged is not None))
    return [_measured(f, latest.get((f.promise.level.pk, f.month.text)), f.month.text in sealed) for f in found]


def _is_new(found: _Found, latest: dict[tuple[int, str], Result]) -> bool:
    known = latest.get((found.promise.level.pk, found.month.text))
    return known is None or known.digest != found.digest


def _completes(found: _Found, latest: dict[tuple[int, str], Result], as_of: datetime, zone: str) -> bool:
    """Is the month over by now, while the result that holds was measured as it ran?"""
    known = latest.get((found.promise.level.pk, found.month.text))
    return known is not None and found.month.is_over(as_of, zone) and not found.month.is_over(known.as_of, zone)


def _measured(found: _Found, stored: Result | None, is_sealed: bool) -> MeasuredMonth:
    level, count = found.promise.level, found.count
    if not is_sealed or stored is None:
        reported = found.reported is not None
        return MeasuredMonth(
            found.month, level, count.total, count.met, count.excluded, found.attainment, reported, is_sealed, ""
        )
    return MeasuredMonth(
        found.month, level, stored.total, stored.met, stored.excluded, attainment_of(stored),
        stored.reported_id is not None, True, _difference(found, stored),
    )  # fmt: skip


def attainment_of(result: Result) -> Fraction | None:
    """The exact attainment of a stored result, in percent."""
    if result.reported_id is not None and result.reported is not None:
        return Fraction(result.reported.value)
    return percent(result.met, result.total) if result.total else None


def _difference(found: _Found, stored: Result) -> str:
    """How a sealed month would read now, '' when just the same."""
    if stored.digest == found.digest:
        return ""
    was, now = (
        _in_words(attainment_of(stored), stored.met, stored.total),
        _in_words(found.attainment, found.count.met, found.count.total),
    )
    label = f"{found.promise.level.key} {found.month}"
    if was == now and stored.excluded == found.count.excluded:
        return f"{label}: sealed at {was}; the same figures now, of other clocks, terms or rules"
    excluded = f", {found.count.excluded} excluded" if found.count.excluded != stored.excluded else ""
    return f"{label}: sealed at {was}; it would now be {now}{excluded}"


def _in_words(attainment: Fraction | None, met: int, total: int) -> str:
    if attainment is None:
        return "not measured"
    return f"{shown(attainment)} ({met} of {total})" if total else f"{shown(attainment)} (reported)"


class Pass:
    """One pass over the tickets of an engagement that may count in some months."""

    def __init__(self, engagement: Engagement, first: Month, last: Month, as_of: datetime) -> None:
        self.contract = Contract(engagement)
        self.months = list(months_between(first, last))
        self.edges = month_edges_us(first, last, self.contract.zone) if self.months else np.zeros(1, dtype=np.int64)
        self.now = to_micros(as_of)
        begins, ends = from_micros(int(self.edges[0])), from_micros(int(self.edges[-1]))
        self.arrays: TicketArrays = read_tickets(
            engagement.pk,
            self.contract.selections(),
            engagements.vendor_parties(engagement),
            "t.opened_at < %s and (t.resolved_at is null or t.resolved_at >= %s or t.answered_at is null "
            "or t.answered_at >= %s)",
            [ends, begins, begins],
        )
        opened = self.arrays.tickets.opened
        self.span = span_of(int(opened.min()) if len(opened) else self.now, self.now)
        self._decided = decisions(engagement)
        self._reported = _reported(engagement, first, last)

    def found(self) -> Iterable[_Found]:
        """Every month and service level, in order of months, then of the file."""
        judged: dict[str, tuple[Judged, Rows, Rows, list[Count]]] = {}
        promised = [(month, self.contract.promises(month)) for month in self.months]
        for key in dict.fromkeys(p.terms.key for _, promises in promised for p in promises if p.terms.is_clocked):
            judged[key] = self.judged(key)
        for place, (month, promises) in enumerate(promised):
            for promise in promises:
                if promise.terms.is_clocked:
                    yield self._clocked(promise, month, place, *judged[promise.terms.key])
                else:
                    yield self._reported_month(promise, month)

    def judged(self, key: str) -> tuple[Judged, Rows, Rows, list[Count]]:
        """(clocks, place of each one's month, why it is excluded, counts of each month) of a service level."""
        relief = relief_us(self._decided, self.arrays.ids, self.contract.levels[key].pk)
        rules = self.contract.rules(key, self.span)
        parts = [judge(self.arrays.tickets, each, self.now, relief=relief) for each in rules]
        judged = Judged.joined(parts)
        excluded_for = self._excluded_for(self.contract.levels[key], judged)
        places = month_places(judged, self.edges)
        return judged, places, excluded_for, counted(judged, places, excluded_for > 0, len(self.months))

    def _excluded_for(self, level: ServiceLevel, judged: Judged) -> Rows:
        """An index into EXCLUSIONS for each clock, 0 for none."""
        found = np.zeros(len(judged.rows), dtype=np.int64)
        ids = self.arrays.ids[judged.rows]
        for (ticket, level_id), row in self._decided.items():
            if level_id in (None, level.pk) and row.relief_seconds is None:
                found[ids == ticket] = EXCLUSIONS.index(row.kind)
        return found

    def _clocked(
        self,
        promise: Promise,
        month: Month,
        place: int,
        judged: Judged,
        places: Rows,
        excluded_for: Rows,
        counts: list[Count],
    ) -> _Found:
        here: Booleans = places == place
        count, mine, why = counts[place], judged.only(here), excluded_for[here]
        attainment = percent(count.met, count.total) if count.total else None
        digest = self._digest(promise, month, count, _canonical(self.arrays.numbers, mine, why))
        return _Found(month, promise, count, attainment, None, mine, why, digest)

    def _reported_month(self, promise: Promise, month: Month) -> _Found:
        reported = self._reported.get((promise.level.pk, month.text))
        attainment = None if reported is None else Fraction(reported.value)
        said = b"" if reported is None else str(reported.public_id).encode()
        digest = self._digest(promise, month, Count(0, 0, 0), said)
        return _Found(month, promise, Count(0, 0, 0), attainment, reported, None, None, digest)

    def _digest(self, promise: Promise, month: Month, count: Count, clocks: bytes) -> str:
        """SHA-256 of everything a result says, apart from how long unfinished clocks have run."""
        bounds = promise.bounds
        head = [
            promise.terms.key, month.text, count.total, count.met, count.excluded, str(bounds.expected),
            str(bounds.minimum), bounds.forgiven_below, bounds.forgiven_failures, promise.version.sha256, RULES,
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(head).encode() + clocks).hexdigest()


def _canonical(numbers: Rows, judged: Judged, excluded_for: Rows) -> bytes:
    ended = judged.ends != NEVER
    columns = (
        numbers[judged.rows], judged.starts, judged.ends, judged.due, judged.targets, np.where(ended, judged.elapsed, 0),
        np.where(ended, judged.paused, 0), judged.verdicts.astype(np.int64), excluded_for,
    )  # fmt: skip
    return np.stack(columns).astype(">i8").tobytes()


def _reported(engagement: Engagement, first: Month, last: Month) -> dict[tuple[int, str], ReportedValue]:
    rows = ReportedValue.objects.filter(engagement=engagement, month__gte=first.text, month__lte=last.text)
    return {(r.service_level_id, r.month): r for r in rows.order_by("at", "pk")}


def write_results(
    engagement: Engagement, changed: Sequence[_Found], latest: dict[tuple[int, str], Result], *, as_of: datetime,
    computed_at: datetime, reason: str = "", by: Person | None = None,
) -> list[Result]:  # fmt: skip
    """The next version of each result with its outcomes. Without a reason, outcomes of the version before are deleted."""
    if not changed:
        return []
    holidays = Contract(engagement).holidays_version()
    rows, replaced = [], []
    for found in changed:
        before = latest.get((found.promise.level.pk, found.month.text))
        if before is not None:
            replaced.append(before.pk)
        rows.append(_result(engagement, found, before, holidays, as_of, computed_at, reason, by))
    results: list[Result] = Result.objects.bulk_create(rows)
    if replaced and not reason:
        Outcome.objects.filter(result_id__in=replaced).delete()
    return results


def _result(
    engagement: Engagement, found: _Found, before: Result | None, holidays: str, as_of: datetime, computed_at: datetime,
    reason: str, by: Person | None,
) -> Result:  # fmt: skip
    bounds, count = found.promise.bounds, found.count
    forgiven = is_forgiven(count.met, count.total, bounds)
    return Result(
        engagement=engagement, service_level=found.promise.level, month=found.month.text,
        version=1 if before is None else before.version + 1, total=count.total, met=count.met, excluded=count.excluded,
        attainment=None if found.attainment is None else Decimal(half_up(found.attainment * 10_000)).scaleb(-4),
        reported=found.reported, standing="met" if forgiven else standing(found.attainment, bounds),
        is_forgiven=forgiven, expected=bounds.expected, minimum=bounds.minimum, terms_version=found.promise.version,
        rules_version=RULES, holidays_version=holidays, as_of=as_of, computed_at=computed_at, digest=found.digest,
        reason=reason, by=by,
    )  # fmt: skip


OUTCOME_FIELDS = [
    ("result", ">i8"), ("ticket", ">i8"), ("started", ">i8"), ("ended", ">i8"), ("due", ">i8"), ("elapsed", ">i8"),
    ("paused", ">i8"), ("target", ">i8"), ("met", ">i2"), ("excluded", ">i2"),
]  # fmt: skip


def write_outcomes(engagement: Engagement, ids: Rows, written: Sequence[tuple[Result, _Found]]) -> None:
    """The clock of every ticket that counts in these results."""
    parts = [
        (r.pk, f.judged, f.excluded_for) for r, f in written if f.judged is not None and f.excluded_for is not None
    ]
    parts = [part for part in parts if len(part[1].rows)]
    if not parts:
        return
    judged = Judged(**{n: np.concatenate([getattr(j, n) for _, j, _ in parts]) for n in Judged.__dataclass_fields__})
    kinds = {">i8": "bigint", ">i2": "smallint"}
    columns = {n: "timestamptz" if n in ("started", "ended", "due") else kinds[k] for n, k in OUTCOME_FIELDS}
    staging.make_table("itsm_measured", columns)
    copy_back(
        "itsm_measured",
        OUTCOME_FIELDS,
        {
            "result": np.repeat(np.array([pk for pk, _, _ in parts]), [len(j.rows) for _, j, _ in parts]),
            "ticket": ids[judged.rows],
            "started": timestamps(judged.starts),
            "ended": timestamps(judged.ends),
            "due": timestamps(judged.due),
            "elapsed": judged.elapsed,
            "paused": judged.paused,
            "target": judged.targets,
            "met": judged.verdicts == MET,
            "excluded": np.concatenate([why for _, _, why in parts]),
        },
    )
    staging.run(
        "insert into itsm_outcome (tenant_id, engagement_id, result_id, ticket_id, started_at, ended_at, due_at, "
        "elapsed_us, paused_us, target_us, met, excluded_for) select %s, %s, result, ticket, started, "
        "nullif(ended, 'infinity'), nullif(due, 'infinity'), elapsed, paused, target, met = 1, "
        "(%s::text[])[excluded + 1] from itsm_measured",
        [engagement.tenant_id, engagement.pk, list(EXCLUSIONS)],
    )
