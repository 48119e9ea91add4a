"""Files of an answer belong to the version that was submitted with them; files and what they came with are sealed once."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest

from governance import services
from governance.models import Action, Rca, RcaVersion
from governance.queries.rcas import rca_page
from mspgov.jobs import services as jobs
from mspgov.jobs.models import Run
from mspgov.kernel.refusals import Conflict, Refused
from mspgov.records.models import Evidence, Seal
from mspgov.records.queries import verified
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.governance.asked import AT, alike, answer, asked_town, bring, demanded, person
from tests.governance.test_rca_pages import client_of
from tests.world import Town

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"]),
    pytest.mark.requirement("R4.3"),
]


@pytest.fixture
def town() -> Town:
    return asked_town()


def text(name: str) -> tuple[str, int, Any]:
    return (name, 9, BytesIO(f"of {name}".encode()))


def test_a_file_added_to_a_draft_is_in_no_version_that_the_client_reads(town: Town) -> None:
    rca, drew, ada = demanded(town), person(town, Role.ENGINEER), person(town, Role.SERVICE_OWNER)
    with enter(town.tenant.pk):
        services.add_rca_evidence(rca=rca, files=[text("first.txt")], by=drew, at=AT)
        services.submit_rca(rca=rca, content=answer(town), by=drew, at=AT)
        with pytest.raises(Conflict, match="once it is returned"):
            services.add_rca_evidence(rca=rca, files=[text("late.txt")], by=drew, at=AT)
        services.return_rca(rca=rca, reason="Not enough", by=ada, at=AT)
        services.add_rca_evidence(rca=rca, files=[text("second.txt")], by=drew, at=AT)
        page = rca_page(rca.public_id)
        assert [each.file.name for each in page.evidence] == ["first.txt"]
        assert [each.file.name for each in page.added] == ["first.txt", "second.txt"]
        second = Evidence.objects.get(file__name="second.txt")
    client, address = client_of(town, Role.SERVICE_OWNER), f"/o/aurora/governance/rcas/{rca.public_id}/"
    assert "second.txt" not in client.get(address).content.decode()
    assert client.get(f"/o/aurora/governance/rcas/files/{second.public_id}/").status_code == 404
    preview = client_of(town, Role.ENGINEER).get(f"{address}preview/").content.decode()
    assert "second.txt" in preview
    with enter(town.tenant.pk):
        changed = answer(town, factors="The alert went to a leaver.", at=AT + timedelta(days=1))
        services.submit_rca(rca=rca, content=changed, by=drew, at=AT + timedelta(days=1))
        assert [len(v.evidence) for v in RcaVersion.objects.order_by("version")] == [1, 2]
        assert [each.file.name for each in rca_page(rca.public_id, 1).evidence] == ["first.txt"]
    assert "second.txt" in client.get(address).content.decode()
    assert "second.txt" not in client.get(f"{address}?version=1").content.decode()


def test_several_files_are_one_seal_and_one_that_lies_leaves_none(town: Town) -> None:
    rca, drew = demanded(town), person(town, Role.ENGINEER)
    lie = ("b.pdf", 12, BytesIO(b"\x89PNG\r\n\x1a\n0000"))
    with enter(town.tenant.pk):
        seals = Seal.objects.count()
        with pytest.raises(Refused, match="in truth a PNG"):
            services.add_rca_evidence(rca=rca, files=[text("a.txt"), lie], by=drew, at=AT)
        assert (Evidence.objects.count(), Seal.objects.count()) == (0, seals)
        services.add_rca_evidence(rca=rca, files=[text("a.txt"), text("b.txt")], by=drew, at=AT)
        services.add_rca_evidence(rca=rca, files=[text("a.txt")], by=drew, at=AT)  # known already
        (seal,) = Seal.objects.filter(record=rca.record, what="evidence")
        assert sorted(seal.after) == ["file 1", "file 2"]
        assert Evidence.objects.get(file__name="b.txt").file.sha256 in seal.after["file 2"]


def test_the_evidence_of_an_action_is_told_to_the_chain_by_the_seal_of_handing_it_in(town: Town) -> None:
    rca, drew = demanded(town), person(town, Role.ENGINEER)
    with enter(town.tenant.pk):
        services.submit_rca(rca=rca, content=answer(town), by=drew, at=AT)
        services.accept_rca(rca=rca, by=person(town, Role.SERVICE_OWNER), at=AT)
        action = Action.objects.get()
        services.hand_in_action(action=action, note="Done", files=[text("a.txt"), text("b.txt")], by=drew, at=AT)
        (seal,) = Seal.objects.filter(record=action.record)
        assert (seal.what, Evidence.objects.count()) == ("submit", 2)
        assert all(each.file.sha256 in str(seal.after) for each in Evidence.objects.select_related("file"))
        assert verified([]).is_whole


def test_what_follows_from_new_tickets_is_a_step_for_each_root_cause(town: Town) -> None:
    bring(town, *alike(3, AT - timedelta(days=4)))
    bring(town, *alike(3, AT - timedelta(days=4), category="Disk", start=20))
    with enter(town.tenant.pk):
        engagement = town.engagement
        at_once = services.follow_next(services.begin(engagement), engagement=engagement, at=AT)
        assert (at_once.demanded, at_once.ended, Rca.objects.count()) == (("RCA-2026-0001",), False, 1)
        services.follow(engagement=engagement, at=AT)
        mail, disk = Rca.objects.order_by("pk")
        services.submit_rca(rca=mail, content=answer(town), by=person(town, Role.ENGINEER), at=AT)
        services.accept_rca(rca=mail, by=person(town, Role.SERVICE_OWNER), at=AT)
    bring(town, *alike(1, AT + timedelta(days=3), category="Other", start=90))
    with enter(town.tenant.pk):
        run = services.start_following(engagement=engagement, key="asked", by=None)
    run = jobs.work_here(run)
    assert (run.state, run.done_steps) == (Run.State.DONE, 2), run.error  # the check, and a last look at what recurs
    assert run.result["left"] == []
    assert list(run.result["checked"]) == [mail_number(town, mail)]
    assert disk.pk


def mail_number(town: Town, rca: Rca) -> str:
    with enter(town.tenant.pk):
        return str(Rca.objects.select_related("record").get(pk=rca.pk).record.number)
