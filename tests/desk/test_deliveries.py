"""The delivery log: an administrator sees what left and what did not, and sends again what is doubtful."""

import pytest
from django.test import Client
from django.utils import timezone

from mspgov.mail import services as mail
from mspgov.mail.models import Mail
from mspgov.mail.services import NewNote
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.world import Town, build_town

pytestmark = pytest.mark.django_db
LOG = "/o/aurora/e-mails/"


@pytest.fixture
def town() -> Town:
    return build_town("aurora", providers=("cobalt",))


def signed_in(town: Town, role: Role = Role.TENANT_ADMINISTRATOR) -> Client:
    client = Client()
    client.force_login(town.member(role).person)
    return client


def written(town: Town, state: str, subject: str = "Report is late") -> Mail:
    ada = town.member(Role.SERVICE_OWNER).person
    with enter(town.tenant.pk):
        mail.tell(
            town.tenant, [NewNote(ada, "late", f"{state}{subject}", subject, "Open <b>it</b>")], at=timezone.now()
        )
        row = Mail.objects.latest("pk")
        row.state, row.error = state, "SMTPException: 550 no such box" if state == "failed" else ""
        row.save()
        return row


def test_the_log_is_filtered_by_state_and_searched(town: Town) -> None:
    for state in ("sent", "failed", "doubtful"):
        written(town, state, f"A {state} one")
    page = signed_in(town).get(LOG).content.decode()
    assert "2\xa0e-mails to look at" in page and "A sent one" in page
    page = signed_in(town).get(f"{LOG}?state=doubtful").content.decode()
    assert "A doubtful one" in page and "A failed one" not in page
    assert "A failed one" in signed_in(town).get(f"{LOG}?q=a+failed").content.decode()
    assert signed_in(town, Role.SERVICE_OWNER).get(LOG).status_code == 404


@pytest.mark.parametrize("state", ["failed", "doubtful"])
def test_what_failed_or_is_doubtful_is_sent_once_more_by_a_person(town: Town, state: str) -> None:
    row = written(town, state)
    page = signed_in(town).get(f"{LOG}{row.public_id}/").content.decode()
    assert "Send again" in page and "&lt;b&gt;" in page
    assert signed_in(town, Role.AUDITOR).post(f"{LOG}{row.public_id}/again/").status_code == 404
    assert signed_in(town).post(f"{LOG}{row.public_id}/again/").status_code == 302
    assert signed_in(town).post(f"{LOG}{row.public_id}/again/").status_code == 409
    with enter(town.tenant.pk):
        assert Mail.objects.get().state == "queued"


def test_what_was_sent_is_not_sent_again(town: Town) -> None:
    row = written(town, "sent")
    assert "Send again" not in signed_in(town).get(f"{LOG}{row.public_id}/").content.decode()
    assert signed_in(town).post(f"{LOG}{row.public_id}/again/").status_code == 409
    with enter(town.tenant.pk):
        assert Mail.objects.get().state == "sent"
