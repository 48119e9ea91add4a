"""The sentences of a pack, drawn from its facts: headings that say what happened, the summary, what the board must decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil

from costs.calc.totals import stands

from .facts import CreditFacts, LevelFacts, PackFacts, ResultFacts
from .wording import (
    NBSP,
    ORDINALS,
    bound,
    capital,
    counted,
    counted_of,
    day,
    figure,
    in_cell,
    listed,
    money,
    month_name,
    percent,
    span,
)


@dataclass(frozen=True)
class Standing:
    """How the levels stood in some months: `met` throughout, `risk` under expected, `missed` under minimum, `silent` not measured."""

    met: tuple[LevelFacts, ...]
    risk: tuple[LevelFacts, ...]
    missed: tuple[LevelFacts, ...]
    silent: tuple[LevelFacts, ...]

    @property
    def measured(self) -> int:
        return len(self.met) + len(self.risk) + len(self.missed)


@dataclass(frozen=True)
class Decision:
    """What the board must decide, and what hangs on it."""

    question: str
    why: str


def in_months(level: LevelFacts, months: Sequence[str]) -> tuple[ResultFacts, ...]:
    """The level's results of these months, in order."""
    return tuple(result for result in level.results if result.month in months)


def standing(levels: Sequence[LevelFacts], months: Sequence[str]) -> Standing:
    """Each level by its worst month among these."""
    sorted_out: dict[str, list[LevelFacts]] = {"met": [], "risk": [], "missed": [], "none": []}
    for level in levels:
        states = {result.state for result in in_months(level, months)}
        worst = next((state for state in ("missed", "risk", "met") if state in states), "none")
        sorted_out[worst].append(level)
    return Standing(*(tuple(sorted_out[state]) for state in ("met", "risk", "missed", "none")))


def quarter(facts: PackFacts) -> tuple[str, ...]:
    """The quarter's months, as 2016-04."""
    return tuple(month.month for month in facts.quarter_months)


def quarter_before(facts: PackFacts) -> tuple[str, ...]:
    """The three months before the quarter."""
    return tuple(month.month for month in facts.months[-6:-3])


def credits_of(facts: PackFacts, months: Sequence[str]) -> Decimal:
    """What stands of the credits of these months together, after the cap."""
    return sum((month.credits for month in facts.months if month.month in months), Decimal(0))


def waived_of(facts: PackFacts, months: Sequence[str]) -> Decimal:
    """What was waived of these months' credits."""
    return sum((month.waived for month in facts.months if month.month in months), Decimal(0))


def cut_of(facts: PackFacts, month: str) -> Decimal:
    """What the cap took off a month."""
    return next(one.before_cap - one.credits - one.waived for one in facts.months if one.month == month)


def worst_level(facts: PackFacts) -> LevelFacts | None:
    """The level that the cover shows: most months under minimum, then under expected, then most money; else the lowest met one."""
    money_of = {level.key: Decimal(0) for level in facts.levels}
    for credit in facts.credits:
        if stands(credit.state):
            money_of[credit.service_level] += credit.amount
    months = quarter(facts)

    def rank(level: LevelFacts) -> tuple[int, int, Decimal, Decimal]:
        results = in_months(level, months)
        gap = min((r.attainment - level.expected for r in results if r.attainment is not None), default=Decimal(0))
        return (
            sum(r.state == "missed" for r in results),
            sum(r.state == "risk" for r in results),
            money_of[level.key],
            -gap,
        )

    measured = [level for level in facts.levels if any(r.attainment is not None for r in in_months(level, months))]
    return max(measured, key=rank) if measured else None


def missing_tickets(result: ResultFacts, minimum: Decimal) -> int | None:
    """How many more tickets in time would have reached the minimum; None without counts."""
    if result.total is None or result.met is None or not result.total:
        return None
    return max(0, ceil(minimum * result.total / 100) - result.met)


def how_often(missed: int, measured: int) -> str:
    """In all three months, in two of three months, in May is said by the caller."""
    if missed == measured:
        return {1: "in its one measured month", 2: "in both measured months"}.get(
            missed, f"in all {counted(missed)} months"
        )
    return f"in {counted(missed)} of {counted(measured)} months"


def months_named(months: Sequence[str]) -> str:
    """April and May."""
    return listed([month_name(month) for month in months])


def run_to_end(level: LevelFacts, months: Sequence[str]) -> int:
    """How many months in a row, up to the latest measured one, were under minimum; looks back beyond these months."""
    last = months[-1]
    run = 0
    for result in reversed([r for r in level.results if r.month <= last and r.state != "none"]):
        if result.state != "missed":
            break
        run += 1
    return run


def summary_heading(facts: PackFacts) -> str:
    """The page's message: what fell below minimum, and how the rest stood."""
    months = quarter(facts)
    stood = standing(facts.levels, months)
    if not stood.measured:
        return f"Nothing was measured in {span(months)}"
    if not stood.missed:
        everyone = "Every service level"
        if stood.silent:
            everyone = (
                "The one measured service level"
                if stood.measured == 1
                else f"Each of the {counted(stood.measured)} measured levels"
            )
        if not stood.risk:
            return f"{everyone} met what was expected"
        return f"{everyone} held its minimum; {counted(len(stood.risk))} fell under expected"
    level = worst_level(facts) or stood.missed[0]
    measured = [r for r in in_months(level, months) if r.state != "none"]
    missed = [r for r in measured if r.state == "missed"]
    first = f"{level.name} fell below minimum {how_often(len(missed), len(measured))}"
    if len(missed) == len(measured) == 3:
        first = f"{level.name} fell below minimum three months in a row"
    elif len(missed) == 1:
        first = f"{level.name} fell below minimum in {month_name(missed[0].month)}"
    others = len(stood.missed) - 1
    if others:
        return f"{first}; so did {counted(others)} more"
    return f"{first}; the rest held" if stood.measured > 1 else first


def heat_heading(facts: PackFacts) -> str:
    """Five of eleven service levels met every month; four fell under their minimum."""
    stood = standing(facts.levels, quarter(facts))
    if not stood.measured:
        return f"None of {counted_of(len(facts.levels), 'service levels')} was measured"
    parts = [
        f"{capital(counted(len(stood.met)).replace('no', 'none'))} of {counted_of(len(facts.levels), 'service levels')} met every month"
    ]
    if stood.missed:
        parts.append(f"{counted(len(stood.missed))} fell under {'its' if len(stood.missed) == 1 else 'their'} minimum")
    elif stood.risk:
        parts.append(f"{counted(len(stood.risk))} fell under expected")
    if stood.silent:
        parts.append(f"{counted(len(stood.silent))} {'was' if len(stood.silent) == 1 else 'were'} not measured")
    return "; ".join(parts)


def level_heading(facts: PackFacts, level: LevelFacts) -> str:
    """The level's message over the quarter, with the one figure that matters."""
    results = [r for r in in_months(level, quarter(facts)) if r.state != "none"]
    missed = [r for r in results if r.state == "missed"]
    risk = [r for r in results if r.state == "risk"]
    if not results:
        return f"{level.name}: not measured in {span(quarter(facts))}"
    if missed:
        last = missed[-1]
        run = run_to_end(level, [last.month])
        place = (
            f"{ORDINALS[run]} month in a row under minimum"
            if 1 < run < len(ORDINALS)
            else f"under minimum {how_often(len(missed), len(results))}"
        )
        if len(missed) == 1 and run == 1:
            place = f"under {'expected' if level.minimum is None else 'minimum'}"
        short = missing_tickets(last, level.minimum if level.minimum is not None else level.expected)
        if short is not None and short <= 5:
            return f"{level.name}: {place}, in {month_name(last.month)} by {counted_of(short, 'tickets')}"
        assert last.attainment is not None  # a missed month has an attainment
        return f"{level.name}: {place}, {shown(level, last)} in {month_name(last.month)}"
    if risk:
        return f"{level.name}: under expected in {months_named([r.month for r in risk])}, above minimum"
    forgiven = [r for r in results if r.forgiven and r.attainment is not None and r.attainment < level.expected]
    if forgiven:
        return f"{level.name}: met, {months_named([r.month for r in forgiven])} by the low-volume rule"
    lowest = min(results, key=lambda r: r.attainment if r.attainment is not None else Decimal(100))
    if len(results) == 1:
        return f"{level.name}: met in {month_name(lowest.month)} with {shown(level, lowest)}"
    return f"{level.name}: met every month, lowest {shown(level, lowest)} in {month_name(lowest.month)}"


def shown(level: LevelFacts, result: ResultFacts) -> str:
    """An attainment in a sentence, with two decimals, never lifted over a bound."""
    bounds = [level.expected, *([level.minimum] if level.minimum is not None else [])]
    return "not measured" if result.attainment is None else f"{in_cell(result.attainment, bounds, 2)}{NBSP}%"


def plain(level: LevelFacts, result: ResultFacts) -> str:
    """The same without its sign."""
    return shown(level, result).removesuffix(f"{NBSP}%")


def credits_heading(facts: PackFacts) -> str:
    """What the quarter's misses cost, and what the cap took."""
    months = quarter(facts)
    total = credits_of(facts, months)
    waived = waived_of(facts, months)
    if waived and not total:
        return f"Credits of {cash(facts, waived)} were waived for {span(months)}; none is left"
    if not facts.credits or not total:
        return f"No credit follows for {span(months)}"
    waiting = any(credit.state in {"proposed", "disputed"} for credit in facts.credits)
    verb = "are proposed" if waiting else "are due"
    sentence = f"Credits of {cash(facts, total)} {verb} for {span(months, year=False)}"
    cuts = [(cut_of(facts, month), month) for month in months if cut_of(facts, month) > 0]
    if cuts:
        taken = sum((cut for cut, _ in cuts), Decimal(0))
        sentence += f"; the cap took {cash(facts, taken)} off {months_named([month for _, month in cuts])}"
    if waived:
        sentence += f"; {cash(facts, waived)} more were waived"
    return sentence


def quality_heading(facts: PackFacts) -> str:
    """The two largest gaps in the figures, counted, and how many more there are."""
    quality = facts.quality
    waits = sum(one.waits for one in quality.undecided)
    gaps = [
        (len(quality.rejected), f"{counted_of(len(quality.rejected), 'rows')} could not be read"),
        (len(quality.excluded), f"{counted_of(len(quality.excluded), 'tickets')} left out by decision"),
        (waits, f"{counted_of(waits, 'waits')} for vendors without a side"),
        (
            len(quality.lowered),
            f"{counted_of(len(quality.lowered), 'priorities', 'priority')} lowered near the due instant",
        ),
    ]
    told = [words for count, words in sorted(gaps, key=lambda gap: -gap[0]) if count]
    if not told:
        return "Every imported row counts, and nothing was left out"
    rest = f", and {counted_of(len(told) - 2, 'smaller gaps')}" if len(told) > 2 else ""
    return capital("; ".join(told[:2]) + rest)


def summary_sentences(facts: PackFacts) -> tuple[str, ...]:
    """The summary's paragraphs: coverage, each level under minimum by money, the slide of the rest, credits."""
    months = quarter(facts)
    told = [coverage(facts)]
    costly = sorted(standing(facts.levels, months).missed, key=lambda level: -credit_of(facts, level.key))
    told += [missed_sentence(facts, level) for level in costly[:3]]
    if len(costly) > 3:
        told.append(f"Also under minimum: {listed([level.name for level in costly[3:]])}.")
    slide = sliding(facts)
    if slide:
        told.append(slide)
    return tuple(sentence for sentence in told if sentence)


def coverage(facts: PackFacts) -> str:
    """What was measured: tickets, months, and where the log covers the quarter only partly."""
    months = quarter(facts)
    log = facts.log
    if log.begins_on is None or not log.decided:
        said = f"No ticket was decided in {span(months)}."
    else:
        said = f"{capital(counted_of(log.decided, 'incidents'))} were decided in the quarter, of {figure(log.tickets)} imported."
    if (
        log.begins_on is not None
        and log.begins_on.isoformat()[:7] >= months[0]
        and log.begins_on.isoformat() > f"{months[0]}-01"
    ):
        said += f" The log begins on {day(log.begins_on, year=True)}; what was before is not measured."
    unsealed = [one.month for one in facts.quarter_months if one.sealed_at is None]
    if unsealed:
        said += (
            f" {months_named(unsealed)} {'is' if len(unsealed) == 1 else 'are'} not sealed, so this pack is a draft."
        )
    return said


def missed_sentence(facts: PackFacts, level: LevelFacts) -> str:
    """One level under its minimum: the figures by month, the bound, the money."""
    results = [r for r in in_months(level, quarter(facts)) if r.state != "none"]
    missed = [r for r in results if r.state == "missed"]
    floor = level.minimum if level.minimum is not None else level.expected
    called = "minimum" if level.minimum is not None else "expected level"
    values = listed([f"{shown(level, r)} in {month_name(r.month)}" for r in missed])
    said = f"{level.name} reached {values}, against {'a' if called == 'minimum' else 'an'} {called} of {bound(floor)}{NBSP}%."
    counts = [r for r in results if r.total]
    if counts:
        late = sum((r.total or 0) - (r.met or 0) for r in counts)
        said += f" {capital(counted(late))} of {counted_of(sum(r.total or 0 for r in counts), 'tickets')} were late in the quarter"
        short = missing_tickets(missed[-1], floor)
        said += (
            f"; {month_name(missed[-1].month)} missed by {counted_of(short, 'tickets')}."
            if short and short <= 3
            else "."
        )
    earned = credit_of(facts, level.key)
    return said + (f" It costs {cash(facts, earned)}." if earned else "")


def sliding(facts: PackFacts) -> str:
    """The measured level above minimum that lost most from the quarter's first to its latest month, if over a point."""
    worst: tuple[Decimal, LevelFacts, ResultFacts, ResultFacts] | None = None
    stood = standing(facts.levels, quarter(facts))
    for level in (*stood.met, *stood.risk):
        results = [r for r in in_months(level, quarter(facts)) if r.attainment is not None and not r.forgiven]
        if len(results) < 2 or results[0].attainment is None or results[-1].attainment is None:
            continue
        lost = results[0].attainment - results[-1].attainment
        if lost >= 1 and (worst is None or lost > worst[0]):
            worst = (lost, level, results[0], results[-1])
    if worst is None:
        return ""
    _, level, first, last = worst
    return f"{level.name} stayed above minimum but slid from {shown(level, first)} to {shown(level, last)}."


def decisions(facts: PackFacts) -> tuple[Decision, ...]:
    """What waits for the board, from the records: credits to decide, vendors to assign, months to seal."""
    asked = []
    proposed = [credit for credit in facts.credits if credit.state == "proposed"]
    if proposed:
        total = sum((credit.amount for credit in proposed), Decimal(0))
        asked.append(
            Decision(
                f"Accept {counted_of(len(proposed), 'proposed credits')} of {cash(facts, total)}",
                f"{for_levels(facts, proposed)}; how each comes about is on the page on credits.",
            )
        )
    if facts.quality.undecided:
        waits = sum(one.waits for one in facts.quality.undecided)
        vendors = sorted({one.vendor for one in facts.quality.undecided})
        who = f"vendor {vendors[0]} is" if len(vendors) == 1 else f"{counted_of(len(vendors), 'vendors')} are"
        asked.append(
            Decision(
                f"Say whose {who}", f"{capital(counted_of(waits, 'waits'))} count against {facts.provider} until then."
            )
        )
    unsealed = [one.month for one in facts.quarter_months if one.sealed_at is None]
    if unsealed:
        asked.append(
            Decision(
                f"Seal {months_named(unsealed)}", "Until then figures may still change and this pack stays a draft."
            )
        )
    return tuple(asked)


def for_levels(facts: PackFacts, credits: Sequence[CreditFacts]) -> str:
    """The service levels of some credits by name, or how many they are."""
    names = sorted({name_of(facts, credit) for credit in credits})
    return f"For {listed(names)}" if len(names) <= 3 else f"For {counted_of(len(names), 'service levels')}"


def name_of(facts: PackFacts, credit: CreditFacts) -> str:
    """The name of a credit's service level."""
    return next((level.name for level in facts.levels if level.key == credit.service_level), credit.service_level)


def credit_of(facts: PackFacts, key: str) -> Decimal:
    """What a level's misses cost in the quarter: what stands of its credits."""
    mine = [credit for credit in facts.credits if credit.service_level == key and stands(credit.state)]
    return sum((credit.amount for credit in mine), Decimal(0))


def cash(facts: PackFacts, value: Decimal) -> str:
    """Money in the contract's currency."""
    return money(value, facts.currency, facts.minor_units)


def cap_sentence(facts: PackFacts, month: str) -> str:
    """How the cap of a month was shared."""
    one = next(each for each in facts.months if each.month == month)
    if one.cap is None or one.before_cap <= one.cap:
        return ""
    shares = [
        f"{name_of(facts, credit)} {cash(facts, credit.amount)}{'' if stands(credit.state) else ' (waived)'}"
        for credit in facts.credits
        if credit.month == month and credit.amount
    ]
    return (
        f"{cash(facts, one.before_cap)} before the cap passed {cash(facts, one.cap)}. The cap is shared in proportion, each part rounded "
        f"down and the rest given to the largest remainders: {listed(shares)}."
    )


def share_of_charges(facts: PackFacts) -> str:
    """The quarter's credits as a share of its charges; says when charges are missing."""
    charges = [month.charges for month in facts.quarter_months]
    known = [charge for charge in charges if charge is not None]
    if len(known) < len(charges) or not sum(known):
        return "charges missing"
    return f"{percent(credits_of(facts, quarter(facts)) * 100 / sum(known))} of the charges"
