"""Query parameters of the API's lists, by name: what they are read as, and the 400 for what cannot be read."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple
from uuid import UUID

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from mspgov.kernel.faults import Fault
from mspgov.kernel.period import Month, Quarter, read_month, read_quarter
from mspgov.tenancy.models import Engagement

from .api_rows import Body

PRIORITIES = ("P1", "P2", "P3", "P4")
OF_EVERY_LIST = ("cursor", "page_size", "format")


class Asked(NamedTuple):
    """How a parameter is read, and what the reference says of it."""

    read: Callable[[str, str], Any]
    note: str


def text(value: str, name: str) -> str:
    if "\x00" in value:
        raise Fault(name, "has a character that no text has")
    return value


def engagement(value: str, name: str) -> Engagement:
    """By its short name or its id; one that the caller does not see is as if it did not exist."""
    try:
        which: dict[str, Any] = {"public_id": UUID(value)}
    except ValueError:
        which = {"slug": text(value, name)}
    found: Engagement | None = Engagement.objects.filter(**which).select_related("provider").first()
    if found is None:
        raise Fault(name, "there is no such engagement that you can see")
    return found


def month(value: str, name: str) -> Month:
    return read_month(value, name)


def quarter(value: str, name: str) -> Quarter:
    return read_quarter(value, name)


def yes_or_no(value: str, name: str) -> bool:
    if value not in ("true", "false"):
        raise Fault(name, "must be true or false")
    return value == "true"


class MonthBody(Body):
    """What is said of one month of an engagement; `place_of` reads which."""

    engagement = serializers.CharField(help_text="Short name or id of an engagement.")
    month = serializers.CharField(help_text="A month such as 2016-04.")


def place_of(asked: Mapping[str, Any]) -> tuple[Engagement, Month]:
    return engagement(asked["engagement"], "engagement"), month(asked["month"], "month")


def priority(value: str, name: str) -> str:
    if value not in PRIORITIES:
        raise Fault(name, f"must be one of {', '.join(PRIORITIES)}")
    return value


TEXT = Asked(text, "Exactly this.")
KNOWN = {
    "engagement": Asked(engagement, "Short name or id of an engagement."),
    "month": Asked(month, "A month such as 2016-04."),
    "quarter": Asked(quarter, "A quarter such as 2016-Q2."),
    "service_level": Asked(text, "The key of a service level, such as p2-resolve."),
    "priority": Asked(priority, "P1, P2, P3 or P4."),
    "open": Asked(yes_or_no, "true or false."),
    "active": Asked(yes_or_no, "true or false."),
}


def only_known(given: Iterable[str], names: Iterable[str]) -> None:
    """Raises ValidationError naming every parameter that a list does not read: spelled wrong, it would show too much."""
    known = [*names, *OF_EVERY_LIST]
    if wrong := [name for name in given if name not in known]:
        raise ValidationError({name: f"this list reads {', '.join(known)}" for name in wrong})


def only_choices(model: Any, asked: Mapping[str, Any]) -> None:
    """Raises ValidationError for a word that a column of the model never holds."""
    columns = {f.name: [value for value, _ in f.choices] for f in model._meta.fields if f.choices}
    wrong = {n: f"must be one of {', '.join(columns[n])}" for n in asked if n in columns and asked[n] not in columns[n]}
    if wrong:
        raise ValidationError(wrong)


def read(names: tuple[str, ...], given: Any) -> dict[str, Any]:
    """The parameters that were given and are not empty, read. Raises ValidationError naming every bad one."""
    asked, wrong = {}, {}
    for name in names:
        if value := given.get(name):
            try:
                asked[name] = KNOWN.get(name, TEXT).read(value, name)
            except Fault as fault:
                wrong[name] = fault.why
    if wrong:
        raise ValidationError(wrong)
    return asked
