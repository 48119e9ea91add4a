"""The API's reference as a page: the OpenAPI document, read for people."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator


@dataclass(frozen=True)
class Field:
    """A parameter or a key of a body or row."""

    name: str
    kind: str
    required: bool
    note: str


@dataclass(frozen=True)
class Operation:
    """One method of one address."""

    id: str
    method: str
    address: str
    about: str
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    answer: tuple[Field, ...]


@dataclass(frozen=True)
class Group:
    """The operations of one collection."""

    name: str
    operations: tuple[Operation, ...]


@cache
def groups() -> tuple[Group, ...]:
    """All collections by name. The addresses are fixed when the process starts, so it is read once."""
    document = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    schemas = document.get("components", {}).get("schemas", {})
    found: dict[str, list[Operation]] = {}
    for address, methods in document["paths"].items():
        for method, operation in methods.items():
            name = operation.get("tags", ["other"])[0]
            found.setdefault(name, []).append(_operation(address, method, operation, schemas))
    return tuple(Group(name, tuple(operations)) for name, operations in sorted(found.items()))


def _operation(address: str, method: str, operation: dict[str, Any], schemas: dict[str, Any]) -> Operation:
    parameters = tuple(
        Field(p["name"], _kind(p.get("schema", {})), p.get("required", False), p.get("description", ""))
        for p in operation.get("parameters", [])
        if p["name"] != "tenant"
    )
    good: dict[str, Any] = next(
        (a for status, a in sorted(operation["responses"].items()) if status.startswith("2")), {}
    )
    return Operation(
        id=operation["operationId"],
        method=method.upper(),
        address=address,
        about=" ".join(operation.get("description", "").split()),
        parameters=parameters,
        body=_fields(operation.get("requestBody", {}), schemas),
        answer=_fields(good, schemas),
    )


def _fields(carrier: dict[str, Any], schemas: dict[str, Any]) -> tuple[Field, ...]:
    """The keys of a body or of the rows of a list."""
    schema: dict[str, Any] = next((c.get("schema", {}) for c in carrier.get("content", {}).values()), {})
    shape = _resolved(schema, schemas)
    if rows := shape.get("properties", {}).get("results"):
        shape = _resolved(rows.get("items", {}), schemas)
    required = shape.get("required", [])
    return tuple(
        Field(name, _kind(inner), name in required, inner.get("description", ""))
        for name, inner in shape.get("properties", {}).items()
    )


def _resolved(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    return schema


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    words = str(schema.get("format") or schema.get("type") or "any")
    return f"{words} or null" if schema.get("nullable") else words
