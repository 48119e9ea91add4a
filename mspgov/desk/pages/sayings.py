"""How the pages that span modules say months, days, counts and health."""

from collections.abc import Iterable
from datetime import date, datetime

from django.utils import timezone

from itsm.calc.judgement import AT_RISK, BELOW, MET
from itsm.queries.current import ResultLine
from mspgov.desk.queries.standing import Standing
from mspgov.kernel.period import Month
from mspgov.web import words
from mspgov.web.components import GaugeLine, State, Status

STATES: dict[str, State] = {MET: "met", AT_RISK: "risk", BELOW: "missed"}
NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")
ORDINALS = ("", "first", "second", "third", "fourth", "fifth", "sixth")


def today() -> date:
    return timezone.localdate()


def day(on: date | datetime) -> str:
    return words.day(on, today(), timezone.get_current_timezone())


def moment(at: datetime) -> str:
    return words.moment(at, today(), timezone.get_current_timezone())


def exactly(at: datetime) -> str:
    return words.exactly(at, timezone.get_current_timezone())


def number(count: int) -> str:
    """One, Two … Ten, 11."""
    return NUMBERS[count] if count < len(NUMBERS) else words.number(count)


def months_words(months: Iterable[Month]) -> str:
    """The months in words, at most three by name."""
    return words.months(months, most=3)


def state_of(line: ResultLine) -> State:
    return STATES.get(line.standing, "none")


def health(standing: Standing) -> Status:
    """Missed, 3 of 11: the latest full month in a mark, a word and a count."""
    month = standing.latest_over
    measured = standing.measured(month)
    missed, risk = standing.missed(month), standing.at_risk(month)
    if missed:
        return Status("missed", f"Missed, {len(missed)} of {len(measured)}")
    if risk:
        return Status("risk", f"At risk, {len(risk)} of {len(measured)}")
    if measured:
        return Status("met", f"Met, {len(measured)} of {len(measured)}")
    return Status("none", "Not measured")


def health_words(standing: Standing) -> str:
    """The one thing to know about it."""
    month = standing.latest_over
    lowest = standing.lowest(month)
    if standing.contract is None:
        return "No contract yet"
    if month is None or lowest is None:
        return "Nothing was measured yet"
    if lowest.standing == BELOW:
        row = standing.defaults_in_a_row(lowest.level)
        again = f" for the {ordinal(row)} month" if row > 1 else ""
        return f"{lowest.level_name} below {'minimum' if lowest.minimum is not None else 'expected'}{again}"
    if lowest.standing == AT_RISK:
        return f"{lowest.level_name} at {figure(lowest)} of {words.number(lowest.expected, 2)} % expected"
    unmeasured = len(standing.results[month]) - len(standing.measured(month))
    return f"{unmeasured} not measured in {month.month_name}" if unmeasured else f"All kept in {month.name}"


def ordinal(count: int) -> str:
    return ORDINALS[count] if count < len(ORDINALS) else f"{count}th"


def figure(line: ResultLine) -> str:
    """84.93: the attainment in percent, without the sign."""
    return "" if line.attainment is None else words.number(line.attainment, 2)


def gauge(line: ResultLine) -> GaugeLine:
    """The ruler of a level: 99 to 100 where its minimum lies there, else 70 to 100, or lower where the value lies lower."""
    value = float(line.attainment or 0)
    bound = float(line.expected if line.minimum is None else line.minimum)
    low = 99.0 if bound >= 99 and value >= 99 else 70.0
    return GaugeLine(
        value,
        None if line.minimum is None else float(line.minimum),
        float(line.expected),
        state_of(line),
        low=low,
        name=line.level_name,
    )
