"""What the figures do not show by themselves, and what the words mean."""

from collections.abc import Iterable

from governance.calc.facts import PackFacts
from governance.calc.wording import figure, hours_column, instant, month_name

from .shapes import Listing

PRINTED_ROWS = 300
FIRST_ROWS = 40

WORDS = (
    (
        "Attainment",
        "Tickets in time ÷ tickets that count × 100; judged exactly, shown with four decimals where it decides.",
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
        _listing(
            "Waits for a vendor whose side nobody has decided",
            "Every wait for a vendor has a side.",
            "Their clocks run on until somebody says whose vendor it is.",
            ("Ticket", "Vendor", "Waits", "Hours"),
            ((one.number, one.vendor, figure(one.waits), hours_column(one.seconds)) for one in kept.undecided),
        ),
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


def _listing(
    heading: str, nothing: str, said: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]
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
        )
    return Listing(heading, f"{figure(len(every))} in all. {said}".strip(), columns, every)
