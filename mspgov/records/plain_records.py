"""Plain records: rows with neither state nor rule, kept with their history and a link of the tenant's chain."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

from mspgov.tenancy.models import Person

from . import services as records
from .errors import Conflict

UNIQUE = "23505"


def faults_of(row: models.Model) -> dict[str, str]:
    """What no single field can know, by field: an equal row, and a row of another engagement.

    Django's forms and serializers skip every constraint with a field that they do not show, so all with the tenant.
    """
    meta, found = row._meta, {}
    for constraint in meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            try:
                constraint.validate(type(row), row)
            except ValidationError:
                field = meta.get_field(constraint.fields[-1])
                found[field.name] = f"There is already a {meta.verbose_name} with this {field.verbose_name}."  # type: ignore[union-attr]
    own = getattr(row, "engagement_id", None)
    for field in meta.local_fields if own is not None else ():
        pointed = getattr(row, field.name) if isinstance(field, models.ForeignKey) else None
        if getattr(pointed, "engagement_id", None) not in (own, None):
            found[field.name] = "It belongs to another engagement."
    return found


def keep(row: Any, *, by: Person, at: datetime) -> None:
    """Save a plain record with its history and seal the change. Raises Conflict when an equal row came first."""
    before = {} if row._state.adding else records.snapshot(type(row).objects.get(pk=row.pk))
    what = f"{row._meta.model_name}.{'change' if before else 'create'}"
    row._history_user, where = by, records.engagement_of(row)
    try:
        with transaction.atomic():
            row.save()
            after = records.snapshot(row)
            records.seal(None, what=what, before=before, after=after, by=by, at=at, engagement_id=where)
    except IntegrityError as error:
        if getattr(error.__cause__, "pgcode", "") != UNIQUE:
            raise
        raise Conflict(f"somebody has just kept a {row._meta.verbose_name} like this") from error
