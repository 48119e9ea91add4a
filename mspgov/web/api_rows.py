"""Rows of the API: a frozen dataclass is the shape; its JSON and its schema are read from it."""

import types
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from rest_framework import serializers

from mspgov.kernel.period import Month, Quarter

SIMPLE: dict[Any, type[serializers.Field]] = {  # type: ignore[type-arg]
    str: serializers.CharField,
    bool: serializers.BooleanField,
    int: serializers.IntegerField,
    float: serializers.FloatField,
    Decimal: serializers.CharField,
    UUID: serializers.UUIDField,
    datetime: serializers.DateTimeField,
    date: serializers.DateField,
    Month: serializers.CharField,
    Quarter: serializers.CharField,
}


class Strict:
    """A serializer that takes what it names and nothing else: a field that is spelled wrong is told, not dropped."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            wrong = [str(name) for name in data if name not in self.fields and name != "csrfmiddlewaretoken"]  # type: ignore[attr-defined]
            if wrong:
                raise serializers.ValidationError(dict.fromkeys(wrong, "there is no such field here"))
        return super().to_internal_value(data)  # type: ignore[misc]


class Body(Strict, serializers.Serializer[Any]):
    """What a request says."""


def plain(value: Any) -> Any:
    """A row as JSON can write it: dataclasses become objects, Decimal, months and quarters text; instants stay in UTC."""
    if is_dataclass(value) and not isinstance(value, (type, Month, Quarter)):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return str(value) if isinstance(value, (Decimal, Month, Quarter)) else value


@cache
def serializer_of(row: type) -> type[serializers.Serializer]:  # type: ignore[type-arg]
    """The serializer that describes a row in the schema. Raises TypeError for a field whose type has no JSON."""
    hints = get_type_hints(row)
    made: dict[str, Any] = {f.name: _field(hints[f.name], f"{row.__name__}.{f.name}") for f in fields(row)}
    made["__doc__"] = row.__doc__ or ""
    return type(row.__name__, (serializers.Serializer,), made)


def _field(hint: Any, where: str, **more: Any) -> Any:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType) and type(None) in inner:
        rest = [i for i in inner if i is not type(None)]
        return _field(rest[0] if len(rest) == 1 else Any, where, allow_null=True)
    if origin is Literal:
        return serializers.ChoiceField(choices=list(inner), **more)
    if origin in (list, tuple, Sequence):
        return serializers.ListField(child=_field(inner[0] if inner else Any, where), **more)
    if hint in (Any, object, dict) or origin in (dict, Mapping):
        return serializers.JSONField(**more)
    if is_dataclass(hint) and hint not in SIMPLE:
        return serializer_of(hint)(**more)  # type: ignore[arg-type]
    if hint not in SIMPLE:
        raise TypeError(f"{where}: the API has no form for {hint!r}")
    return SIMPLE[hint](**more)
