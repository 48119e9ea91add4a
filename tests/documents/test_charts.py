"""Charts say what the figures say: no line over a gap, labels clear, titles for readers."""

import re

from defusedxml import ElementTree

from mspgov.documents.charts import Bar, Needle, Trend, TrendPoint, cap_chart, gauge, trend_chart
from mspgov.documents.palette import paper_colours, screen_colours

SVG = "{http://www.w3.org/2000/svg}"
COLOURS = paper_colours()


def trend(*points: tuple[str, float | None, str, str]) -> Trend:
    rows = tuple(TrendPoint(month, value, state, origin, f"{value}", "9") for month, value, state, origin in points)
    return Trend("P2 <resolution>", rows, 90, "expected 90", 85, "minimum 85", "tickets", "reported by Cobalt")


def joins(drawn: str, colour: str, width: str) -> int:
    return len(re.findall(rf'stroke="{colour}" stroke-width="{width}"', drawn))


def test_a_month_that_was_not_measured_breaks_the_line() -> None:
    whole = trend_chart(
        trend(("Mar", 91.0, "met", "tickets"), ("Apr", 92.0, "met", "tickets"), ("May", 93.0, "met", "tickets")),
        COLOURS,
    )
    broken = trend_chart(
        trend(("Mar", 91.0, "met", "tickets"), ("Apr", None, "none", "none"), ("May", 93.0, "met", "tickets")), COLOURS
    )
    assert joins(whole, COLOURS["ink"], "2") == 2
    assert joins(broken, COLOURS["ink"], "2") == 0


def test_a_reported_month_is_hollow_dotted_and_never_joined_to_a_measured_one() -> None:
    drawn = trend_chart(
        trend(("Mar", 91.0, "met", "reported"), ("Apr", 84.0, "missed", "reported"), ("May", 93.0, "met", "tickets")),
        COLOURS,
    )
    assert joins(drawn, COLOURS["edge"], "1.5") == 1
    assert joins(drawn, COLOURS["ink"], "2") == 0
    assert f'fill="{COLOURS["missed-solid"]}"' not in drawn
    assert "reported by Cobalt" in drawn


def test_a_month_under_minimum_is_a_solid_square() -> None:
    drawn = trend_chart(trend(("Mar", 84.0, "missed", "tickets"), ("Apr", 86.0, "risk", "tickets")), COLOURS)
    assert drawn.count(f'fill="{COLOURS["missed-solid"]}"') == 1
    assert 'stroke-dasharray="5 3"' in drawn


def test_a_chart_has_a_title_and_is_well_formed_without_styles_or_ids() -> None:
    for drawn in (
        trend_chart(trend(("Mar", 84.0, "missed", "tickets")), COLOURS),
        cap_chart("Credits & cap", [Bar("May", 5.0, "5 of 8", 8.0, "")], COLOURS),
        gauge("P2 & more", [Needle(84.9, "missed", "May 84.9")], (90, "expected 90"), (85, "minimum 85"), COLOURS),
    ):
        root = ElementTree.fromstring(drawn)
        title = root.find(f"{SVG}title")
        assert title is not None
        assert title.text
        assert not {"id", "style", "class"} & {name for node in root.iter() for name in node.attrib}


def test_a_chart_for_the_screen_takes_its_colours_from_the_page() -> None:
    drawn = trend_chart(trend(("Mar", 84.0, "missed", "tickets")), screen_colours())
    assert "var(--missed-solid)" in drawn
    assert "#" not in drawn


def test_every_value_stands_inside_the_plane() -> None:
    for value in (0.0, 12.5, 71.2, 84.9, 89.99, 99.41, 100.0):
        root = ElementTree.fromstring(
            trend_chart(trend(("Mar", value, "met", "tickets"), ("Apr", 95.0, "met", "tickets")), COLOURS)
        )
        for node in root.iter(f"{SVG}circle"):
            assert 12 <= float(node.attrib["cy"]) <= 228 - 48


def labels(drawn: str) -> dict[str, float]:
    return {
        node.text or "": float(node.attrib["y"])
        for node in ElementTree.fromstring(drawn).iter(f"{SVG}text")
        if node.attrib.get("fill") != "none"
    }


def test_a_label_keeps_clear_of_the_bounds_and_of_the_pictures_edge() -> None:
    for value in (85.4, 86.5, 88.0, 89.2, 90.5, 99.0, 100.0):
        drawn = trend_chart(trend(("Mar", value, "met", "tickets"), ("Apr", value, "met", "tickets")), COLOURS)
        root = ElementTree.fromstring(drawn)
        bounds = [labels(drawn)["expected 90"] - 4, labels(drawn)["minimum 85"] - 4]
        baseline = labels(drawn)[f"{value}"]
        assert baseline - 9 >= 0
        assert not any(baseline - 9 < bound < baseline for bound in bounds), value
        assert root.attrib["height"] == "228"


def test_words_of_a_needle_between_two_bounds_stand_left_of_both_and_interrupt_none() -> None:
    between = gauge("P3", [Needle(87.2, "risk", "April 87.21")], (88, "expected 88"), (84, "minimum 84"), COLOURS)
    clear = gauge("P3", [Needle(72.0, "missed", "June 72.09")], (88, "expected 88"), (84, "minimum 84"), COLOURS)
    assert between.count(f'fill="{COLOURS["surface"]}"') == 0
    (end,) = {float(x) for x in re.findall(r'<text x="([\d.]+)"[^>]*>April 87.21', between)}
    minimum = 6 + (84 - 70) * (660 - 12) / 30
    assert end <= minimum - 8
    assert clear.count(f'fill="{COLOURS["surface"]}"') == 0
