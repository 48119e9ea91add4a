"""Addresses of pages inside the entered tenant, and what a page may offer to its reader."""

from datetime import date
from typing import Any

from django.urls import NoReverseMatch, resolve, reverse
from django.utils import timezone

from contracts import policy
from contracts.models import Contract
from mspgov.kernel.zones import zone_named
from mspgov.web.components import Tab, Tabs
from mspgov.web.doors import Request, permission_of


def here(request: Request, route: str, *which: Any) -> str:
    """The address of a page of this tenant."""
    return reverse(route, args=[request.tenant.slug, *which])


def elsewhere(request: Request, route: str, *which: Any) -> str:
    """The address of a page of another part; empty when there is no such page or the reader may not open it."""
    try:
        address = here(request, route, *which)
    except NoReverseMatch:
        return ""
    needed = permission_of(resolve(address).func)
    return address if needed is not None and request.member.holds(needed) else ""


def today(contract_zone: str = "UTC") -> date:
    """Today in a zone."""
    return timezone.localdate(timezone=zone_named(contract_zone))


def may_import(request: Request) -> bool:
    return request.member.holds(policy.IMPORT_TERMS)


def siblings(request: Request, current: str) -> Tabs:
    """The pages about promises that stand beside each other."""
    pages = (
        ("Contracts", "contracts:contracts"),
        ("Calendars", "contracts:calendars"),
        ("When is this due?", "contracts:due"),
    )
    return Tabs(
        tuple(Tab(label, here(request, route), current=label == current) for label, route in pages), label="Promises"
    )


def begun(text: str) -> str:
    """The text with a capital first letter, the rest as it is."""
    return text[:1].upper() + text[1:]


def contract_crumb(request: Request, contract: Contract) -> tuple[str, str]:
    return contract.reference, here(request, "contracts:contract", contract.public_id)


def contracts_crumb(request: Request) -> tuple[str, str]:
    return "Contracts", here(request, "contracts:contracts")


def calendars_crumb(request: Request) -> tuple[str, str]:
    return "Calendars", here(request, "contracts:calendars")
