"""A town with a measured quarter and its pack, kept with a stand-in for the printed file."""

from datetime import UTC, datetime
from io import BytesIO

from contracts.services import import_terms
from costs import services as costs
from governance import services
from governance.models import Pack
from itsm import services as itsm
from mspgov.documents.press import Printed
from mspgov.jobs import services as jobs
from mspgov.jobs.models import Run
from mspgov.kernel.period import Month, Quarter
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.governance.test_board_pack import MAPPING, TERMS, TICKETS
from tests.world import Town, build_town

AT = datetime(2026, 8, 5, 9, tzinfo=UTC)
PDF = b"%PDF-1.7 a stand-in"


def measured_town() -> Town:
    town = build_town("aurora")
    with enter(town.tenant.pk):
        import_terms(engagement=town.engagement, text=TERMS, by=None, at=AT)
        row = itsm.keep_import(
            engagement=town.engagement, name="tickets.csv", content=BytesIO(TICKETS.encode()), format="csv",
            time_zone="UTC", mapping=MAPPING, at=AT,
        )  # fmt: skip
        run = itsm.start_import(row, by=None)
    assert jobs.work_here(run).state == Run.State.DONE
    with enter(town.tenant.pk):
        costs.measure(
            engagement=town.engagement, first=Month("2026-01"), last=Month("2026-03"), as_of=AT, at=AT, by=None
        )
        costs.seal_month(engagement=town.engagement, month=Month("2026-01"), by=None, at=AT)
    return town


def packed(town: Town, pdf: bytes = PDF) -> Pack:
    """The draft pack of the first quarter, as if printed on A4."""
    with enter(town.tenant.pk):
        by = town.member(Role.CONTRACT_MANAGER).person
        pack = services.freeze_facts(engagement=town.engagement, quarter=Quarter("2026-Q1"), by=by, at=AT)
        return services.keep_print(pack=pack, printed=Printed(pdf, 12, 0.1, ()), paper="A4", by=by, at=AT)
