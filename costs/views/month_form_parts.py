"""What the forms of a month show beside what is typed."""

from collections.abc import Sequence
from decimal import Decimal

from costs.calc.correction import Correction
from costs.models import LedgerEntry
from costs.queries.months import MonthLine, MonthsPage
from itsm.queries.current import ResultLine
from mspgov.kernel.money import Money
from mspgov.web import words
from mspgov.web.addresses import elsewhere, here
from mspgov.web.components import Action, Cell, Column, DataTable, Figure, Figures, Row, State, Status
from mspgov.web.doors import Request

from .month_parts import credits_sub
from .parts import moment, percent, signed

CHARGES_HELP = (
    "Service credits are taken of the charges of the month. What is set here stands in place of the contract's monthly "
    "charges; open months are judged again at once, a sealed month changes by a correction only."
)
REPORT_HELP = (
    "Service levels that no ticket measures are judged by what was reported. The value is shown as reported, with its "
    "source; the latest one holds. It counts when the month is measured next."
)
HEADINGS: dict[str, tuple[State, str]] = {
    "meet": ("met", "Set to meet"),
    "at_risk": ("risk", "At risk"),
    "miss": ("missed", "Set to miss"),
}
STANDINGS: dict[str, State] = {"met": "met", "at_risk": "risk", "missed": "missed", "not_measured": "none"}


def written(what: str, entries: Sequence[LedgerEntry]) -> str:
    return f"{what}; {words.counted(len(entries), 'entry', 'entries')} of the ledger written."


def charges_words(line: MonthLine) -> tuple[str, str]:
    """(lead, sentence)"""
    if line.charges.amount is None:
        return "Charges are missing.", "Without them the month is measured and earns no credit."
    origin = f"set by {line.charges.by} {moment(line.charges.at)}" if line.charges.by else "by contract"
    return f"{line.charges.amount}, {origin}.", ""


def is_unlikely(before: Money | None, amount: Money) -> bool:
    """Nothing at all, or another amount by more than half: more often a slip than meant."""
    if before is None or not before.units:
        return False
    return not amount.units or abs(amount.units - before.units) * 2 > before.units


def falls_away(line: MonthLine, amount: Money) -> str:
    """What follows for the month's credits."""
    credits = words.counted(sum(bool(credit.amount) for credit in line.credits), "credit")
    if not amount.units:
        return f"Credits are taken of the charges: with charges of {amount} all of the month's fall away, {credits} of {line.total} together."
    before = f"They were {line.charges.amount}, this differs by more than half. " if line.charges.amount else ""
    return f"{before}The month's {credits} of {line.total} together are judged again with the new charges."


def report_words(line: MonthLine) -> tuple[str, str]:
    names = ", ".join(result.level_name for result in line.values_missing)
    lead = f"Missing: {names}." if names else "Every value of this month was reported."
    return lead, "The month is sealed: a new value takes effect by a correction only." if line.is_sealed else ""


def reported(name: str, line: MonthLine) -> str:
    how = "Correct the month to let it count." if line.is_sealed else f"Measure {line.month.name} to let it count."
    return f"{name} reported. {how}"


def reported_table(line: MonthLine) -> DataTable | None:
    """What was reported for the month so far."""
    rows = tuple(
        Row((Cell(result.level_name, result.reported_by or "", head=True), Cell(percent(result.attainment))))
        for result in line.results
        if result.reported_id is not None
    )
    return DataTable("Reported", (Column("Reported"), Column("Value", numeric=True)), rows, headless=True) if rows else None  # fmt: skip


def month_figures(line: MonthLine, currency: str) -> Figures:
    charges = line.charges
    origin = "by contract" if charges.origin == "contract" else "set" if charges.amount else "no credit is earned"
    return Figures(
        (
            levels_figure(line),
            Figure(f"Charges, {currency}", signed(charges.amount) if charges.amount else "missing", sub=origin),
            Figure(f"Credits, {currency}", signed(line.total), sub=credits_sub(line) or words.counted(0, "credit")),
            Figure("Measured", moment(line.measured_at) or "not measured", sub="when a result last changed"),
        )
    )


def levels_figure(line: MonthLine) -> Figure:
    if not line.is_over:
        miss, at_risk = line.heading_for("miss"), line.heading_for("at_risk")
        return Figure("Service levels set to miss", str(miss), of=f"of {len(line.headings)}", sub=f"{at_risk} at risk")
    missed, measured = len(line.missed), len(line.measured_levels)
    return Figure("Service levels missed", str(missed), of=f"of {measured}", sub=f"{len(line.at_risk)} at risk")


def seal_warnings(line: MonthLine) -> list[str]:
    """What the reader should know before it is too late."""
    told = []
    if line.is_unfinished:
        told.append("The month was measured before it was over: measure it again first.")
    if line.changed:
        told.append(f"The month changed since it was measured ({line.changed}): these figures are the old ones.")
    if line.charges.missing:
        told.append("Charges are missing: the month earns no credit, and after the seal they change by a correction.")
    if line.values_missing:
        names = ", ".join(result.level_name for result in line.values_missing)
        told.append(f"No value was reported for {names}: sealed as not measured.")
    return told


def measure_instead(request: Request, page: MonthsPage, line: MonthLine) -> Action | None:
    """What is to be done to a month whose figures are old before it can be sealed."""
    if not (line.is_unfinished or line.changed):
        return None
    months = here(request, "costs:months", engagement=page.engagement.slug)
    return Action(f"Measure {line.month.name}", f"{months}#measure", "filled")


def status_of(line: MonthLine, result: ResultLine) -> Status:
    if not line.is_over:
        return (
            Status(*HEADINGS[line.headings[result.level]])
            if result.level in line.headings
            else Status("none", "Not over")
        )
    return Status(STANDINGS.get(result.standing, "none"), "Forgiven" if result.is_forgiven else "")


def results_table(request: Request, page: MonthsPage, line: MonthLine) -> DataTable | None:
    """Each service level's result as it is about to be sealed, with its credit."""
    credits = {credit.service_level: credit for credit in line.credits}
    rows = tuple(
        Row(
            (
                Cell(
                    result.level_name,
                    f"version {result.version}{', reported' if result.is_reported else ''}",
                    elsewhere(request, "itsm:level_month", page.engagement.slug, result.level, line.month),
                    head=True,
                ),
                Cell(status=status_of(line, result)),
                Cell(percent(result.attainment, 4)),
                Cell(f"{words.number(result.met)} of {words.number(result.total)}" if result.total else ""),
                Cell(signed(credits[result.level].amount) if result.level in credits else ""),
            )
        )
        for result in line.results
    )
    columns = (
        Column("Service level"),
        Column("State"),
        Column("Attainment", numeric=True),
        Column("In time", numeric=True, on_phone=False),
        Column(f"Credit, {page.currency}", numeric=True),
    )
    return DataTable("What is sealed", columns, rows) if rows else None


def differing_results(preview: Correction) -> DataTable | None:
    rows = tuple(
        Row(
            (
                Cell(each.name, f"version {each.version}", head=True),
                Cell(result_words(each.sealed, each.sealed_met, each.sealed_total), quiet=True),
                Cell(result_words(each.attainment, each.met, each.total), strong=True),
            )
        )
        for each in preview.results
    )
    columns = (Column("Result"), Column("Sealed"), Column("Corrected"))
    return DataTable("Results that differ", columns, rows) if rows else None


def result_words(attainment: Decimal | None, met: int, total: int) -> str:
    """84.9300 %, 124 of 146; without a count where no ticket is counted."""
    return (
        f"{percent(attainment, 4)}, {words.number(met)} of {words.number(total)}" if total else percent(attainment, 4)
    )


def differing_entries(preview: Correction, currency: str) -> DataTable | None:
    rows = tuple(
        Row(
            (
                Cell(each.name, each.month.name, head=True),
                Cell(signed(each.before) if each.before else "none", quiet=True),
                Cell(signed(each.amount), strong=True),
            )
        )
        for each in preview.entries
    )
    columns = (
        Column("Credit"),
        Column(f"In the ledger, {currency}", numeric=True),
        Column(f"Corrected, {currency}", numeric=True),
    )
    return DataTable("Entries of the ledger", columns, rows) if rows else None


def amounts_table(preview: Correction, currency: str) -> DataTable | None:
    """Charges and credits of the month as they are, as they would be, and the signed difference."""
    lines = [
        ("Charges of the month", preview.charges_before, preview.charges_after),
        ("Credits of the month together", preview.total_before, preview.total_after),
    ]
    rows = tuple(
        Row(
            (
                Cell(label, head=True),
                Cell(signed(before) if before is not None else "missing", quiet=True),
                Cell(signed(after) if after is not None else "missing", strong=True),
                Cell(more_or_less(after - before) if before is not None and after is not None else ""),
            )
        )
        for label, before, after in lines
        if before is not None or after is not None
    )
    columns = (
        Column("Amount"),
        Column(f"Now, {currency}", numeric=True),
        Column(f"Corrected, {currency}", numeric=True),
        Column(f"Difference, {currency}", numeric=True),
    )
    return DataTable("Charges and credits of the month", columns, rows) if rows else None


def more_or_less(amount: Money) -> str:
    """A difference with its sign: +500.00, −500.00, 0.00."""
    return f"+{signed(amount)}" if amount.units > 0 else signed(amount)


def nothing_differs(preview: Correction) -> str:
    """Said where no result and no entry would be another."""
    if not preview.is_empty:
        return ""
    if preview.charges is not None:
        return f"No result and no credit differs. The charges of the month would be {preview.charges}."
    return "Nothing differs: measured now, the month comes to what is sealed. A correction would write nothing."
