"""Doors to saved views: save the list that one looks at, rename and share it, let a list open with it, delete it."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from mspgov.tenancy.policy import MEMBER

from . import saved_views
from .addresses import elsewhere, here
from .components import Action, PageHead
from .doors import Request, may, refusals
from .frame import stand
from .models import FirstView, SavedView


class ViewForm(forms.Form):
    name = forms.CharField(max_length=60, help_text="Such as “Open, by weight”")
    shared = forms.BooleanField(required=False)
    opens = forms.BooleanField(required=False, label="Open the list with it", help_text="For you only")
    replace = forms.BooleanField(required=False, label="Replace your view of this name")

    def __init__(self, request: Request, *args: Any, own: bool = True, replaces: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        side = request.member.provider or request.tenant
        self.fields["shared"].label = f"Share with the people of {side}"
        if not own:
            del self.fields["name"], self.fields["shared"]
        if not replaces:  # asked only where there is one of this name
            del self.fields["replace"]


def list_at(request: Request, page: str) -> str:
    """The address of a list of this tenant that the reader may open. Raises Http404."""
    if not (address := elsewhere(request, page)):
        raise Http404
    return address


@may(MEMBER)
def new_view(request: Request) -> HttpResponse:
    page, query = request.GET.get("page", ""), request.GET.get("query", "")
    back = f"{list_at(request, page)}?{query}"
    taken = saved_views.has_view(page, request.POST.get("name", "").strip(), request.member)
    form = ViewForm(request, request.POST or None, replaces=taken)
    if form.is_valid():
        with refusals(form):
            view = saved_views.save_view(
                page=page, query=query, member=request.member, at=timezone.now(), **form.cleaned_data
            )
            messages.success(request, f"Saved as {view.name}.")
            return redirect(f"{list_at(request, page)}?{view.query}")
    stand(request, "Save this view")
    context = {
        "page_head": PageHead("Save this view", "Filters, sort and columns are kept,", "not the rows: it shows what fits when it is opened."),
        "form": form, "cancel_href": back, "submit": "Save view",
    }  # fmt: skip
    return render(request, "records/form.html", context)


@may(MEMBER)
def view(request: Request, view_id: UUID) -> HttpResponse:
    """One's own view: its name, with whom it is shared; of somebody else's, whether one's list opens with it."""
    row: SavedView = get_object_or_404(SavedView.objects.select_related("owner"), public_id=view_id)
    own, first = row.owner_id == request.user.pk, FirstView.objects.filter(view=row, person=request.user).exists()
    back = f"{list_at(request, row.page)}?{row.query}"
    now = {"name": row.name, "shared": row.shared, "opens": first}
    form = ViewForm(request, request.POST if request.method == "POST" else None, own=own, initial=now)
    if form.is_valid():
        with refusals(form):
            if own:
                saved_views.change_view(row, member=request.member, **form.cleaned_data)
            else:
                saved_views.open_with(row, form.cleaned_data["opens"], request.user.pk)
            return redirect(back)
    stand(request, row.name)
    lead = "Shared." if row.shared else "Only you see it."
    context = {
        "page_head": PageHead(row.name, lead, "" if own else f"{row.owner} keeps it.", eyebrow="Saved view"),
        "form": form, "cancel_href": back,
        "danger": Action("Delete view", here(request, "web:view-delete", row.public_id), "danger") if own else None,
    }  # fmt: skip
    return render(request, "records/form.html", context)


@may(MEMBER)
def delete_view(request: Request, view_id: UUID) -> HttpResponse:
    row: SavedView = get_object_or_404(SavedView, public_id=view_id, owner=request.user)
    back = list_at(request, row.page)
    if request.method == "POST":
        saved_views.delete_view(view_id, person_id=request.user.pk)
        messages.success(request, f"Deleted the view {row.name}.")
        return redirect(back)
    stand(request, (row.name, here(request, "web:view", view_id)), "Delete")
    what = "Those with whom it is shared lose it too." if row.shared else "The rows that it shows stay as they are."
    context = {
        "page_head": PageHead(f"Delete the view {row.name}"),
        "what": what, "cancel_href": f"{back}?{row.query}", "submit": "Delete view",
    }  # fmt: skip
    return render(request, "records/delete.html", context)
