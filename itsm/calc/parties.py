"""Whose a wait is, in words and as a lane: the provider, its subcontractor, or the client."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class WaitKind:
    """Who holds the ticket meanwhile ('provider', 'subcontractor', 'client'), and what it is called."""

    party: str
    label: str
    sentence: str


KINDS: Final = {
    "customer": WaitKind("client", "Waiting for the caller", "Waiting for the caller"),
    "client_vendor": WaitKind("client", "Client’s vendor", "Waiting for a vendor of the client"),
    "provider_vendor": WaitKind("subcontractor", "Waiting for vendor", "Waiting for the provider’s own vendor"),
    "unknown_vendor": WaitKind(
        "subcontractor", "Vendor, undecided", "Waiting for a vendor of whom nobody has decided whose it is"
    ),
    "problem": WaitKind("provider", "Waiting for a problem", "Waiting for a problem"),
    "resolved": WaitKind("provider", "Resolved, then reopened", "Resolved, until it was reopened"),
    "planned": WaitKind("provider", "Planned for later", "Planned for later"),
}
