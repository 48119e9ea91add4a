"""The table of engagements at a glance: on home, and as the list of engagements."""

from collections.abc import Sequence

from mspgov.desk.queries.standing import Standing
from mspgov.web import words
from mspgov.web.addresses import elsewhere, here
from mspgov.web.components import Cell, Column, DataTable, Marks, Row
from mspgov.web.doors import Request

from .sayings import day, figure, gauge, health, health_words, months_words, state_of


def glance_note(standings: Sequence[Standing]) -> str:
    """May 2016, the latest full month."""
    latest = [each.latest_over for each in standings if each.latest_over]
    return f"{max(latest).name}, the latest full month" if latest else ""


def glance_table(request: Request, standings: Sequence[Standing], *, money: bool) -> DataTable:
    """Health, every service level's mark, the lowest against its minimum, credits, what comes next, who owns it."""
    currencies = {each.currency for each in standings if each.currency}
    code = f", {currencies.pop()}" if len(currencies) == 1 else ""
    columns = [
        Column("Engagement", width="l"),
        Column("Health", width="l"),
        Column("Service levels"),
        Column("Lowest against its minimum", width="m"),
        *([Column(f"Credits{code}", numeric=True)] if money else []),
        Column("Next"),
        Column("Owner", on_phone=False),
    ]
    rows = tuple(glance_row(request, each, money=money, with_code=not code) for each in standings)
    return DataTable("Engagements at a glance", tuple(columns), rows, keys=True)


def glance_row(request: Request, standing: Standing, *, money: bool, with_code: bool) -> Row:
    engagement, month = standing.engagement, standing.latest_over
    address = here(request, "desk:hub", engagement.slug)
    lowest = standing.lowest(month)
    cells = [
        Cell(engagement.name, engagement.provider.name, address, head=True),
        Cell(status=health(standing), sub=health_words(standing)),
        Cell(marks=marks(standing)) if month else Cell(""),
        Cell(gauge=gauge(lowest), sub=f"{lowest.level_name} {figure(lowest)}") if lowest else Cell("not measured", quiet=True),
        *([credits_cell(request, standing, with_code=with_code)] if money else []),
        Cell(*next_words(standing)),
        Cell(standing.owner, quiet=True),
    ]  # fmt: skip
    return Row(tuple(cells), address)


def marks(standing: Standing) -> Marks:
    month = standing.latest_over
    lines = standing.results.get(month, ()) if month else ()
    return Marks(tuple((state_of(line), line.level_name) for line in lines), label="Service levels")


def credits_cell(request: Request, standing: Standing, *, with_code: bool) -> Cell:
    """The credits of the latest full month, and what is proposed in all."""
    lines = standing.credits_in(standing.latest_over)
    total, proposed = standing.sum_of(lines), standing.sum_of(standing.proposed)
    if total is None:
        return Cell("")
    address = elsewhere(request, "costs:credits", engagement=standing.engagement.slug)
    sub = f"{words.money(proposed.amount)} proposed" if proposed and proposed.units else ""
    return Cell(words.money(total.amount, total.currency if with_code else ""), sub, address)


def next_words(standing: Standing) -> tuple[str, str]:
    """(what comes next, when)"""
    if standing.contract is None:
        return "Import its terms", ""
    if not standing.results:
        return ("Measure its months" if standing.tickets_imported else "Import tickets"), ""
    if standing.charges_missing:
        return "Set charges", months_words(standing.charges_missing)
    if standing.unsealed:
        return "Seal", months_words(standing.unsealed)
    if standing.unmeasured:
        return "Measure", standing.unmeasured.name
    if standing.running:
        return f"{standing.running.month_name} ends", day(standing.running.last_day)
    return "Contract ends", day(standing.contract.contract.ends_on)
