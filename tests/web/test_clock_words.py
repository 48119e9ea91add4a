"""Words on a ticket's clock keep clear of its edge, of poles and of each other; a forgiven month says so."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import cast

import pytest
from django.template.loader import render_to_string

from mspgov.web.components.clock import PLOT_PX, Clock, ClockBar, ClockBlock, ClockLane, ClockStretch, DueMark
from mspgov.web.components.heat import HeatCell, HeatGroup, HeatMonth, HeatRow, HeatTable

pytestmark = pytest.mark.requirement("R2.5")
HOUR = 3_600_000_000
START = int(datetime(2016, 4, 18, 8, tzinfo=UTC).timestamp()) * 1_000_000


def clock(hours: int, due: int, joints: dict[int, str], closed: tuple[tuple[int, int], ...] = ()) -> Clock:
    """Times in hours from the opening."""
    ends = sorted({*joints, hours})
    stretches = tuple(
        ClockStretch(START + a * HOUR, START + b * HOUR, "counts", joints.get(b, "")) for a, b in pairwise([0, *ends])
    )
    end = START + hours * HOUR
    return Clock(
        UTC, "UTC", START, end, (ClockLane("provider", "Cobalt"),), (ClockBlock("provider", START, end, "Work"),),
        (ClockBar("P3", "", stretches, missed=True),), tuple((START + a * HOUR, START + b * HOUR) for a, b in closed),
        dues=(DueMark(START + due * HOUR, "P3 due", "late", "missed"),),
    )  # fmt: skip


@pytest.mark.parametrize("hours", [*range(30, 400, 7)])
def test_no_label_of_the_axis_leaves_the_drawing(hours: int) -> None:
    marks = clock(hours, 5, {}).hours
    assert any(words for _, words, _ in marks)
    assert all(place * PLOT_PX / 100 + len(words) * 3.2 <= PLOT_PX for place, words, _ in marks if words)


@pytest.mark.parametrize("due", range(1, 12))
def test_no_running_sum_stands_across_the_pole_of_a_due_mark(due: int) -> None:
    drawn = clock(12, due, {h: f"{h}:17" for h in range(1, 12)})
    (_, _, _, joints, _), *_ = drawn.bar_rows
    pole = drawn.x(START + due * HOUR) * PLOT_PX / 100
    assert len(joints) >= 8
    assert not [joint for joint in joints if joint.span_px[0] < pole < joint.span_px[1]]
    assert all(a.span_px[1] <= b.span_px[0] for a, b in pairwise(joints))


def test_a_running_sum_stands_off_the_hatching() -> None:
    drawn = clock(30, 29, {10: "10:00", 26: "12:00"}, ((10, 24),))
    (_, _, _, joints, _), *_ = drawn.bar_rows
    (hatch, *_) = drawn.closed_stretches
    assert joints[0].span_px[1] <= hatch.x * PLOT_PX / 100


def test_a_month_that_the_contract_forgives_says_so() -> None:
    cells = (HeatCell("met", "75.00", "May", forgiven=True), HeatCell("met", "99.00", "June", "/x"))
    table = HeatTable("Heat", (HeatMonth("May"), HeatMonth("Jun")), (HeatGroup("", (HeatRow("P1", "", cells),)),))
    html = cast(str, render_to_string("components/heat_table.html", {"heat_table": table}))
    assert html.count(">forgiven<") == 1
    assert "heat-met is-forgiven" in html
