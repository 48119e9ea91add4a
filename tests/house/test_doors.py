"""Doors: each names its permission, refuses alike, rolls back what was refused, and lets no template ask the database."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test import Client, RequestFactory, override_settings
from django.urls import include, path
from django.utils import timezone
from rest_framework.response import Response

import mspgov.urls
from engagements.models import Vendor
from mspgov.kernel.faults import Fault
from mspgov.kernel.period import Month
from mspgov.kernel.refusals import Conflict, Refused
from mspgov.tenancy import services
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Membership, Person, Provider, Token
from mspgov.tenancy.policy import AREAS, MEMBER, OWN_TOKENS, Role
from mspgov.web.api import Collection
from mspgov.web.api_rows import plain
from mspgov.web.doors import DoorMiddleware, may, permission_of
from mspgov.web.templates import QueryInTemplate
from tests.house import matrix
from tests.world import PASSWORD, Town, build_town

pytestmark = pytest.mark.django_db


@may(MEMBER)
def writes_and_refuses(request: Any, how: str) -> HttpResponse:
    """Writes a row, then says no in one of four ways."""
    Provider.objects.create(slug="written", name="Written")
    if how == "status":
        return HttpResponse(status=400)
    raise {"conflict": Conflict("late"), "refused": Refused("no"), "error": RuntimeError("broken")}[how]


@may(MEMBER)
def unsafe(request: Any) -> HttpResponse:
    rows = Provider.objects.all()
    return HttpResponse(
        engines["django"].from_string("{% for row in rows %}{{ row }}{% endfor %}").render({"rows": rows}, request)
    )


@dataclass(frozen=True)
class Named:
    name: str


class Refusing(Collection):
    may = MEMBER
    writes = {"create": OWN_TOKENS}
    row = Named

    def create(self, request: Any) -> Response:
        Provider.objects.create(slug="written", name="Written")
        raise {"conflict": Conflict("late"), "refused": Refused("no")}[request.data["how"]]


def unmarked(request: HttpRequest) -> HttpResponse:
    return HttpResponse("never")


class Urls:
    handler404, handler500 = mspgov.urls.handler404, mspgov.urls.handler500
    urlpatterns = [
        path("o/<slug:tenant>/test/unsafe/", unsafe),
        path("o/<slug:tenant>/test/unmarked/", unmarked),
        path("o/<slug:tenant>/test/<slug:how>/", writes_and_refuses),
        path("o/<slug:tenant>/api/v1/refusing/", Refusing.as_view({"post": "create"})),
        path("", include(mspgov.urls.urlpatterns)),
    ]


@pytest.fixture
def town() -> Town:
    return build_town("aurora")


def signed_in(town: Town, role: Role = Role.SERVICE_OWNER, **options: Any) -> Client:
    client = Client(**options)
    client.force_login(town.member(role).person)
    return client


def token_of(town: Town, scope: str = "write") -> str:
    with enter(town.tenant.pk):
        person = town.member(Role.SERVICE_OWNER).person
        return services.create_token(person=person, name="t", scope=scope, days=1, at=timezone.now())


def written(town: Town) -> bool:
    with enter(town.tenant.pk):
        return Provider.objects.filter(slug="written").exists()


def test_every_route_names_a_permission() -> None:
    assert [r.name for r in matrix.routes() for m in r.methods if permission_of(r.callback, m) is None] == []


def test_a_token_may_be_bound_to_the_areas_of_the_api_and_to_no_other_word() -> None:
    doors = [(r, method) for r in matrix.routes() if r.is_api for method in r.methods]
    needed = {found.name.partition(".")[0] for r, m in doors if (found := permission_of(r.callback, m)) is not None}
    assert needed - {"member"} == set(AREAS)


@pytest.mark.parametrize("scope", ["tikets:read", "tickets:read credit:write", "member:read", "tickets:delete"])
def test_a_scope_with_a_word_that_is_no_area_makes_no_token(town: Town, scope: str) -> None:
    with pytest.raises(Fault, match="scope"):
        token_of(town, scope)
    form = {"name": "Reporting", "scope": "read", "days": "9", "areas": ["tikets"]}
    assert "areas" in signed_in(town).post("/o/aurora/account/tokens/", form).context["form"].errors
    with enter(town.tenant.pk):
        assert not Token.objects.exists()


def test_a_person_ticks_the_areas_of_a_token(town: Town) -> None:
    form = {"name": "Reporting", "scope": "read", "days": "9", "areas": ["tickets", "credits"]}
    assert signed_in(town).post("/o/aurora/account/tokens/", form).status_code == 302
    with enter(town.tenant.pk):
        assert set(Token.objects.get().scope.split()) == {"tickets:read", "credits:read"}


def test_a_view_without_a_mark_is_not_served(town: Town) -> None:
    with override_settings(ROOT_URLCONF=Urls), pytest.raises(ImproperlyConfigured, match="unmarked"):
        signed_in(town).get("/o/aurora/test/unmarked/")


def test_a_template_that_asks_the_database_is_refused(town: Town) -> None:
    with override_settings(ROOT_URLCONF=Urls), pytest.raises(QueryInTemplate):
        signed_in(town).get("/o/aurora/test/unsafe/")


@pytest.mark.parametrize(("how", "status"), [("status", 400), ("conflict", 409), ("refused", 422), ("error", 500)])
def test_what_is_refused_is_rolled_back(town: Town, how: str, status: int) -> None:
    client = signed_in(town, raise_request_exception=False)
    with override_settings(ROOT_URLCONF=Urls):
        assert client.get(f"/o/aurora/test/{how}/").status_code == status
    assert not written(town)


@pytest.mark.parametrize(("how", "status"), [("conflict", 409), ("refused", 422)])
def test_the_api_refuses_with_problems_and_rolls_back(town: Town, how: str, status: int) -> None:
    with override_settings(ROOT_URLCONF=Urls):
        answer = signed_in(town).post("/o/aurora/api/v1/refusing/", {"how": how}, "application/json")
    assert answer.status_code == status and answer["Content-Type"] == "application/problem+json"
    assert {"type", "title", "status", "detail"} <= set(answer.json())
    assert not written(town)


def test_signed_out_pages_lead_to_sign_in_and_back_and_the_api_says_401(town: Town) -> None:
    page = Client().get("/o/aurora/vendors/?sort=name")
    assert page.status_code == 302 and page["Location"] == "/accounts/login/?next=/o/aurora/vendors/%3Fsort%3Dname"
    api = Client().get("/o/aurora/api/v1/vendors/")
    assert api.status_code == 401 and api["Content-Type"] == "application/problem+json" and api["WWW-Authenticate"]
    assert Client().get("/o/nowhere/api/v1/vendors/").status_code == 401


def test_people_sign_in_and_out_and_come_to_their_tenant(town: Town) -> None:
    client = Client()
    assert client.get("/accounts/login/").status_code == 200
    answer = client.post("/accounts/login/", {"login": "service_owner@aurora.example", "password": PASSWORD})
    assert answer.status_code == 302 and answer["Location"] == "/"
    assert client.get("/")["Location"] == "/o/aurora/"
    assert client.post("/accounts/logout/").status_code == 302
    assert client.get("/").status_code == 302 and client.get("/")["Location"].startswith("/accounts/login/")


def test_nobody_signs_up_by_themselves() -> None:
    answer = Client().post("/accounts/signup/", {"email": "x@y.example", "password1": PASSWORD})
    assert answer.status_code == 200 and "By invitation only" in answer.content.decode()
    assert not Person.objects.exists()
    assert Client().get("/accounts/email/").status_code == 404


def test_who_belongs_to_two_tenants_chooses_and_switches(town: Town) -> None:
    other = build_town("borealis")
    person = town.member(Role.SERVICE_OWNER).person
    with enter(other.tenant.pk):
        Membership.objects.create(person=person, roles=["auditor"])
    client = signed_in(town)
    chooser = client.get("/").content.decode()
    assert 'href="/o/aurora/"' in chooser and 'href="/o/borealis/"' in chooser
    for slug, role in (("aurora", "Service owner"), ("borealis", "Auditor")):
        page = client.get(f"/o/{slug}/vendors/")
        frame = page.context["frame"]
        assert [t.url for t in frame.tenants] == ["/o/aurora/", "/o/borealis/"]
        assert (frame.slug, frame.role) == (slug, role)


def test_people_of_a_provider_keep_their_switcher_inside_the_engagements_wall(town: Town) -> None:
    other = build_town("borealis")
    engineer = town.member(Role.ENGINEER, "cobalt").person
    with enter(other.tenant.pk):
        services.create_person(email=engineer.email, name=engineer.name, roles=["engineer"],
            provider=Provider.objects.get(slug="cobalt"), engagements=[other.engagements["cobalt"]])  # fmt: skip
    client = Client()
    client.force_login(engineer)
    page = client.get("/o/aurora/vendors/")
    assert [t.url for t in page.context["frame"].tenants] == ["/o/aurora/", "/o/borealis/"]
    assert "canary-borealis" not in page.content.decode().replace("Borealis canary-borealis", "")


def test_a_deactivated_person_and_a_revoked_token_are_dead_at_once(town: Town) -> None:
    client, token = signed_in(town), token_of(town)
    bearer = {"Authorization": f"Bearer {token}"}
    assert client.get("/o/aurora/vendors/").status_code == 200
    assert Client().get("/o/aurora/api/v1/vendors/", headers=bearer).status_code == 200
    person = town.member(Role.SERVICE_OWNER).person
    with enter(town.tenant.pk):
        key = Token.objects.get(person=person)
        services.revoke_token(person=person, public_id=str(key.public_id), at=timezone.now())
    assert Client().get("/o/aurora/api/v1/vendors/", headers=bearer).status_code == 401
    token = token_of(town)
    person.is_active = False
    person.save()
    assert client.get("/o/aurora/vendors/").status_code == 302
    assert client.get("/o/aurora/api/v1/vendors/").status_code == 401
    assert Client().get("/o/aurora/api/v1/vendors/", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_a_token_that_may_only_read_writes_nothing_and_opens_no_page(town: Town) -> None:
    bearer = {"Authorization": f"Bearer {token_of(town, 'read')}"}
    row = {"engagement": "cobalt-services", "name": "Oracle", "party": "client"}
    answer = Client().post("/o/aurora/api/v1/vendors/", row, "application/json", headers=bearer)
    assert answer.status_code == 403 and answer["Content-Type"] == "application/problem+json"
    assert Client().get("/o/aurora/vendors/", headers=bearer).status_code == 302
    with enter(town.tenant.pk):
        assert not Vendor.objects.exists()


def test_a_session_that_writes_by_the_api_needs_its_csrf_token_and_a_bearer_token_none(town: Town) -> None:
    row = {"engagement": "cobalt-services", "name": "Oracle", "party": "client"}
    client = signed_in(town, enforce_csrf_checks=True)
    assert client.post("/o/aurora/api/v1/vendors/", row, "application/json").status_code == 403
    bearer = {"Authorization": f"Bearer {token_of(town)}"}
    made = Client(enforce_csrf_checks=True).post("/o/aurora/api/v1/vendors/", row, "application/json", headers=bearer)
    assert made.status_code == 201


def test_unreadable_bodies_and_unknown_methods_are_problems(town: Town) -> None:
    client = signed_in(town)
    bad = client.post("/o/aurora/api/v1/vendors/", "{not json", "application/json")
    assert bad.status_code == 400 and bad["Content-Type"] == "application/problem+json"
    assert client.delete("/o/aurora/api/v1/vendors/").status_code == 405
    assert client.post("/o/aurora/api/v1/vendors/", "x", "text/csv").status_code == 415
    missing = client.get("/o/aurora/api/v1/nowhere/")
    assert missing.status_code == 404 and missing["Content-Type"] == "application/problem+json"


def test_a_place_without_a_page_or_without_the_permission_is_not_shown(town: Town) -> None:
    frame = signed_in(town).get("/o/aurora/vendors/").context["frame"]
    assert "Assurance" not in [place.label for place in frame.places]
    member = town.member(Role.SERVICE_OWNER)
    assert all(place.url.startswith("/o/aurora/") for place in frame.places)
    assert frame.person == member.person.name and frame.note == "Service owner"


def test_the_clock_of_a_page_reads_in_the_persons_zone(town: Town) -> None:
    person = town.member(Role.SERVICE_OWNER).person
    person.time_zone = "America/Sao_Paulo"
    person.save()
    assert signed_in(town).get("/o/aurora/vendors/").context["frame"].clock.endswith("São Paulo")
    assert timezone.get_current_timezone_name() == "UTC"


def test_the_schema_is_readable_signed_out_and_lists_every_collection() -> None:
    document = Client().get("/api/schema/?format=json").json()
    assert document["openapi"].startswith("3.")
    addresses = {r.address("x") for r in matrix.routes() if r.is_api}
    assert len(document["paths"]) == len(addresses)
    assert all(p.startswith("/o/{tenant}/api/v1/") for p in document["paths"])
    page = Client().get("/api/docs/")
    assert page.status_code == 200 and "vendors" in page.content.decode()
    assert "http" not in page.content.decode().replace("https://www.w3.org", "").replace("http://www.w3.org", "")


def test_health_says_yes_or_no_and_nothing_else() -> None:
    assert Client().get("/healthz").json() == {"alive": True}
    ready = Client().get("/readyz")
    assert set(ready.json()) == {"ready", "database", "migrations", "broker", "workers"}
    assert ready.json()["database"] and ready.json()["migrations"] and ready.json()["broker"]


def test_the_mark_is_read_from_functions_classes_and_api_actions() -> None:
    callback = Refusing.as_view({"post": "create"})
    assert permission_of(callback) is MEMBER and permission_of(callback, "POST") is OWN_TOKENS
    assert permission_of(callback, "PATCH") is None
    assert permission_of(unmarked) is None


def test_rows_of_the_api_write_money_and_months_as_text() -> None:
    @dataclass(frozen=True)
    class Line:
        amount: Decimal
        month: Month
        parts: tuple[Decimal, ...]

    assert plain(Line(Decimal("1.50"), Month("2016-04"), (Decimal("0.10"),))) == {"amount": "1.50", "month": "2016-04", "parts": ["0.10"]}  # fmt: skip


def test_a_request_outside_tenants_that_nobody_marked_is_a_fault_of_ours() -> None:
    door = DoorMiddleware(lambda request: HttpResponse())
    with pytest.raises(ImproperlyConfigured):
        door.process_view(RequestFactory().get("/"), unmarked, (), {})
