"""The months of an engagement in components."""

from costs import policy
from costs.queries import LedgerLine
from costs.queries.months import MonthLine, MonthsPage
from mspgov.jobs.queries import RunLine
from mspgov.kernel.money import Money
from mspgov.web import words
from mspgov.web.addresses import elsewhere, here
from mspgov.web.components import (
    Action,
    Cell,
    Column,
    DataTable,
    Figure,
    Figures,
    Link,
    PageHead,
    Phrase,
    Row,
    SectionHead,
    Status,
)
from mspgov.web.doors import Request

from .parts import moment, named, signed


def months_head(request: Request, page: MonthsPage) -> PageHead:
    waiting = page.open_lines
    actions = []
    if waiting and request.member.holds(policy.SEAL_MONTHS):
        month = waiting[0].month
        actions.append(
            Action(
                f"Seal {month.name}",
                here(request, "costs:seal", engagement=page.engagement.slug, month=month),
                "filled",
            )
        )
    lead = "" if page.unfinished or page.changed else "Every measured month that is over is sealed."
    if waiting:
        names = words.months([line.month for line in waiting])
        lead = f"{names} {'waits' if len(waiting) == 1 else 'wait'} to be sealed."
    elif page.latest is None:
        lead = "Nothing was measured yet."
    return PageHead(f"Months of {page.engagement.name}", lead, lacks(page), actions=tuple(actions))


def lacks(page: MonthsPage) -> str:
    told = []
    if early := [line.month for line in page.unfinished]:
        told.append(
            f"{words.months(early)} {'was' if len(early) == 1 else 'were'} measured before the end: measure again."
        )
    told += [
        f"{line.month.name} changed since it was measured ({line.changed}): measure it again, then seal it."
        for line in reversed(page.changed)
    ]
    if page.charges_missing:
        told.append(f"Charges are missing for {words.months([line.month for line in page.charges_missing])}.")
    if page.values_missing:
        told.append(f"Reported values are missing for {words.months([line.month for line in page.values_missing])}.")
    return " ".join(told) or f"Nothing is missing under contract {page.reference}."


def figures(page: MonthsPage) -> Figures | None:
    if not page.lines:
        return None
    sealed = [line for line in page.lines if line.is_sealed]
    measured = [line for line in page.lines if line.is_measured]
    total, waived = (
        Money.of_units(sum(units), page.currency)
        for units in ((line.total.units for line in page.lines), (line.waived.units for line in page.lines))
    )
    return Figures(
        (
            Figure("Measured", str(len(measured)), sub=f"months of the term, from {page.first.name}"),
            Figure("Sealed", str(len(sealed)), sub=f"the latest {sealed[0].month.name}" if sealed else "none yet"),
            Figure(
                "To be sealed", str(len(page.open_lines)), sub=words.months([x.month for x in page.open_lines], most=2)
            ),
            Figure(
                f"Credits, {page.currency}",
                signed(total),
                sub=f"in all months{f', {signed(waived)} waived' if waived else ''}",
            ),
        )
    )


def measure_head() -> SectionHead:
    return SectionHead("Measure", note="results of open months are computed again; sealed ones stay")


def finished(run: RunLine) -> Phrase:
    """What the latest measurement or correction came to, in a sentence; empty while it runs."""
    if run.is_open:
        return ""
    if run.state == "failed":
        return (Link(f"{run.title} failed: ", look="strong"), named(run.error))
    if run.state == "cancelled":
        return f"{run.title} was cancelled."
    result = run.result or {}
    written, counts = result.get("entries", 0), []
    if "lines" in result:
        counts.append(words.counted(len(result["lines"]), "result"))
    entries = words.counted(len(written) if isinstance(written, list) else written, "entry", "entries")
    told = f"{run.title}: done {moment(run.ended_at)}, {', '.join([*counts, f'{entries} of the ledger written'])}."
    differing = result.get("differences", [])
    return f"{told} Sealed months would now differ: {named('; '.join(differing))}." if differing else told


def months_table(request: Request, page: MonthsPage) -> DataTable:
    """One row a month: its state, service levels, charges, what is missing, credits, and what can be done."""
    columns = (
        Column("Month", width="fit"),
        Column("State"),
        Column("Service levels"),
        Column("Reported values"),
        Column(f"Charges, {page.currency}", numeric=True),
        Column(f"Credits, {page.currency}", numeric=True),
        Column("Actions", hidden_label=True, width="fit"),
    )
    return DataTable("Months", columns, tuple(month_row(request, page, line) for line in page.lines), density="roomy")


def credits_sub(line: MonthLine) -> str:
    """How many credits the month has, and what of them was waived."""
    if not line.credits:
        return ""
    waived = f", {signed(line.waived)} waived" if line.waived else ""
    return f"{words.counted(len(line.credits), 'credit')}{waived}"


def month_row(request: Request, page: MonthsPage, line: MonthLine) -> Row:
    slug, month = page.engagement.slug, line.month
    credits = here(request, "costs:credits", engagement=slug, credit=line.credits[0].id if line.credits else None)
    heat = elsewhere(request, "itsm:performance", engagement=slug, month=month) if line.is_measured else ""
    return Row(
        (
            Cell(month.name, "" if line.is_over else "still running", heat, head=True),
            Cell(status=state_of(line), sub=state_sub(line)),
            Cell(levels_words(line), levels_sub(line)),
            values_cell(request, page, line),
            charges_cell(request, page, line),
            Cell(
                signed(line.total) if line.is_measured else "",
                credits_sub(line),
                credits if line.credits else "",
            ),
            Cell(action=action_of(request, page, line)),
        ),
        key=month.text,
    )


def state_of(line: MonthLine) -> Status:
    if line.is_sealed:
        return Status("met", "Corrected after sealing" if line.correction else "Sealed", quiet=True)
    if not line.is_measured:
        return Status("none", "Not measured")
    if line.is_unfinished:
        return Status("risk", "Measured too early")
    if line.changed:
        return Status("risk", "Changed since measured")
    return Status("risk", "Not sealed") if line.is_over else Status("none", "Running")


def state_sub(line: MonthLine) -> str:
    if line.is_sealed:
        sealed = ", ".join(filter(None, (moment(line.charges.sealed_at), line.sealed_by)))
        return f"{corrected_words(line)}; sealed {sealed}" if line.correction else sealed
    told = f"measured {moment(line.measured_at)}" if line.is_measured else ""
    return f"{told}; then {line.changed}" if line.changed else told


def corrected_words(line: MonthLine) -> str:
    """corrected 16 June, version 2, a late ticket was found."""
    latest = line.correction
    if latest is None:
        return ""
    at = latest.at if isinstance(latest, LedgerLine) else latest.computed_at
    return f"corrected {moment(at)}, version {latest.version}, {latest.reason}"


def levels_words(line: MonthLine) -> str:
    if not line.is_measured:
        return ""
    if not line.is_over:
        return heading_words(line)
    missed, measured = len(line.missed), len(line.measured_levels)
    return f"{missed} of {measured} missed" if measured else "none measured"


def heading_words(line: MonthLine) -> str:
    """Where a running month is heading: 2 of 11 set to miss."""
    headed, miss = len(line.headings), line.heading_for("miss")
    if not headed:
        return "none measured yet"
    if miss:
        return f"{miss} of {headed} set to miss"
    return f"none of {headed} set to miss" if line.heading_for("at_risk") else f"{headed} set to meet"


def levels_sub(line: MonthLine) -> str:
    at_risk = len(line.at_risk) if line.is_over else line.heading_for("at_risk")
    unmeasured = len(line.results) - (len(line.measured_levels) if line.is_over else len(line.headings))
    told = [f"{at_risk} at risk"] if at_risk else []
    return ", ".join(told + ([f"{unmeasured} not measured{'' if line.is_over else ' yet'}"] if unmeasured else []))


def charges_cell(request: Request, page: MonthsPage, line: MonthLine) -> Cell:
    """The charges, and where they come from; missing ones lead to the form."""
    can_set = request.member.holds(policy.SET_CHARGES) and not line.is_sealed
    address = here(request, "costs:charges", engagement=page.engagement.slug, month=line.month) if can_set else ""
    if line.charges.amount is None:
        return Cell("set them" if address else "missing", "charges missing" if line.is_measured else "", address)
    origin = f"set by {line.charges.by}" if line.charges.by and line.charges.origin == "set" else "by contract"
    return Cell(signed(line.charges.amount), origin, address)


def values_cell(request: Request, page: MonthsPage, line: MonthLine) -> Cell:
    reported = [result for result in line.results if result.reported_id is not None]
    can_report = request.member.holds(policy.REPORT_VALUES)
    address = (
        here(request, "costs:report-value", engagement=page.engagement.slug, month=line.month) if can_report else ""
    )
    if line.values_missing:
        names = ", ".join(result.level_name for result in line.values_missing)
        return Cell("report" if address else "missing", f"missing: {names}", address)
    return Cell(f"{len(reported)} reported" if reported else "", "", address if reported else "")


def action_of(request: Request, page: MonthsPage, line: MonthLine) -> Action | None:
    """What a month waits for, as far as the reader may do it."""
    asked = {"engagement": page.engagement.slug, "month": line.month}
    if line.can_be_sealed and request.member.holds(policy.SEAL_MONTHS):
        return Action("Seal month", here(request, "costs:seal", **asked), small=True)
    if line.is_sealed and request.member.holds(policy.CORRECT_MONTHS):
        return Action("Correct", here(request, "costs:correct", **asked), "text", small=True)
    return None
