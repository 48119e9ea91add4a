"""What the figures do not show by themselves, and what the words mean."""

from collections.abc import Iterable, Sequence

from governance.calc.facts import PackFacts, UndecidedFacts
from governance.calc.promises import COUNTS_IN
from governance.calc.wording import capital, counted, counted_of, figure, hours, hours_column, instant, month_name

from .shapes import Listing

PRINTED_ROWS = 300
FIRST_ROWS = 40
HEAVIEST = 15
UNDECIDED_SHEET = "Undecided vendors"

WORDS = (
    (
        "Attainment",
        "Tickets in time ÷ tickets that count × 100; judged exactly, four decimals where it decides.",
    ),
    ("Expected, minimum", "The level agreed, and the level under which a month is a default."),
    ("Met", "At or above expected, or forgiven by the low-volume rule."),
    ("At risk", "Under expected, at or above minimum."),
    ("Missed", "Under minimum; under expected where no minimum is set."),
    ("Not measured", "No ticket that counts, or nothing reported: neither 0 nor 100."),
    ("Reported", "A value given by the provider, without tickets behind it."),
    ("Excluded", "Left out by a decision of both sides: relief event, fault of the client, duplicate."),
    ("Sealed", "Fixed by the client; a later correction is a new version beside the sealed one."),
)


def quality(facts: PackFacts) -> tuple[Listing, ...]:
    """What the figures do not show by themselves, in four lists."""
    kept, names = facts.quality, {level.key: level.name for level in facts.levels}
    zone = facts.time_zone
    return (
        _listing(
            "Rows that could not be read",
            "Every row of the imports could be read.",
            "A row that cannot be read leaves its whole ticket out, since a clock that lacks an event is wrong.",
            ("File", "Row", "Field", "Why"),
            ((one.source, figure(one.row), one.field, one.why) for one in kept.rejected),
            numbers=(1,),
        ),
        _listing(
            "Tickets left out by decision",
            "No ticket was left out by decision.",
            "",
            ("Ticket", "Service level", "Month", "Why"),
            (
                (one.number, names.get(one.service_level, one.service_level), month_name(one.month), one.why)
                for one in kept.excluded
            ),
        ),
        undecided(kept.undecided),
        _listing(
            "Priorities lowered around the due instant",
            "No priority was lowered after its due instant or in the hour before.",
            "Lowered after the worse target’s due instant, or in the hour before it.",
            ("Ticket", "From, to", "Lowered", "Was due"),
            (
                (one.number, f"{one.before} to {one.after}", instant(one.at, zone), instant(one.due_at, zone))
                for one in kept.lowered
            ),
        ),
    )


def undecided(waits: Sequence[UndecidedFacts]) -> Listing:
    """The heaviest waits for a vendor without a side, by hours, under a sentence on all of them."""
    heading = "Waits for a vendor whose side nobody has decided"
    if not waits:
        return Listing(heading, "Every wait for a vendor has a side.", (), ())
    heaviest = sorted(waits, key=lambda one: (-one.seconds, one.number, one.vendor))[:HEAVIEST]
    tickets = len({one.number for one in waits})
    said = (
        f"{capital(counted_of(sum(one.waits for one in waits), 'waits'))} of {counted_of(tickets, 'tickets')}, "
        f"{hours(sum(one.seconds for one in waits))} together; their clocks run on until somebody says whose vendor it is."
    )
    if len(waits) > HEAVIEST:
        together = sum(one.seconds for one in heaviest)
        said += (
            f" The {counted(HEAVIEST)} longest stand here, {hours(together)} together; "
            f"all are in the attached workbook, sheet {UNDECIDED_SHEET}."
        )
    rows = tuple((one.number, one.vendor, figure(one.waits), hours_column(one.seconds)) for one in heaviest)
    return Listing(heading, said, ("Ticket", "Vendor", "Waits", "Waited, h:min"), rows, numbers=(2, 3))


def definitions(facts: PackFacts) -> tuple[tuple[str, str, str], ...]:
    """Each service level's definition and clause; what all levels with clocks share is said once, in `words`."""
    shared = shared_rule(facts)
    return tuple((level.name, level.definition.replace(f" {shared}.", ""), level.clause) for level in facts.levels)


def words(facts: PackFacts) -> tuple[tuple[str, str], ...]:
    """What the words mean, with the rule on months where it is the same for all levels with clocks."""
    shared = shared_rule(facts)
    return (*WORDS, ("Month", f"{shared}.")) if shared else WORDS


def shared_rule(facts: PackFacts) -> str:
    """The rule that says in which month a ticket counts, where at least two levels have it and no level another; else nothing."""
    found = [rule for level in facts.levels for rule in COUNTS_IN.values() if f" {rule}." in level.definition]
    return found[0] if len(found) > 1 and len(set(found)) == 1 else ""


def _listing(
    heading: str,
    nothing: str,
    said: str,
    columns: tuple[str, ...],
    rows: Iterable[tuple[str, ...]],
    numbers: tuple[int, ...] = (),
) -> Listing:
    every = tuple(rows)
    if not every:
        return Listing(heading, nothing, (), ())
    if len(every) > PRINTED_ROWS:
        return Listing(
            heading,
            f"{said} The first {FIRST_ROWS} of {figure(len(every))}; all are in the attached workbook.".strip(),
            columns,
            every[:FIRST_ROWS],
            numbers,
        )
    return Listing(heading, f"{figure(len(every))} in all. {said}".strip(), columns, every, numbers)
