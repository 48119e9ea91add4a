"""Numbers, the hash chain and files."""

import hashlib
import io
from datetime import UTC, datetime

import pytest

from mspgov.records import queries, services
from mspgov.records.models import Record, Seal
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.world import Town, build_town

AT = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.fixture
def town() -> Town:
    return build_town("aurora", providers=("cobalt",))


@pytest.mark.django_db
def test_records_are_numbered_per_kind_and_year_without_a_gap(town: Town) -> None:
    with enter(town.tenant.pk):
        numbers = [services.open_record(kind="rca", prefix="RCA", title="x", at=AT).number for _ in range(3)]
        assert numbers == ["RCA-2026-0001", "RCA-2026-0002", "RCA-2026-0003"]
        assert services.open_record(kind="cap", prefix="CAP", title="x", at=AT).number == "CAP-2026-0001"


@pytest.mark.django_db
def test_the_chain_is_whole_after_every_seal(town: Town) -> None:
    ada = town.member(Role.SERVICE_OWNER).person
    with enter(town.tenant.pk):
        record = services.open_record(kind="rca", title="x", at=AT)
        for n in range(5):
            services.seal(record.pk, what=f"step {n}", before={"n": n}, after={"n": n + 1}, by=ada, at=AT)
        walked = queries.verified()
    assert (walked.links, walked.breaks) == (5, ())


@pytest.mark.django_db
def test_a_file_comes_back_byte_for_byte(town: Town) -> None:
    content = b"0123456789abcdef" * 200_000
    with enter(town.tenant.pk):
        file = services.keep_file(name="log.csv", media_type="text/csv", stream=io.BytesIO(content), at=AT)
        assert (file.size, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())
        assert b"".join(services.read_file(file)) == content


@pytest.mark.django_db
def test_a_provider_sees_neither_records_nor_links_of_other_engagements(town: Town) -> None:
    with enter(town.tenant.pk):
        record = services.open_record(kind="rca", title="tenant-wide", at=AT)
        services.seal(record.pk, what="open", before={}, after={}, by=None, at=AT)
        services.open_record(kind="rca", title="theirs", at=AT, engagement=town.engagement)
    with enter(town.tenant.pk, engagements=[town.engagement.pk]):
        assert [r.title for r in Record.objects.all()] == ["theirs"]
        assert Seal.objects.count() == 0
