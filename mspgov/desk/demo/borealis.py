"""Borealis Energy with Cobalt and Dune: an invented log from April 2026 to the day of loading."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from contracts.models import ServiceLevel
from itsm import services as itsm
from itsm.models import Result
from mspgov.kernel.period import Month, Quarter, months_between
from mspgov.tenancy import services as tenancy
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Engagement

from . import root_causes, town
from .people import BOREALIS
from .synthetic import Flow, log_of, mapping_of

ZONE = "Europe/Oslo"
FIRST = Month("2026-04")
BEGIN = datetime(2026, 3, 31, 22, tzinfo=UTC)  # 1 April, 00:00 in Oslo
DESK = Flow(11, "SD-", 14.0, (1.3, 1.1, 0.95, 0.9, 1.0, 1.25, 1.1, 1.0, 1.05), ("Account", "Device", "Software", "Access"),
            ("First line", "Field"), "Fjord Repair", "provider_vendor")  # fmt: skip
NETWORK = Flow(23, "NW-", 6.0, (1.0, 1.0, 1.15, 1.3, 1.0, 0.9, 0.95, 1.2, 1.1), ("WAN", "Wi-Fi", "Telephony", "Firewall"),
               ("Network operations", "Telephony"), "Nordlink", "unknown_vendor")  # fmt: skip
AVAILABILITY = ["99.97", "99.93", "99.88", "99.95", "99.96", "99.81", "99.94", "99.95", "99.96"]


def load(say: Callable[[str], object], at: datetime, packs: Path) -> None:
    """Make what is missing; what is there stays as people have left it."""
    tenant = tenancy.create_tenant(
        slug="borealis", name="Borealis Energy", currency="NOK", time_zone=ZONE, is_demo=True
    )
    with enter(tenant.pk):
        desk = town.engagement("service-desk", "Service desk and devices", "cobalt", "Cobalt Managed Services", ZONE)
        network = town.engagement("network", "Network and telephony", "dune", "Dune Operations", ZONE)
        town.people_of(BOREALIS, {"cobalt": [desk], "dune": [network]}, ZONE)
        jonas = town.person("jonas@borealis.example")
        town.agree(desk, "borealis-desk.yaml", jonas, at)
        town.agree(network, "borealis-network.yaml", jonas, at)
        town.describe(desk, ["Service desk", "Devices"], {"Fjord Repair": "provider"}, [("Oslo", "NO", ZONE)])
        town.describe(network, ["WAN", "Telephony"], {"Nordlink": "unknown"}, [("Bergen", "NO", ZONE)])
        for each in (desk, network):
            root_causes.settle(
                each,
                jonas,
                at,
                recurrence_key=["category", "assignment_group"],
                threshold=40,
                window_days=7,
                look_back_days=10,
            )
        town.owe_monthly_report(desk, town.person("ines@borealis.example"), at)
    for engagement, flow in ((desk, DESK), (network, NETWORK)):
        say(f"Borealis Energy: importing an invented log of {engagement.name} …")
        log = log_of(flow, BEGIN, at, ZONE)
        town.load_tickets(
            tenant, engagement, f"{engagement.slug}.csv", log, at=at, by=town.person("pavel@borealis.example"),
            format="csv", time_zone=ZONE, mapping=mapping_of(flow),
        )  # fmt: skip
    now = Month.of(at.date())
    with enter(tenant.pk):
        for engagement in (desk, network):
            if Result.objects.filter(engagement=engagement).exists():
                continue
            if engagement is network:
                report(network, now.previous, at)
            town.measure_and_seal(engagement, FIRST, now, now + (-2), jonas, at)
    quarter = Quarter.of(at.date()).previous
    if quarter.first_day >= FIRST.first_day:
        for engagement in (desk, network):
            if not (packs / f"borealis-{engagement.slug}.made").exists():
                say(f"Borealis Energy: printing the board pack of {quarter}, {engagement.name} …")
                town.make_pack(tenant, engagement, quarter, jonas, at)
                packs.mkdir(parents=True, exist_ok=True)
                (packs / f"borealis-{engagement.slug}.made").touch()


def report(engagement: Engagement, last: Month, at: datetime) -> None:
    """What Dune reported of the network's availability, month by month."""
    mira = town.person("mira@dune.example")
    level = ServiceLevel.objects.get(engagement=engagement, key="wan-availability")
    for month, value in zip(months_between(FIRST, last), AVAILABILITY, strict=False):
        itsm.report_value(
            service_level=level, month=month, value=Decimal(value), source="Dune's network report",
            evidence=f"Report of {month} (demo)", by=mira, at=at,
        )  # fmt: skip
