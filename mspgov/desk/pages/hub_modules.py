"""The facts of an engagement and its modules, each with its state in a line and a figure as a link."""

from fractions import Fraction

from contracts.calc.terms import AtRisk
from costs.queries import CreditLine
from governance.policy import READ_PACKS
from itsm.calc.judgement import BELOW
from mspgov.desk.queries.hub import Hub
from mspgov.desk.queries.standing import Standing
from mspgov.kernel.money import Money
from mspgov.kernel.zones import zone_named
from mspgov.web import words
from mspgov.web.addresses import elsewhere
from mspgov.web.components import Cell, Column, DataTable, Figure, Figures, Row, Status
from mspgov.web.doors import Request
from mspgov.web.words import NBSP

from .sayings import day, figure, health_words, moment, months_words


def facts(request: Request, page: Hub) -> Figures | None:
    """The strip under the title: contract, term, charges, amount at risk, zone."""
    if page.contract is None:
        return None
    terms, contract = page.contract.terms, page.contract.contract
    version = page.contract.in_force.version.version
    address = elsewhere(request, "contracts:contract", contract.public_id)
    charges = terms.contract.monthly_charges
    found = [
        Figure("Contract", contract.reference, address, of=f", amendment {version - 1}" if version > 1 else ""),
        Figure("Term", f"{full(contract.starts_on)} to {full(contract.ends_on)}"),
        Figure("Monthly charges", str(charges) if charges else "set month by month"),
    ]
    regime = terms.credit_regime
    if isinstance(regime, AtRisk):
        percent = f"{words.number(regime.at_risk_percent)}{NBSP}%"
        at_risk = ""
        if charges is not None:
            share = Fraction(charges.amount) * Fraction(regime.at_risk_percent) / 100
            at_risk = f", {Money.rounded(share, charges.currency)}"
        found.append(Figure("At risk each month", percent, of=at_risk))
    found.append(Figure("Zone", words.zone_name(zone_named(contract.time_zone))))
    return Figures(tuple(found), plain=True)


def full(on: object) -> str:
    return f"{on:%-d %b %Y}".replace(" ", NBSP)


def modules(request: Request, page: Hub, *, money: bool) -> DataTable:
    """The modules that exist: scope, contract, governance, tickets, costs."""
    rows = [scope(request, page), promises(request, page)]
    if request.member.holds(READ_PACKS):
        rows.append(governance(request, page))
    rows.append(tickets(request, page))
    if money:
        rows.append(costs(request, page))
    columns = (
        Column("Number", hidden_label=True, width="fit", on_phone=False),
        Column("Module"),
        Column("State"),
        Column("In a line"),
        Column("Figure", numeric=True),
    )
    return DataTable("Modules", columns, tuple(rows), density="roomy", keys=True)


def module(number: int, name: str, status: Status, line: str, value: Cell, address: str) -> Row:
    return Row((Cell(str(number), quiet=True), Cell(name, head=True), Cell(status=status), Cell(line), value), address)


def scope(request: Request, page: Hub) -> Row:
    undecided = page.standing.vendors_undecided
    slug = page.engagement.slug
    address = elsewhere(request, "engagements:services", engagement=slug)
    vendors = elsewhere(request, "engagements:vendors", engagement=slug)
    told = f"{words.counted(page.services, 'service')}"
    told += f", {page.critical} of them critical" if page.critical else ""
    told += f"; {words.counted(page.vendors, 'vendor')}, {words.counted(page.locations, 'location')}"
    told += f"; nobody has decided whose {undecided[0]} is" if len(undecided) == 1 else ""
    status = (
        Status("none", "Empty") if not page.services else Status("risk") if undecided else Status("met", "In order")
    )
    value = Cell(str(page.services), "services", address, strong=True)
    if undecided:
        value = Cell(
            str(len(undecided)), f"vendor{'s' if len(undecided) > 1 else ''} not decided", vendors, strong=True
        )
    return module(1, "Scope and boundaries", status, told, value, address)


def promises(request: Request, page: Hub) -> Row:
    standing, month = page.standing, page.standing.latest_over
    address = elsewhere(request, "itsm:performance", engagement=page.engagement.slug)
    missed, risk = standing.missed(month), standing.at_risk(month)
    status = Status("missed") if missed else Status("risk") if risk else Status("met") if month else Status("none")
    if month is None:
        return module(2, "Contract and service levels", status, health_words(standing), Cell(""), address)
    lowest = standing.lowest(month)
    told = f"{len(missed)} of {len(standing.measured(month))} missed in {month.month_name}"
    told += f"; {health_words(standing)}" if lowest and lowest.standing == BELOW else ""
    value = (
        Cell(f"{figure(lowest)}{NBSP}%", f"{lowest.level_name}, the lowest", address, strong=True)
        if lowest
        else Cell("")
    )
    return module(2, "Contract and service levels", status, told, value, address)


def governance(request: Request, page: Hub) -> Row:
    """Root causes that are late or actions that are overdue before the packs."""
    address = elsewhere(request, "governance:home", engagement=page.engagement.slug)
    count, late, overdue = page.rcas
    asked = f"; {words.counted(count, 'root cause')} open" if count else ""
    asked += f", {late} late" if late else ""
    asked += f"; {words.counted(overdue, 'action')} overdue" if overdue else ""
    behind = Status("missed", "Overdue" if overdue else "Late") if late or overdue else None
    if not page.packs:
        value = Cell("0", "board packs", address, strong=True)
        status = behind or Status("none", "No pack")
        return module(4, "Governance", status, f"No board pack was made yet{asked}", value, address)
    latest = page.packs[0]
    frozen = latest.state == "frozen"
    line = f"Pack of {latest.quarter} {'frozen' if frozen else 'is a draft'}, {day(latest.frozen_at)}"
    line += f"; {latest.pages} pages" if latest.pages else ""
    status = behind or (Status("met", "In order") if frozen else Status("risk", "Draft"))
    pack = elsewhere(request, "governance:pack", latest.id)
    value = Cell(latest.number, f"the latest of {words.counted(len(page.packs), 'pack')}", pack, strong=True)
    if overdue or late:
        actions = elsewhere(request, f"governance:{'actions' if overdue else 'rcas'}", engagement=page.engagement.slug)
        value = Cell(str(overdue or late), "actions overdue" if overdue else "root causes late", actions, strong=True)
    return module(4, "Governance", status, line + asked, value, address)


def tickets(request: Request, page: Hub) -> Row:
    address = elsewhere(request, "itsm:tickets", engagement=page.engagement.slug)
    if not page.tickets:
        return module(5, "Tickets", Status("none", "None"), "No tickets were imported yet", Cell("0", "tickets", address, strong=True), address)  # fmt: skip
    line = f"Last import {moment(page.imported_at)}" if page.imported_at else "Imported"
    line += f"; {words.counted(page.rejected, 'row')} could not be read" if page.rejected else "; every row was read"
    status = Status("risk", "Rows rejected") if page.rejected else Status("met", "In order")
    value = Cell(words.number(page.tickets), "tickets", address, strong=True)
    return module(5, "Tickets", status, line, value, address)


def costs(request: Request, page: Hub) -> Row:
    standing = page.standing
    address = elsewhere(request, "costs:credits", engagement=page.engagement.slug)
    missing, unsealed = standing.charges_missing, standing.unsealed
    proposed: list[CreditLine] = list(standing.proposed)
    told = [f"{words.counted(len(proposed), 'credit')} proposed"] if proposed else ["No credit is open"]
    status = Status("met", "In order")
    if unsealed:
        told.append(f"{months_words(unsealed)} not sealed")
        status = Status("risk", "Not sealed")
    if missing:
        told.append(f"charges missing for {months_words(missing)}")
        status = Status("risk", "Charges missing")
    if not standing.results:
        status, told = Status("none"), ["Nothing was measured yet"]
    total = standing.sum_of(standing.earned)
    months = {line.month for line in standing.earned if line.amount}
    value = (
        Cell(str(total), f"earned in {words.counted(len(months), 'month')}{not_agreed(standing)}", address, strong=True)
        if total
        else Cell("")
    )
    return module(7, "Costs and value", status, "; ".join(told), value, address)


def not_agreed(standing: Standing) -> str:
    """How much of what was earned nobody has agreed on yet: `, of it 3,157.50 proposed`."""
    told = []
    for lines, word in ((standing.proposed, "proposed"), (standing.disputed, "disputed")):
        if (sum_ := standing.sum_of(lines)) and sum_.units:
            told.append(f"{words.money(sum_.amount)} {word}")
    return f", of it {', '.join(told)}" if told else ""
