"""Owners of service domains by page and API: named, stood in for, handed over before somebody leaves; gaps are flagged."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib import messages
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from mspgov.kernel.refusals import Refused
from mspgov.obligations import services as obligations
from mspgov.obligations.models import Obligation, Side
from mspgov.records.queries import verified
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Absence, Membership, Office, Person, ServiceDomain
from mspgov.tenancy.offices import Directory, be_absent
from mspgov.tenancy.policy import Role
from mspgov.tenancy.services import create_token
from tests.world import Town, build_town

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R4.2")]
HERE = "/o/aurora"
API = "/o/aurora/api/v1"


@pytest.fixture
def town() -> Town:
    return build_town("aurora")


def signed_in(town: Town, role: Role = Role.SERVICE_OWNER, provider: str | None = None) -> Client:
    client = Client()
    client.force_login(town.member(role, provider).person)
    return client


def messaging(town: Town, provider: str = "cobalt") -> ServiceDomain:
    with enter(town.tenant.pk):
        row: ServiceDomain = ServiceDomain.objects.create(
            engagement=town.engagements[provider], name=f"Mail of {provider}"
        )
        return row


def of(town: Town, role: Role) -> Person:
    return town.member(role).person


def named(town: Town, domain: ServiceDomain, who: Role, **more: Any) -> Any:
    form = {"owner": str(of(town, who).public_id), "from_on": str(timezone.localdate()), **more}
    return signed_in(town).post(f"{HERE}/owners/{domain.public_id}/name/", form)


def offices(town: Town) -> list[tuple[str, date, date | None]]:
    with enter(town.tenant.pk):
        return list(Office.objects.order_by("from_on").values_list("owner__email", "from_on", "until_on"))


people, days = st.integers(1, 4), st.integers(0, 30)


@given(st.lists(days, min_size=1, max_size=5, unique=True), st.lists(st.tuples(people, people), min_size=5, max_size=5), days,
       st.sets(people), st.dictionaries(people, st.none() | people))  # fmt: skip
def test_who_is_in_office_on_a_day_by_law(
    starts: list[int], pairs: list[tuple[int, int]], day: int, active: set[int], away: dict[int, int | None]
) -> None:
    """On each day from the first on one office holds; the owner is accountable where they are there, else the stand-in
    for the absence, else the deputy of the office; nobody who is away or gone ever is."""
    first = date(2026, 1, 1)
    starts = sorted(starts)
    held = [
        Office(
            tenant_id=1, domain_id=1, owner_id=owner, deputy_id=deputy, from_on=first + timedelta(days=start),
            until_on=first + timedelta(days=starts[n + 1] - 1) if n + 1 < len(starts) else None,
        )
        for n, (start, (owner, deputy)) in enumerate(zip(starts, pairs, strict=False))
    ]  # fmt: skip
    today = first + timedelta(days=day)
    holding = [office for office in held if office.holds_on(today)]
    assert len(holding) == (1 if day >= starts[0] else 0)
    found = Directory(
        today, people={pk: Person(pk=pk) for pk in active}, offices=dict.fromkeys([1], holding[0]) if holding else {},
        away={pk: Absence(tenant_id=1, person_id=pk, deputy_id=deputy) for pk, deputy in away.items()},
    ).in_office(1)  # fmt: skip
    there = active - set(away)
    office = holding[0] if holding else None
    expected = None
    if office is not None and office.owner_id in there:
        expected = office.owner_id
    elif office is not None:
        ranked = [away.get(office.owner_id), office.deputy_id]
        expected = next((pk for pk in ranked if pk in there), None)
    assert (found.pk if found else None) == expected


def test_a_domain_without_an_owner_is_flagged_until_somebody_is_named(town: Town) -> None:
    domain = messaging(town)
    home = signed_in(town).get(f"{HERE}/").content.decode()
    assert "Mail of cobalt" in home and "nobody is in office" in home
    assert "nobody is in office" in signed_in(town, Role.TENANT_ADMINISTRATOR).get(f"{HERE}/").content.decode()
    assert "nobody is in office" not in signed_in(town, Role.AUDITOR).get(f"{HERE}/").content.decode()
    page = signed_in(town).get(f"{HERE}/owners/").content.decode()
    assert "1\xa0domain of 1 without an owner" in page and "Nobody" in page
    own, naming = f"{HERE}/owners/{domain.public_id}/", f"{HERE}/owners/{domain.public_id}/name/"
    assert naming in signed_in(town).get(own).content.decode()
    assert naming not in signed_in(town, Role.AUDITOR).get(own).content.decode()
    assert named(town, domain, Role.CHANGE_MANAGER).status_code == 302
    assert "nobody is in office" not in signed_in(town).get(f"{HERE}/").content.decode()
    page = signed_in(town).get(f"{HERE}/owners/{domain.public_id}/").content.decode()
    assert "Mei Tanaka canary-aurora is accountable" in page
    with enter(town.tenant.pk):
        assert (verified().links, verified().breaks) == (1, ())


def test_what_makes_no_sense_is_refused_in_words_and_nothing_changes(town: Town) -> None:
    domain, ben = messaging(town), of(town, Role.CONTRACT_MANAGER)
    assert named(town, domain, Role.CONTRACT_MANAGER).status_code == 302
    before = offices(town)
    page = named(town, domain, Role.SERVICE_OWNER, deputy=str(of(town, Role.SERVICE_OWNER).public_id))
    assert "The deputy must be somebody else" in page.content.decode()
    early = named(town, domain, Role.SERVICE_OWNER, from_on="2020-01-01")
    assert "begins later" in early.content.decode()
    outside = str(town.member(Role.ENGINEER, "cobalt").person.public_id)
    assert "valid choice" in named(town, domain, Role.SERVICE_OWNER, owner=outside).content.decode()
    assert offices(town) == before and before[0][0] == ben.email
    for role in (Role.AUDITOR, Role.CONTRACT_MANAGER):
        assert signed_in(town, role).post(f"{HERE}/owners/{domain.public_id}/name/", {}).status_code == 404


def test_a_day_that_lies_centuries_away_is_refused_at_its_field_and_by_the_api(town: Town) -> None:
    domain, mei, today = messaging(town), of(town, Role.CHANGE_MANAGER), timezone.localdate()
    far, ada, why = "9999-12-31", signed_in(town), "Give a day within the next three years"
    page = named(town, domain, Role.SERVICE_OWNER, from_on=far)
    assert page.status_code == 200 and why in str(page.context["form"].errors["from_on"])
    body = {"domain": str(domain.public_id), "owner": mei.email, "from_on": far}
    assert ada.post(f"{API}/offices/", body, "application/json").status_code == 422
    days = {"from_on": str(today), "until_on": far}
    page = ada.post(f"{HERE}/absences/new/", days)
    assert page.status_code == 200 and why in str(page.context["form"].errors["until_on"])
    assert ada.post(f"{API}/absences/", days, "application/json").status_code == 422
    with enter(town.tenant.pk):
        assert not Absence.objects.exists()
    assert offices(town) == [] and named(town, domain, Role.SERVICE_OWNER).status_code == 302
    before = offices(town)
    tom, member = signed_in(town, Role.TENANT_ADMINISTRATOR), town.member(Role.SERVICE_OWNER)
    page = tom.post(f"{HERE}/people/{member.public_id}/hand-over/", {"to": str(mei.public_id), "on": far})
    assert page.status_code == 200 and why in str(page.context["form"].errors["on"])
    assert offices(town) == before
    within = {"from_on": str(today), "until_on": str(today + timedelta(days=3 * 365))}
    assert ada.post(f"{API}/absences/", within, "application/json").status_code == 201


def test_an_owner_who_may_not_decide_is_named_with_a_warning_that_says_who_does(town: Town) -> None:
    domain, tom = messaging(town), signed_in(town, Role.TENANT_ADMINISTRATOR)
    why = "is security officer: root causes that come to an owner are decided by contract managers and service owners."
    ada, henrike = town.member(Role.SERVICE_OWNER), of(town, Role.SECURITY_OFFICER)

    def said(answer: Any) -> list[str]:
        assert answer.status_code == 302
        return [str(each) for each in get_messages(answer.wsgi_request) if each.level == messages.ERROR]

    assert said(named(town, domain, Role.SERVICE_OWNER, deputy=str(of(town, Role.CONTRACT_MANAGER).public_id))) == []
    [warned] = said(named(town, domain, Role.SERVICE_OWNER, deputy=str(henrike.public_id)))
    assert warned.startswith(f"{henrike.name} {why}")
    form = {"to": str(henrike.public_id), "on": str(timezone.localdate() + timedelta(days=9))}
    page = f"{HERE}/people/{ada.public_id}/hand-over/"
    [warned] = said(tom.post(page, form))
    assert why in warned and offices(town)[-1][0] == henrike.email


def test_an_owner_who_decides_takes_over_without_a_warning(town: Town) -> None:
    assert named(town, messaging(town), Role.SERVICE_OWNER).status_code == 302
    form = {"to": str(of(town, Role.CONTRACT_MANAGER).public_id), "on": str(timezone.localdate())}
    page = f"{HERE}/people/{town.member(Role.SERVICE_OWNER).public_id}/hand-over/"
    answer = signed_in(town, Role.TENANT_ADMINISTRATOR).post(page, form)
    assert answer.status_code == 302
    assert [each.level for each in get_messages(answer.wsgi_request)] == [messages.SUCCESS]


def test_people_of_an_msp_see_the_owners_of_their_engagements_only(town: Town) -> None:
    messaging(town), messaging(town, "dune")
    client = signed_in(town, Role.ACCOUNT_MANAGER, "cobalt")
    page = client.get(f"{HERE}/owners/").content.decode()
    assert "Mail of cobalt" in page and "Mail of dune" not in page and "New service domain" not in page
    rows = client.get(f"{API}/service-domains/").json()["results"]
    assert [row["name"] for row in rows] == ["Mail of cobalt"]


def test_somebody_away_is_stood_in_for_and_comes_back_early(town: Town) -> None:
    domain, today = messaging(town), timezone.localdate()
    named(town, domain, Role.SERVICE_OWNER, deputy=str(of(town, Role.CHANGE_MANAGER).public_id))
    ada, stranger = signed_in(town), signed_in(town, Role.AUDITOR)
    form = {"from_on": str(today), "until_on": str(today + timedelta(days=5)), "deputy": ""}
    assert ada.post(f"{HERE}/absences/new/", form).status_code == 302
    assert "overlap" in ada.post(f"{HERE}/absences/new/", form).content.decode()
    page = ada.get(f"{HERE}/owners/").content.decode()
    assert "Mei Tanaka" in page and "away until" in page
    with enter(town.tenant.pk):
        row = Absence.objects.get()
        assert row.person == of(town, Role.SERVICE_OWNER)
    assert stranger.post(f"{HERE}/absences/{row.public_id}/end/").status_code == 404
    assert ada.post(f"{HERE}/absences/{row.public_id}/end/").status_code == 302
    assert ada.post(f"{HERE}/absences/{row.public_id}/end/").status_code == 409
    assert "away until" not in ada.get(f"{HERE}/owners/").content.decode()
    assert "Cancelled" in ada.get(f"{HERE}/absences/").content.decode()


def leaving_duties(town: Town) -> Obligation:
    domain, now = messaging(town), timezone.now()
    named(town, domain, Role.SERVICE_OWNER)
    with enter(town.tenant.pk):
        return obligations.raise_obligation(
            key="review", title="Review the exit plan", due_at=now + timedelta(days=20), owed_by=Side.CLIENT,
            role=Role.SERVICE_OWNER, person=of(town, Role.SERVICE_OWNER), engagement=town.engagement, at=now,
        )  # fmt: skip


def test_whoever_leaves_hands_over_in_one_step_first(town: Town) -> None:
    owed, tom = leaving_duties(town), signed_in(town, Role.TENANT_ADMINISTRATOR)
    ada, ben = town.member(Role.SERVICE_OWNER), of(town, Role.CONTRACT_MANAGER)
    page = f"{HERE}/people/{ada.public_id}"
    shown = tom.get(f"{page}/deactivate/").content.decode()
    assert "Office: Mail of cobalt" in shown and "Review the exit plan" in shown and "Hand over, then" in shown
    assert tom.post(f"{page}/deactivate/")["Location"] == f"{page}/hand-over/?then=deactivate"
    with enter(town.tenant.pk):
        assert Membership.objects.get(pk=ada.pk).active
    form = {"to": str(ben.public_id), "on": str(timezone.localdate())}
    past = tom.post(f"{page}/hand-over/", {**form, "on": "2020-01-01"}).content.decode()
    assert "Choose today or a later day" in past
    assert tom.post(f"{page}/hand-over/?then=deactivate", form)["Location"] == f"{page}/deactivate/"
    assert [owner for owner, _, _ in offices(town)] == [ben.email]
    with enter(town.tenant.pk):
        owed.refresh_from_db()
        assert owed.person == ben
    assert "nothing to hand over" in tom.get(f"{page}/hand-over/").content.decode()
    assert tom.post(f"{page}/deactivate/")["Location"] == f"{page}/"
    with enter(town.tenant.pk):
        assert not Membership.objects.get(pk=ada.pk).active


def test_in_an_emergency_the_administrator_deactivates_at_once(town: Town) -> None:
    leaving_duties(town)
    ada = town.member(Role.SERVICE_OWNER)
    tom = signed_in(town, Role.TENANT_ADMINISTRATOR)
    assert tom.post(f"{HERE}/people/{ada.public_id}/deactivate/", {"now": "1"})["Location"].endswith(
        f"{ada.public_id}/"
    )
    assert "is gone and nobody stands in" in tom.get(f"{HERE}/").content.decode()


def test_offices_and_absences_by_the_api(town: Town) -> None:
    ada, mei = of(town, Role.SERVICE_OWNER), of(town, Role.CHANGE_MANAGER)
    client = signed_in(town)
    made = client.post(f"{API}/service-domains/", {"engagement": "cobalt-services", "name": "Mail"}, "application/json")
    assert made.status_code == 201, made.json()
    body = {"domain": made.json()["id"], "owner": ada.email, "deputy": mei.email, "from_on": "2026-01-01"}
    office = client.post(f"{API}/offices/", body, "application/json")
    assert office.status_code == 201 and office.json()["deputy"] == mei.email
    assert client.get(f"{API}/offices/{office.json()['id']}/").json() == office.json()
    refused = client.post(f"{API}/offices/", {**body, "deputy": ada.email}, "application/json")
    assert refused.status_code == 422
    wrong = client.post(f"{API}/offices/", {**body, "owner": "nobody@aurora.example"}, "application/json")
    assert wrong.status_code == 400 and wrong.json()["errors"][0]["field"] == "owner"
    nowhere = client.post(f"{API}/offices/", {**body, "domain": str(uuid4())}, "application/json")
    assert nowhere.status_code == 400 and nowhere.json()["errors"][0]["field"] == "domain"
    assert signed_in(town, Role.AUDITOR).post(f"{API}/offices/", body, "application/json").status_code == 404
    days = {"from_on": "2026-03-02", "until_on": "2026-03-06", "deputy": mei.email}
    away = client.post(f"{API}/absences/", days, "application/json")
    assert away.status_code == 201 and away.json()["person"] == ada.email
    others = client.post(f"{API}/absences/", {**days, "person": mei.email}, "application/json")
    assert others.status_code == 400
    admin = signed_in(town, Role.TENANT_ADMINISTRATOR)
    assert (
        admin.post(f"{API}/absences/", {**days, "person": mei.email, "deputy": None}, "application/json").status_code
        == 201
    )
    assert len(client.get(f"{API}/absences/").json()["results"]) == 2
    assert len(offices(town)) == 1


def test_an_msps_people_see_no_absence_of_the_clients(town: Town) -> None:
    ada, days = of(town, Role.SERVICE_OWNER), {"from_on": "2026-03-02", "until_on": "2026-03-06"}
    assert signed_in(town).post(f"{API}/absences/", days, "application/json").status_code == 201
    drew = signed_in(town, Role.ENGINEER, "cobalt")
    assert drew.get(f"{API}/absences/").json()["results"] == []
    assert ada.name not in drew.get("/o/aurora/absences/").content.decode()
    assert drew.post(f"{API}/absences/", days, "application/json").status_code == 201
    assert len(drew.get(f"{API}/absences/").json()["results"]) == 1
    assert len(signed_in(town).get(f"{API}/absences/").json()["results"]) == 2


def test_a_token_that_does_not_name_people_enters_its_owners_days_only(town: Town) -> None:
    tom, ada = of(town, Role.TENANT_ADMINISTRATOR), of(town, Role.SERVICE_OWNER)
    days = {"from_on": "2026-03-02", "until_on": "2026-03-06"}
    asked = {}
    for scope in ("absences:write", "absences:write people:write"):
        with enter(town.tenant.pk):
            key = create_token(person=tom, name=scope[:20], scope=scope, days=9, at=timezone.now())
        headers, body = {"Authorization": f"Bearer {key}"}, {**days, "person": ada.email}
        answer = Client().post(f"{API}/absences/", body, "application/json", headers=headers)
        with enter(town.tenant.pk):
            asked[scope] = answer.status_code, Absence.objects.count()
    assert list(asked.values()) == [(400, 0), (201, 1)]


def test_the_form_offers_as_stand_in_who_can_be_one(town: Town) -> None:
    cleo, drew = (town.member(role, "cobalt").person for role in (Role.ACCOUNT_MANAGER, Role.ENGINEER))
    page = signed_in(town, Role.ACCOUNT_MANAGER, "cobalt").get(f"{HERE}/absences/new/")
    assert [value for value, _ in page.context["form"].fields["deputy"].choices] == ["", str(drew.public_id)]
    days = {"from_on": "2026-03-02", "until_on": "2026-03-06", "who": str(cleo.public_id)}
    tom = signed_in(town, Role.TENANT_ADMINISTRATOR)
    wrong = tom.post(f"{HERE}/absences/new/", {**days, "deputy": str(of(town, Role.SERVICE_OWNER).public_id)})
    assert "on the same side" in wrong.content.decode()
    with enter(town.tenant.pk):
        assert Absence.objects.count() == 0


def test_an_end_is_offered_for_ones_own_absence_and_for_everybodys_to_who_keeps_people(town: Town) -> None:
    soon = timezone.localdate() + timedelta(days=30)
    days = {"from_on": soon.isoformat(), "until_on": soon.isoformat()}
    for role in (Role.SERVICE_OWNER, Role.CHANGE_MANAGER):
        assert signed_in(town, role).post(f"{API}/absences/", days, "application/json").status_code == 201
    for role, offered in ((Role.SERVICE_OWNER, 1), (Role.AUDITOR, 0), (Role.TENANT_ADMINISTRATOR, 2)):
        page = signed_in(town, role).get(f"{HERE}/absences/").content.decode()
        assert page.count(">Cancel</button>") == offered, role


def test_who_may_not_deactivate_people_comes_back_to_the_person_after_a_hand_over(town: Town) -> None:
    leaving_duties(town)
    page = f"{HERE}/people/{town.member(Role.SERVICE_OWNER).public_id}"
    form = {"to": str(of(town, Role.CONTRACT_MANAGER).public_id), "on": str(timezone.localdate())}
    assert signed_in(town).post(f"{page}/hand-over/?then=deactivate", form)["Location"] == f"{page}/"


def test_whose_account_is_closed_stands_in_for_nobody(town: Town) -> None:
    mei, tom = of(town, Role.CHANGE_MANAGER), signed_in(town, Role.TENANT_ADMINISTRATOR)
    page = f"{HERE}/absences/new/"
    assert str(mei.public_id) in tom.get(page).content.decode()
    with enter(town.tenant.pk):
        Person.objects.filter(pk=mei.pk).update(is_active=False)
        day = timezone.localdate()
        with pytest.raises(Refused, match="another active member"):
            be_absent(person=of(town, Role.AUDITOR), deputy=mei, from_on=day, until_on=day, by=mei)
    assert str(mei.public_id) not in tom.get(page).content.decode()
