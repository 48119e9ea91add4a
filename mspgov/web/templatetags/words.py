"""Filters that write figures as the product does. Instants are read in the reader's zone (the active one), durations are microseconds."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from mspgov.web import words

register = template.Library()


@register.filter
def money(amount: Decimal | None, currency: str = "") -> str:
    """EUR 4,210.00; without a code the amount alone; None is "not measured"."""
    return "not measured" if amount is None else words.money(amount, currency)


@register.filter
def percent(ratio: Decimal | float | None, places: int = 2) -> str:
    """84.93 % of a ratio 0 to 1; None is "not measured"."""
    return "not measured" if ratio is None else words.percent(ratio, places)


@register.filter
def number(value: Decimal | int | float | None, places: int = 0) -> str:
    return "not measured" if value is None else words.number(value, places)


@register.filter
def duration(us: int | None) -> str:
    """8 h 23 min."""
    return "not measured" if us is None else words.duration(us)


@register.filter
def duration_days(us: int | None) -> str:
    """2 d 15 h 46 min, for a clock that counts down."""
    return "not measured" if us is None else words.duration(us, days=True)


@register.filter
def duration_columns(us: int | None) -> str:
    """8:23."""
    return "–" if us is None else words.duration_columns(us)


@register.filter
def duration_fixed(us: int | None) -> str:
    """8 h 00."""
    return "–" if us is None else words.duration_fixed(us)


@register.filter
def day(on: date | datetime | None) -> str:
    """Fri 17 Jun."""
    return "" if on is None else words.day(on, timezone.localdate(), timezone.get_current_timezone())


@register.filter
def day_sentence(on: date | datetime | None) -> str:
    """Friday 17 June."""
    return "" if on is None else words.day_sentence(on, timezone.localdate(), timezone.get_current_timezone())


@register.filter
def moment(at: datetime | None) -> SafeString | str:
    """Fri 17 Jun, 18:00 (today only the time), with the exact instant and zone on hover."""
    if at is None:
        return ""
    zone = timezone.get_current_timezone()
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.isoformat(),
        words.exactly(at, zone),
        words.moment(at, timezone.localdate(), zone),
    )


@register.filter
def unbroken(text: str) -> str:
    """The text with numbers kept with their units."""
    return words.unbroken(text)
