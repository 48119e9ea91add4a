"""Charts as SVG in one theme: thin axes, labels at the line, states that survive grey print.

Drawn directly: a pack's twelve charts take milliseconds and need no browser engine (docs/decisions has the measurements). Size and position
stand in attributes, so a strict content policy holds. Colours come as a mapping of tokens: hexadecimal for paper, `var(--token)` for the
screen. Values come as floats, for drawing only; what is printed comes as text.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from math import ceil

FACE = "IBM Plex Sans, sans-serif"
Colours = Mapping[str, str]


@dataclass(frozen=True)
class TrendPoint:
    """A month of a trend: `origin` is tickets, few (too few to join), reported or none; `label` stands at the point, `volume` under the axis."""

    month: str
    value: float | None
    state: str
    origin: str
    label: str
    volume: str


@dataclass(frozen=True)
class Trend:
    """A service level over months; percent, with its bounds and what they are called at the right end."""

    title: str
    points: tuple[TrendPoint, ...]
    expected: float
    expected_label: str
    minimum: float | None
    minimum_label: str
    volume_label: str
    reported_label: str


@dataclass(frozen=True)
class Bar:
    """A month's money against its cap; labels are written out."""

    month: str
    amount: float
    amount_label: str
    cap: float | None
    cap_label: str


def text(
    x: float, y: float, words: str, colour: str, *, anchor: str = "start", weight: int = 400, halo: str = ""
) -> str:
    """Words with their baseline at y; a halo keeps them clear of lines beneath."""
    set_as = (
        f'x="{x:.1f}" y="{y:.1f}" font-family="{FACE}" font-size="12" font-weight="{weight}" text-anchor="{anchor}"'
    )
    behind = (
        f'<text {set_as} fill="none" stroke="{halo}" stroke-width="4" stroke-linejoin="round">{escape(words)}</text>'
        if halo
        else ""
    )
    return f'{behind}<text {set_as} fill="{colour}">{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float = 1, dash: str = "") -> str:
    """A straight stroke; `dash` as in SVG."""
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return f'<path d="M{x1:.1f} {y1:.1f} {x2:.1f} {y2:.1f}" fill="none" stroke="{colour}" stroke-width="{width:g}"{dashed}/>'


def picture(title: str, width: float, height: float, parts: Sequence[str]) -> str:
    """The SVG element with its title for readers."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}">'
        f"<title>{escape(title)}</title>{''.join(parts)}</svg>"
    )


@dataclass(frozen=True)
class Plane:
    """The ground of a trend: where months and percentages lie."""

    left: float
    right: float
    top: float
    bottom: float
    low: float
    high: float
    count: int

    def x(self, index: int) -> float:
        return self.left + (self.right - self.left) * (index + 0.5) / self.count

    def y(self, value: float) -> float:
        return self.bottom - (self.bottom - self.top) * (value - self.low) / (self.high - self.low)


def trend_chart(trend: Trend, colours: Colours, *, width: int = 658, height: int = 228) -> str:
    """Expected dashed, minimum solid, both named at the right; months joined only where they follow each other in the same origin."""
    low, step = scale_below_100(trend)
    plane = Plane(52, width - 96, 22, height - 48, low, 100.0, len(trend.points))
    parts = [*_grid(plane, step, colours), *_bounds(trend, plane, colours), *_joins(trend, plane, colours)]
    parts += [part for index in range(len(trend.points)) for part in _point(trend, index, plane, colours)]
    for index, point in enumerate(trend.points):
        parts.append(text(plane.x(index), plane.bottom + 22, point.month, colours["ink"], anchor="middle"))
        parts.append(text(plane.x(index), plane.bottom + 39, point.volume, colours["ink-3"], anchor="middle"))
    parts.append(text(0, plane.bottom + 39, trend.volume_label, colours["ink-3"]))
    parts += _reported_words(trend, plane, colours)
    return picture(trend.title, width, height, parts)


def scale_below_100(trend: Trend) -> tuple[float, float]:
    """Bottom and step of a percent axis that ends at 100: at most six ticks, the lowest value clear of the bottom."""
    values = [point.value for point in trend.points if point.value is not None]
    lowest = min([*values, trend.expected, *([] if trend.minimum is None else [trend.minimum])])
    for step in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0):
        steps = max(2, ceil((100 - lowest) / step))
        if 100 - step * steps > lowest - 0.14 * step * steps:
            steps += 1
        if steps <= 6:
            return max(0.0, round(100 - step * steps, 4)), step
    return 0.0, 20.0


def _grid(plane: Plane, step: float, colours: Colours) -> Iterator[str]:
    for index in range(round((plane.high - plane.low) / step) + 1):
        value = plane.low + step * index
        words = "100 %" if index and value > plane.high - step / 2 else f"{value:.{0 if step >= 1 else 1}f}"
        yield line(plane.left, plane.y(value), plane.right, plane.y(value), colours["line"])
        yield text(plane.left - 9, plane.y(value) + 4, words, colours["ink-3"], anchor="end")


def _bounds(trend: Trend, plane: Plane, colours: Colours) -> Iterator[str]:
    expected = plane.y(trend.expected)
    minimum = None if trend.minimum is None else plane.y(trend.minimum)
    nudge = 0.0 if minimum is None else max(0.0, (16 - (minimum - expected)) / 2)
    yield line(plane.left, expected, plane.right, expected, colours["ink"], 1.5, "5 3")
    yield text(plane.right + 8, expected + 4 - nudge, trend.expected_label, colours["ink"], weight=600)
    if minimum is not None:
        yield line(plane.left, minimum, plane.right, minimum, colours["ink"], 1.5)
        yield text(plane.right + 8, minimum + 4 + nudge, trend.minimum_label, colours["ink"], weight=600)


def _joins(trend: Trend, plane: Plane, colours: Colours) -> Iterator[str]:
    for index, (one, other) in enumerate(pairwise(trend.points)):
        if one.value is None or other.value is None or one.origin != other.origin or one.origin == "few":
            continue
        ends = (plane.x(index), plane.y(one.value), plane.x(index + 1), plane.y(other.value))
        if one.origin == "reported":
            yield line(*ends, colours["edge"], 1.5, "1.5 3")
        else:
            yield line(*ends, colours["ink"], 2)


def _point(trend: Trend, index: int, plane: Plane, colours: Colours) -> Iterator[str]:
    point = trend.points[index]
    if point.value is None:
        return
    x, y = plane.x(index), plane.y(point.value)
    if point.state == "missed" and point.origin != "reported":
        yield f'<path d="M{x - 5:.1f} {y - 5:.1f}h10v10h-10Z" fill="{colours["missed-solid"]}"/>'
    elif point.state == "missed":
        outline = f'fill="{colours["surface"]}" stroke="{colours["missed-solid"]}" stroke-width="1.8"'
        yield f'<path d="M{x - 4.2:.1f} {y - 4.2:.1f}h8.4v8.4h-8.4Z" {outline}/>'
    elif point.origin in {"reported", "few"}:
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colours["surface"]}" stroke="{colours["edge"]}" stroke-width="1.8"/>'
    else:
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.6" fill="{colours["ink"]}"/>'
    lay = _label_lay(trend, index, plane)
    dx, dy, anchor = {"right": (9, 4, "start"), "below": (0, 19, "middle"), "above": (0, -8, "middle")}[lay]
    tone, weight = ("ink-2", 400) if point.origin in {"reported", "few"} else ("ink", 600)
    yield text(x + dx, y + dy, point.label, colours[tone], anchor=anchor, weight=weight, halo=colours["surface"])


def _label_lay(trend: Trend, index: int, plane: Plane) -> str:
    """The place of a label that crosses least: above, below or right of its point, inside the picture always."""
    point = trend.points[index]
    y = plane.y(point.value if point.value is not None else plane.low)
    near = [
        p.value for p in trend.points[max(0, index - 1) : index + 2] if p.value is not None and p.origin == point.origin
    ]
    lowest = point.state == "missed" or (len(near) > 1 and point.value is not None and point.value <= min(near))
    order = (
        ("right", "above", "below") if point.origin == "few" else ("below", "above") if lowest else ("above", "below")
    )
    cost = {lay: place + _crossings(trend, index, plane, y, lay) for place, lay in enumerate(order)}
    return min(cost, key=lambda lay: cost[lay])


def _crossings(trend: Trend, index: int, plane: Plane, y: float, lay: str) -> int:
    """What a label would lie on there: the edge of the picture most, then a bound, a joining line, another point."""
    top, bottom = {"above": (y - 17, y - 7), "below": (y + 9, y + 20), "right": (y - 6, y + 6)}[lay]
    half = 3.3 * len(trend.points[index].label)
    begin, end = (9.0, 9 + 2 * half) if lay == "right" else (-half, half)
    found = 100 * (top < 2 or bottom > plane.bottom or plane.x(index) + end > plane.right + 8)
    for bound in (trend.expected, trend.minimum):
        found += 10 * (bound is not None and top - 1.5 < plane.y(bound) < bottom + 1.5)
    for other in {index - 1, index + 1} & set(range(len(trend.points))):
        one, two = trend.points[index], trend.points[other]
        if two.value is None:
            continue
        run, rise = plane.x(other) - plane.x(index), plane.y(two.value) - y
        found += 8 * (begin < run < end and top - 6 < y + rise < bottom + 6)
        if one.origin == two.origin != "few":
            reach = [rise / run * step for step in (begin, end) if step * run > 0]
            found += 6 * any(min(y, y + each) < bottom and max(y, y + each) > top for each in reach)
    return found


def _reported_words(trend: Trend, plane: Plane, colours: Colours) -> Iterator[str]:
    """Says once who reported, over or under the first reported month, where nothing else stands."""
    first = next(
        (index for index, p in enumerate(trend.points) if p.origin == "reported" and p.value is not None), None
    )
    if first is None:
        return
    left = plane.x(first) - 6
    right = left + 6.4 * len(trend.reported_label)
    taken = [plane.y(bound) for bound in (trend.expected, trend.minimum) if bound is not None]
    for index, point in enumerate(trend.points):
        if point.value is not None and left - 24 < plane.x(index) < right + 24:
            y = plane.y(point.value)
            dy = {"right": 0, "below": 15, "above": -14}[_label_lay(trend, index, plane)]
            taken += [y, y + dy, (y + y + dy) / 2]
    places = range(int(plane.top) + 12, int(plane.bottom) - 4, 4)
    room = {at: min(abs(at - 4 - y) for y in taken) for at in places}
    if room:
        best = max(
            places, key=lambda at: (min(room[at], 26), -abs(at - plane.y(trend.points[first].value or plane.low)))
        )
        yield text(left, best, trend.reported_label, colours["ink-2"], halo=colours["surface"])


def cap_chart(title: str, bars: Sequence[Bar], colours: Colours, *, width: int = 658) -> str:
    """A month's credits as a bar in accent; the cap is a dashed ink line across it."""
    left, right = 72.0, width - 236.0
    top = max([*(bar.amount for bar in bars), *(bar.cap for bar in bars if bar.cap is not None), 0.01])
    parts = []
    for index, bar in enumerate(bars):
        y = 4.0 + 30 * index
        reach = (right - left) * bar.amount / top
        parts.append(text(0, y + 15, bar.month, colours["ink"]))
        parts.append(line(left, y, left, y + 22, colours["edge"]))
        if bar.amount > 0:
            parts.append(f'<path d="M{left:.1f} {y:.1f}h{reach:.1f}v22h-{reach:.1f}Z" fill="{colours["accent"]}"/>')
        if bar.cap is not None:
            x = left + (right - left) * bar.cap / top
            parts.append(
                line(x, y - 3, x, y + 25, colours["surface"], 4)
                + line(x, y - 3, x, y + 25, colours["ink"], 1.5, "4 2.5")
            )
        parts.append(text(right + 12, y + 15, bar.amount_label, colours["ink"], weight=500))
    return picture(title, width, 30 * len(bars) + 4, parts)


@dataclass(frozen=True)
class Needle:
    """A value on a gauge line with its words."""

    value: float
    state: str
    label: str


def gauge(
    title: str,
    needles: Sequence[Needle],
    expected: tuple[float, str],
    minimum: tuple[float, str] | None,
    colours: Colours,
    *,
    low: float = 70.0,
    width: int = 660,
) -> str:
    """The ruler of the cover: ticks below, bounds crossing, met from expected on, needles above with words that do not touch."""
    base, inset = 84.0, 6.0
    unit = (width - 2 * inset) / (100 - low)
    big = (100 - low) / 6

    def x(value: float) -> float:
        return inset + (max(low, value) - low) * unit

    parts = [line(inset, base, width - inset, base, colours["edge"])]
    for step in range(61):
        value = low + big * step / 10
        length = 14 if step % 10 == 0 else (9 if step % 5 == 0 else 4)
        parts.append(line(x(value), base, x(value), base + length, colours["edge"]))
        if step % 10 == 0:
            anchor = "start" if step == 0 else ("end" if step == 60 else "middle")
            parts.append(text(x(value), base + 29, f"{value:g}", colours["ink-2"], anchor=anchor))
    parts.append(line(x(expected[0]), base - 1, width - inset, base - 1, colours["met"], 3))
    bounds = sorted([expected, *([minimum] if minimum is not None else [])])
    crowded = len(bounds) == 2 and x(bounds[1][0]) - x(bounds[0][0]) < 84
    for index, (value, words) in enumerate(bounds):
        parts.append(line(x(value), 10, x(value), base + (9 if index == 0 else 0), colours["ink"], 1.5))
        flip = (crowded and index == 0) or x(value) > width - 84
        parts.append(text(x(value) + (-7 if flip else 7), 20, words, colours["ink"], anchor="end" if flip else "start"))
    parts += _needles(needles, x, base, [x(value) for value, _ in bounds], colours)
    return picture(title, width, base + 34, parts)


def _left_of(bounds: Sequence[float], at: float, wide: float) -> float:
    """Where words end that no bound crosses, left of a needle; at the edge where there is no room."""
    end = at - 10
    while crossing := [bound for bound in bounds if end - wide < bound < end + 4]:
        end = min(crossing) - 8
    return max(end, wide)


def _needles(
    needles: Sequence[Needle], x: Callable[[float], float], base: float, bounds: Sequence[float], colours: Colours
) -> Iterator[str]:
    """Words stand beside their needle, the leftmost lowest, each higher one a line up, on the side where no bound crosses them."""
    tint = {"missed": colours["missed-solid"], "risk": colours["risk-mark"], "met": colours["met"]}
    for row, needle in enumerate(sorted(needles, key=lambda one: one.value)):
        at = x(needle.value)
        y = base - 6 - 18 * row
        yield f'<path d="M{at - 5.5:.1f} {base - 13:.1f}h11L{at:.1f} {base - 3:.1f}Z" fill="{tint.get(needle.state, colours["edge"])}"/>'
        wide = 6.6 * len(needle.label) + 14
        crossed_left = any(at - wide < bound < at - 4 for bound in bounds)
        crossed_right = any(at + 4 < bound < at + wide for bound in bounds)
        right = at < 90 or (crossed_left and not crossed_right and at + wide < x(100))
        end = at - 10
        if (
            crossed_left and not right
        ):  # nowhere clear beside it: the words stand left of the bounds, a hairline leads there
            end = _left_of(bounds, at, wide)
            yield line(end + 3, y - 4, at, y - 4, colours["edge"], 0.75)
            yield line(at, y - 4, at, base - 13, colours["edge"], 0.75)
        yield text(
            at + 10 if right else end,
            y,
            needle.label,
            colours["ink-2"],
            anchor="start" if right else "end",
            halo=colours["surface"],
        )
