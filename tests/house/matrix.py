"""The authorisation matrix: every route × method × person × tenant, checked against the policy table.

Doors are tried with the views stubbed out (299 stands for "would be served"), so that thousands of combinations take
seconds; what pages show is then read for foreign canaries. Each check returns its findings as sentences.
"""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from pytest import MonkeyPatch
from rest_framework.response import Response
from rest_framework.views import APIView

from mspgov.tenancy import services as tenancy
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Absence, Membership
from mspgov.tenancy.policy import PUBLIC, Permission, Role
from mspgov.tenancy.walls import engagement_column, is_history, tenant_models
from mspgov.web import refused
from mspgov.web.doors import SAFE, permission_of
from tests.house.furnished import canary
from tests.house.policy_table import POLICY, Line
from tests.world import Town

SERVED = 299
NOBODYS = UUID("01890000-0000-7000-8000-000000000000")
EXAMPLES = {"uuid": NOBODYS, "slug": "x", "str": "x", "int": 1, "path": "x"}
WRITERS = {"signed out", "service_owner", "tenant_administrator", "account_manager@cobalt", "token to write"}


@dataclass(frozen=True)
class Route:
    """An address with its view; `parameters` are name → kind of converter, without the tenant."""

    name: str
    callback: Any
    parameters: dict[str, str]
    in_tenant: bool

    @property
    def is_api(self) -> bool:
        return self.name.startswith("api:")

    @property
    def methods(self) -> tuple[str, ...]:
        """Those that an API view has; of a page reading and sending, for its mark holds for both."""
        if actions := getattr(self.callback, "actions", None):
            return tuple(m.upper() for m in actions)
        return ("GET", "POST")

    def line(self, method: str) -> Line | None:
        key = f"{self.name} {method}" if self.is_api and method not in SAFE else self.name
        return POLICY.get(key)

    def address(self, tenant: str, **given: Any) -> str:
        examples = {name: EXAMPLES[kind] for name, kind in self.parameters.items()}
        return reverse(self.name, kwargs={**examples, **given, **({"tenant": tenant} if self.in_tenant else {})})


def routes(names: Iterable[str] = ()) -> list[Route]:
    """All routes of the product, or those with these names."""
    wanted = set(names)
    return [r for r in _walk(get_resolver().url_patterns, "", {}) if not wanted or r.name in wanted]


def _walk(patterns: Iterable[Any], space: str, outer: dict[str, str]) -> Iterator[Route]:
    for p in patterns:
        inner = {**outer, **_parameters(p.pattern)}
        if isinstance(p, URLResolver):
            yield from _walk(p.url_patterns, f"{space}{p.namespace}:" if p.namespace else space, inner)
        elif isinstance(p, URLPattern):
            yield Route(
                f"{space}{p.name}", p.callback, {k: v for k, v in inner.items() if k != "tenant"}, "tenant" in inner
            )


def _parameters(pattern: Any) -> dict[str, str]:
    kinds = {
        n: type(c).__name__.removesuffix("Converter").lower().replace("string", "str")
        for n, c in pattern.converters.items()
    }
    return kinds or dict.fromkeys(pattern.regex.groupindex, "str")  # fmt: skip


def table_faults(found: Iterable[Route]) -> list[str]:
    """Routes that the table does not know or knows otherwise, and lines of the table that name no route."""
    faults, used, found = [], set(), list(found)
    for route in found:
        for method in route.methods:
            line, needed = route.line(method), permission_of(route.callback, method)
            used.add(f"{route.name} {method}" if route.is_api and method not in SAFE else route.name)
            if line is None:
                faults.append(
                    f"{route.name} {method} is not in tests/house/policy_table.py (it needs {needed and needed.name})"
                )
            elif needed is None or needed.name != permission_name(line):
                faults.append(
                    f"{route.name} {method} needs {needed and needed.name}, the table says {permission_name(line)}"
                )
            elif "uuid" in route.parameters.values() and model_of(line) is None:
                faults.append(f"{route.name} has ids: name the model in the table")
    if len(found) == len(routes()):
        faults += [f"{name} stands in the table but is no route" for name in sorted(set(POLICY) - used)]
    return faults  # fmt: skip


def permission_name(line: Line) -> str:
    return line if isinstance(line, str) else line[0]


def model_of(line: Line) -> Any:
    return apps.get_model(line[1].partition("?")[0]) if isinstance(line, tuple) and line[1] else None


@dataclass
class Caller:
    """Somebody who asks: by session, by token or not at all."""

    label: str
    tenant: str = ""
    roles: frozenset[str] = frozenset()
    provider: str = ""
    client: Client = field(default_factory=Client)
    gone: bool = False  # deactivated: as if signed out
    left: bool = False  # no member any more
    scope: str = ""  # of a token

    def holds(self, permission: Permission) -> bool:
        return not self.left and bool(self.roles & permission.roles)


def callers(town: Town) -> list[Caller]:
    """Each role of a town, of one provider and of another, signed out, deactivated, left, and by token."""
    made = [Caller("signed out")]
    first = next(iter(town.engagements))
    for key, member in town.members.items():
        if key.partition("@")[2] in ("", first):  # at the doors one provider's people are like another's
            made.append(caller(town, key, member))
    owner = town.member(Role.SERVICE_OWNER)
    with enter(town.tenant.pk):
        for scope in ("read", "write"):
            token = tenancy.create_token(person=owner.person, name=scope, scope=scope, days=1, at=timezone.now())
            client = Client(headers={"Authorization": f"Bearer {token}"})
            made.append(
                Caller(f"token to {scope}", town.tenant.slug, frozenset(owner.roles), client=client, scope=scope)
            )
        for fate in ("gone", "left"):
            member, _ = tenancy.create_person(
                email=f"{fate}@{town.tenant.slug}.example", name=fate, roles=["service_owner"]
            )
            made.append(caller(town, f"service owner who is {fate}", member, **{fate: True}))
            member.active, member.person.is_active = fate != "left", fate != "gone"
            member.save()
            member.person.save()
    return made  # fmt: skip


def caller(town: Town, label: str, member: Membership, **more: bool) -> Caller:
    made = Caller(label, town.tenant.slug, frozenset(member.roles), label.partition("@")[2], **more)
    made.client.force_login(member.person)
    return made


def expected(route: Route, method: str, who: Caller, tenant: str) -> int:
    """The status that the policy demands."""
    needed = permission_of(route.callback, method)
    assert needed is not None
    if needed is PUBLIC:
        return SERVED
    signed_out = not who.tenant or who.gone
    if not route.in_tenant:
        return 302 if signed_out or who.scope else SERVED
    if signed_out or (who.scope and not route.is_api):
        return 401 if route.is_api else 302
    if who.tenant != tenant or not who.holds(_table_permission(route, method)):
        return 404
    return 403 if who.scope == "read" and method not in SAFE else SERVED


def _table_permission(route: Route, method: str) -> Permission:
    """What the table says, not what the view says: a mark that was changed is found."""
    line = route.line(method)
    return PERMISSIONS[permission_name(line)] if line else Permission("unlisted", frozenset())


def _permissions() -> dict[str, Permission]:
    found = {}
    for route in routes():
        for method in route.methods:
            if needed := permission_of(route.callback, method):
                found[needed.name] = needed
    return found


PERMISSIONS: dict[str, Permission] = {}


def door_faults(town: Town, other: Town, found: Iterable[Route]) -> list[str]:
    """What every caller of a town gets at every door of it and of another town's, where it is not what the policy demands."""
    PERMISSIONS.update(PERMISSIONS or _permissions())
    faults = []
    with views_stubbed(), quiet():
        for who in callers(town):
            for route in found:
                for tenant, method in _tries(who, route, town, other):
                    status = who.client.generic(method, route.address(tenant)).status_code
                    if status != (wanted := expected(route, method, who, tenant)):
                        faults.append(
                            f"{who.label}: {method} {route.name} of {tenant or 'all'}: {status}, not {wanted}"
                        )
    return faults


def _tries(who: Caller, route: Route, town: Town, other: Town) -> Iterator[tuple[str, str]]:
    """Every method in the own tenant and in the foreign one. What is asked the same way for both methods (sending to a
    page, writing in a foreign tenant) is asked by some of each kind."""
    for method in route.methods:
        if method in SAFE or route.is_api or who.label in WRITERS:
            yield town.tenant.slug if route.in_tenant else "", method
        if route.in_tenant and (method in SAFE or who.label in WRITERS):
            yield other.tenant.slug, method


class Stop:
    """The innermost middleware: whoever has passed the doors gets 299 in place of the page."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, callback: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        cls = getattr(callback, "cls", None)
        return None if cls is not None and permission_of(callback) is not PUBLIC else HttpResponse(status=SERVED)


def _dispatch(self: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
    """DRF's dispatch without the handler: authentication and permission only."""
    self.args, self.kwargs, self.headers = args, kwargs, self.default_response_headers
    self.request = asked = self.initialize_request(request, *args, **kwargs)
    try:
        self.initial(asked, *args, **kwargs)
        response = Response(status=SERVED)
    except Exception as error:
        response = self.handle_exception(error)
    self.response = self.finalize_response(asked, response, *args, **kwargs)
    return self.response


@contextmanager
def views_stubbed() -> Iterator[None]:
    """Views are not called, and refusals are not drawn."""
    middleware = [*settings.MIDDLEWARE, "tests.house.matrix.Stop"]
    with (
        MonkeyPatch.context() as patch,
        override_settings(MIDDLEWARE=middleware, SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies"),
    ):
        patch.setattr(APIView, "dispatch", _dispatch)
        patch.setattr(refused, "render", lambda request, template, status: HttpResponse(status=status))
        yield


@contextmanager
def quiet() -> Iterator[None]:
    """Thousands of refusals are no news."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


def content_faults(town: Town, other: Town, found: Iterable[Route], people: Iterable[tuple[str, ...]]) -> list[str]:
    """What pages and collections really show, of each group to the first member who may open them: own rows are served,
    foreign ones are 404, and neither another tenant's nor another provider's canary is in any answer."""
    faults = []
    left = [r for r in found if r.in_tenant and "GET" in r.methods]
    for label, mine in _shared_out(town, left, people):
        who = caller(town, label, town.members[label])
        own = who.provider or next(iter(town.engagements))
        foreign = [(town, p) for p in town.engagements if who.provider and p != who.provider]
        for route in mine:
            if (address := sample(route, town, own, narrowed=bool(who.provider))) is not None:
                faults += _shown_faults(who, route, address.replace("TENANT", town.tenant.slug), town, other)
            for place, provider in [*foreign, (other, next(iter(other.engagements)))]:
                if _names_a_row(route) and (address := sample(route, place, provider)) is not None:
                    status = who.client.get(address.replace("TENANT", town.tenant.slug)).status_code
                    if status not in ((404, 405) if not route.is_api else (400, 404, 405)):
                        faults.append(f"{label}: {route.name} of a foreign row ({provider}): {status}")
    return faults


def _shared_out(town: Town, found: list[Route], people: Iterable[tuple[str, ...]]) -> Iterator[tuple[str, list[Route]]]:
    for group in people:
        rest = list(found)
        for label in group:
            mine = [r for r in rest if (needed := permission_of(r.callback)) and town.members[label].holds(needed)]
            rest = [r for r in rest if r not in mine]
            yield label, mine


def _names_a_row(route: Route) -> bool:
    line = route.line("GET")
    given = line[2] if isinstance(line, tuple) and len(line) == 3 else {}
    return bool({*route.parameters.values()} & {"uuid"} or "engagement" in route.parameters or {"{row}", "{engagement}"} & {*given.values()})  # fmt: skip


def _shown_faults(who: Caller, route: Route, address: str, town: Town, other: Town) -> list[str]:
    try:
        answer = who.client.get(address)
    except Exception as error:
        return [f"{who.label}: {route.name} breaks: {type(error).__name__}: {error}"]
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    faults = []
    if answer.status_code not in (200, 302, 405):
        faults.append(f"{who.label}: {route.name}: {answer.status_code}")
    strange = [canary(other)] + [canary(town, p) for p in town.engagements if who.provider and p != who.provider]
    faults += [f"{who.label}: {route.name} shows {c}" for c in strange if c.encode() in body]
    return faults


def sample(route: Route, town: Town, provider: str, *, narrowed: bool = False) -> str | None:
    """The address of a route, as path and query without the tenant's part, that names rows of one provider's engagement in
    a town (narrowed: that its people see); None when there is no such row."""
    return next(samples(route, town, provider, narrowed=narrowed, most=1), None)


def samples(route: Route, town: Town, provider: str, *, narrowed: bool = False, most: int = 5) -> Iterator[str]:
    """As `sample`, of up to so many rows."""
    line = route.line("GET")
    given: dict[str, Any] = dict(line[2]) if isinstance(line, tuple) and len(line) == 3 else {}
    given |= {name: "{row}" for name, kind in route.parameters.items() if kind == "uuid" and name not in given}
    given |= {"engagement": "{engagement}"} if "engagement" in route.parameters else {}
    rows = [NOBODYS]
    if "{row}" in given.values():
        rows = [row.public_id for row in _rows(line, town, provider, narrowed, most)] if line else []
    for row in rows:
        fits = {"{row}": str(row), "{engagement}": town.engagements[provider].slug}
        filled = {name: fits.get(value, value) for name, value in given.items()}
        query = urlencode({name[1:]: value for name, value in filled.items() if name.startswith("?")})
        path = route.address("TENANT", **{name: value for name, value in filled.items() if not name.startswith("?")})
        yield f"{path}?{query}" if query else path


def _rows(line: Line, town: Town, provider: str, narrowed: bool, most: int) -> list[Any]:
    """Rows that only members who see this engagement may see (of a tenant's own rows: any)."""
    engagement, model = town.engagements[provider], model_of(line)
    with enter(town.tenant.pk, engagements=[engagement.pk] if narrowed else None):
        rows = model.objects.order_by("pk").filter(**dict(parse_qsl(line[1].partition("?")[2])))
        if engagement_column(model) == "engagement_id":
            rows = rows.filter(engagement=engagement)
        elif engagement_column(model) == "id":
            rows = rows.filter(pk=engagement.pk)
        elif model is Membership:
            rows = rows.filter(pk=town.members[f"engineer@{provider}"].pk)
        elif model is Absence:
            rows = rows.filter(person=town.members[f"engineer@{provider}"].person_id)
        return list(rows[:most])


def language_faults(town: Town, other: Town) -> list[str]:
    """Managers that show another tenant's rows when the database's walls do not help (read by the back-up's role)."""
    faults, seen = [], 0
    with enter(town.tenant.pk):
        for model in tenant_models():
            tenants = set(model.objects.using("backup").values_list("tenant_id", flat=True))  # type: ignore[attr-defined]
            seen += len(tenants)
            if tenants - {town.tenant.pk}:
                faults.append(f"{model._meta.label} shows other tenants' rows without the database's wall")
    assert seen > 5, "the world is empty"
    return faults


def unseen_models(town: Town) -> list[type[models.Model]]:
    """Tables of an engagement in which the world has no row yet."""
    with enter(town.tenant.pk):
        return [m for m in tenant_models() if engagement_column(m) and not is_history(m) and not m.objects.exists()]  # type: ignore[attr-defined]
