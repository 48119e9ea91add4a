"""Forms of rows with tenants, and the views that make and change a plain record by one."""

from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseRedirect
from django.utils import timezone

from mspgov.records import services as records
from mspgov.records.plain_records import faults_of, keep
from mspgov.tenancy.models import Engagement
from mspgov.tenancy.walls import engagement_column

from .addresses import reached_by
from .timeline import changed_since, version_of


class RecordForm(forms.ModelForm):  # type: ignore[type-arg]
    """Relations are chosen by public names; what no single field can know is said at its field."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, forms.ModelChoiceField):
                field.to_field_name = reached_by(field.queryset.model)  # type: ignore[union-attr]
                if field.empty_label:
                    field.empty_label = "Choose" if field.required else "None"
                if self.instance.pk:
                    self.initial[name] = getattr(self.instance, name)
                    field.queryset = beside(self.instance, field.queryset)

    def validate_unique(self) -> None:
        for name, why in faults_of(self.instance).items():
            self.add_error(name if name in self.fields else None, why)


def beside(row: Any, choices: Any) -> Any:
    """Of what a row may point to, what is of its own engagement, where both are of one."""
    columns = [engagement_column(each) for each in (type(row), choices.model)]
    return choices.filter(engagement=row.engagement_id) if columns == ["engagement_id"] * 2 else choices


class PlacedForm(RecordForm):
    """Also asks for the engagement, among those that the person sees."""

    engagement = forms.ModelChoiceField(Engagement.objects.order_by("name"))
    field_order = ("engagement",)

    def _post_clean(self) -> None:
        if chosen := self.cleaned_data.get("engagement"):
            self.instance.engagement = chosen
        super()._post_clean()  # type: ignore[misc]


def form_of(model: Any, fields: tuple[str, ...], widths: dict[str, str], *, new: bool) -> Any:
    """The form class of a plain record. The engagement is chosen once, when the record is made."""
    base = PlacedForm if new and "engagement" in fields else RecordForm
    own = [f for f in fields if f != "engagement"]
    return type(f"{model.__name__}Form", (forms.modelform_factory(model, form=base, fields=own),), {"widths": widths})


def read_choices(form: forms.BaseForm) -> None:
    """Ask for the options of every select now: a template may not. Through the widget: django-filter's field has a setter of its own."""
    for field in form.fields.values():
        if isinstance(field, forms.ModelChoiceField):
            field.widget.choices = list(field.widget.choices)


class KeepsRecord:
    """For CreateView and UpdateView: keeps what was typed with its history; a form that somebody overtook is shown again.

    A late form (409) still has what was typed, says who changed what meanwhile, and replaces it when it is sent again.
    """

    request: Any
    kit: Any
    object: Any
    kwargs: Any
    version = ""

    def get_object(self, queryset: Any = None) -> Any:
        """The row; locked when it is to be changed."""
        if self.request.method != "POST":
            row = super().get_object(queryset)  # type: ignore[misc]
        else:
            row = records.locked(self.get_queryset(), public_id=self.kwargs["id"])  # type: ignore[attr-defined]
        self.version = version_of(row)
        return row

    def get_initial(self) -> dict[str, Any]:
        """A new record is proposed for what the address names: the engagement, and what its list is filtered by."""
        asked = self.request.GET if self.object is None else {}
        named = {name: asked[name] for name in ("engagement", *self.kit.filters) if name in asked}
        return {**super().get_initial(), **named}  # type: ignore[misc]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**{"version": self.version, **kwargs})  # type: ignore[misc]
        read_choices(context["form"])
        return context

    def form_valid(self, form: Any) -> HttpResponse:
        row, known = form.instance, self.request.POST.get("version", self.version)
        if known != self.version:
            form.add_error(None, changed_since(type(row).objects.get(pk=row.pk), tuple(form._meta.fields), known))
            return self.render_to_response(self.get_context_data(form=form), status=409)  # type: ignore[attr-defined]
        keep(row, by=self.request.user, at=timezone.now())
        self.object = row
        return HttpResponseRedirect(self.get_success_url())  # type: ignore[attr-defined]

    def form_invalid(self, form: Any) -> HttpResponse:
        """What the form was read with stays its version: whether it was overtaken is told once it can be kept."""
        known = self.request.POST.get("version", self.version)
        return self.render_to_response(self.get_context_data(form=form, version=known))  # type: ignore[attr-defined]
