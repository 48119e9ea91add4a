"""The facts of a board pack: all that is printed, frozen as canonical JSON whose SHA-256 stands on the cover.

Canonical: keys sorted, no spaces, UTF-8, decimals and dates as strings, no floats; the same facts are the same bytes.
"""

import hashlib
import json
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Any, cast, get_args, get_origin, get_type_hints

FORM = 1


@dataclass(frozen=True)
class ContractFacts:
    """The contract and the version of its terms and of the rules that judged the quarter. `recomputes`: do the attached terms and
    results alone give the quarter's credits? Not where an amendment or a decision changed them."""

    reference: str
    terms_version: int
    effective_on: date
    terms_sha256: str
    rules_version: str
    regime: str
    clause: str
    recomputes: bool


@dataclass(frozen=True)
class LogFacts:
    """What was imported: the span of openings, all tickets, and those decided in the quarter."""

    begins_on: date | None
    ends_on: date | None
    tickets: int
    decided: int
    sources: tuple[str, ...]


@dataclass(frozen=True)
class MonthFacts:
    """One of the twelve months to the quarter's end; money is None where charges are missing. `credits` are what stands of
    them, beside it is what was `waived`; packs from before that was told apart counted it among the credits."""

    month: str
    sealed_at: datetime | None
    charges: Decimal | None
    cap: Decimal | None
    before_cap: Decimal
    credits: Decimal
    waived: Decimal = Decimal(0)


@dataclass(frozen=True)
class ResultFacts:
    """A level in a month: `state` is met, risk, missed or none; `origin` is tickets, reported or none."""

    month: str
    total: int | None
    met: int | None
    excluded: int
    attainment: Decimal | None
    state: str
    origin: str
    forgiven: bool
    corrected: bool
    source: str


@dataclass(frozen=True)
class LateFacts:
    """A ticket that missed: working seconds past its target, and why: the kind of cause, and the reason in full words."""

    number: str
    month: str
    priority: str
    target_seconds: int
    late_seconds: int
    finished: bool
    held_longest: str
    cause: str
    reason: str


@dataclass(frozen=True)
class HeldFacts:
    """Mean working seconds per late ticket of a month that each side held it."""

    month: str
    provider_seconds: int
    subcontractor_seconds: int
    client_seconds: int


@dataclass(frozen=True)
class LevelFacts:
    """A service level with its promise in words, its twelve months and the quarter's late tickets, longest first."""

    key: str
    name: str
    group: str
    promise: str
    definition: str
    clause: str
    expected: Decimal
    minimum: Decimal | None
    places: int
    results: tuple[ResultFacts, ...]
    late: tuple[LateFacts, ...]
    held: tuple[HeldFacts, ...]


@dataclass(frozen=True)
class StepFacts:
    """One numbered step of a credit's derivation."""

    label: str
    detail: str
    value: str
    clause: str


@dataclass(frozen=True)
class CreditFacts:
    """A credit of the quarter with its ledger entry and the steps that lead to it; `since` is when it came to the stage
    of its way where it stood when the facts were frozen, not known in packs from before credits were reviewed."""

    month: str
    service_level: str
    attainment: Decimal
    cause: str
    allocation: Decimal | None
    multiplier: Decimal | None
    points: int | None
    before_cap: Decimal
    amount: Decimal
    state: str
    entry: str
    replaces: str
    steps: tuple[StepFacts, ...]
    since: datetime | None = None


@dataclass(frozen=True)
class EarnBackFacts:
    """Credits of a contract year that ended in the quarter and return to the provider."""

    service_level: str
    year_ends: date
    amount: Decimal


@dataclass(frozen=True)
class RejectedFacts:
    """A row of an imported file that could not be read; its whole ticket was left out."""

    source: str
    row: int
    field: str
    why: str


@dataclass(frozen=True)
class ExcludedFacts:
    """A ticket left out of a level's month by a decision."""

    number: str
    service_level: str
    month: str
    why: str


@dataclass(frozen=True)
class UndecidedFacts:
    """A ticket that waited for a vendor whom nobody has assigned to a side: its clock runs on until somebody does."""

    number: str
    vendor: str
    waits: int
    seconds: int


@dataclass(frozen=True)
class LoweredFacts:
    """A ticket whose priority was lowered around or after the worse target's due instant."""

    number: str
    month: str
    before: str
    after: str
    at: datetime
    due_at: datetime


@dataclass(frozen=True)
class QualityFacts:
    """What the figures do not show by themselves."""

    rejected: tuple[RejectedFacts, ...]
    excluded: tuple[ExcludedFacts, ...]
    undecided: tuple[UndecidedFacts, ...]
    lowered: tuple[LoweredFacts, ...]


@dataclass(frozen=True)
class RcaFacts:
    """A root cause that is open, or whose effect was checked: `before` and `after` are like tickets, None where unchecked."""

    number: str
    title: str
    state: str
    demanded_at: datetime
    due_at: datetime | None
    late: bool
    before: int | None
    after: int | None


@dataclass(frozen=True)
class ActionFacts:
    """A corrective action that is overdue."""

    number: str
    what: str
    owner: str
    rca: str
    due_at: datetime


@dataclass(frozen=True)
class RootCauseFacts:
    """Root causes that are open, those whose effect was checked since the quarter began, and actions that are overdue."""

    open: tuple[RcaFacts, ...] = ()
    checked: tuple[RcaFacts, ...] = ()
    overdue: tuple[ActionFacts, ...] = ()


@dataclass(frozen=True)
class PackFacts:
    """All facts of one pack."""

    form: int
    number: str
    frozen_at: datetime
    quarter: str
    client: str
    provider: str
    engagement: str
    time_zone: str
    currency: str
    minor_units: int
    is_demo: bool
    contract: ContractFacts
    log: LogFacts
    months: tuple[MonthFacts, ...]
    levels: tuple[LevelFacts, ...]
    credits: tuple[CreditFacts, ...]
    earn_backs: tuple[EarnBackFacts, ...]
    quality: QualityFacts
    terms_yaml: str
    earlier_terms: tuple[str, ...]
    results_json: str
    rcas: RootCauseFacts = RootCauseFacts()  # packs frozen before there were any have none

    @property
    def quarter_months(self) -> tuple[MonthFacts, ...]:
        """The three months of the quarter."""
        return self.months[-3:]

    @property
    def is_draft(self) -> bool:
        """Whether a month of the quarter is not sealed."""
        return any(month.sealed_at is None for month in self.quarter_months)


def canonical(facts: PackFacts) -> str:
    """The facts as canonical JSON. Refuses (TypeError) a float."""
    return json.dumps(_plain(facts), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def content(facts: PackFacts) -> str:
    """The SHA-256 of what the pack says, whatever its number and the instant it was frozen at.

    Once the quarter is sealed, what came later is no reason for another pack: the extent of the log, the remarks on its
    quality and how root causes stand count only while it is a draft.
    """
    said = replace(facts, number="", frozen_at=datetime(1970, 1, 1, tzinfo=UTC))
    if not facts.is_draft:
        said = replace(said, log=NO_LOG, quality=NO_REMARKS, rcas=RootCauseFacts())
    return fingerprint(canonical(said))


NO_LOG = LogFacts(begins_on=None, ends_on=None, tickets=0, decided=0, sources=())
NO_REMARKS = QualityFacts(rejected=(), excluded=(), undecided=(), lowered=())


def fingerprint(text: str) -> str:
    """SHA-256 of canonical JSON, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_facts(text: str) -> PackFacts:
    """The facts of a canonical JSON text; canonical(read_facts(text)) == text."""
    return cast(PackFacts, _typed(PackFacts, json.loads(text)))


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Decimal | date):
        return str(value)
    if value is None or isinstance(value, str | int):
        return value
    raise TypeError(f"{type(value).__name__} does not belong in facts")


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _typed(kind: Any, value: Any) -> Any:
    if isinstance(kind, UnionType):
        return None if value is None else _typed(next(one for one in get_args(kind) if one is not NoneType), value)
    if get_origin(kind) is tuple:
        return tuple(_typed(get_args(kind)[0], item) for item in value)
    if is_dataclass(kind):
        build = cast(type[Any], kind)
        hints = _hints(cast(Any, build)).items()
        return build(**{name: _typed(hint, value[name]) for name, hint in hints if name in value})
    if kind is datetime:
        return datetime.fromisoformat(value)
    if kind is date:
        return date.fromisoformat(value)
    return Decimal(value) if kind is Decimal else value
