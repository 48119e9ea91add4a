"""The files inside a pack: the terms and results that `manage.py credits` recomputes, and a workbook of all rows."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from governance.calc import messages
from governance.calc.facts import PackFacts
from mspgov.documents.press import Enclosure
from mspgov.documents.workbook import Cell, Sheet, workbook

from .quality import UNDECIDED_SHEET

Row = tuple[Cell, ...]


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
    """The workbook's sheets; long lists stand here in full."""
    kept = facts.quality
    return (
        Sheet(
            "Results",
            (
                "Service level",
                "Month",
                "State",
                "Total",
                "In time",
                "Excluded",
                "Attainment %",
                "Origin",
                "Forgiven",
                "Corrected",
            ),
            _results(facts),
            (32, 10, 10),
        ),
        Sheet(
            "Months",
            (
                "Month",
                "Sealed at (UTC)",
                f"Charges {facts.currency}",
                f"Cap {facts.currency}",
                f"Before cap {facts.currency}",
                f"Credits {facts.currency}",
            ),
            ((one.month, one.sealed_at, one.charges, one.cap, one.before_cap, one.credits) for one in facts.months),
            (10, 20),
        ),
        Sheet(
            "Credits",
            (
                "Month",
                "Service level",
                "Attainment %",
                "Cause",
                "Allocation %",
                "Multiplier",
                "Points",
                f"Before cap {facts.currency}",
                f"Amount {facts.currency}",
                "State",
            ),
            (
                (
                    c.month,
                    messages.name_of(facts, c),
                    c.attainment,
                    c.cause,
                    c.allocation,
                    c.multiplier,
                    c.points,
                    c.before_cap,
                    c.amount,
                    c.state,
                )
                for c in facts.credits
            ),
            (10, 32),
        ),
        Sheet(
            "Derivations",
            ("Month", "Service level", "Step", "What", "Detail", "Value", "Clause"),
            _steps(facts),
            (10, 32, 6, 48, 48, 20, 24),
        ),
        Sheet(
            "Ledger",
            ("Entry", "Replaces", "Month", "Service level", f"Amount {facts.currency}"),
            ((c.entry, c.replaces, c.month, messages.name_of(facts, c), c.amount) for c in facts.credits),
            (38, 38, 10, 32),
        ),
        Sheet(
            "Late tickets",
            (
                "Ticket",
                "Service level",
                "Month",
                "Priority",
                "Target seconds",
                "Late seconds",
                "Finished",
                "Held longest by",
                "Cause",
                "Reason",
            ),
            _late(facts),
            (14, 32, 10, 8, 14, 14, 10, 24, 32, 60),
        ),
        Sheet(
            "Rejected rows",
            ("File", "Row", "Field", "Why"),
            ((r.source, r.row, r.field, r.why) for r in kept.rejected),
            (32, 10, 20, 60),
        ),
        Sheet(
            "Excluded tickets",
            ("Ticket", "Service level", "Month", "Why"),
            ((e.number, e.service_level, e.month, e.why) for e in kept.excluded),
            (14, 32, 10, 60),
        ),
        Sheet(
            UNDECIDED_SHEET,
            ("Ticket", "Vendor", "Waits", "Seconds"),
            ((u.number, u.vendor, u.waits, u.seconds) for u in kept.undecided),
            (14, 32),
        ),
        Sheet(
            "Lowered priorities",
            ("Ticket", "Month", "From", "To", "Lowered at (UTC)", "Due at (UTC)"),
            ((low.number, low.month, low.before, low.after, low.at, low.due_at) for low in kept.lowered),
            (14, 10, 8, 8, 20, 20),
        ),
    )


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
