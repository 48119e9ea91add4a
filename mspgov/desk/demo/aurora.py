"""Aurora Mutual with Cobalt: a real log of 2016, invented terms, sealed to May 2016, June open."""

import zipfile
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from contracts.models import ServiceLevel
from costs import services as costs
from governance.queries import pack_file
from itsm import services as itsm
from itsm.models import MonthSeal, ReportedValue
from mspgov.kernel.money import Money
from mspgov.kernel.period import Month, Quarter
from mspgov.records.services import read_file
from mspgov.tenancy import services as tenancy
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Engagement, Tenant

from . import disputes, root_causes, town
from .people import AURORA

ZONE = "America/Sao_Paulo"
FIRST, LAST, SEALED = Month("2015-10"), Month("2016-06"), Month("2016-05")
REPORTED = {  # what Cobalt reported, month by month from October 2015
    "virtual-desktop": ["99.91", "99.94", "99.90", "99.97", "99.96", "99.93", "99.41", "99.62", "99.91"],
    "calls-answered": ["86.1", "88.9", "90.2", "91.5", "90.8", "91.2", "90.1", "92.4", "91.7"],
}
CHARGES = {"2015-12": "86300.00", "2016-04": "84200.00", "2016-05": "87450.00"}
SERVICES = ["Service desk", "Workplace and devices", "Messaging", "Virtual desktop"]
VENDORS = {"Pinnacle Mail Ltda.": "provider", "Norte Telecom": "client", "Serra Print": "unknown"}
PLACES = [("São Paulo, head office", "BR", ZONE), ("Curitiba", "BR", ZONE), ("Recife", "BR", "America/Recife")]


def load(say: Callable[[str], object], at: datetime, packs: Path) -> None:
    """Make what is missing; what is there stays as people have left it."""
    tenant = tenancy.create_tenant(slug="aurora", name="Aurora Mutual", currency="EUR", time_zone=ZONE, is_demo=True)
    with enter(tenant.pk):
        work = town.engagement("workplace", "Workplace services", "cobalt", "Cobalt Managed Services", ZONE)
        town.people_of(AURORA, {"cobalt": [work]}, ZONE)
        ben = town.person("ben@aurora.example")
        town.agree(work, "aurora.yaml", ben, at)
        town.describe(work, SERVICES, VENDORS, PLACES)
        root_causes.settle(
            work, ben, at, threshold=5, window_days=7, look_back_days=30, due_days_p1=8, clause="Schedule 6 §2.1"
        )
        root_causes.account_for(work, "Workplace", town.person("ada@aurora.example"), ben, at)
    say("Aurora Mutual: importing 141,712 events of a real log …")
    archive = zipfile.ZipFile(town.HERE / "incident_event_log.zip")
    mei = town.person("meilin@aurora.example")
    town.load_tickets(
        tenant, work, "incident_event_log.csv", archive.read("incident_event_log.csv"), at=at, by=mei,
        format="servicenow-audit", time_zone=ZONE,
    )  # fmt: skip
    say("Aurora Mutual: measuring October 2015 to June 2016, sealing to May …")
    with enter(tenant.pk):
        if not MonthSeal.objects.filter(engagement=work).exists():
            report(work, at)
            town.measure_and_seal(work, FIRST, LAST, SEALED, ben, at)
    say("Aurora Mutual: disputing a credit of May 2016, claiming the first ones …")
    disputes.load(tenant, work, at)
    with enter(tenant.pk):
        root_causes.ask(work, at)
    for text in ("2016-Q1", "2016-Q2"):
        say(f"Aurora Mutual: printing the board pack of {text} …")
        keep_pack(tenant, work, Quarter(text), at, packs / f"aurora-{text}.pdf")


def report(engagement: Engagement, at: datetime) -> None:
    """Charges that differ from the contract's, and the levels that Cobalt reports itself."""
    paulo, cleo = town.person("paulo@aurora.example"), town.person("cleo@cobalt.example")
    for month, amount in CHARGES.items():
        costs.set_charges(
            engagement=engagement, month=Month(month), amount=Money(Decimal(amount), "EUR"), by=paulo, at=at
        )
    for key, values in REPORTED.items():
        level = ServiceLevel.objects.get(engagement=engagement, key=key)
        if ReportedValue.objects.filter(engagement=engagement, service_level=level).exists():
            continue
        for months, value in enumerate(values):
            itsm.report_value(
                service_level=level, month=FIRST + months, value=Decimal(value), source="Cobalt's monthly report",
                evidence=f"Report of {FIRST + months}, page 4 (demo)", by=cleo, at=at,
            )  # fmt: skip


def keep_pack(tenant: Tenant, engagement: Engagement, quarter: Quarter, at: datetime, path: Path) -> None:
    """The pack in the product, and a copy of the file where the demo says that it lies."""
    if path.exists():
        return
    run = town.make_pack(tenant, engagement, quarter, town.person("ben@aurora.example"), at)
    path.parent.mkdir(parents=True, exist_ok=True)
    with enter(tenant.pk):
        path.write_bytes(b"".join(read_file(pack_file(run.result["pack"], "A4"))))
