"""What the pack's templates are given: text and drawings, row by row; nothing in it computes."""

from dataclasses import dataclass

from django.utils.safestring import SafeString

from governance.calc import messages


@dataclass(frozen=True)
class Entry:
    """A line of the contents: its anchor, and whether it belongs to the line above."""

    anchor: str
    words: str
    inner: bool = False


@dataclass(frozen=True)
class Cover:
    """Names, months, the one gauge line, the contents, what was sealed when."""

    client: str
    provider: str
    number: str
    engagement: str
    months: str
    notes: tuple[str, ...]
    gauge: SafeString
    gauge_words: str
    contents: tuple[Entry, ...]
    inner_contents: tuple[tuple[Entry, ...], ...]
    sealed: str
    sha256: str


@dataclass(frozen=True)
class Strip:
    """A figure with its label above and a line below."""

    label: str
    value: str
    line: str


@dataclass(frozen=True)
class Summary:
    """The executive summary."""

    heading: str
    strip: tuple[Strip, ...]
    paragraphs: tuple[str, ...]
    decisions: tuple[messages.Decision, ...]
    since_heading: str
    since: tuple[tuple[str, str, str], ...]
    source: str


@dataclass(frozen=True)
class HeatMonth:
    """A column's head."""

    name: str
    year: str
    seal: str


@dataclass(frozen=True)
class HeatCell:
    """A cell: its state and figure, and what a reader is told beside the figure."""

    state: str
    figure: str
    mark: str
    told: str
    reported: bool
    corrected: bool


@dataclass(frozen=True)
class HeatRow:
    """A level's row."""

    name: str
    promise: str
    cells: tuple[HeatCell, ...]


@dataclass(frozen=True)
class Heat:
    """Service level by month, and what went under minimum."""

    heading: str
    eyebrow: str
    months: tuple[HeatMonth, ...]
    groups: tuple[tuple[str, tuple[HeatRow, ...]], ...]
    reported_by: str
    misses: tuple[tuple[str, str, str, str], ...]
    misses_total: str
    beside: str
    currency: str
    source: str


@dataclass(frozen=True)
class MonthRow:
    """A month of a level in figures."""

    month: str
    total: str
    in_time: str
    excluded: str
    attainment: str
    state: str
    state_word: str
    note: str


@dataclass(frozen=True)
class LateRow:
    """A late ticket."""

    number: str
    month: str
    late_by: str
    held: str
    reason: str


@dataclass(frozen=True)
class HeldRow:
    """Who held the late tickets of a month; widths in percent of the widest row."""

    month: str
    parts: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Level:
    """The page of one service level."""

    anchor: str
    name: str
    eyebrow: str
    heading: str
    chart: SafeString
    months_heading: str
    with_counts: bool
    months: tuple[MonthRow, ...]
    held: tuple[HeldRow, ...]
    late: tuple[LateRow, ...]
    late_note: str
    source: str


@dataclass(frozen=True)
class CreditRow:
    """A credit in the table; the month stands once."""

    month: str
    level: str
    attainment: str
    weight: str
    multiplier: str
    before_cap: str
    amount: str
    state: str = ""


@dataclass(frozen=True)
class Step:
    """A numbered step of a derivation."""

    number: int
    label: str
    below: str
    value: str
    is_last: bool


@dataclass(frozen=True)
class Derivation:
    """How one credit comes about."""

    heading: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Money:
    """The pages on credits."""

    heading: str
    weight_head: str
    with_multiplier: bool
    label_columns: int
    currency: str
    rows: tuple[CreditRow, ...]
    before_cap: str
    total: str
    waived: str
    chart: SafeString | None
    caps: tuple[tuple[str, str], ...]
    earned_back: tuple[str, ...]
    derivations: tuple[Derivation, ...]
    derivations_note: str
    source: str


@dataclass(frozen=True)
class Listing:
    """A table of the data quality, with what is to be said where there is nothing or too much; `numbers` are the places of the
    columns that stand right."""

    heading: str
    said: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Pages:
    """The whole pack as text; `paper` is A4 or Letter."""

    paper: str
    title: str
    created: str
    head: str
    parties: str
    foot: str
    draft: str
    cover: Cover
    summary: Summary
    heat: Heat
    levels: tuple[Level, ...]
    credits: Money
    root_causes: object | None
    quality_heading: str
    quality: tuple[Listing, ...]
    quality_source: str
    definitions: tuple[tuple[str, str, str], ...]
    words: tuple[tuple[str, str], ...]
