"""Why a ticket was late is read from its waits and moves."""

import pytest

from governance.calc.lateness import Course, held_longest, why_late

NBSP = "\u00a0"
HOUR = 3600


def course(*, finished: bool = True, hours: int = 100, moves: int = 0, reopened: int = 0, **waited: int) -> Course:
    return Course(finished, hours * HOUR, {kind: count * HOUR for kind, count in waited.items()}, moves, reopened)


@pytest.mark.parametrize(
    ("one", "cause", "reason"),
    [
        (course(customer=60), "Waited for the customer", f"Waited 60{NBSP}h for the customer"),
        (
            course(provider_vendor=90),
            "Waited for the provider’s own vendor",
            f"Waited 3{NBSP}days for the provider’s own vendor",
        ),
        (course(customer=40, reopened=2), "Reopened", "Reopened two times"),
        (course(moves=7), "Reassigned", "Reassigned seven times"),
        (course(finished=False), "Still open", "Still open"),
        (course(moves=2), "In work throughout", "In work throughout, reassigned twice"),
    ],
)
def test_the_largest_wait_is_the_cause_else_what_was_done_with_it(one: Course, cause: str, reason: str) -> None:
    assert why_late(one) == (cause, reason)


def test_the_side_that_had_it_longest_is_named() -> None:
    assert held_longest(course(customer=60), "Cobalt", "Aurora") == "Aurora"
    assert held_longest(course(customer=40, problem=50), "Cobalt", "Aurora") == "Cobalt"
    assert held_longest(course(unknown_vendor=51), "Cobalt", "Aurora") == "Vendor without a side"
