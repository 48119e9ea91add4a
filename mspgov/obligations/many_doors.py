"""Doors to one answer for many obligations: its text, what it does to each, what came of it."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from mspgov.web import lists
from mspgov.web.addresses import here
from mspgov.web.components import Action, Cell, Column, DataTable, Empty, PageHead, Row, Status
from mspgov.web.doors import Request, may, refusals
from mspgov.web.frame import stand
from mspgov.web.models import BulkChange, Work
from mspgov.web.words import counted

from . import many, policy, shown
from .many import VERBS, Line, Verb
from .views import obligations_asked


class TextForm(forms.Form):
    """The one text that all of them get, where the answer has one."""

    text = forms.CharField(max_length=4000, widget=forms.Textarea({"rows": 4}))

    def __init__(self, verb: Verb, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if verb.text:
            self.fields["text"].label = verb.text
            self.fields["text"].help_text = "The same for each of them."
        else:
            del self.fields["text"]


@may(policy.ANSWER_OBLIGATIONS)
def change(request: Request, verb: str) -> HttpResponse:
    """What is said of all that are selected; nothing is written before the preview was seen."""
    asked = VERBS.get(verb)
    if asked is None or not request.member.holds(asked.needed):
        raise Http404
    back = here(request, many.PAGE)
    rows = obligations_asked(request)
    if not ({"selected", "all"} & set(request.GET)):
        messages.info(request, "Tick the obligations first.")
        return redirect(back)
    form = TextForm(asked, request.POST if request.method == "POST" else None)
    if form.is_valid():
        with refusals(form):
            text = form.cleaned_data.get("text", "")
            kept = many.preview(rows, verb, text, by=request.user, at=timezone.now())
            return redirect(here(request, "obligations:changing", kept.public_id))
    stand(request, ("Obligations", here(request, "obligations:inbox")), ("All", back), asked.label)
    left = lists.address(request.GET, selected=None, all=None)
    context = {
        "page_head": PageHead(f"{asked.label} {obligations_of(rows.count())}", "Nothing is written yet:", "first you see what becomes of each."),
        "form": form, "submit": "Preview", "cancel_href": f"{back}{left}",
    }  # fmt: skip
    return render(request, "records/form.html", context)


@may(policy.ANSWER_OBLIGATIONS)
def changing(request: Request, work: UUID) -> HttpResponse:
    """What becomes of each; after it was confirmed, what came of it."""
    row = get_object_or_404(BulkChange.objects.all(), public_id=work, page=many.PAGE)
    if request.method == "POST":
        done = many.confirm(row, member=request.member, by=request.user, at=timezone.now())
        if done.result["refused"]:
            return redirect(request.path)
        messages.success(request, f"{obligations_of(done.result['changed'])} {many.verb_of(done).past}.")
        return redirect(here(request, many.PAGE))
    stand(request, ("Obligations", here(request, "obligations:inbox")), ("All", here(request, many.PAGE)), many.verb_of(row).label)  # fmt: skip
    return done_page(request, row) if row.state == Work.DONE else preview_page(request, row)


def preview_page(request: Request, row: BulkChange) -> HttpResponse:
    verb, lines = many.verb_of(row), many.lines_of(row, request.member, timezone.now())
    refused = sum(bool(line.refused) for line in lines)
    able = len(lines) - refused
    act = Action(f"{verb.label} {obligations_of(able)}", "", "filled", post=True)
    lead = f"{obligations_of(able)} would be {verb.past}{'; ' if refused else '.'}"
    context = {
        "page_head": PageHead(
            f"Preview: {verb.label.lower()}", lead,
            f"{refused} {'stays as it is' if refused == 1 else 'stay as they are'}." if refused else "Nothing is written yet.",
            actions=(*((act,) if able else ()), Action("Leave it", here(request, many.PAGE))),
        ),
        "table": preview_table(request, verb, lines),
        "empty": Empty("No obligation is chosen.", Action("Back to the list", here(request, many.PAGE))),
    }  # fmt: skip
    return render(request, "records/list.html", context)


def preview_table(request: Request, verb: Verb, lines: list[Line]) -> DataTable:
    now = timezone.now()
    columns = (Column("Obligation"), Column("Owed by", width="m"), Column("State", width="s"), Column("What happens"))
    rows = []
    for line in lines:
        happens = Status("missed", line.refused) if line.refused else Status("met", f"Will be {verb.past}")
        if line.row is None:
            cells = (Cell(line.id, head=True), Cell(""), Cell(""), Cell(status=happens))
        else:
            cells = (
                Cell(line.row.record.title, sub=line.row.record.number, href=here(request, "obligations:obligation", line.id), head=True),
                Cell(shown.who(line.row)), Cell(status=shown.status(line.row, now)), Cell(status=happens),
            )  # fmt: skip
        rows.append(Row(cells))
    return DataTable("What becomes of each obligation", columns, tuple(rows))


def done_page(request: Request, row: BulkChange) -> HttpResponse:
    verb, refused = many.verb_of(row), row.result["refused"]
    rows = tuple(Row((Cell(label, head=True), Cell(why))) for _, label, why in refused)
    context = {
        "page_head": PageHead(
            verb.label, f"{obligations_of(row.result['changed'])} {verb.past}.",
            f"{len(refused)} {'stays as it was' if len(refused) == 1 else 'stay as they were'}." if refused else "Each has it in its history.",
            actions=(Action("Back to the list", here(request, many.PAGE), "filled"),),
        ),
        "table": DataTable("Obligations that stay", (Column("Obligation"), Column("Why")), rows) if rows else None,
        "empty": Empty("Every obligation was taken."),
    }  # fmt: skip
    return render(request, "records/list.html", context)


def obligations_of(count: int) -> str:
    return counted(count, "obligation", "obligations")
