"""A quarter with everything in it: misses in a row, a cap, reported months, a corrected one, rows that could not be read."""

from datetime import UTC, date, datetime
from decimal import Decimal as D

from governance.calc.facts import (
    FORM,
    ContractFacts,
    CreditFacts,
    ExcludedFacts,
    HeldFacts,
    LateFacts,
    LevelFacts,
    LogFacts,
    LoweredFacts,
    MonthFacts,
    PackFacts,
    QualityFacts,
    RejectedFacts,
    ResultFacts,
    StepFacts,
    UndecidedFacts,
)

MONTHS = [f"2015-{m:02d}" for m in range(6, 13)] + [f"2016-{m:02d}" for m in range(1, 6)]

TABLE = """
P1 response|Response|15 min, round the clock|95|90|97.1 98.2 98.5 98.6 100 98.4 98.9 98.8|
P2 response|Response|30 min, office hours|95|90|93.8 95.2 95.9 96.4 100 96.0 95.4 91.8|
P3 response|Response|4 h, office hours|92|88|90.4 92.7 93.0 92.9 100 93.5 94.0 93.3|
P4 response|Response|8 h, office hours|90|85|91.0 91.4 92.2 92.0 100 91.6 92.5 93.4|
P1 resolution|Resolution|4 h, round the clock|95|90|92.3 95.5 95.8 96.0 100 96.8 89.8876 95.2|89
P2 resolution|Resolution|8 h, office hours|90|85|88.2 90.6 91.3 90.9 100 84.1270 81.6514 84.9315|126 109 146
P3 resolution|Resolution|24 h, office hours|90|85|87.5 90.2 91.8 91.1 96.6 91.5 89.96 89.0|
P4 resolution|Resolution|40 h, office hours|90|85|90.1 90.3 90.7 91.2 100 91.3 91.1 92.0|
Virtual desktop up|Other|99.90 % of the month|99.9|99.5|99.91 99.94 99.90 99.97 99.96 99.93 99.41 99.38|
Calls in 30 seconds|Other|office hours|90|85|84.1 88.9 90.2 91.5 90.8 91.2 90.1 92.4|
Joiners in 3 days|Other|working days|95|90|94.0 95.3 95.1 96.2 100 96.7 95.7 86.2069|
"""
VOLUMES = {
    ("P2 resolution", "2016-03"): (126, 106),
    ("P2 resolution", "2016-04"): (109, 89),
    ("P2 resolution", "2016-05"): (146, 124),
}


def judged(value: D, expected: D, minimum: D) -> str:
    return "met" if value >= expected else "risk" if value >= minimum else "missed"


def sample_levels() -> tuple[LevelFacts, ...]:
    levels = []
    for line in TABLE.strip().splitlines():
        name, group, promise, expected, minimum, values, _ = line.split("|")
        results = [
            ResultFacts(month, None, None, 0, None, "none", "none", forgiven=False, corrected=False, source="")
            for month in MONTHS[:4]
        ]
        for index, (month, text) in enumerate(zip(MONTHS[4:], values.split(), strict=True)):
            value = D(text)
            reported = index < 4
            few = month == "2016-02" and text == "100"
            total, met = VOLUMES.get((name, month), (1, 1) if few else (1000, int(value * 10)))
            results.append(
                ResultFacts(
                    month=month,
                    total=None if reported or group == "Other" else total,
                    met=None if reported or group == "Other" else met,
                    excluded=3 if month == "2016-05" and group == "Resolution" else 0,
                    attainment=value,
                    state=judged(value, D(expected), D(minimum)),
                    origin="reported" if reported else "tickets",
                    forgiven=few,
                    corrected=name == "P1 resolution" and month == "2016-03",
                    source="monthly report" if reported else "",
                )
            )
        late: tuple[LateFacts, ...] = ()
        held: tuple[HeldFacts, ...] = ()
        if name == "P2 resolution":
            late = (
                LateFacts(
                    "INC0022948",
                    "2016-05",
                    "P2",
                    28800,
                    219720,
                    True,
                    "Subcontractor",
                    "Waited for the provider’s own vendor",
                    "Waited 43 h 10 min for the provider’s own vendor",
                ),
                LateFacts(
                    "INC0030558", "2016-05", "P2", 28800, 21180, True, "Subcontractor", "Reopened", "Reopened twice"
                ),
                LateFacts(
                    "INC0023397", "2016-05", "P2", 28800, 18720, True, "Cobalt", "Reassigned", "Reassigned seven times"
                ),
                LateFacts(
                    "INC0027294", "2016-04", "P2", 28800, 17400, True, "Cobalt", "Reassigned", "Reassigned seven times"
                ),
                LateFacts("INC0031046", "2016-05", "P2", 28800, 1380, False, "Cobalt", "Still open", "Still open"),
            )
            held = (
                HeldFacts("2016-03", 42480, 11160, 23040),
                HeldFacts("2016-04", 47520, 9720, 20880),
                HeldFacts("2016-05", 43560, 16560, 25560),
            )
        levels.append(
            LevelFacts(
                key=name.lower().replace(" ", "-"),
                name=name,
                group=group,
                promise=promise,
                definition=f"{name}: {expected} % in each month within {promise}; under {minimum} % a month is a default.",
                clause="Schedule 4 §2.2",
                expected=D(expected),
                minimum=D(minimum),
                places=2 if name == "Virtual desktop up" else 1,
                results=tuple(results),
                late=late,
                held=held,
            )
        )
    return tuple(levels)


def steps(rows: str) -> tuple[StepFacts, ...]:
    return tuple(StepFacts(*row.split("|")) for row in rows.strip().splitlines())


MAY_P2 = steps("""
Attainment: 124 of 146 in time|22 late, 3 excluded by agreement|84.9315 %|Schedule 4 §2.2
Default: below minimum 85.0000 %|low-volume rule does not apply|yes|Schedule 4 §6.1
Multiplier: third consecutive default|steps 1, 1.5, 2|× 2|§6.4
At-risk amount: 10 % of EUR 84,200.00|charges of May|8,420.00|§6.2
Allocation: 25 % of 8,420.00 × 2||4,210.00|§6.3
Cap: month’s credits 7,788.50 of at most 8,420.00||not capped|§6.6
Credit||EUR 4,210.00|
""")

CREDITS = """
2016-03 p2-resolution 84.1270 25 1 2105.00 2105.00
2016-04 p1-resolution 89.8876 40 1 3368.00 3285.85
2016-04 p2-resolution 81.6514 25 1.5 3157.50 3080.49
2016-04 virtual-desktop-up 99.4100 25 1 2105.00 2053.66
2016-05 p2-resolution 84.9315 25 2 4210.00 4210.00
2016-05 virtual-desktop-up 99.3800 25 1.5 3157.50 3157.50
2016-05 joiners-in-3-days 86.2069 5 1 421.00 421.00
"""


def sample_credits() -> tuple[CreditFacts, ...]:
    found = []
    for number, line in enumerate(CREDITS.strip().splitlines(), 1):
        month, key, attainment, allocation, multiplier, before, amount = line.split()
        found.append(
            CreditFacts(
                month=month,
                service_level=key,
                attainment=D(attainment),
                cause="below_minimum",
                allocation=D(allocation),
                multiplier=D(multiplier),
                points=None,
                before_cap=D(before),
                amount=D(amount),
                state="decided",
                entry=f"CR-{month}-{number:02d}",
                replaces="",
                steps=MAY_P2
                if (month, key) == ("2016-05", "p2-resolution")
                else MAY_P2[:2] + steps(f"Credit||EUR {D(amount):,.2f}|"),
            )
        )
    return tuple(found)


def sample_months(*, sealed: bool = True) -> tuple[MonthFacts, ...]:
    seals = {
        "2016-02": datetime(2016, 3, 8, 12, tzinfo=UTC),
        "2016-03": datetime(2016, 4, 7, 12, tzinfo=UTC),
        "2016-04": datetime(2016, 5, 6, 12, tzinfo=UTC),
    }
    if sealed:
        seals["2016-05"] = datetime(2016, 6, 20, 12, tzinfo=UTC)
    money = {"2016-03": ("2105.00", "2105.00"), "2016-04": ("8630.50", "8420.00"), "2016-05": ("7788.50", "7788.50")}
    return tuple(
        MonthFacts(
            month=month,
            sealed_at=seals.get(month),
            charges=D("84200.00") if month >= "2016-02" else None,
            cap=D("8420.00") if month >= "2016-02" else None,
            before_cap=D(money.get(month, ("0.00", "0.00"))[0]),
            credits=D(money.get(month, ("0.00", "0.00"))[1]),
        )
        for month in MONTHS
    )


def sample_quality() -> QualityFacts:
    at = datetime(2016, 5, 12, 16, 40, tzinfo=UTC)
    return QualityFacts(
        rejected=(RejectedFacts("incident_event_log.csv", 4711, "opened_at", "31/2/2016 09:00 is no date"),),
        excluded=(ExcludedFacts("INC0030558", "p2-resolution", "2016-05", "Relief event: site without power"),),
        undecided=(
            UndecidedFacts("INC0022948", "Vendor 9", 2, 155400),
            UndecidedFacts("INC0022951", "Vendor 9", 1, 7200),
        ),
        lowered=(LoweredFacts("INC0019322", "2016-05", "P2", "P3", at, datetime(2016, 5, 12, 17, 0, tzinfo=UTC)),),
    )


def sample_facts(*, sealed: bool = True) -> PackFacts:
    return PackFacts(
        form=FORM,
        number="BP-2016-02",
        frozen_at=datetime(2016, 6, 23, 20, tzinfo=UTC),
        quarter="2016-Q2",
        client="Aurora Mutual",
        provider="Cobalt Managed Services",
        engagement="Workplace services",
        time_zone="America/Sao_Paulo",
        currency="EUR",
        minor_units=2,
        is_demo=True,
        contract=ContractFacts(
            "MSA-2015-114", 2, date(2016, 3, 1), "0" * 64, "1.4", "at_risk", "Schedule 4 §6", recomputes=True
        ),
        log=LogFacts(date(2016, 2, 29), date(2016, 6, 22), 24917, 21822, ("incident_event_log.csv",)),
        months=sample_months(sealed=sealed),
        levels=sample_levels(),
        credits=sample_credits(),
        earn_backs=(),
        quality=sample_quality(),
        terms_yaml="contract: {reference: MSA-2015-114}\n",
        earlier_terms=("contract: {reference: MSA-2015-114, ends: 2017-12-31}\n",),
        results_json='{"months":[]}',
    )
