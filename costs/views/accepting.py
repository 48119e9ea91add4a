"""Doors to accepting several credits at once: what is said with it, what becomes of each, what came of it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from costs import forms, policy, services
from costs.models import Credit
from mspgov.tenancy.models import Engagement
from mspgov.web.addresses import engagement_named, here
from mspgov.web.bulk_change import Line
from mspgov.web.components import Action, Cell, Column, DataTable, Empty, PageHead, Row, Status
from mspgov.web.doors import Request, may, refusals
from mspgov.web.frame import stand
from mspgov.web.kit_change_views import anew, is_polled, running_page, stays_table
from mspgov.web.models import BulkChange, Work
from mspgov.web.words import counted


def list_of(request: Request, engagement: Engagement) -> str:
    return here(request, "costs:credits", engagement=engagement.slug)


@may(policy.ANSWER_CREDITS)
def accept(request: Request) -> HttpResponse:
    """What is said with the acceptance of the selected credits; nothing is written yet."""
    engagement = engagement_named(request)
    back, chosen = list_of(request, engagement), [id for text in request.GET.getlist("selected") if (id := as_id(text))]
    if not chosen:
        messages.info(request, "Tick the credits that are to be accepted.")
        return redirect(back)
    form = forms.AcceptManyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with refusals(form):
            change = services.preview_acceptance(
                engagement=engagement,
                credits=chosen,
                text=form.cleaned_data["text"],
                by=request.user,
                at=timezone.now(),
            )
            return redirect(here(request, "costs:credits-accepting", change.public_id))
    stand(request, ("Credits", back), "Accept")
    context = {
        "page_head": PageHead(f"Accept {counted(len(chosen), 'credit')}", "Nothing is written yet:", "first you see what becomes of each."),
        "form": form,
        "submit": "Preview",
        "cancel_href": back,
    }  # fmt: skip
    return render(request, "records/form.html", context)


def as_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@may(policy.ANSWER_CREDITS)
def accepting(request: Request, work: UUID) -> HttpResponse:
    """Credit by credit what accepting does, and the confirmation; afterwards what came of it."""
    rows = BulkChange.objects.select_related("run", "run__started_by")
    change = get_object_or_404(rows, public_id=work, page=services.ACCEPTED_LIST)
    engagement = get_object_or_404(Engagement, pk=change.values["engagement"])
    back = list_of(request, engagement)
    if request.method == "POST":
        done = services.confirm_acceptance(change=change, by=request.user, at=timezone.now())
        if done.state == Work.DONE and not done.result["refused"]:
            messages.success(request, f"Accepted {counted(done.result['changed'], 'credit')}.")
            return redirect(back)
        return redirect(here(request, "costs:credits-accepting", work))
    stand(request, ("Credits", back), "Accept")
    found = services.came_of(change)
    if found is None and change.state == Work.RUNNING:
        return running_page(request, change.run, "Accepting", "Accept credits", back, "Nothing was accepted: ask anew.")
    if is_polled(request):
        return anew()
    return previewed(request, change, back) if found is None else ended(request, found, back)


def previewed(request: Request, change: BulkChange, back: str) -> HttpResponse:
    lines = services.acceptance_lines(change.rows, at=timezone.now())
    count, together = sum(line.is_changed for line, _ in lines), services.amount_of(lines)
    left = len(lines) - count
    confirm = (Action(f"Accept {counted(count, 'credit')}", "", "filled", post=True),) if count else ()
    context = {
        "page_head": PageHead(
            "Preview of the acceptance",
            f"{counted(count, 'credit')} would be accepted{f', {together} together' if together else ''}.",
            f"{left} cannot be." if left else "Nothing is written yet.",
            actions=(*confirm, Action("Leave it", back)),
        ),
        "table": preview_table(request, lines),
    }
    return render(request, "records/list.html", context)


def preview_table(request: Request, lines: Sequence[tuple[Line, Credit | None]]) -> DataTable:
    rows = tuple(
        Row(
            (
                Cell(line.label or line.id, href=here(request, "costs:credit", line.id) if row else "", head=True),
                Cell(str(row.balance) if row else ""),
                Cell(status=Status("missed", line.refused) if line.refused else Status("met", "Will be accepted")),
            )
        )
        for line, row in lines
    )
    columns = (Column("Credit"), Column("Amount", numeric=True), Column("What happens"))
    return DataTable("What becomes of each", columns, rows)


def ended(request: Request, found: dict[str, Any], back: str) -> HttpResponse:
    refused = found["refused"]
    context = {
        "page_head": PageHead(
            "Accept credits", f"{counted(found['changed'], 'credit')} accepted.",
            f"{len(refused)} stay as they were." if refused else "Both sides read it with each.",
            actions=(Action("Back to the credits", back, "filled"),),
        ),
        "table": stays_table("Credits that stay", "Credit", refused),
        "empty": Empty("Every credit was accepted."),
    }  # fmt: skip
    return render(request, "records/list.html", context)
