"""Door to a service level: the promise, its clause, and how it changed. What was measured stands above this floor."""

from decimal import Decimal
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from contracts import policy, queries
from contracts.calc.terms import AtRisk, ServiceLevelTerms
from contracts.calc.words import (
    COUNTS_IN,
    HOW_MEASURED,
    MEASURES,
    PRIORITY_RULES,
    SHARE_LABELS,
    STOPS,
    counted,
    low_volume_words,
    percent_words,
    rules,
    select_words,
    share_words,
    span_words,
    target_words,
    week_sentence,
)
from mspgov.kernel.calendar_terms import read_calendar
from mspgov.web import words
from mspgov.web.components import (
    Action,
    Cell,
    Column,
    DataTable,
    Empty,
    Figure,
    Figures,
    GaugeLine,
    Link,
    PageHead,
    Phrase,
    Row,
    SectionHead,
)
from mspgov.web.doors import Request, may
from mspgov.web.frame import stand

from . import contract_parts as parts
from .addresses import begun, contract_crumb, contracts_crumb, elsewhere, here, today


@require_safe
@may(policy.READ_TERMS)
def service_level(request: Request, level_id: UUID) -> HttpResponse:
    page = queries.level_page(level_id, today(request.tenant.time_zone))
    stand(request, contracts_crumb(request), contract_crumb(request, page.contract), page.level.name)
    context = {
        "head": level_head(request, page),
        "figures": level_figures(page),
        "measured_url": elsewhere(request, "itsm:level_months", page.level.public_id),
        "promise_head": SectionHead("The promise", note=page.promised.clause if page.promised else ""),
        "promise": promise_pairs(request, page),
        "rules_head": SectionHead("What a miss costs", ruled=False),
        "rules": level_rules(page),
        "history_head": SectionHead("How it changed", ruled=False),
        "history": level_history(request, page),
        "no_history": Empty("It stands as it was first agreed."),
    }
    return render(request, "contracts/service_level.html", context)


def level_head(request: Request, page: queries.LevelPage) -> PageHead:
    promised = page.promised
    eyebrow = f"{page.contract.reference}, {page.level.engagement.name}"
    if promised is None:
        return PageHead(page.level.name, "No longer promised.", "Its past months keep their results.", eyebrow=eyebrow)
    bounds = f"{percent_words(promised.expected)} expected"
    if promised.minimum is not None:
        bounds += f", {percent_words(promised.minimum)} minimum"
    if promised.is_clocked:
        working = f"{page.calendar.name} time" if page.calendar else "working time"
        lead = f"{MEASURES[promised.measure]} within {target_words(promised)} of {working}."
        sentence = f"{bounds}, of {tickets(promised)} in a month."
    else:
        lead, sentence = f"{MEASURES[promised.measure]}, as reported for the month.", f"{bounds}."
    actions = []
    if page.calendar is not None:
        actions.append(Action("When is a ticket due?", due_address(request, page.calendar.public_id, promised)))
    return PageHead(page.level.name, lead, sentence, eyebrow=eyebrow, actions=tuple(actions))


def tickets(level: ServiceLevelTerms) -> str:
    chosen = select_words(level)
    return "all tickets" if not level.select else f"tickets with {chosen}"


def due_address(request: Request, calendar_id: UUID, level: ServiceLevelTerms) -> str:
    seconds = level.target_seconds or next(iter(level.targets_seconds.values()), 0)
    hours, rest = divmod(seconds, 3600)
    return f"{here(request, 'contracts:due')}?calendar={calendar_id}&hours={hours}&minutes={rest // 60}"


def level_figures(page: queries.LevelPage) -> Figures | None:
    promised, terms = page.promised, page.in_force.terms
    if promised is None:
        return None
    expected, minimum = float(promised.expected), float(promised.minimum or promised.expected)
    low = 99.0 if minimum > 99 else max(minimum // 10 * 10 - 20, 0.0)
    gauge = GaugeLine(
        None,
        None if promised.minimum is None else minimum,
        expected,
        "none",
        low=low,
        name=promised.name,
        labelled=True,
    )
    target = target_words(promised)
    figures = [
        Figure(
            "Target", target or "by report", sub=page.calendar.name if page.calendar else "no clock, a reported value"
        ),
        Figure("Expected", percent_words(promised.expected), sub="under it: at risk"),
        Figure(
            "Minimum",
            percent_words(promised.minimum),
            sub="under it: missed" if promised.minimum is not None else "under expected: missed",
        ),
        Figure(f"Scale {low:.0f} to 100 %", "", gauge=gauge, wide=True),
    ]
    share, amount = share_words(terms.credit_regime, promised.key), parts.at_risk(terms)
    if isinstance(terms.credit_regime, AtRisk) and share and amount is not None:
        cost = amount * terms.credit_regime.allocations[promised.key] / Decimal(100)
        money = words.money(cost, terms.contract.currency)
        figures.append(Figure("A first default costs", money, sub=f"allocation {share}"))
    return Figures(tuple(figures))


def promise_pairs(request: Request, page: queries.LevelPage) -> list[tuple[str, Phrase]]:
    """Every part of the promise in words, label by label."""
    level, calendar = page.promised, page.calendar
    if level is None:
        return []
    pairs: list[tuple[str, Phrase]] = [("Measured", f"{MEASURES[level.measure]}, {HOW_MEASURED[level.measure]}")]
    if level.is_clocked:
        pairs.append(("Tickets", begun(select_words(level))))
        targets = [f"{priority}: {span_words(seconds)}" for priority, seconds in level.targets_seconds.items()]
        pairs.append(("Target", "; ".join(targets) or target_words(level)))
        if calendar is not None:
            hours = week_sentence(read_calendar(calendar.document, "calendar"))
            link = Link(calendar.name, here(request, "contracts:calendar", calendar.public_id))
            pairs.append(("Calendar", (link, f", {hours}")))
        pairs.append(("Clock stops while", begun("; ".join(STOPS[stop] for stop in level.stops)) or "Never"))
        pairs.append(("Priority that counts", begun(PRIORITY_RULES[level.priority_rule])))
        pairs.append(("Month", f"Counts in {COUNTS_IN[level.counts_in]}"))
    pairs.append(("Rounding", "None: attainment is compared exactly and shown with four decimals"))
    pairs.append(("Low volume", begun(low_volume_words(level))))
    pairs.append(("Key", level.key))
    return pairs


def level_rules(page: queries.LevelPage) -> DataTable | None:
    """The rules of the credit regime for this level."""
    regime = page.in_force.terms.credit_regime
    if page.promised is None or regime is None:
        return None
    share = share_words(regime, page.promised.key)
    rows = [
        Row((Cell(rule.name, head=True), Cell(rule.sentence), Cell(rule.clause, quiet=True)))
        for rule in rules(regime)
        if rule.name not in ("At risk", "Allocations", "Tiers", "Points")
    ]
    own = f"{share} of the amount at risk" if isinstance(regime, AtRisk) else share
    name = SHARE_LABELS[regime.kind]
    clause = regime.clause_for({"Allocation": "allocations"}.get(name, name.lower()))
    first = Row((Cell(name, head=True), Cell(own or "Nothing: it earns no credit"), Cell(clause, quiet=True)))
    columns = (Column("Rule", width="m"), Column("What it says"), Column("Clause"))
    return DataTable("What a miss costs", columns, (first, *rows) if share else (first,))


def level_history(request: Request, page: queries.LevelPage) -> DataTable | None:
    if not page.history:
        return None
    rows = []
    for entry in page.history:
        number = entry.version.version
        view = f"{here(request, 'contracts:contract', page.contract.public_id)}?version={number}"
        for place, each in enumerate(entry.differences):
            rows.append(
                Row(
                    (
                        Cell(parts.version_name(number).capitalize() if place == 0 else "", href=view, head=True)
                        if place == 0
                        else Cell("", head=True),
                        Cell(parts.since(entry.version.effective_on) if place == 0 else ""),
                        Cell(each.label),
                        Cell(each.before or "not there", quiet=True),
                        Cell(each.after or "no more"),
                    )
                )
            )
    columns = (Column("Version"), Column("From"), Column("What"), Column("Before"), Column("After"))
    return DataTable(f"{counted(len(page.history), 'change')}", columns, tuple(rows))
