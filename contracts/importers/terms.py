"""A terms file into Terms: everything of it is checked, and a fault names its exact path."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from contracts.calc.terms import (
    CLOCKED,
    COUNTS_IN,
    DECIDERS,
    MEASURES,
    PRIORITIES,
    PRIORITY_RULES,
    SELECTABLE,
    SILENCES,
    STOPS,
    CalendarPromise,
    ContractTerms,
    LadderStep,
    LowVolume,
    Review,
    ServiceLevelTerms,
    Terms,
)
from mspgov.kernel.calendar_terms import read_calendar
from mspgov.kernel.faults import Fault
from mspgov.kernel.money import Money, read_currency, read_money
from mspgov.kernel.zones import zone_named

from .terms_fields import (
    Fields,
    count,
    day,
    entries,
    items,
    listed,
    mapping,
    number,
    one_of,
    percent,
    short_text,
    text,
    yes_or_no,
)
from .terms_regime import read_regime
from .terms_text import read_yaml
from .terms_writing import terms_document, write_terms

TERMS_KEYS: Final = ("contract", "calendars", "service_levels", "credit_regime", "review")
CONTRACT_KEYS: Final = ("reference", "currency", "starts", "ends", "time_zone", "monthly_charges")
LEVEL_KEYS: Final = (
    "key",
    "name",
    "measure",
    "select",
    "calendar",
    "target",
    "targets",
    "stops",
    "priority_rule",
    "counts_in",
    "expected",
    "minimum",
    "low_volume",
    "clause",
)
REVIEW_KEYS: Final = ("answer_days", "silence", "decide_days", "self_billed", "ladder")
LONGEST_KEY: Final = 100
LONGEST_NAME: Final = 200
MOST_SECONDS: Final = 10 * 366 * 86_400
UNIT_SECONDS: Final = {"hours": 3600, "minutes": 60}


def read_terms(text_or_document: object, *, for_import: bool = False, path: str = "") -> Terms:
    """The terms of a YAML text or of a document already read; Fault with the path to what is wrong, below `path`.

    For an import a level that is measured by clocks needs its calendar and its targets; the credit calculator does
    without.
    """
    document = read_yaml(text_or_document) if isinstance(text_or_document, str) else text_or_document
    fields = Fields(document, path, TERMS_KEYS)
    contract = fields.required("contract", read_contract)
    calendars = fields.maybe("calendars", read_calendars) or {}
    reading = LevelReading(calendars, for_import)
    levels = fields.required("service_levels", reading.levels)
    review = fields.maybe("review", read_review)
    regime = None
    if "credit_regime" in fields:
        values = dict(mapping(fields.values["credit_regime"], fields.at("credit_regime")))
        if "review" in values:
            if review is not None:
                raise Fault(fields.at("review"), "is given twice, here and in credit_regime")
            review = read_review(values.pop("review"), f"{fields.at('credit_regime')}.review")
        regime = read_regime(values, fields.at("credit_regime"), [level.key for level in levels])
    return Terms(contract=contract, calendars=calendars, service_levels=levels, credit_regime=regime, review=review)


def read_contract(value: object, path: str) -> ContractTerms:
    fields = Fields(value, path, CONTRACT_KEYS)
    currency = fields.required("currency", read_currency)

    def money(value: object, path: str) -> Money:
        return read_money(value, currency, path)

    contract = ContractTerms(
        reference=fields.required("reference", short_text(LONGEST_KEY)),
        currency=currency,
        starts=fields.required("starts", day),
        ends=fields.required("ends", day),
        time_zone=fields.optional("time_zone", read_zone, "UTC"),
        monthly_charges=fields.maybe("monthly_charges", money),
    )
    if contract.ends < contract.starts:
        raise Fault(fields.at("ends"), "must not lie before starts")
    return contract


def read_zone(value: object, path: str) -> str:
    name = text(value, path)
    try:
        zone_named(name)
    except ValueError:
        raise Fault(path, f"unknown time zone {name[:60]!a}") from None
    return name


def read_calendars(value: object, path: str) -> dict[str, CalendarPromise]:
    return {
        short_key(key, inner_path): read_promise(inner, inner_path) for key, inner, inner_path in entries(value, path)
    }


def read_promise(value: object, path: str) -> CalendarPromise:
    """A calendar with its clause."""
    document = dict(mapping(value, path))
    clause = text(document.pop("clause"), f"{path}.clause") if "clause" in document else ""
    return CalendarPromise(terms=read_calendar(document, path), clause=clause)


def short_key(value: object, path: str) -> str:
    return short_text(LONGEST_KEY)(value, path)


@dataclass(frozen=True)
class LevelReading:
    """Reads service levels, which may refer to these calendars."""

    calendars: Collection[str]
    for_import: bool

    def levels(self, value: object, path: str) -> tuple[ServiceLevelTerms, ...]:
        levels: dict[str, ServiceLevelTerms] = {}
        for inner, inner_path in items(value, path):
            level = self.level(inner, inner_path)
            if level.key in levels:
                raise Fault(f"{inner_path}.key", f"{level.key[:60]!a} is the key of another service level")
            levels[level.key] = level
        if not levels:
            raise Fault(path, "must have at least one service level")
        return tuple(levels.values())

    def level(self, value: object, path: str) -> ServiceLevelTerms:
        fields = Fields(value, path, LEVEL_KEYS)
        level = ServiceLevelTerms(
            key=fields.required("key", short_key),
            name=fields.required("name", short_text(LONGEST_NAME)),
            measure=fields.required("measure", one_of(*MEASURES)),
            expected=fields.required("expected", percent),
            minimum=fields.maybe("minimum", percent),
            select=fields.optional("select", read_select, {}),
            calendar=fields.maybe("calendar", self.calendar),
            target_seconds=fields.maybe("target", read_target),
            targets_seconds=fields.optional("targets", read_targets, {}),
            stops=fields.optional("stops", read_stops, ()),
            priority_rule=fields.optional("priority_rule", one_of(*PRIORITY_RULES), "last"),
            counts_in=fields.optional("counts_in", one_of(*COUNTS_IN), "decided"),
            low_volume=fields.maybe("low_volume", read_low_volume),
            clause=fields.optional("clause", text, ""),
        )
        if level.minimum is not None and level.minimum > level.expected:
            raise Fault(fields.at("minimum"), "must not be above expected")
        self.check_targets(fields, level)
        return level

    def calendar(self, value: object, path: str) -> str:
        name = text(value, path)
        if name not in self.calendars:
            raise Fault(path, f"unknown calendar {name[:60]!a}")
        return name

    def check_targets(self, fields: Fields, level: ServiceLevelTerms) -> None:
        if "target" in fields and "targets" in fields:
            raise Fault(fields.at("targets"), "must not stand beside target")
        if level.measure not in CLOCKED:
            for key in ("target", "targets"):
                if key in fields:
                    raise Fault(fields.at(key), f"means nothing under the measure {level.measure}")
            return
        if self.for_import:
            if level.calendar is None:
                raise Fault(fields.at("calendar"), f"is required under the measure {level.measure}")
            if "target" not in fields and "targets" not in fields:
                raise Fault(fields.at("target"), f"target or targets is required under the measure {level.measure}")


def read_select(value: object, path: str) -> dict[str, tuple[str, ...]]:
    select: dict[str, tuple[str, ...]] = {}
    for key, inner, inner_path in entries(value, path):
        if key not in SELECTABLE:
            raise Fault(inner_path, f"unknown key; a ticket has {', '.join(SELECTABLE)}")
        values = listed(one_of(*PRIORITIES) if key == "priority" else text)(inner, inner_path)
        if not values:
            raise Fault(inner_path, "must name at least one value")
        select[key] = values
    return select


def read_target(value: object, path: str) -> int:
    """Whole seconds of `{hours: 4}` or `{minutes: 30}`."""
    fields = Fields(value, path, UNIT_SECONDS)
    if len(fields.values) != 1:
        raise Fault(path, "must have either hours or minutes")
    ((unit, amount),) = fields.values.items()
    at = fields.at(unit)
    if number(Decimal("-Infinity"))(amount, at) <= 0:
        raise Fault(at, "must be greater than 0")
    seconds = number()(amount, at) * UNIT_SECONDS[unit]
    if seconds != int(seconds):
        raise Fault(at, "must be a whole number of seconds")
    if seconds > MOST_SECONDS:
        raise Fault(at, "must be at most ten years")
    return int(seconds)


def read_targets(value: object, path: str) -> dict[str, int]:
    targets: dict[str, int] = {}
    for key, inner, inner_path in entries(value, path):
        if key not in PRIORITIES:
            raise Fault(inner_path, f"unknown key; priorities are {', '.join(PRIORITIES)}")
        targets[key] = read_target(inner, inner_path)
    if not targets:
        raise Fault(path, "must have a target for at least one priority")
    return {priority: targets[priority] for priority in PRIORITIES if priority in targets}


def read_stops(value: object, path: str) -> tuple[str, ...]:
    named = listed(one_of(*STOPS))(value, path)
    return tuple(stop for stop in STOPS if stop in named)


def read_low_volume(value: object, path: str) -> LowVolume:
    fields = Fields(value, path, ("below", "allowed_failures"))
    return LowVolume(
        below=fields.required("below", count(1)), allowed_failures=fields.optional("allowed_failures", count(), 0)
    )


def read_review(value: object, path: str) -> Review:
    fields = Fields(value, path, REVIEW_KEYS)
    days: Callable[[object, str], int] = count(1, 3660)

    def step(value: object, path: str) -> LadderStep:
        step_fields = Fields(value, path, ("name", "days", "role"))
        return LadderStep(
            step_fields.required("name", short_text(LONGEST_NAME)),
            step_fields.required("days", days),
            step_fields.optional("role", one_of(*DECIDERS), DECIDERS[0]),
        )

    return Review(
        answer_days=fields.maybe("answer_days", days),
        silence=fields.optional("silence", one_of(*SILENCES), "stays_open"),
        decide_days=fields.maybe("decide_days", days),
        self_billed=fields.optional("self_billed", yes_or_no, False),
        ladder=fields.optional("ladder", listed(step), ()),
    )


__all__ = ["Terms", "read_terms", "terms_document", "write_terms"]
