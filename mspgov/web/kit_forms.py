"""Forms of plain records, and how such a record is kept: with history, and a link of the tenant's chain."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

from mspgov.kernel.refusals import Conflict
from mspgov.records import services as records
from mspgov.tenancy.models import Engagement, Person

UNIQUE = "23505"


def reached_by(model: type[models.Model]) -> str:
    """The field that names a row to the outside: never its number."""
    return "slug" if model is Engagement else "public_id"


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
    row._history_user = by
    try:
        with transaction.atomic():
            row.save()
            after = records.snapshot(row)
            records.seal(
                None, what=what, before=before, after=after, by=by, at=at, engagement_id=records.engagement_of(row)
            )
    except IntegrityError as error:
        if getattr(error.__cause__, "pgcode", "") != UNIQUE:
            raise
        raise Conflict(f"somebody has just kept a {row._meta.verbose_name} like this") from error  # fmt: skip


class RecordForm(forms.ModelForm):  # type: ignore[type-arg]
    """Relations are chosen by public names; what no single field can know is said at its field."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, forms.ModelChoiceField):
                field.to_field_name = reached_by(field.queryset.model)  # type: ignore[union-attr]
                if self.instance.pk:
                    self.initial[name] = getattr(self.instance, name)

    def validate_unique(self) -> None:
        for name, why in faults_of(self.instance).items():
            self.add_error(name if name in self.fields else None, why)


class PlacedForm(RecordForm):
    """Also asks for the engagement, among those that the person sees."""

    engagement = forms.ModelChoiceField(Engagement.objects.order_by("name"))
    field_order = ("engagement",)

    def _post_clean(self) -> None:
        if chosen := self.cleaned_data.get("engagement"):
            self.instance.engagement = chosen
        super()._post_clean()  # type: ignore[misc]


def read_choices(form: forms.BaseForm) -> None:
    """Ask for the options of every select now: a template may not. Through the widget: django-filter's field has a setter of its own."""
    for field in form.fields.values():
        if isinstance(field, forms.ModelChoiceField):
            field.widget.choices = list(field.widget.choices)
