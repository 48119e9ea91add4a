"""The floors below → the facts of a quarter's pack. Each figure is read, none is computed anew; the ledger's amounts are the amounts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from contracts.calc.credits import credits
from contracts.calc.results import Results
from contracts.calc.terms import AtRisk, ServiceLevelTerms
from contracts.importers.terms_writing import write_terms
from contracts.queries import TermsInForce
from costs import queries as costs
from costs.calc.totals import total_of
from costs.models import Credit, LedgerEntry
from costs.queries.review import ages_of
from governance.calc import promises
from governance.calc.facts import (
    FORM,
    ContractFacts,
    CreditFacts,
    EarnBackFacts,
    HeldFacts,
    LateFacts,
    LevelFacts,
    MonthFacts,
    PackFacts,
    ResultFacts,
    StepFacts,
)
from governance.queries import late, log
from governance.queries.pack_rcas import root_causes
from itsm.models import Result
from itsm.queries.rules import Contract
from mspgov.kernel.money import Money, minor_units
from mspgov.kernel.period import Month, Quarter, months_between
from mspgov.tenancy.models import Engagement

STATES = {"met": "met", "at_risk": "risk", "missed": "missed", "not_measured": "none"}
GROUPS = ("Response", "Resolution", "Other")
UNFROZEN = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Reading:
    """What the parts of the facts are drawn from: the account, the terms in force, twelve months and what each is charged
    (measured or not), the quarter's results."""

    engagement: Engagement
    account: costs.Account
    terms: TermsInForce
    contract: Contract
    months: tuple[Month, ...]
    quarter: tuple[Month, Month, Month]
    rows: tuple[Result, ...]
    charges: Mapping[Month, Money]


def gather(engagement: Engagement, quarter: Quarter, *, as_of: datetime) -> PackFacts:
    """The facts of a quarter without number and instant. Raises Http404 when the engagement has no contract."""
    reading = read(engagement, quarter, as_of)
    frame = reading.terms.terms.contract
    tenant = engagement.tenant
    return PackFacts(
        form=FORM,
        number="",
        frozen_at=UNFROZEN,
        quarter=quarter.text,
        client=tenant.name,
        provider=engagement.provider.name,
        engagement=engagement.name,
        time_zone=frame.time_zone,
        currency=frame.currency,
        minor_units=minor_units(frame.currency),
        is_demo=tenant.is_demo,
        contract=contract_facts(reading),
        log=log.log_facts(engagement, reading.rows, frame.time_zone),
        months=tuple(month_facts(reading, month) for month in reading.months),
        levels=level_facts(reading, as_of),
        credits=credit_facts(reading),
        earn_backs=earn_back_facts(reading),
        quality=log.quality_facts(engagement, reading.contract, reading.rows, reading.quarter),
        terms_yaml=write_terms(reading.terms.terms),
        earlier_terms=tuple(write_terms(one.terms) for one in earlier_terms(reading)),
        results_json=json.dumps(results_of(reading).document(), sort_keys=True, ensure_ascii=False, indent=1),
        rcas=root_causes(engagement, as_of=as_of, since=quarter.first_day),
    )


def read(engagement: Engagement, quarter: Quarter, as_of: datetime) -> Reading:
    """One reading of the account and the quarter's results."""
    account = costs.account(engagement, as_of=as_of)
    first, last = quarter.months[0], quarter.months[2]
    in_force = [one for one in account.history if one.version.effective_on <= last.first_day]
    rows = sorted(
        (row for (month, _), row in account.rows.items() if first <= month <= last),
        key=lambda row: (row.month, row.service_level_id),
    )
    return Reading(
        engagement=engagement,
        account=account,
        terms=account.versions.get(last) or (in_force[-1] if in_force else account.history[0]),
        contract=Contract(engagement),
        months=tuple(months_between(last + -11, last)),
        quarter=quarter.months,
        rows=tuple(rows),
        charges={
            line.month: line.amount for line in costs.charges_list(engagement, until=last) if line.amount is not None
        }
        | {month: found.money for month, found in account.charges.items()},
    )


def earlier_terms(reading: Reading) -> list[TermsInForce]:
    """The versions before the one in force, under which months up to the quarter stand."""
    return [one for one in reading.account.history if one.version.version < reading.terms.version.version]


def contract_facts(reading: Reading) -> ContractFacts:
    terms, version = reading.terms.terms, reading.terms.version
    regime = terms.credit_regime
    return ContractFacts(
        reference=terms.contract.reference,
        terms_version=version.version,
        effective_on=version.effective_on,
        terms_sha256=version.sha256,
        rules_version=reading.account.calculated.rules_version,
        regime=regime.kind if regime else "",
        clause=regime.clause if regime else "",
        recomputes=recomputes(reading),
    )


def results_of(reading: Reading) -> Results:
    """All months since the contract began, up to the quarter's end."""
    return Results(tuple(given for given in reading.account.results.months if given.month <= reading.quarter[2]))


def recomputes(reading: Reading) -> bool:
    """Do the attached terms and results alone give the ledger's amounts of the quarter?"""
    calculated = {
        (found.month, row.service_level): row.amount.amount
        for found in credits(reading.terms.terms, results_of(reading)).months
        if found.month in reading.quarter
        for row in found.credits
        if row.amount
    }
    return calculated == {
        (credit.period, credit.service_level.key): credit.amount for credit in quarter_credits(reading) if credit.amount
    }


def quarter_credits(reading: Reading) -> list[Credit]:
    """The credits of the quarter that come to anything, in order of months and levels."""
    months = [month.text for month in reading.quarter]
    order = {level.key: place for place, level in enumerate(reading.terms.terms.service_levels)}
    rows = [
        row for row in costs.credits_of(reading.engagement).filter(month__in=months) if row.amount or before_cap(row)
    ]
    return sorted(
        rows, key=lambda row: (row.month, order.get(row.service_level.key, len(order)), row.service_level.key)
    )


def before_cap(credit: Credit) -> Decimal:
    """What the credit was before the month's cap."""
    return Decimal(credit.row["before_cap"]) if "before_cap" in credit.row else credit.amount


def month_facts(reading: Reading, month: Month) -> MonthFacts:
    """The money of a month, as the ledger has it."""
    found, charges = reading.account.month(month), reading.charges.get(month)
    inside = list(costs.credits_of(reading.engagement).filter(month=month.text))
    together = total_of(((credit.state, credit.money) for credit in inside), reading.terms.terms.contract.currency)
    return MonthFacts(
        month=month.text,
        sealed_at=reading.account.seals.get(month),
        charges=charges.amount if charges else None,
        cap=found.cap.amount if found and found.cap else None,
        before_cap=sum((before_cap(credit) for credit in inside), Decimal(0)),
        credits=together.stands.amount,
        waived=together.waived.amount,
    )


def level_facts(reading: Reading, as_of: datetime) -> tuple[LevelFacts, ...]:
    """The service levels in force, by kind, with the quarter's late tickets."""
    lates = late.late_tickets(reading.rows)
    tickets = sorted({one.ticket_id for some in lates.values() for one in some})
    waits, moves = late.waits_of(reading.engagement, tickets), late.moves_of(tickets)
    until = log.as_of_latest(reading.rows, as_of)
    found = []
    for level in reading.terms.terms.service_levels:
        mine = lates.get(level.key, [])
        told = late.late_facts(
            mine,
            waits,
            moves,
            provider=reading.engagement.provider.name,
            client=reading.engagement.tenant.name,
            until=until,
        )
        found.append(one_level(reading, level, told, late.held_facts(reading.contract, level.key, mine, waits, until)))
    return tuple(sorted(found, key=lambda one: GROUPS.index(one.group)))


def one_level(
    reading: Reading, level: ServiceLevelTerms, told: Sequence[LateFacts], held: Sequence[HeldFacts]
) -> LevelFacts:
    return LevelFacts(
        key=level.key,
        name=level.name,
        group=promises.group_of(level),
        promise=promises.promise(level),
        definition=promises.definition(level),
        clause=level.clause,
        expected=level.expected,
        minimum=level.minimum,
        places=2 if level.measure == "availability" else 1,
        results=tuple(
            result_facts(month, reading.account.rows.get((month, level.key)), reading) for month in reading.months
        ),
        late=tuple(told),
        held=tuple(held),
    )


def result_facts(month: Month, row: Result | None, reading: Reading) -> ResultFacts:
    """A month of a level; one that nobody measured is none, not zero."""
    if row is None:
        return ResultFacts(month.text, None, None, 0, None, "none", "none", forgiven=False, corrected=False, source="")
    reported = row.reported
    measured = row.attainment is not None
    return ResultFacts(
        month=month.text,
        total=None if reported else row.total,
        met=None if reported else row.met,
        excluded=row.excluded,
        attainment=row.attainment,
        state=STATES[row.standing],
        origin="reported" if reported else "tickets" if measured else "none",
        forgiven=row.is_forgiven,
        corrected=bool(row.reason) and month in reading.account.seals,
        source=reported.source if reported else "",
    )


def credit_facts(reading: Reading) -> tuple[CreditFacts, ...]:
    """The quarter's credits with their ledger entry in force and its reasons."""
    rows = quarter_credits(reading)
    regime = reading.terms.terms.credit_regime
    allocations = regime.allocations if isinstance(regime, AtRisk) else {}
    entries = {
        entry.credit_id: entry
        for entry in costs.ledger_of(reading.engagement).filter(credit__in=[row.pk for row in rows]).order_by("version")
        if entry.kind != LedgerEntry.Kind.EARN_BACK
    }
    return tuple(one_credit(row, entries.get(row.pk), allocations.get(row.service_level.key)) for row in rows)


def one_credit(credit: Credit, entry: LedgerEntry | None, allocation: Decimal | None) -> CreditFacts:
    row, number = credit.row, credit.record.number
    return CreditFacts(
        month=credit.month,
        service_level=credit.service_level.key,
        attainment=Decimal(row["attainment"] or 0),
        cause=row.get("cause") or "",
        allocation=allocation,
        multiplier=Decimal(row["multiplier"]) if "multiplier" in row else None,
        points=row.get("points"),
        before_cap=before_cap(credit),
        amount=credit.amount,
        state=credit.state,
        entry=f"{number}/{entry.version}" if entry else number,
        replaces=f"{number}/{entry.replaces.version}" if entry and entry.replaces else "",
        steps=tuple(
            StepFacts(
                label=f"{step['label']}: {step['detail']}" if step["detail"] else step["label"],
                detail=step.get("note", ""),
                value=step["value"],
                clause=step.get("clause", ""),
            )
            for step in credit.derivation
        ),
        since=ages_of(credit).reached()[-1][1],
    )


def earn_back_facts(reading: Reading) -> tuple[EarnBackFacts, ...]:
    """What contract years that ended in the quarter return."""
    return tuple(
        EarnBackFacts(one.service_level, one.year_ends, one.amount.amount)
        for one in reading.account.calculated.earn_backs
        if Month.of(one.year_ends) in reading.quarter
    )
