"""What the pages of contracts are built of: tables of promises, rules and versions."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from contracts.calc.differences import Difference
from contracts.calc.terms import AtRisk, ServiceLevelTerms, Terms
from contracts.calc.words import (
    MEASURES,
    SHARE_LABELS,
    holidays_words,
    level_names,
    percent_words,
    review_facts,
    rules,
    select_words,
    share_words,
    stops_words,
    target_words,
    week_sentence,
)
from contracts.queries import ContractLine, ContractPage, VersionLine
from mspgov.kernel.calendar_terms import read_calendar
from mspgov.kernel.period import Month
from mspgov.kernel.zones import zone_named
from mspgov.web import words
from mspgov.web.components import Cell, Column, DataTable, Figure, Figures, Link, Phrase, Row
from mspgov.web.doors import Request

from .addresses import begun, here

PERCENT = Decimal(100)


def charges_words(terms: Terms) -> str:
    charges = terms.contract.monthly_charges
    return "not stated" if charges is None else words.money(Decimal(charges.text), terms.contract.currency)


def at_risk(terms: Terms) -> Decimal | None:
    """The amount at risk in a month with the contract's own charges; None where nothing says so."""
    regime, charges = terms.credit_regime, terms.contract.monthly_charges
    if not isinstance(regime, AtRisk) or charges is None:
        return None
    return Decimal(charges.text) * regime.at_risk_percent / PERCENT


def at_risk_words(terms: Terms) -> str:
    regime, amount = terms.credit_regime, at_risk(terms)
    if not isinstance(regime, AtRisk):
        cap = regime.monthly_cap_percent if regime is not None else None
        return "no regime" if regime is None else "not capped" if cap is None else f"at most {percent_words(cap)}"
    shown = percent_words(regime.at_risk_percent)
    return shown if amount is None else f"{shown}, {words.money(amount, terms.contract.currency)}"


def zone_words(zone: str) -> str:
    """America/Sao_Paulo is São Paulo."""
    return words.zone_name(zone_named(zone))


def version_name(version: int) -> str:
    """Version 1 is the contract itself, each later one an amendment."""
    return "first terms" if version == 1 else f"amendment {version - 1}"


def since(effective_on: date) -> str:
    return Month.of(effective_on).name


def contracts_table(request: Request, lines: Iterable[ContractLine]) -> DataTable:
    columns = (
        Column("Contract"),
        Column("Engagement"),
        Column("Term"),
        Column("In force"),
        Column("Service levels", numeric=True, on_phone=False),
        Column("Monthly charges", numeric=True),
        Column("At risk each month", numeric=True, on_phone=False),
    )
    return DataTable("Contracts", columns, tuple(_contract_row(request, line) for line in lines), keys=True)


def _contract_row(request: Request, line: ContractLine) -> Row:
    contract, terms = line.contract, line.in_force.terms
    href = here(request, "contracts:contract", contract.public_id)
    version = line.in_force.version
    return Row(
        (
            Cell(contract.reference, sub=contract.record.number, href=href, head=True),
            Cell(contract.engagement.name, sub=contract.engagement.provider.name),
            Cell(term_words(terms)),
            Cell(version_name(version.version).capitalize(), sub=f"since {since(version.effective_on)}"),
            Cell(str(len(terms.service_levels))),
            Cell(charges_words(terms)),
            Cell(at_risk_words(terms)),
        ),
        href=href,
    )


def contracts_file(lines: Iterable[ContractLine]) -> tuple[tuple[str, ...], Iterator[tuple[Any, ...]]]:
    heads = ("Reference", "Number", "Engagement", "Provider", "Starts", "Ends", "Terms version", "In force since", "Service levels")  # fmt: skip
    return heads, (
        (
            line.contract.reference, line.contract.record.number, line.contract.engagement.name,
            line.contract.engagement.provider.name, line.in_force.terms.contract.starts,
            line.in_force.terms.contract.ends, line.in_force.version.version, line.in_force.version.effective_on,
            len(line.in_force.terms.service_levels),
        )
        for line in lines
    )  # fmt: skip


def term_words(terms: Terms) -> str:
    starts, ends = terms.contract.starts, terms.contract.ends
    return f"{starts.day} {starts:%b %Y} to {ends.day} {ends:%b %Y}"


def facts(page: ContractPage, engagement: str, engagement_href: str) -> Figures:
    """The contract in a line, as the engagement's hub shows it."""
    terms = page.terms
    return Figures(
        (
            Figure("Engagement", engagement, href=engagement_href),
            Figure("Contract", page.contract.record.number),
            Figure("Term", term_words(terms)),
            Figure("Monthly charges", charges_words(terms)),
            Figure("At risk each month", at_risk_words(terms)),
            Figure("Zone", zone_words(terms.contract.time_zone)),
        ),
        plain=True,
    )


def levels_table(request: Request, page: ContractPage) -> DataTable:
    """Every promise: what is measured, target, calendar, what stops the clock, expected and minimum, clause."""
    regime = page.terms.credit_regime
    share = SHARE_LABELS[regime.kind] if regime is not None else ""
    columns = (
        Column("Service level"),
        Column("Target", width="m"),
        Column("Clock stops for", on_phone=False),
        Column("Clause", on_phone=False),
        Column("Expected", numeric=True),
        Column("Minimum", numeric=True),
        *([Column(share, numeric=isinstance(regime, AtRisk))] if regime is not None else []),
    )
    calendars = {calendar.name: calendar for calendar in page.calendars}
    rows = []
    for line in page.levels:
        level = line.terms
        href = here(request, "contracts:service-level", line.level.public_id)
        calendar = calendars.get(level.calendar or "")
        when: Phrase = ""
        if calendar is not None:
            when = (Link(calendar.name, here(request, "contracts:calendar", calendar.public_id)),)
        rows.append(
            Row(
                (
                    Cell(level.name, sub=f"{MEASURES[level.measure]}{_tickets(level)}", href=href, head=True),
                    Cell(target_words(level) or "as reported", sub=when, quiet=not level.is_clocked),
                    Cell(stops_words(level) if level.is_clocked else "", quiet=True),
                    Cell(level.clause, quiet=True),
                    Cell(percent_words(level.expected)),
                    Cell(percent_words(level.minimum)),
                    *([Cell(share_words(regime, level.key))] if regime is not None else []),
                ),
                href=href,
            )
        )
    return DataTable("Service levels", columns, tuple(rows), density="roomy")


def _tickets(level: ServiceLevelTerms) -> str:
    chosen = select_words(level)
    return f", {chosen}" if chosen else ""


def rules_table(terms: Terms) -> DataTable | None:
    """The credit regime as sentences with their clauses, in the order in which they are applied."""
    if terms.credit_regime is None:
        return None
    rows = [
        Row((Cell(rule.name, head=True), Cell(rule.sentence), Cell(rule.clause, quiet=True)))
        for rule in rules(terms.credit_regime)
    ]
    return DataTable(
        "Credit regime", (Column("Rule", width="m"), Column("What it says"), Column("Clause")), tuple(rows)
    )


def shares_table(page: ContractPage) -> DataTable | None:
    """What a first default of each service level costs under the amount at risk, in money, or its tiers or points."""
    regime, terms = page.terms.credit_regime, page.terms
    if regime is None:
        return None
    names = level_names(terms)
    amount = at_risk(terms)
    chosen = [key for key in names if share_words(regime, key)]
    if not isinstance(regime, AtRisk) or amount is None:
        two = (Column("Service level"), Column(SHARE_LABELS[regime.kind]))
        rows = [Row((Cell(names[key], head=True), Cell(share_words(regime, key)))) for key in chosen]
        return DataTable(SHARE_LABELS[regime.kind], two, tuple(rows))
    money = [f"× {multiplier.normalize():f}" for multiplier in regime.continued]
    columns = (
        Column("Service level"),
        Column("Allocation", numeric=True),
        *(Column(f"{head}, {terms.contract.currency}", numeric=True) for head in money),
    )
    rows = [
        Row(
            (
                Cell(names[key], head=True),
                Cell(share_words(regime, key)),
                *(
                    Cell(words.money(amount * regime.allocations[key] / PERCENT * multiplier))
                    for multiplier in regime.continued
                ),
            )
        )
        for key in chosen
    ]
    allocated = sum((regime.allocations[key] for key in chosen), Decimal(0))
    total = Row((Cell("Together", head=True), Cell(percent_words(allocated)), *(Cell("") for _ in money)))
    return DataTable("What a default costs", columns, tuple(rows), total=total)


def calendars_table(request: Request, page: ContractPage) -> DataTable | None:
    if not page.calendars:
        return None
    columns = (Column("Calendar"), Column("Open"), Column("Zone"), Column("Public holidays"), Column("Clause"))
    rows = []
    for calendar in page.calendars:
        terms = read_calendar(calendar.document, "calendar")
        href = here(request, "contracts:calendar", calendar.public_id)
        rows.append(
            Row(
                (
                    Cell(calendar.name, href=href, head=True),
                    Cell(begun(week_sentence(terms))),
                    Cell(zone_words(terms.time_zone)),
                    Cell(begun(holidays_words(terms)), quiet=True),
                    Cell(calendar.clause, quiet=True),
                ),
                href=href,
            )
        )
    return DataTable("Calendars", columns, tuple(rows))


def review_table(terms: Terms) -> DataTable | None:
    """How a proposed credit is answered and decided."""
    found = review_facts(terms.review)
    if not found:
        return None
    rows = tuple(Row((Cell(label, head=True), Cell(text))) for label, text in found.items())
    return DataTable("Review of credits", (Column("Step", width="m"), Column("What it says")), rows)


def versions_table(request: Request, page: ContractPage) -> DataTable:
    """The history of the terms: what each amendment changed, from when, by whom; its file and what it changed in full."""
    columns = (
        Column("Version"),
        Column("In force from"),
        Column("What it changed"),
        Column("Entered"),
        Column("File", on_phone=True),
    )
    shown = page.in_force.version.version
    rows = tuple(_version_row(request, page, line, selected=line.version.version == shown) for line in page.versions)
    return DataTable("Versions of the terms", columns, rows, density="roomy")


def _version_row(request: Request, page: ContractPage, line: VersionLine, *, selected: bool) -> Row:
    number, contract = line.version.version, page.contract.public_id
    view = f"{here(request, 'contracts:contract', contract)}?version={number}"
    compare = f"{here(request, 'contracts:compare', contract)}?before={number - 1}&after={number}"
    what: Phrase = "The contract began"
    if number > 1:
        places = words.counted(len(line.differences), "place")
        what = (f"{summary(line.differences)} ", Link(f"{places} in full", compare, "text"))
    entered = words.day(line.version.at, today=date.min)
    return Row(
        (
            Cell(version_name(number).capitalize(), sub=line.number, href=view, head=True),
            Cell(since(line.version.effective_on), sub="shown above" if selected else ""),
            Cell(what),
            Cell(entered, sub=line.by or "by import"),
            Cell((Link("YAML", f"{here(request, 'contracts:terms', contract)}?version={number}", "text"),)),
        ),
    )


def summary(changed: tuple[Difference, ...]) -> str:
    """The first changes in a line: "P2 resolution: target 8 h → 6 h; …"."""
    if not changed:
        return "nothing that matters to figures."
    shown = [
        f"{d.subject or d.part}: {d.label.lower()} {d.before or 'none'} → {d.after or 'none'}"
        for d in changed
        if len(d.before) + len(d.after) < 80
    ][:2]
    return "; ".join(shown or [f"{d.subject or d.part}: {d.label.lower()}" for d in changed[:2]]) + "."


def differences_table(changed: tuple[Difference, ...]) -> DataTable:
    """What differs, part by part: before and after beside each other."""
    columns = (Column("What", width="l"), Column("Before"), Column("After"))
    rows, part = [], ""
    for each in changed:
        label = f"{each.subject}: {each.label.lower()}" if each.subject else each.label
        cells = (Cell(label, head=True), Cell(each.before or "not there", quiet=True), Cell(each.after or "no more"))
        rows.append(Row(cells, group=each.part if each.part != part else ""))
        part = each.part
    return DataTable("What changes", columns, tuple(rows))
