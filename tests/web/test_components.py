"""Components render from their dataclass alone: no request, no query; hostile text stays text; every state has a word."""

from datetime import UTC, date
from decimal import Decimal
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.conf import settings
from django.template import engines
from django.template.loader import render_to_string

from mspgov.web import components as c
from mspgov.web.templatetags.parts import summary_of, template_of

HOSTILE = '"><script>alert(1)</script><b onmouseover=x>'
HOUR = 3_600_000_000


def draw(component: object) -> str:
    return engines["django"].from_string("{% load parts %}{% part it %}").render({"it": component})


def clock(word: str = "Service desk") -> c.Clock:
    return c.Clock(
        zone=ZoneInfo("America/Sao_Paulo"),
        zone_words=word,
        opened_us=0,
        ended_us=30 * HOUR,
        lanes=(c.ClockLane("provider", word), c.ClockLane("client", word)),
        blocks=(
            c.ClockBlock("provider", 0, 4 * HOUR, word),
            c.ClockBlock("client", 4 * HOUR, 30 * HOUR, word, "stopped: §4.3"),
        ),
        bars=(
            c.ClockBar(
                word,
                word,
                (c.ClockStretch(0, 4 * HOUR, "counts", "4:00"), c.ClockStretch(4 * HOUR, 30 * HOUR, "stopped")),
                8 * HOUR,
            ),
        ),
        closed=((6 * HOUR, 20 * HOUR),),
        claims=(c.ClockClaim("client", 3 * HOUR, 4 * HOUR, word),),
        dues=(c.DueMark(25 * HOUR, f"{word} due 10:00", word, "missed", word, 30 * HOUR),),
    )


def everything(word: str) -> list[object]:
    action = c.Action(word, "/x")
    status = c.Status("risk", word)
    gauge = c.GaugeLine(84.93, 85, 90, "missed", name=word, labelled=True)
    cell = c.HeatCell("missed", "84.9", word, "/x", selected=True, corrected=True)
    return [
        status,
        action,
        c.Action(word, "/x", post=True),
        c.Action(word, disabled=True, why=word),
        c.Marks((("met", word), ("none", word)), word),
        c.Pips(3, 5),
        c.Money(Decimal(4210), "EUR", "/x"),
        c.Period(word, word, "/x"),
        c.Figures(
            (
                c.Figure(word, word, "/x", word, word, status, gauge),
                c.Figure(word, word, held=c.HeldBar((c.HeldShare("client", word, word, 1),), word)),
            )
        ),
        gauge,
        c.TimeGauge(9 * HOUR, 8 * HOUR, "missed", word),
        c.ForecastLine(76, 85, 80, 85, 90, "missed", name=word),
        c.Ruler((c.RulerMark(84, word, "missed"),), 85, 90, name=word),
        c.HeatTable(
            word,
            (c.HeatMonth(word, word, "sealed", "/x"),),
            (c.HeatGroup(word, (c.HeatRow(word, word, (cell,), "/x", c.HeatForecast("risk", word)),)),),
            word,
            word,
        ),
        c.DataTable(
            word,
            (c.Column(word, True, "/x", "up"), c.Column(word)),
            (
                c.Row(
                    (c.Cell(word, word, "/x", head=True), c.Cell(status=status)),
                    "/x",
                    word,
                    error=c.RowError(word, action),
                    group=word,
                ),
            ),
            c.Row((c.Cell(word), c.Cell((word, c.Link(word, "/x"))))),
            selectable=True,
        ),
        c.Filter(word, word, True, (c.FilterChoice(word, "/x", True),), clear_href="/x"),
        c.Filter(word, word, name="q", options=(c.Option("1", word, True),), kept=(("a", word),)),
        c.ListPages(word, word, "/x", "/y"),
        c.PageHead(word, word, (word, c.Link(word, "/x", "was")), word, word, (action,)),
        c.SectionHead(word, word, word, "/x"),
        c.Tabs((c.Tab(word, "/x", True, word),), word, action),
        c.Breadcrumb((c.Crumb(word, "/x"), c.Crumb(word))),
        c.Derivation((c.Step(word, word, word, word, word, "/x"), c.Step((c.Link(word, "/x"),), word)), word),
        c.StatePath((c.PathPoint(word, word, "done"), c.PathPoint(word, word, "now"), c.PathPoint(word)), word),
        c.Thread((c.Said(word, word, word, (word,), (c.Tag(word, word, "/x"),), word),)),
        c.Changes((c.ChangeDay(word, (c.Change(word, word, word, word),)),)),
        c.HomeSection(word, (c.HomeRow(word, word, word, word, (action,), True, "/x"),)),
        c.Empty(word, action),
        c.ErrorSummary(word, (c.FormError(word, "#x"),)),
        c.Progress(word, word, 0.5, (0.2,), action, "/poll"),
        c.Toast(word, action, True),
        c.Wizard((c.WizardStep(word, word, "/x"), c.WizardStep(word, current=True)), word),
        c.Bars(word, (c.Bar(word, 5, word, 2, word),), 6, word),
        c.Trend(
            word,
            (c.TrendPoint(word, 90, name=word), c.TrendPoint(word, None), c.TrendPoint(word, 84, "missed", name=word)),
            85,
            90,
        ),
        c.Distribution(word, (3, 1), (word, word), 1, word),
        c.Life(
            word,
            date(2015, 7, 1),
            date(2018, 12, 31),
            date(2016, 6, 14),
            (c.LifeEvent(date(2016, 1, 1), word),),
            (c.LifeSpan(date(2016, 1, 1), date(2016, 3, 1), word),),
        ),
        clock(word),
    ]


class Elements(HTMLParser):
    """Tags with their attributes, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("component", everything("Plain"), ids=lambda component: type(component).__name__)
def test_a_component_renders_alone_without_request_and_without_a_query(component: object) -> None:
    assert draw(component).strip()


@pytest.mark.parametrize("component", everything(HOSTILE), ids=lambda component: type(component).__name__)
def test_hostile_text_stays_text_in_every_component(component: object) -> None:
    html = draw(component)
    tags = Elements(html).found
    assert "<script" not in html
    assert not [tag for tag, _ in tags if tag in {"script", "b"}]
    assert not [name for _, attributes in tags for name in attributes if name.startswith("on") or name == "style"]


@pytest.mark.parametrize("state", ["met", "risk", "missed", "none"])
def test_a_status_is_a_mark_a_word_and_a_colour(state: c.State) -> None:
    html = draw(c.Status(state))
    assert c.STATE_WORDS[state] in html
    assert f"mark-{state}" in html
    assert f"status-{state}" in html


def test_each_heat_cell_says_value_state_and_month() -> None:
    cell = c.HeatCell("missed", "84.9", "P2 resolution, May 2016: 84.93 %, missed", "/x")
    html = draw(
        c.HeatTable(
            "Attainment", (c.HeatMonth("May"),), (c.HeatGroup("", (c.HeatRow("P2 resolution", "8 h", (cell,)),)),)
        )
    )
    assert 'aria-label="P2 resolution, May 2016: 84.93 %, missed"' in html
    assert "corner-missed" in html


def test_every_drawing_has_a_name_or_is_hidden_from_readers() -> None:
    for component in everything("Plain"):
        depth = 0
        for tag, attributes in Elements(draw(component)).found:
            if tag == "svg":
                named = attributes.get("aria-label") or attributes.get("aria-hidden")
                nested = attributes.get("role") is None and "x" in attributes
                assert named or nested, (type(component).__name__, attributes)
                depth += 1


def test_a_gauge_places_minimum_expected_and_needle_by_scale() -> None:
    gauge = c.GaugeLine(85, 85, 90, "risk", low=70, high=100)
    assert (gauge.minimum_at, gauge.needle, gauge.expected_at, gauge.kept_width) == (50.0, 50.0, 66.67, 33.33)
    assert "minimum 85" in gauge.accessible_name
    assert c.GaugeLine(None, None, None, "none").needle is None


def test_closed_hours_are_drawn_narrow_and_the_rest_to_one_scale() -> None:
    drawn = clock()
    closed = drawn.closed_stretches[0]
    assert closed.width == pytest.approx(76 / 1004 * 100, abs=0.01)
    first, second = drawn.x(2 * HOUR) - drawn.x(0), drawn.x(24 * HOUR) - drawn.x(22 * HOUR)
    assert first == pytest.approx(second, abs=0.01)


def test_a_wait_over_night_becomes_two_blocks_around_the_closed_hours() -> None:
    waits = [block for block in clock("Waiting").placed_blocks if block.kind == "client"]
    assert [block.title for block in waits] == ["Waiting", "continued"]
    assert waits[0].x + waits[0].width <= waits[1].x


def test_a_ticket_of_forty_days_still_fits_and_names_days_instead_of_hours() -> None:
    day = 24 * HOUR
    closed = tuple((n * day + 10 * HOUR, (n + 1) * day) for n in range(40))
    long = c.Clock(
        UTC,
        "UTC",
        0,
        40 * day,
        (c.ClockLane("provider", "P"),),
        (c.ClockBlock("provider", 0, 40 * day, "Held"),),
        (),
        closed,
    )
    assert 0 < long.closed_width <= 1.0
    assert all(0 <= x <= 100 for x, _, _ in long.hours)
    assert any("Jan" in words for _, words, _ in long.hours)
    assert draw(long)


def test_no_trend_line_crosses_a_month_that_was_not_measured() -> None:
    points = tuple(c.TrendPoint(str(i), value) for i, value in enumerate([90, None, 91, 92]))
    assert len(c.Trend("t", points, 85, 90).lines) == 1


def test_an_error_summary_counts_and_links_in_page_order() -> None:
    class Two(forms.Form):
        impact = forms.CharField()
        owner = forms.CharField()

    summary = summary_of(Two({}), "submitted")
    assert summary is not None
    assert summary.title == "Two things keep this from being submitted"
    assert [error.href for error in summary.errors] == ["#id_impact", "#id_owner"]
    assert summary_of(Two({"impact": "a", "owner": "b"})) is None


def test_a_field_shows_its_error_and_keeps_what_was_typed() -> None:
    class One(forms.Form):
        email = forms.EmailField(help_text="Where notices go.")

    html = render_to_string("components/field.html", {"field": One({"email": HOSTILE})["email"]})
    assert 'aria-invalid="true"' in html
    assert 'id="id_email_error"' in html
    assert "&lt;script&gt;" in html


def test_every_component_has_a_template_and_no_template_has_style_or_script() -> None:
    root = Path(settings.BASE_DIR) / "templates"
    for component in everything("Plain"):
        assert (root / template_of(type(component).__name__)[0]).is_file()
    for path in [
        *root.glob("components/*.html"),
        *root.glob("records/*.html"),
        *root.glob("account/*.html"),
        *root.glob("*.html"),
    ]:
        assert " style=" not in path.read_text(), path
        assert "<script" not in path.read_text(), path


def test_a_colour_stands_only_in_the_tokens() -> None:
    import re

    folder = Path(settings.BASE_DIR) / "static" / "css"
    for name in ("parts.css", "screen.css"):
        assert not re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\(|hsla?\(", (folder / name).read_text()), name


def test_the_words_of_bars_that_are_near_stand_one_over_the_other() -> None:
    values = (5473.0, 6121.5, 6100.0, 0.0, 0.0, 8420.0, 8419.0, 8300.0)
    drawn = c.Bars("Credits", tuple(c.Bar(f"m{i}", value, f"{value:,.2f}") for i, value in enumerate(values)), 8420.0)
    heights = [column[-1] for column in drawn.columns]
    assert all(abs(one - other) >= 14 for one, other in pairwise(heights) if one != drawn.base)
    assert min(heights) >= 16, "inside the drawing"
    assert all(height == top or height < top for *_, top, _, height in drawn.columns)
    assert drawn.cap_named[:2] == ("0", "start")
