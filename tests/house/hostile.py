"""Hostile parameters and bodies against every collection: an answer below 500, and a problem where it is an error. And
writing to what is not there."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.test import Client

from mspgov.web.doors import SAFE, permission_of
from tests.house.matrix import Caller, Route, quiet, sample
from tests.world import Town

TEXTS = (
    "\x00",
    "'; select 1 --",
    "ž" * 2000,
    "-1",
    "99999999999999999999",
    "2016-13",
    "../../etc/passwd",
    "%ff",
    "{row}",
    "Ⅷ",
)
CURSORS = ("x", "cD1hYmM=", "cD0lMDA=", "bj05OTk5OTk5OTk5OQ==", "bz0tMQ==", "cj0x", "ž")
BODIES: tuple[Any, ...] = ({}, [], None, "x", 7, {"engagement": 7}, {"engagement": None}, {"engagement": {"a": 1}})


def hostile_faults(client: Client, town: Town, found: Iterable[Route]) -> list[str]:
    """Findings as sentences: what broke, or was an error without being a problem."""
    faults = []
    with quiet():
        for route in (r for r in found if r.is_api):
            address = (sample(route, town, next(iter(town.engagements))) or route.address("TENANT")).replace("TENANT", town.tenant.slug)  # fmt: skip
            for method, query, body in _attempts(route):
                try:
                    answer = client.generic(method, address, query_params=query, **body)
                except Exception as error:
                    faults.append(
                        f"{method} {route.name} {query} {body.get('data', '')!r:.80}: {type(error).__name__}: {error}"
                    )
                    continue
                if answer.status_code >= 400 and answer["Content-Type"] != "application/problem+json":
                    faults.append(f"{method} {route.name}: {answer.status_code} as {answer['Content-Type']}")
    return faults  # fmt: skip


def _attempts(route: Route) -> Iterator[tuple[str, dict[str, str], dict[str, Any]]]:
    cls = route.callback.cls
    for method in route.methods:
        if method == "GET":
            for name in parameters_of(cls):
                yield from (("GET", {name: text}, {}) for text in TEXTS)
            yield from (("GET", {"cursor": cursor}, {}) for cursor in CURSORS)
            yield from (("GET", {"page_size": text}, {}) for text in ("0", "-1", "x", "100000"))
            continue
        for body in (*BODIES, *(dict.fromkeys(fields_of(cls), text) for text in TEXTS)):
            yield method, {}, {"data": json.dumps(body), "content_type": "application/json"}
        yield method, {}, {"data": "{", "content_type": "application/json"}
        yield method, {}, {"data": b"\xff\x00", "content_type": "multipart/form-data; boundary=x"}


def parameters_of(cls: Any) -> list[str]:
    filterset = getattr(cls, "filterset_class", None)
    return [*filterset.base_filters] if filterset else [*getattr(cls, "filters", ())]


def fields_of(cls: Any) -> list[str]:
    """Names that a body of any collection may have; of plain records those of their serializer."""
    serializer = getattr(cls, "serializer_class", None)
    own = [*serializer.Meta.fields] if hasattr(serializer, "Meta") else []
    return own or ["engagement", "month", "quarter", "amount", "reason", "name", "document", "terms", "text", "value", "effective", "file", "format", "time_zone", "mapping", "paper", "service_level"]  # fmt: skip


def absent_faults(who: Caller, town: Town, strange: Town, found: Iterable[Route]) -> list[str]:
    """Writing to a row that is not there, or that is another tenant's, which is not answered by 404: somebody's row was
    taken for it."""
    faults = []
    with quiet():
        for route in (r for r in found if r.in_tenant and "uuid" in r.parameters.values()):
            foreign = sample(route, strange, next(iter(strange.engagements)))
            for method in (m for m in route.methods if m not in SAFE and _may(who, route, m)):
                for address in {route.address("TENANT"), foreign or route.address("TENANT")}:
                    try:
                        answer = who.client.generic(
                            method, address.replace("TENANT", town.tenant.slug), "{}" if route.is_api else "",
                            content_type="application/json" if route.is_api else "application/x-www-form-urlencoded",
                        )  # fmt: skip
                    except Exception as error:
                        faults.append(f"{method} {route.name}: {type(error).__name__}: {error}")
                        continue
                    if answer.status_code not in ((404,) if route.is_api else (404, 405)):
                        faults.append(f"{method} {route.name}: {answer.status_code}")
    return faults


def _may(who: Caller, route: Route, method: str) -> bool:
    needed = permission_of(route.callback, method)
    return needed is not None and who.holds(needed)
