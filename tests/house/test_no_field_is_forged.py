"""No client sets tenant, engagement, author, state or a computed amount: not by any form, not by any serializer."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django import forms
from django.apps import apps
from django.test import Client
from rest_framework import serializers

from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import CLIENT, Role
from mspgov.tenancy.walls import tenant_models
from mspgov.web.record_reading import natural_key
from tests.conftest import empty_every_table
from tests.house import matrix
from tests.house.furnished import furnished
from tests.world import Town

pytestmark = pytest.mark.django_db
OWN = ("mspgov", "engagements", "contracts", "itsm", "costs", "governance")
FORBIDDEN = {
    "tenant", "tenant_id", "pk", "public_id", "record", "record_id", "author", "by", "by_id", "made_by", "started_by",
    "engagement_id", "state", "hash", "position", "sha256", "content_sha256", "facts", "facts_sha256", "key_hash",
    "attainment", "before_cap", "earned_back", "credit_amount", "points", "made_at", "sealed_at", "history",
}  # fmt: skip
ANSWERS = {"OutcomeBody", "OutcomesBody"}  # they only describe what is answered: nothing is ever read by them
FORGED_ID = "01890000-0000-7000-8000-00000000f0f0"
AT = datetime(2001, 1, 1, tzinfo=UTC)
Towns = tuple[Town, Town]


@pytest.fixture(scope="module")
def towns(django_db_setup: None, django_db_blocker: Any) -> Iterator[Towns]:
    with django_db_blocker.unblock():
        town, other = furnished("aurora", ("cobalt", "dune")), furnished("borealis", ("erg",))
        owner = town.member(Role.SERVICE_OWNER)
        with enter(town.tenant.pk):
            owner.roles = sorted(CLIENT)
            owner.save()
        yield town, other
        empty_every_table()


def subclasses(base: type) -> Iterator[Any]:
    """Every class of the product under this one; the views that make some are loaded by walking the resolver."""
    matrix.routes()
    for found in base.__subclasses__():
        yield from subclasses(found)
        if found.__module__.partition(".")[0] in OWN:
            yield found


def form_fields() -> Iterator[tuple[str, str, Any, Any]]:
    """(where, field, model or None, model field's name) of everything that a form takes."""
    for form in subclasses(forms.BaseForm):
        model = getattr(getattr(form, "_meta", None), "model", None)
        for name in getattr(form, "base_fields", {}):
            yield f"{form.__module__}.{form.__name__}", name, model, name


def serializer_fields() -> Iterator[tuple[str, str, Any, Any]]:
    for cls in subclasses(serializers.Serializer):
        model = getattr(getattr(cls, "Meta", None), "model", None)
        is_row = model is None and not cls.__module__.endswith("api") and ".api" not in cls.__module__
        if is_row or cls.__module__ == "mspgov.web.api_rows" or cls.__name__ in ANSWERS:
            continue  # rows of answers: they are never read
        if issubclass(cls, serializers.ModelSerializer) and model is None:
            continue  # without a model it is what others are made of
        for name, field in cls().fields.items():
            if not field.read_only:
                yield f"{cls.__module__}.{cls.__name__}", name, model, field.source


def test_no_form_and_no_serializer_has_a_field_that_is_not_the_callers_to_set() -> None:
    seen = [*form_fields(), *serializer_fields()]
    assert len(seen) > 60
    assert [f"{where}.{name}" for where, name, _, _ in seen if name in FORBIDDEN] == []


def test_forms_of_models_show_editable_fields_only_and_the_engagement_is_chosen_once() -> None:
    closed = []
    for where, name, model, source in [*form_fields(), *serializer_fields()]:
        if model is None or name == "engagement":
            continue
        known = {f.name: f for f in model._meta.get_fields()}
        if source in known and not getattr(known[source], "editable", True):
            closed.append(f"{where}.{name}")
    assert closed == []


def test_what_a_state_or_a_computed_amount_stands_in_is_closed_to_forms() -> None:
    """The model says it, so that a form that shows all fields would not show these."""
    told = {"state", "tenant", "public_id", "facts", "hash"}
    open_ones = [
        f"{model._meta.label}.{f.name}"
        for model in tenant_models()
        if hasattr(model, "history")
        for f in model._meta.concrete_fields
        if f.name in told and f.editable
    ]
    assert open_ones == []


def forged(model: Any, town: Town, other: Town) -> dict[str, Any]:
    """Every column that a row has, and what people try besides, with values of somebody else's."""
    values: dict[str, Any] = {}
    for f in model._meta.concrete_fields:
        kind = type(f).__name__
        values[f.name] = values[f.attname] = (
            999_999 if "Integer" in kind or "Auto" in kind or f.is_relation else
            FORGED_ID if kind == "UUIDField" else AT.isoformat() if "Date" in kind else
            "999999.99" if kind == "DecimalField" else "forged"
        )  # fmt: skip
    return values | {
        "id": FORGED_ID, "pk": 999_999, "public_id": FORGED_ID, "tenant": other.tenant.slug, "tenant_id": other.tenant.pk,
        "engagement": town.engagements["dune"].slug, "engagement_id": town.engagements["dune"].pk, "state": "done",
        "by": str(other.member(Role.AUDITOR).person.public_id), "author": 1, "history_user": 1, "amount": "999999.99",
        "attainment": "100.00", "version": "x",
    }  # fmt: skip


def rows_of(town: Town, model: Any) -> dict[int, dict[str, Any]]:
    with enter(town.tenant.pk):
        return {row.pk: {f.attname: getattr(row, f.attname) for f in model._meta.concrete_fields} for row in model.objects.all()}  # fmt: skip


def kits() -> Iterator[Any]:
    for route in matrix.routes():
        kit = getattr(route.callback, "view_initkwargs", {}).get("kit")
        if kit is not None and route.name.endswith("-edit"):
            yield kit, route


def signed_in(town: Town) -> Client:
    client = Client()
    client.force_login(town.member(Role.SERVICE_OWNER).person)
    return client


def test_a_kits_forms_leave_every_other_column_as_it_is(towns: Towns) -> None:
    town, other = towns
    client, tried = signed_in(town), 0
    for kit, route in kits():
        with enter(town.tenant.pk):
            row = kit.queryset().filter(**engagement_of(kit, town)).order_by("pk").first()
        before = rows_of(town, kit.model)[row.pk]
        address = route.address(town.tenant.slug, id=row.public_id)
        form = client.get(address).context["form"]
        shown = {name: form.initial.get(name) or "" for name in form.fields}
        shown |= {n: str(getattr(v, "public_id", v)) for n, v in shown.items() if hasattr(v, "public_id")}
        version = client.get(address).context["version"]
        data = {k: v for k, v in forged(kit.model, town, other).items() if k not in kit.fields or k == "engagement"}
        answer = client.post(address, {**data, **shown, "version": version})
        assert answer.status_code in (200, 302), (route.name, answer.status_code)
        after = rows_of(town, kit.model)[row.pk]
        closed = {
            f.attname for f in kit.model._meta.concrete_fields if f.name not in kit.fields or f.name == "engagement"
        }
        assert {n: after[n] for n in closed} == {n: before[n] for n in closed}, route.name
        tried += 1
    assert tried >= 4


def engagement_of(kit: Any, town: Town) -> dict[str, Any]:
    return {"engagement": town.engagements["cobalt"]} if "engagement" in kit.fields else {}


def test_changing_a_row_by_the_api_leaves_every_column_that_is_not_shown(towns: Towns) -> None:
    town, other = towns
    client, tried = signed_in(town), 0
    for route in matrix.routes():
        if not (route.is_api and "PATCH" in route.methods):
            continue
        line = route.line("PATCH")
        model = matrix.model_of(line) if line else None
        address = matrix.sample(route, town, "cobalt")
        assert model is not None and address is not None, route.name
        url = address.replace("TENANT", town.tenant.slug)
        id = UUID(url.rstrip("/").rpartition("/")[2])
        shown = client.get(url).json()
        before = next(r for r in rows_of(town, model).values() if r["public_id"] == id)
        data = {
            k: v for k, v in forged(model, town, other).items() if k not in shown or k in ("id", "engagement", "state")
        }
        for sent in (
            data,
            {k: v for k, v in data.items() if k in shown},
        ):  # what is no field is refused, the rest passed over
            answer = client.patch(url, sent, "application/json")
            assert answer.status_code < 500, (route.name, answer.content)
            after = next(r for r in rows_of(town, model).values() if r["public_id"] == id)
            assert after == before, route.name
        tried += 1
    assert tried >= 5


def test_a_row_made_by_the_api_belongs_to_the_callers_tenant_whatever_was_sent(towns: Towns) -> None:
    town, other = towns
    client, made = signed_in(town), 0
    counts = {model: len(rows_of(other, model)) for model in tenant_models() if not hasattr(model, "instance_type")}
    for route in matrix.routes():
        if not (route.is_api and "POST" in route.methods and not route.parameters):
            continue
        line = route.line("GET") or route.line("POST")
        name = route.name.partition(":")[2]
        kit = next((kit for kit, _ in kits() if kit.slug() == name), None)
        model = kit.model if kit else apps.get_model("tenancy.Tenant")
        data = forged(model, town, other)
        if kit is not None:
            with enter(town.tenant.pk):
                row = kit.queryset().filter(**engagement_of(kit, town)).order_by("pk").first()
            own = client.get(f"{route.address(town.tenant.slug)}{row.public_id}/").json()
            fresh = {"name": "Made here", "key": "made-here", "on": "2031-01-01"}
            data |= {n: fresh.get(n, own[n]) for n in kit.fields if n in own}
            data["id"] = FORGED_ID
        answer = client.post(route.address(town.tenant.slug), data, "application/json")
        assert answer.status_code < 500, (route.name, answer.content, line)
        if kit is not None and natural_key(kit.model) != ("engagement",):  # of those there is one already
            assert answer.status_code == 400, (route.name, answer.content)
            told = {each["field"] for each in answer.json()["errors"]}
            assert told == data.keys() - own.keys() and {"tenant", "tenant_id", "engagement_id", "pk"} <= told, (
                route.name
            )
            read = {name: value for name, value in data.items() if name in own}
            answer = client.post(route.address(town.tenant.slug), read, "application/json")
            assert answer.status_code == 201, (route.name, answer.content)
            assert answer.json()["id"] != FORGED_ID
            found = next(r for r in rows_of(town, model).values() if str(r["public_id"]) == answer.json()["id"])
            assert found["tenant_id"] == town.tenant.pk and found["id"] != 999_999
            if "engagement" in kit.fields:
                assert found["engagement_id"] == town.engagements["cobalt"].pk
            made += 1
    assert made >= 4
    assert counts == {model: len(rows_of(other, model)) for model in counts}
