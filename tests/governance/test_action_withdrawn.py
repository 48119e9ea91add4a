"""The client does without a corrective action: nobody owes it any more, whoever owned it is told why."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.test import Client

from governance import services
from governance.models import Action, Rca
from governance.queries.pack_rcas import root_causes
from mspgov.mail.models import Note
from mspgov.obligations import services as obligations
from mspgov.obligations.models import Obligation
from mspgov.records.errors import Conflict, Refused
from mspgov.records.queries import verified
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Engagement
from mspgov.tenancy.policy import Role
from mspgov.tenancy.services import ensure_engagement
from tests.governance.asked import AT, answer, asked_town, demanded, person
from tests.world import Town

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"]),
    pytest.mark.requirement("R4.3"),
]
WHY = "The relays are gone since the move"


@pytest.fixture
def town() -> Town:
    """An accepted root cause with one action, due on 24 March."""
    town = asked_town()
    rca = demanded(town)
    with enter(town.tenant.pk):
        services.submit_rca(rca=rca, content=answer(town), by=person(town, Role.ENGINEER), at=AT)
        services.accept_rca(rca=rca, by=person(town, Role.SERVICE_OWNER), at=AT)
    return town


def signed_in(town: Town, role: Role) -> Client:
    client = Client()
    client.force_login(person(town, role))
    return client


def withdraw(town: Town, reason: str = WHY, days: int = 1) -> Action:
    with enter(town.tenant.pk):
        return services.withdraw_action(
            action=Action.objects.get(),
            reason=reason,
            by=person(town, Role.SERVICE_OWNER),
            at=AT + timedelta(days=days),
        )


def states(town: Town) -> tuple[str, str, str]:
    with enter(town.tenant.pk):
        owed = Obligation.objects.get(kind="action")
        return Action.objects.get().state, owed.state, Rca.objects.get().state


def test_its_obligation_ends_and_its_root_cause_stays_accepted(town: Town) -> None:
    assert withdraw(town).note == WHY
    assert states(town) == ("withdrawn", "withdrawn", "accepted")
    with enter(town.tenant.pk):
        assert Obligation.objects.get(kind="action").breached_at is None
        told = Note.objects.filter(person=person(town, Role.ENGINEER), subject__contains="is not asked for any more")
        assert [WHY in note.text for note in told] == [True]
        assert verified([]).is_whole
        known = Note.objects.count()
    obligations.sweep(AT + timedelta(days=60))
    with enter(town.tenant.pk):
        assert not Note.objects.filter(kind="obligations.escalation").exists() and Note.objects.count() >= known


def overdue(engagement: Engagement) -> list[str]:
    """As the board reads it, a month later."""
    found = root_causes(engagement, as_of=AT + timedelta(days=30), since=AT.date()).overdue
    return [each.number for each in found]


def test_what_was_late_when_it_was_withdrawn_stays_a_breach_and_is_overdue_no_more(town: Town) -> None:
    with enter(town.tenant.pk):
        other = ensure_engagement(slug="cobalt-other", provider=town.engagement.provider)
        assert (overdue(town.engagement), overdue(other)) == (["CAP-2026-0001"], [])
    withdraw(town, days=30)
    with enter(town.tenant.pk):
        assert overdue(town.engagement) == []
        owed = Obligation.objects.get(kind="action")
        assert owed.breached_at == owed.due_at
        assert not Action.objects.filter(state__in=Action.OWED).exists()


@pytest.mark.parametrize("reason", ["", "  "])
def test_without_a_reason_nothing_is_withdrawn(town: Town, reason: str) -> None:
    with pytest.raises(Refused, match="say why it is not needed any more"):
        withdraw(town, reason)
    assert states(town) == ("open", "open", "accepted")


def test_what_is_accepted_or_withdrawn_is_not_withdrawn_again(town: Town) -> None:
    with enter(town.tenant.pk):
        proof = ("export.csv", 12, BytesIO(b"relay,days\n1,90"))
        action = Action.objects.get()
        services.hand_in_action(action=action, note="Done", files=[proof], by=person(town, Role.ENGINEER), at=AT)
        services.accept_action(action=action, by=person(town, Role.SERVICE_OWNER), at=AT)
    with pytest.raises(Conflict):
        withdraw(town)
    assert states(town) == ("accepted", "done", "accepted")


def test_whoever_reviews_withdraws_it_on_its_page_and_nobody_else(town: Town) -> None:
    with enter(town.tenant.pk):
        page = f"/o/aurora/governance/actions/{Action.objects.get().public_id}/"
    ada, drew = signed_in(town, Role.SERVICE_OWNER), signed_in(town, Role.ENGINEER)
    assert "Withdraw" in ada.get(page).content.decode() and "Withdraw" not in drew.get(page).content.decode()
    assert drew.post(f"{page}withdraw/", {"reason": WHY}).status_code == 404
    empty = ada.post(f"{page}withdraw/", {"reason": ""})
    assert empty.status_code == 200 and states(town)[0] == "open"
    assert ada.post(f"{page}withdraw/", {"reason": WHY}).status_code == 302
    shown = drew.get(page).content.decode()
    assert "Withdrawn" in shown and WHY in shown and "Hand in evidence" not in shown
    assert "Withdraw<" not in ada.get(page).content.decode()
    late = drew.post(f"{page}hand-in/", {"note": "Done", "evidence": BytesIO(b"a,b\n1,2")})
    assert late.status_code in (200, 409) and states(town)[0] == "withdrawn"


def test_the_api_withdraws_it_once(town: Town) -> None:
    with enter(town.tenant.pk):
        address = f"/o/aurora/api/v1/actions/{Action.objects.get().public_id}/withdraw/"
    ada = signed_in(town, Role.SERVICE_OWNER)
    assert ada.post(address, {}, content_type="application/json").status_code == 400
    assert (
        signed_in(town, Role.ENGINEER).post(address, {"reason": WHY}, content_type="application/json").status_code
        == 404
    )
    done = ada.post(address, {"reason": WHY}, content_type="application/json")
    assert (done.status_code, done.json()["state"], done.json()["note"]) == (200, "withdrawn", WHY)
    assert ada.post(address, {"reason": WHY}, content_type="application/json").status_code == 409
