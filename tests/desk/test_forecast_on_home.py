"""Home's forecast: what is set to miss, asked once for any number of engagements."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from itsm.calc.judgement import BELOW, MET
from itsm.queries.current import ResultLine
from mspgov.desk.queries.needs import headed_for_a_miss
from mspgov.desk.queries.standing import SealedMonth, Standing
from mspgov.kernel.period import Month
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Engagement
from tests.world import build_town

pytestmark = pytest.mark.django_db
AT = datetime(2016, 6, 14, 12, 42, tzinfo=UTC)
JUNE = Month("2016-06")
NO_ID = UUID(int=0)


def line(pk: int, slug: str, month: Month, met: int, as_of: datetime = AT) -> ResultLine:
    return ResultLine(
        pk=pk, public_id=NO_ID, level_id=1, level_public_id=NO_ID, level="p2", level_name="P2 resolution",
        measure="resolve", position=0, month=month, version=1, total=100, met=met, excluded=0,
        attainment=Decimal(met), standing=MET if met >= 90 else BELOW, is_forgiven=False, reported_id=None,
        reported_by=None, expected=Decimal(95), minimum=Decimal(90), terms_version_id=1, as_of=as_of,
        computed_at=as_of, digest=f"digest-{pk}", reason="", rules_version="1", engagement=slug,
    )  # fmt: skip


def standing(engagement: Engagement, pk: int, met: int, as_of: datetime = AT, sealed: bool = False) -> Standing:
    results = {month: (line(pk + k, engagement.slug, month, met, as_of),) for k, month in enumerate((JUNE + -1, JUNE))}
    seals = {JUNE: SealedMonth(JUNE, AT, "")} if sealed else {}
    return Standing(engagement, AT, None, results, seals, (), frozenset(), (), True, "")


def test_two_engagements_are_asked_as_often_as_one_and_each_is_told() -> None:
    town = build_town()
    cobalt, dune = town.engagements["cobalt"], town.engagements["dune"]
    with enter(town.tenant.pk):
        counts, told = [], []
        for case in ([standing(cobalt, 10, 70)], [standing(cobalt, 20, 70), standing(dune, 30, 70)]):
            with CaptureQueriesContext(connection) as asked:
                found = headed_for_a_miss(case)
            counts.append(len(asked))
            told.append([(each.slug, each.level_name, each.month) for each in found])
    assert counts == [1, 1]
    assert told[0] == [("cobalt-services", "P2 resolution", JUNE)]
    assert told[1] == [(slug, "P2 resolution", JUNE) for slug in ("cobalt-services", "dune-services")]


def test_what_keeps_its_bound_or_is_sealed_or_over_heads_nowhere() -> None:
    town = build_town()
    with enter(town.tenant.pk):
        assert headed_for_a_miss([standing(town.engagement, 40, 100)]) == ()
        assert headed_for_a_miss([standing(town.engagement, 50, 70, sealed=True)]) == ()
        over = datetime(2016, 7, 2, tzinfo=UTC)
        assert headed_for_a_miss([standing(town.engagement, 60, 70, as_of=over)]) == ()
        assert headed_for_a_miss([]) == ()
