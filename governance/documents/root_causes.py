"""The pack's page on root causes: what is open, what is overdue, and whether what was done has helped."""

from dataclasses import dataclass

from governance.calc.facts import PackFacts
from governance.calc.wording import capital, counted_of, instant

from .shapes import Listing
from .sources import source


@dataclass(frozen=True)
class RootCauses:
    """The page; None is printed where there is nothing to say."""

    heading: str
    listings: tuple[Listing, ...]
    source: str


def root_causes(facts: PackFacts) -> RootCauses | None:
    kept, zone = facts.rcas, facts.time_zone
    if not (kept.open or kept.overdue or kept.checked):
        return None
    late = sum(one.late for one in kept.open)
    listings = (
        Listing(
            "Corrective actions that are overdue", "Promised with an accepted root cause; the owner in office was told.",
            ("Number", "Action", "Owner", "Was due"),
            tuple((one.number, one.what, one.owner, instant(one.due_at, zone)) for one in kept.overdue),
        ),
        Listing(
            "Root causes that are open", f"{capital(counted_of(late, 'answers'))} late." if late else "",
            ("Number", "Root cause", "State", "Due"),
            tuple(
                (one.number, one.title, "Late" if one.late else one.state, instant(one.due_at, zone) if one.due_at else "")
                for one in kept.open
            ),
        ),
        Listing(
            "Whether it has helped", "Like tickets after the answer was accepted, and in as long a time before.",
            ("Number", "Root cause", "Verdict", "Before", "After"),
            tuple(
                (one.number, one.title, one.state, counted_or_none(one.before), counted_or_none(one.after)) for one in kept.checked
            ), numbers=(3, 4),
        ),
    )  # fmt: skip
    return RootCauses(
        heading(facts),
        tuple(one for one in listings if one.rows),
        source(facts, "root causes and actions when the facts were frozen"),
    )


def heading(facts: PackFacts) -> str:
    """One sentence: what came back first, then what is overdue, then what is open."""
    kept = facts.rcas
    recurred = [one for one in kept.checked if one.state == "Recurred"]
    said = [f"{counted_of(len(recurred), 'root causes')} came back after the promised actions"] if recurred else []
    said += [f"{counted_of(len(kept.overdue), 'actions')} overdue"] if kept.overdue else []
    said += [f"{counted_of(len(kept.open), 'root causes')} open"] if kept.open else []
    return capital(", ".join(said)) if said else "What was done about root causes has helped"


def counted_or_none(tickets: int | None) -> str:
    """A dash where nothing could be compared and a person said whether it has helped."""
    return "–" if tickets is None else str(tickets)
