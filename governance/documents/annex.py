"""The files inside a pack: the terms and results that `manage.py credits` recomputes, and a workbook of all rows."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from governance.calc import messages
from governance.calc.facts import PackFacts, canonical, fingerprint
from mspgov.documents.press import Enclosure
from mspgov.documents.workbook import Cell, Sheet, workbook

from .front import sealed_words
from .quality import UNDECIDED_SHEET

Row = tuple[Cell, ...]
MONEY = ("Charges ", "Cap ", "Before cap ", "Credits ", "Waived ", "Amount ")
PERCENT = "0.0000"
PERCENTS = ("Attainment %",)
COUNTS = dict.fromkeys(("Total", "In time", "Excluded", "Waits", "Seconds", "Target seconds", "Late seconds"), "#,##0")


class Planned(NamedTuple):
    """A file that a pack encloses, named before it is written: the workbook alone takes longer than a page may."""

    name: str
    description: str
    write: Callable[[], bytes]
    relation: str = "Data"


def planned(facts: PackFacts) -> tuple[Planned, ...]:
    """terms.yaml, results.json and the workbook, in the order in which they are enclosed; nothing is written yet."""
    earlier = [
        Planned(f"terms-before-{number}.yaml", "Terms that earlier months stand under", text.encode, "Source")
        for number, text in enumerate(facts.earlier_terms, 1)
    ]
    return (
        *earlier,
        Planned("terms.yaml", "The terms in force, as manage.py credits reads them", facts.terms_yaml.encode, "Source"),
        Planned(
            "results.json",
            "All results since the contract began, as manage.py credits reads them",
            facts.results_json.encode,
        ),
        Planned(
            f"{facts.number}.xlsx",
            "Results, credits, derivations, late tickets and data quality, row by row",
            lambda: workbook(sheets(facts), title=f"{facts.engagement}, board pack {facts.number}", at=facts.frozen_at),
            "Supplement",
        ),
    )


def enclosures(facts: PackFacts) -> tuple[Enclosure, ...]:
    """The files of the pack, written and dated by the facts."""
    return tuple(Enclosure(each.name, each.description, each.write(), each.relation) for each in planned(facts))


def sheets(facts: PackFacts) -> tuple[Sheet, ...]:
    """The workbook's sheets, in the order of the pack's parts; long lists stand here in full."""
    return (*_front_sheets(facts), *_money_sheets(facts), *_remark_sheets(facts))


def _front_sheets(facts: PackFacts) -> tuple[Sheet, ...]:
    return (
        Sheet("Pack", ("What", "Said"), _said(facts), (32, 110)),
        Sheet(
            "Heat",
            ("Service level", "Promise", *(one.month for one in facts.months)),
            _heat(facts),
            (32, 28, *(10 for _ in facts.months)),
            ("", "", *(PERCENT for _ in facts.months)),
        ),
        _sheet(
            "Results",
            ("Service level", "Month", "State", "Total", "In time", "Excluded", "Attainment %", "Origin", "Forgiven", "Corrected"),
            _results(facts),
            (32, 10, 10),
        ),
        _sheet(
            "Late tickets",
            (
                "Ticket", "Service level", "Month", "Priority", "Target seconds", "Late seconds", "Finished", "Held longest by",
                "Cause", "Reason",
            ),
            _late(facts),
            (14, 32, 10, 8, 14, 14, 10, 24, 32, 60),
        ),
    )  # fmt: skip


def _money_sheets(facts: PackFacts) -> tuple[Sheet, ...]:
    money = facts.currency
    cash = f"#,##0.{'0' * facts.minor_units}" if facts.minor_units else "#,##0"
    return (
        _sheet(
            "Months",
            ("Month", "Sealed at (UTC)", f"Charges {money}", f"Cap {money}", f"Before cap {money}", f"Credits {money}", f"Waived {money}"),
            ((one.month, one.sealed_at, one.charges, one.cap, one.before_cap, one.credits, one.waived) for one in facts.months),
            (10, 20),
            cash,
        ),
        _sheet(
            "Credits",
            (
                "Month", "Service level", "Attainment %", "Cause", "Allocation %", "Multiplier", "Points", f"Before cap {money}",
                f"Amount {money}", "State",
            ),
            _credits(facts),
            (10, 32, 14, 18),
            cash,
        ),
        _sheet(
            "Derivations",
            ("Month", "Service level", "Step", "What", "Detail", "Value", "Clause"),
            _steps(facts),
            (10, 32, 6, 48, 48, 20, 24),
        ),
        _sheet(
            "Ledger",
            ("Entry", "Replaces", "Month", "Service level", f"Amount {money}"),
            ((c.entry, c.replaces, c.month, messages.name_of(facts, c), c.amount) for c in facts.credits),
            (22, 22, 10, 32),
            cash,
        ),
    )  # fmt: skip


def _remark_sheets(facts: PackFacts) -> tuple[Sheet, ...]:
    kept = facts.quality
    return (
        _sheet(
            "Rejected rows",
            ("File", "Row", "Field", "Why"),
            ((r.source, r.row, r.field, r.why) for r in kept.rejected),
            (32, 10, 20, 60),
        ),
        _sheet(
            "Excluded tickets",
            ("Ticket", "Service level", "Month", "Why"),
            ((e.number, e.service_level, e.month, e.why) for e in kept.excluded),
            (14, 32, 10, 60),
        ),
        _sheet(
            UNDECIDED_SHEET,
            ("Ticket", "Vendor", "Waits", "Seconds"),
            ((u.number, u.vendor, u.waits, u.seconds) for u in kept.undecided),
            (14, 32),
        ),
        _sheet(
            "Lowered priorities",
            ("Ticket", "Month", "From", "To", "Lowered at (UTC)", "Due at (UTC)"),
            ((low.number, low.month, low.before, low.after, low.at, low.due_at) for low in kept.lowered),
            (14, 10, 8, 8, 20, 20),
        ),
        Sheet(
            "Definitions",
            ("Service level", "Definition", "Clause"),
            ((level.name, level.definition, level.clause) for level in facts.levels),
            (32, 110, 20),
        ),
    )


def _sheet(name: str, heads: tuple[str, ...], rows: Iterable[Row], widths: tuple[int, ...], cash: str = "") -> Sheet:
    """A sheet whose columns are written by what their heads say: money with its decimals, percentages with four, counts grouped."""
    money = tuple(head for head in heads if cash and head.startswith(MONEY))
    formats = tuple(cash if head in money else PERCENT if head in PERCENTS else COUNTS.get(head, "") for head in heads)
    return Sheet(name, heads, rows, widths, formats)


def _said(facts: PackFacts) -> Iterator[Row]:
    """The cover and the summary as rows."""
    yield "Board pack", facts.number
    yield "Client", facts.client
    yield "Provider", facts.provider
    yield "Engagement", facts.engagement
    yield "Quarter", facts.quarter
    yield "Sealed", sealed_words(facts).partition(". The figures")[0]
    yield "Contract", facts.contract.reference
    yield "Terms version", str(facts.contract.terms_version)
    yield "Time zone of the months", facts.time_zone
    yield "SHA-256 of the frozen facts", fingerprint(canonical(facts))
    yield "Summary", messages.summary_heading(facts)
    for sentence in messages.summary_sentences(facts):
        yield "", sentence
    for decision in messages.decisions(facts):
        yield "To decide", f"{decision.question}. {decision.why}"


def _heat(facts: PackFacts) -> Iterator[Row]:
    for level in facts.levels:
        yield (level.name, level.promise, *(result.attainment for result in level.results))


def _credits(facts: PackFacts) -> Iterator[Row]:
    for c in facts.credits:
        yield (
            c.month, messages.name_of(facts, c), c.attainment, c.cause, c.allocation, c.multiplier, c.points, c.before_cap,
            c.amount, c.state,
        )  # fmt: skip


def _results(facts: PackFacts) -> Iterator[Row]:
    for level in facts.levels:
        for r in level.results:
            yield (
                level.name,
                r.month,
                r.state,
                r.total,
                r.met,
                r.excluded,
                r.attainment,
                r.origin,
                r.forgiven,
                r.corrected,
            )


def _steps(facts: PackFacts) -> Iterator[Row]:
    for credit in facts.credits:
        for number, step in enumerate(credit.steps, 1):
            yield (
                credit.month,
                messages.name_of(facts, credit),
                number,
                step.label,
                step.detail,
                step.value,
                step.clause,
            )


def _late(facts: PackFacts) -> Iterator[Row]:
    for level in facts.levels:
        for t in level.late:
            yield (
                t.number,
                level.name,
                t.month,
                t.priority,
                t.target_seconds,
                t.late_seconds,
                t.finished,
                t.held_longest,
                t.cause,
                t.reason,
            )
