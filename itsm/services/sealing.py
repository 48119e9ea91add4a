"""Sealing months, correcting sealed ones, reported values and exclusions."""

import hashlib
import json
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from contracts.models import ServiceLevel
from itsm.models import Exclusion, MonthSeal, ReportedValue, Ticket
from itsm.queries.results import current_results
from itsm.queries.rules import Contract
from mspgov.kernel.faults import Fault
from mspgov.kernel.instants import from_micros
from mspgov.kernel.period import Month
from mspgov.records import services as records
from mspgov.records.errors import Refused
from mspgov.tenancy.models import Engagement, Person

from . import staging
from .measuring import LOCK, MeasuredMonth, Pass, _is_new, _measured, write_outcomes, write_results

REPORTED_MEASURES = ("availability", "percentage")
MOST_RELIEF = 10 * 366 * 86_400


@transaction.atomic
def seal_month(
    *, engagement: Engagement, month: Month, by: Person | None, at: datetime, linked: bool = True
) -> MonthSeal:
    """Fix a month's results; asked again it gives the seal there is. Refuses a month that is not over or not measured, and
    one that reads otherwise by now: measured before it was over, or before its tickets or reported values changed. Not
    `linked`: the caller puts month and digest into the one link of the chain that it ends with."""
    staging.run("select pg_advisory_xact_lock(%s, %s)", [LOCK, engagement.pk])
    known: MonthSeal | None = MonthSeal.objects.filter(engagement=engagement, month=month.text).first()
    if known is not None:
        return known
    contract = Contract(engagement)
    if not contract.versions:
        raise Refused(f"{engagement.slug} has no contract, so there is nothing to seal")
    _check_term(contract, month)
    if not month.is_over(at, contract.zone):
        raise Refused(f"{month.name} is not over; it ends at midnight, {contract.zone}")
    latest = current_results(engagement, month, month)
    wanted = contract.promises(month)
    if missing := [p.terms.key for p in wanted if (p.level.pk, month.text) not in latest]:
        raise Refused(f"{month.name} is not measured yet ({', '.join(missing)})")
    measured = [latest[p.level.pk, month.text] for p in wanted]
    whole = max([from_micros(month.span_us(contract.zone)[1]), *(row.as_of for row in measured)])
    if any(_is_new(found, latest) for found in Pass(engagement, month, month, whole).found()):
        raise Refused(f"{month.name} has changed since it was measured: measure it again, then seal it")
    if not all(month.is_over(row.as_of, contract.zone) for row in measured):
        raise Refused(f"{month.name} was measured before it was over: measure it again, then seal it")
    body = [[p.terms.key, *_version(latest[p.level.pk, month.text])] for p in wanted]
    digest = hashlib.sha256(json.dumps(body).encode()).hexdigest()
    seal: MonthSeal = MonthSeal.objects.create(engagement=engagement, month=month.text, digest=digest, by=by, at=at)
    if linked:
        after = {"month": month.text, "digest": digest}
        records.seal(None, what="seal month", before={}, after=after, by=by, at=at, engagement_id=engagement.pk)
    return seal


def _check_term(contract: Contract, month: Month) -> None:
    terms = contract.versions[-1].terms.contract
    if not terms.first_month <= month <= terms.last_month:
        raise Refused(f"{month} lies outside the contract's term, {terms.first_month} to {terms.last_month}")


def _version(result: object) -> tuple[int, str]:
    return result.version, result.digest  # type: ignore[attr-defined]


@transaction.atomic
def correct_month(
    *, engagement: Engagement, month: Month, reason: str, by: Person | None, at: datetime, linked: bool = True
) -> list[MeasuredMonth]:
    """Measure a sealed month anew: each result that differs gets a further version, with the reason. Returns those. Not
    `linked`: the caller puts the results into the one link of the chain that it ends with."""
    if not reason.strip():
        raise Fault("reason", "is missing: a correction says why")
    staging.run("select pg_advisory_xact_lock(%s, %s)", [LOCK, engagement.pk])
    if not MonthSeal.objects.filter(engagement=engagement, month=month.text).exists():
        raise Refused(f"{month.name} is not sealed: measure it")
    this = Pass(engagement, month, month, at)
    latest = current_results(engagement, month, month)
    changed = [f for f in this.found() if _is_new(f, latest)]
    results = write_results(engagement, changed, latest, as_of=at, computed_at=at, reason=reason, by=by)
    write_outcomes(engagement, this.arrays.ids, list(zip(results, changed, strict=True)))
    if changed and linked:
        after = {"month": month.text, "reason": reason, "results": [f.digest for f in changed]}
        records.seal(None, what="correct month", before={}, after=after, by=by, at=at, engagement_id=engagement.pk)
    return [_measured(f, r, True) for r, f in zip(results, changed, strict=True)]


@transaction.atomic
def report_value(
    *, service_level: ServiceLevel, month: Month, value: Decimal, source: str, evidence: str = "", by: Person | None,
    at: datetime, linked: bool = True,
) -> ReportedValue:  # fmt: skip
    """Record what was reported for a level and month; the latest one holds. Fault for a value that is no percentage.

    Refuses a level that is measured from tickets. In a sealed month it takes effect by a correction only. Not `linked`:
    the caller puts it into the one link of the chain that it ends with.
    """
    if service_level.measure not in REPORTED_MEASURES:
        raise Refused(f"{service_level.key} is measured from tickets")
    if not value.is_finite() or not 0 <= value <= 100:
        raise Fault("value", "must be a percentage from 0 to 100")
    if -int(value.as_tuple().exponent) > 10:
        raise Fault("value", "has more than ten decimals")
    if not source.strip():
        raise Fault("source", "is missing: who or what reported it")
    row: ReportedValue = ReportedValue.objects.create(
        engagement_id=service_level.engagement_id, service_level=service_level, month=month.text, value=value,
        source=source, evidence=evidence, by=by, at=at,
    )  # fmt: skip
    if linked:
        after = {"service_level": service_level.key, "month": month.text, "value": str(value), "source": source}
        records.seal(None, what="report value", before={}, after=after, by=by, at=at, engagement_id=row.engagement_id)
    return row


@transaction.atomic
def exclude_ticket(
    *, ticket: Ticket, kind: str, reason: str, by: Person | None, at: datetime, service_level: ServiceLevel | None = None,
    in_force: bool = True, relief_seconds: int | None = None, duplicate_of: Ticket | None = None, linked: bool = True,
) -> Exclusion:  # fmt: skip
    """Decide that a ticket does not count, in one level or in all, that some of its clock is relieved, or (in_force
    False) that it counts again in full. Fault without a reason, for an unknown kind, a relief that is not longer than
    nothing, and a duplicate of no other ticket of the engagement. Not `linked`: the caller puts it into the one link of
    the chain that it ends with."""
    if kind not in Exclusion.Kind.values:
        raise Fault("kind", f"{kind!r} is not one of {', '.join(Exclusion.Kind.values)}")
    if not reason.strip():
        raise Fault("reason", "is missing")
    if relief_seconds is not None and (kind != Exclusion.Kind.RELIEF or not 0 < relief_seconds <= MOST_RELIEF):
        raise Fault("relief_seconds", "is the time that a relief event took: more than nothing, at most ten years")
    if in_force and (kind == Exclusion.Kind.DUPLICATE) != (duplicate_of is not None):
        raise Fault("duplicate_of", "names the other ticket of a duplicate, and only of one")
    if duplicate_of is not None and (
        duplicate_of.pk == ticket.pk or duplicate_of.engagement_id != ticket.engagement_id
    ):
        raise Fault("duplicate_of", "must be another ticket of the engagement")
    row: Exclusion = Exclusion.objects.create(
        engagement_id=ticket.engagement_id, ticket=ticket, service_level=service_level, kind=kind, reason=reason,
        in_force=in_force, relief_seconds=relief_seconds, duplicate_of=duplicate_of, by=by, at=at,
    )  # fmt: skip
    if linked:
        after = {"ticket": ticket.number, "kind": kind, "in_force": in_force, "reason": reason}
        records.seal(None, what="exclude ticket", before={}, after=after, by=by, at=at, engagement_id=row.engagement_id)
    return row
