"""The sentences of a pack say what the figures say."""

from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest

from governance.calc import messages, wording
from governance.calc.facts import LevelFacts, PackFacts, ResultFacts
from tests.governance.sample_facts import MONTHS, judged, sample_facts

NBSP = wording.NBSP


def level(
    *values: str | None,
    name: str = "P2 resolution",
    expected: str = "90",
    minimum: str | None = "85",
    counts: tuple[int, int] | None = None,
) -> LevelFacts:
    """A level whose latest months have these attainments."""
    base = sample_facts().levels[5]
    empty = ResultFacts("", None, None, 0, None, "none", "none", forgiven=False, corrected=False, source="")
    results = [replace(empty, month=month) for month in MONTHS]
    for month, value in zip(MONTHS[-len(values) :], values, strict=True):
        if value is not None:
            state = judged(D(value), D(expected), D(minimum or expected))
            met, total = counts or (None, None)
            results[MONTHS.index(month)] = replace(
                empty, month=month, attainment=D(value), state=state, origin="tickets", met=met, total=total
            )
    return replace(
        base,
        key=name,
        name=name,
        expected=D(expected),
        minimum=None if minimum is None else D(minimum),
        results=tuple(results),
        late=(),
    )


def facts(*levels: LevelFacts) -> PackFacts:
    return replace(sample_facts(), levels=levels, credits=())


@pytest.mark.requirement("R4.1")
@pytest.mark.parametrize(
    ("levels", "said"),
    [
        ([level("84", "84", "84")], "P2 resolution fell below minimum three months in a row"),
        (
            [level("84", "91", "84"), level("95", "95", "95", name="P3")],
            "P2 resolution fell below minimum in two of three months; the rest held",
        ),
        (
            [level("91", "91", "84"), level("95", "95", "84", name="P3")],
            "P2 resolution fell below minimum in May; so did one more",
        ),
        ([level("91", "91", "91")], "Every service level met what was expected"),
        ([level("91", "91", "88")], "Every service level held its minimum; one fell under expected"),
        ([level(None)], f"Nothing was measured in March to May{NBSP}2016"),
        ([level("91"), level(None, name="P3")], "The one measured service level met what was expected"),
    ],
)
def test_the_summary_heading_names_what_fell(levels: list[LevelFacts], said: str) -> None:
    assert messages.summary_heading(facts(*levels)) == said


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (level("91.2", "92", "93"), f"P2 resolution: met every month, lowest 91.20{NBSP}% in March"),
        (level("91.2", "88", "89"), "P2 resolution: under expected in April and May, above minimum"),
        (
            level("84", "84", "84.9315", counts=(124, 146)),
            "P2 resolution: third month in a row under minimum, in May by one ticket",
        ),
        (level("91", "91", "71.5"), f"P2 resolution: under minimum, 71.50{NBSP}% in May"),
        (level(None), f"P2 resolution: not measured in March to May{NBSP}2016"),
        (level("91", "91", "89", minimum=None), f"P2 resolution: under expected, 89.00{NBSP}% in May"),
    ],
)
def test_a_level_heading_says_how_the_quarter_went(one: LevelFacts, said: str) -> None:
    assert messages.level_heading(facts(one), one) == said


def test_the_credits_heading_names_the_sum_and_the_cap() -> None:
    assert messages.credits_heading(sample_facts()) == (
        f"Credits of EUR{NBSP}18,313.50 are due for March to May; the cap took EUR{NBSP}210.50 off April"
    )
    assert messages.credits_heading(facts(level("91"))) == f"No credit follows for March to May{NBSP}2016"


def test_a_log_that_begins_inside_the_quarter_is_said() -> None:
    partial = replace(sample_facts(), log=replace(sample_facts().log, begins_on=date(2016, 3, 9)))
    assert f"The log begins on 9{NBSP}March{NBSP}2016" in messages.coverage(partial)
    assert "begins" not in messages.coverage(sample_facts())


def test_an_unsealed_month_makes_a_draft() -> None:
    assert "May is not sealed, so this pack is a draft." in messages.coverage(sample_facts(sealed=False))
    assert [one.question for one in messages.decisions(sample_facts(sealed=False))][-1] == "Seal May"


def test_a_figure_in_a_cell_is_never_lifted_over_a_bound() -> None:
    assert wording.in_cell(D("89.96"), [D(90)], 1) == "89.96"
    assert wording.in_cell(D("89.9999"), [D(90)], 1) == "89.9999"
    assert wording.in_cell(D("99.96"), [D(90)], 1) == "99.96"
    assert wording.in_cell(D(100), [D(90)], 1) == "100"
    assert wording.in_cell(D("84.93"), [D(85)], 1) == "84.9"


def test_words_for_figures() -> None:
    assert wording.counted_of(1, "tickets") == "one ticket"
    assert wording.counted_of(13, "tickets") == "13 tickets"
    assert wording.span(["2015-12", "2016-01"]) == f"December{NBSP}2015 to January{NBSP}2016"
    assert wording.hours(30180) == f"8{NBSP}h{NBSP}23{NBSP}min"
    assert wording.money(D(4210), "EUR", 2) == f"EUR{NBSP}4,210.00"
    assert wording.money(D(-4210), "JPY", 0) == f"JPY{NBSP}−4,210"


def test_a_forgiven_month_is_not_told_as_a_slide() -> None:
    sliding = level("95", "93", "88.5")
    assert "slid from" in messages.sliding(facts(sliding))
    results = tuple(replace(r, forgiven=r.month == "2016-05") for r in sliding.results)
    assert "slid from" in messages.sliding(facts(replace(sliding, results=results)))
    assert f"93.00{NBSP}%" in messages.sliding(facts(replace(sliding, results=results)))
