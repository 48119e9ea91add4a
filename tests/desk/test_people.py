"""Who reads whose name, who ends whose place, and people invited from a file."""

import re
from html import unescape
from typing import Any

import pytest
from django.core import mail as outbox
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from mspgov.desk.people import services
from mspgov.jobs import services as jobs
from mspgov.jobs.models import Run
from mspgov.records.queries import verified
from mspgov.tenancy import offices
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Invitation, Membership, MembershipEngagement, ServiceDomain
from mspgov.tenancy.policy import Role
from mspgov.tenancy.services import create_person
from mspgov.web.models import RecordImport
from tests.house.furnished import AT
from tests.web.shelf import count
from tests.world import Town, build_town

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = "/o/aurora/people/"
HEAD = "Name,E-mail,Roles,Provider,Engagements\n"
JOIN = {"name": "Kim Sato", "password": "governed by invitation", "again": "governed by invitation"}


@pytest.fixture
def town() -> Town:
    return build_town("aurora")


def signed_in(town: Town, role: Role = Role.TENANT_ADMINISTRATOR, provider: str | None = None) -> Client:
    client = Client()
    client.force_login(town.member(role, provider).person)
    return client


def page(client: Client, path: str = PEOPLE) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return unescape(answer.content.decode()).replace("\u00a0", " ")


def test_an_msps_people_read_of_the_client_only_whom_they_deal_with(town: Town) -> None:
    auditor, owner = town.member(Role.AUDITOR), town.member(Role.SERVICE_OWNER)
    security, theirs = town.member(Role.SECURITY_OFFICER), town.member(Role.ENGINEER, "cobalt")
    with enter(town.tenant.pk):
        domain = ServiceDomain.objects.create(engagement=town.engagements["cobalt"], name="Network")
        offices.put_in_office(domain=domain, owner=security.person, deputy=None, from_on=AT.date(), by=owner.person)
    for role in (Role.ACCOUNT_MANAGER, Role.ENGINEER):
        client = signed_in(town, role, "cobalt")
        for path in (PEOPLE, "/o/aurora/people.csv", "/o/aurora/api/v1/people/"):
            shown = page(client, path)
            assert all(each.person.email in shown for each in (owner, security, theirs)), path
            assert auditor.person.email not in shown, path
        assert client.get(f"{PEOPLE}{auditor.public_id}/").status_code == 404
        assert client.get(f"{PEOPLE}{security.public_id}/").status_code == 200
        assert auditor.person.name not in page(client, f"/o/aurora/search/?q={auditor.person.email}")
        assert auditor.person.name not in page(client, "/o/aurora/engagements/cobalt-services/")
    dune = page(signed_in(town, Role.ACCOUNT_MANAGER, "dune"))
    assert security.person.email not in dune and owner.person.email in dune and theirs.person.email not in dune
    assert auditor.person.email in page(signed_in(town, Role.SERVICE_OWNER))


def ends(client: Client, member: Membership) -> int:
    return client.post(f"{PEOPLE}{member.public_id}/deactivate/").status_code


def active(town: Town, member: Membership) -> bool:
    with enter(town.tenant.pk):
        return Membership.objects.get(pk=member.pk).active


def test_an_account_manager_deactivates_engineers_of_their_own_engagements_and_nobody_else(town: Town) -> None:
    cleo, drew = signed_in(town, Role.ACCOUNT_MANAGER, "cobalt"), town.member(Role.ENGINEER, "cobalt")
    others = [
        town.member(Role.ACCOUNT_MANAGER, "cobalt"), town.member(Role.ENGINEER, "dune"), town.member(Role.SERVICE_OWNER),
        town.member(Role.TENANT_ADMINISTRATOR), town.member(Role.AUDITOR),
    ]  # fmt: skip
    for other in others:
        assert ends(cleo, other) in (404, 422) and active(town, other)
    assert ends(signed_in(town, Role.ENGINEER, "cobalt"), drew) == 404
    assert "Deactivate" in page(cleo, f"{PEOPLE}{drew.public_id}/")
    assert ends(cleo, drew) == 302 and not active(town, drew)
    for verb in ("reactivate", "roles"):
        assert cleo.post(f"{PEOPLE}{drew.public_id}/{verb}/").status_code == 404


def test_an_engineer_who_also_works_elsewhere_is_not_the_account_managers_to_deactivate(town: Town) -> None:
    drew, cobalt = town.member(Role.ENGINEER, "cobalt"), town.engagements["cobalt"].provider
    with enter(town.tenant.pk):
        from mspgov.tenancy.services import ensure_engagement

        create_person(
            email=drew.person.email, name=drew.person.name, roles=[Role.ENGINEER], provider=cobalt,
            engagements=[ensure_engagement(slug="hidden", provider=cobalt)],
        )  # fmt: skip
        assert MembershipEngagement.objects.filter(membership=drew).count() == 2
    assert ends(signed_in(town, Role.ACCOUNT_MANAGER, "cobalt"), drew) == 404 and active(town, drew)


def test_administrators_are_warned_before_they_give_up_and_the_only_one_cannot(town: Town) -> None:
    tom = town.member(Role.TENANT_ADMINISTRATOR)
    client, path = signed_in(town), f"{PEOPLE}{tom.public_id}/"
    for sure in ({}, {"sure": "on"}):
        alone = client.post(f"{path}roles/", {"roles": ["auditor"], **sure})
        assert "Nobody else administers" in alone.content.decode()
    with enter(town.tenant.pk):
        assert Membership.objects.get(pk=tom.pk).roles == tom.roles
        other, _ = create_person(email="second@aurora.example", name="Second", roles=[Role.TENANT_ADMINISTRATOR])
        Membership.objects.filter(pk=other.pk).update(active=False)
    assert 'name="sure"' not in client.post(f"{path}roles/", {"roles": ["auditor"]}).content.decode()
    with enter(town.tenant.pk):
        Membership.objects.filter(pk=other.pk).update(active=True)
    asked = client.post(f"{path}roles/", {"roles": ["auditor"]}).content.decode()
    assert 'name="sure"' in asked and "takes your own role" in asked
    assert client.post(f"{path}roles/", {"roles": ["auditor"], "sure": "on"}).status_code == 302
    with enter(town.tenant.pk):
        assert Membership.objects.get(pk=tom.pk).roles == ["auditor"]


def test_nobody_deactivates_themselves(town: Town) -> None:
    tom, client = town.member(Role.TENANT_ADMINISTRATOR), signed_in(town)
    told = unescape(client.get(f"{PEOPLE}{tom.public_id}/deactivate/", follow=True).content.decode())
    assert "You cannot deactivate yourself" in told
    assert ends(client, tom) == 422 and active(town, tom)


def send(client: Client, content: str | bytes, name: str = "people.csv") -> Any:
    data = content.encode() if isinstance(content, str) else content
    return client.post(f"{PEOPLE}import/", {"file": SimpleUploadedFile(name, data)})


def do_runs(town: Town) -> None:
    with enter(town.tenant.pk):
        open_ = list(Run.objects.filter(state__in=Run.OPEN))
    for run in open_:
        jobs.work_here(run)


def faults(answer: Any) -> list[tuple[str, ...]]:
    assert answer.status_code == 200
    return [tuple(str(cell.text) for cell in row.cells) for row in answer.context["faults"].rows]


def waiting(town: Town) -> list[str]:
    with enter(town.tenant.pk):
        rows = Invitation.objects.filter(accepted_at=None, withdrawn_at=None)
        return list(rows.order_by("email").values_list("email", flat=True))


TWO = HEAD + (
    'Kim Sato,Kim@aurora.example,"Auditor, Contract manager",,\nDrew Two,two@cobalt.example,engineer,Cobalt,cobalt-services\n'
)


def test_people_of_a_file_are_previewed_and_invited_each_with_a_letter(town: Town) -> None:
    client = signed_in(town)
    preview = send(client, TWO)["Location"]
    shown = page(client, preview)
    assert "2 people would get a letter." in shown and "Auditor, Contract manager" in shown
    assert waiting(town) == [] and not outbox.outbox
    client.post(preview)
    assert waiting(town) == ["kim@aurora.example", "two@cobalt.example"] and not outbox.outbox
    do_runs(town)
    assert sorted(letter.to[0] for letter in outbox.outbox) == ["kim@aurora.example", "two@cobalt.example"]
    assert "2 people invited." in page(client, preview)
    with enter(town.tenant.pk):
        assert Invitation.objects.get(email="kim@aurora.example").roles == ["auditor", "contract_manager"]
        assert verified().is_whole
    assert client.post(preview).status_code == 409
    again = page(client, send(client, TWO)["Location"])
    assert "0 people would get a letter." in again and "2 people wait for an answer already" in again


def test_a_letter_of_a_file_that_was_answered_withdrawn_or_sent_meanwhile_is_not_sent_again(town: Town) -> None:
    client = signed_in(town)
    client.post(send(client, TWO)["Location"])
    with enter(town.tenant.pk):
        Invitation.objects.filter(email="two@cobalt.example").update(withdrawn_at=AT)
    do_runs(town)
    assert [letter.to for letter in outbox.outbox] == [["kim@aurora.example"]]
    with enter(town.tenant.pk):
        run = Run.objects.get(kind="desk.send_letters")
        assert (run.state, run.done_steps, run.total_steps, run.result) == ("done", 2, 2, {"letters": 1})
        kim = Invitation.objects.get(email="kim@aurora.example")
        assert kim.sent_at is not None
        again = services.send_first_letter(tenant=town.tenant, invitation=kim, by=run.started_by, at=AT)
        assert not again and len(outbox.outbox) == 1


def test_every_fault_of_every_person_is_told_in_one_pass_and_nobody_is_invited(town: Town) -> None:
    file = HEAD.replace("Engagements", "Engagments") + (
        ",nobody,Auditer,,\nAda,service_owner@aurora.example,auditor,,\nX,x@x.example,engineer,Cobolt,\n"
        "Y,x@x.example,engineer,,\nZ,z@x.example,auditor,Cobalt,\n"
    )
    found = faults(send(signed_in(town), file))
    assert [(row, column) for row, column, *_ in found] == [
        ("1", "Engagments"), ("2", "Name"), ("2", "E-mail"), ("2", "Roles"), ("3", "E-mail"), ("4", "Provider"),
        ("5", "E-mail"), ("5", "Provider"), ("6", "Roles"),
    ]  # fmt: skip
    assert found[0][4] == "Engagements" and found[3][4] == "Auditor" and found[5][4].startswith("Cobalt")
    assert "is a member already" in found[4][3] and found[6][3] == "stands in row 4 already"
    assert waiting(town) == [] and count(town, RecordImport) == 0


def test_an_engineer_without_provider_or_engagement_is_a_fault_of_the_row(town: Town) -> None:
    file = (
        HEAD + "A,a@x.example,engineer,,\nB,b@x.example,engineer,Cobalt,\nC,c@x.example,engineer,Cobalt,dune-services\n"
    )
    found = faults(send(signed_in(town), file))
    assert [(row, column) for row, column, *_ in found] == [
        ("2", "Provider"),
        ("3", "Engagements"),
        ("4", "Engagements"),
    ]


def test_an_import_is_undone_but_who_joined_stays(town: Town) -> None:
    client = signed_in(town)
    preview = send(client, TWO)["Location"]
    client.post(preview)
    do_runs(town)
    letter = next(each for each in outbox.outbox if each.to == ["kim@aurora.example"])
    link = re.search(r"http://localhost:\d+(/invitations/\S+/)", str(letter.body))
    assert link is not None and Client().post(link[1], JOIN).status_code == 302
    assert "2 invitations that it made are withdrawn" in page(client, f"{preview}undo/")
    client.post(f"{preview}undo/")
    assert waiting(town) == []
    told = page(client, preview)
    assert "1 invitation withdrawn." in told and "They have joined: deactivate them on their page." in told
    assert client.post(f"{preview}undo/").status_code == 409
    with enter(town.tenant.pk):
        assert Membership.objects.get(person__email="kim@aurora.example").active and verified().is_whole


def test_a_file_that_replaces_an_invitation_says_so_and_one_that_was_overtaken_stays(town: Town) -> None:
    client = signed_in(town)
    client.post(send(client, TWO)["Location"])
    preview = send(client, HEAD + "Kim Sato,kim@aurora.example,service owner,,\n")["Location"]
    assert "1 person was invited before: that link will be dead" in page(client, preview)
    with enter(town.tenant.pk):
        Invitation.objects.filter(email="kim@aurora.example").update(withdrawn_at=AT)
    client.post(preview)
    assert "Somebody invited this address after the preview" in page(client, preview)
    assert waiting(town) == ["two@cobalt.example"]


def test_only_an_administrator_imports_people(town: Town) -> None:
    for role, provider in ((Role.SERVICE_OWNER, None), (Role.ACCOUNT_MANAGER, "cobalt")):
        client = signed_in(town, role, provider)
        assert send(client, TWO).status_code == client.get(f"{PEOPLE}import/template/").status_code == 404
    assert signed_in(town).get(f"{PEOPLE}import/template/").status_code == 200
    assert waiting(town) == []


def test_whom_one_may_invite_is_said_on_the_button(town: Town) -> None:
    path = "/o/aurora/people/invitations/"
    assert "Invite somebody" in page(signed_in(town), path)
    theirs = page(signed_in(town, Role.ACCOUNT_MANAGER, "cobalt"), path)
    assert "Invite an engineer" in theirs and "Invite somebody" not in theirs


def test_an_account_manager_sees_the_invitations_of_their_own_engineers_alone(town: Town) -> None:
    admin = town.member(Role.TENANT_ADMINISTRATOR).person
    with enter(town.tenant.pk):
        for name, role, provider in (
            ("c", Role.AUDITOR, None),
            ("d", Role.ENGINEER, "dune"),
            ("m", Role.ENGINEER, "cobalt"),
        ):
            place = town.engagements[provider] if provider else None
            Invitation.objects.create(
                email=f"{name}@new.example", name=name, roles=[role], secret_hash=name * 64, at=AT, expires_at=AT, by=admin,
                provider=place.provider if place else None, engagements=[place.public_id] if place else [],
            )  # fmt: skip
    path = "/o/aurora/people/invitations/"
    for client, seen in ((signed_in(town), "cdm"), (signed_in(town, Role.ACCOUNT_MANAGER, "cobalt"), "m")):
        shown = page(client, path)
        assert [name for name in "cdm" if f"{name}@new.example" in shown] == list(seen)


def test_a_letter_whose_link_was_renewed_meanwhile_does_not_mark_the_new_one_as_sent(town: Town) -> None:
    with enter(town.tenant.pk):
        row = Invitation.objects.create(
            email="kim@aurora.example", name="Kim", roles=[Role.AUDITOR], secret_hash="a" * 64, at=AT, expires_at=AT,
            by=town.member(Role.TENANT_ADMINISTRATOR).person,
        )  # fmt: skip
        Invitation.objects.filter(pk=row.pk).update(secret_hash="b" * 64)
    services.send_invitation(town.tenant, row, "former")
    with enter(town.tenant.pk):
        assert Invitation.objects.get(pk=row.pk).sent_at is None
        current = Invitation.objects.get(pk=row.pk)
    services.send_invitation(town.tenant, current, "latter")
    with enter(town.tenant.pk):
        assert Invitation.objects.get(pk=row.pk).sent_at is not None
