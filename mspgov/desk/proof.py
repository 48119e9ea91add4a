"""The page that says whether the tenant's hash chain is intact, or where it breaks."""

import json
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from mspgov.jobs import queries as job_queries
from mspgov.jobs import services as jobs
from mspgov.jobs.queries import RunLine
from mspgov.kernel.faults import Fault
from mspgov.records import queries as records
from mspgov.records.heads import head_document, read_head
from mspgov.web import words
from mspgov.web.addresses import here
from mspgov.web.components import Action, Column, DataTable, Figure, Figures, PageHead, Row
from mspgov.web.components import Cell as C
from mspgov.web.doors import Request, may
from mspgov.web.frame import stand

from . import policy, shown
from .runs import VERIFY


class HeadForm(forms.Form):
    head = forms.CharField(
        label="A head that you kept", max_length=2000, widget=forms.Textarea({"rows": 3}),
        help_text="The line that this page or manage.py verify_chain gave you once: tenant, position and hash.",
    )  # fmt: skip


@never_cache
@may(policy.READ_CHAIN)
def proof(request: Request) -> HttpResponse:
    """The latest check of the chain, the present head, and a place to hold an earlier head against it."""
    form = HeadForm(request.POST or None)
    answer = compared(request, form) if form.is_valid() else ""
    latest = next((job_queries.run_line(run) for run in job_queries.runs().filter(kind=VERIFY)[:1]), None)
    head = records.head()
    stand(request, "Proof")
    check = Action("Check now", here(request, "desk:proof-check"), kind="filled", post=True)
    keep = Action("Keep the head", here(request, "desk:proof-head"), icon="download")
    lead, sentence = said(latest, head.position if head else 0)
    context = {
        "page_head": PageHead("Proof", lead, sentence, actions=(check, keep)),
        "views": shown.settings_tabs(request, "proof"),
        "progress": shown.progress(latest, request.tenant, may_cancel=False) if latest else None,
        "figures": Figures(
            (
                Figure("Acts in the chain", words.number(head.position if head else 0), sub="each with who, when, before and after"),
                Figure("Present head", head.hash[:12] if head else "none yet", sub="of its 64 digits; keep it elsewhere"),
            ),
            plain=True,
        ),
        "breaks": breaks(latest),
        "form": form,
        "answer": answer,
    }  # fmt: skip
    return render(request, "desk/proof.html", context)


def said(latest: RunLine | None, links: int) -> tuple[str, str]:
    if latest is None or latest.ended_at is None:
        return (
            "",
            "Every act of this organisation is a link of one chain, so that nothing can be changed afterwards unseen.",
        )
    when = f"Checked {shown.moment(latest.ended_at)}"
    if latest.state != "done":
        return "The latest check did not end.", f"{latest.error} {when}."
    found: dict[str, Any] = latest.result
    if found["breaks"]:
        first = found["breaks"][0]
        return f"The chain is broken: {first['words']}.", f"{when}, {words.counted(found['links'], 'link')}."
    since = f" {words.counted(links - found['position'], 'act')} since." if links > found["position"] else ""
    return "The chain is intact.", f"{when}, {words.counted(found['links'], 'link')} from the first on.{since}"


def breaks(latest: RunLine | None) -> DataTable | None:
    found = (latest.result or {}).get("breaks", []) if latest else []
    rows = tuple(Row((C(f"{b['first']} to {b['last']}", head=True), C(b["why"]))) for b in found)
    return DataTable("Where the chain breaks", (Column("Links"), Column("What is wrong")), rows) if rows else None


def sentence(fault: Fault) -> str:
    """What is wrong with a head that somebody typed: of the whole of it, or of one of its parts."""
    part = fault.path.strip(": ")
    return f"Its {part} {fault.why}." if part else f"It {fault.why}."


def compared(request: Request, form: HeadForm) -> str:
    """What a kept head says of the chain today; a fault goes to the field."""
    try:
        mark = read_head(form.cleaned_data["head"], request.tenant, "")
    except Fault as fault:
        form.add_error("head", sentence(fault))
        return ""
    if records.agrees(mark):
        return f"Link {words.number(mark.position)} is still what it was when this head was kept, and so is all before it, as the latest check says."
    return f"The chain is not what it was: link {words.number(mark.position)} is another one, or was cut off. Check now, and compare with manage.py verify_chain --heads."


@require_POST
@may(policy.READ_CHAIN)
def check(request: Request) -> HttpResponse:
    """Ask for a check; while one is at work there is no second."""
    if not job_queries.runs().filter(kind=VERIFY, ended_at__isnull=True).exists():
        jobs.start(VERIFY, key=timezone.now().isoformat(), title="Check of the hash chain", by=request.user)
        messages.success(request, "The check is at work. You can leave this page.")
    return redirect(here(request, "desk:proof"))


@require_safe
@may(policy.READ_CHAIN)
def head(request: Request) -> HttpResponse:
    """The present head as a line to keep elsewhere."""
    document = {**head_document(request.tenant, records.head()), "at": timezone.now().isoformat()}
    name = f"{request.tenant.slug}-head-{document['position']}.json"
    saved = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(json.dumps(document) + "\n", content_type="application/json", headers=saved)
