"""The page of credits: what is open, by state, and one of them opened with its reasons and its ledger."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from contracts.queries import contract_of
from costs import policy, queries
from costs.documents import CREDIT_COLUMNS, credit_rows, credits_csv
from mspgov.tenancy.models import Engagement
from mspgov.web.addresses import elsewhere, engagement_asked, here
from mspgov.web.components import Action, Empty, PageHead, SectionHead
from mspgov.web.doors import Request, may
from mspgov.web.frame import stand
from mspgov.web.list_files import list_file

from . import credit_parts as parts
from .parts import engagement_filter, siblings


@require_safe
@may(policy.READ_CREDITS)
def credits(request: Request) -> HttpResponse:
    engagement, seen = engagement_asked(request)
    context: dict[str, Any] = {
        "tabs": siblings(request, "Credits", engagement),
        "filter": engagement_filter(request, "costs:credits", seen, engagement),
    }
    if engagement is None or contract_of(engagement) is None:
        stand(request, "Credits")
        return render(request, "costs/credits.html", context | nothing_yet(request, engagement))
    now = timezone.now()
    view = queries.credits_view(engagement, as_of=now)
    chosen = parts.chosen_of(view, request.GET.get("credit", ""), answers=request.member.holds(policy.ANSWER_CREDITS))
    page = queries.credit_page(chosen.id, as_of=now) if chosen else None
    stand(
        request,
        ("Credits", here(request, "costs:credits", engagement=engagement.slug)),
        *((chosen.number,) if chosen else ()),
    )
    context |= {
        "head": parts.credits_head(request, engagement, view, page),
        "figures": parts.figures(request, engagement, view),
        "list": parts.credits_table(request, engagement, view, chosen),
        "selection_actions": parts.selection_actions(request, view),
        "engagement": engagement.slug,
        "list_note": parts.list_note(view),
        "bars_head": parts.bars_head(view),
        "bars": parts.bars(request, engagement, view),
        "ageing_head": SectionHead("Ageing", note="how long the oldest credit has been at each stage"),
        "ageing": parts.ageing_table(view),
        "opened": parts.opened(request, page) if page else None,
        "empty": None
        if view.groups
        else Empty(
            "No credit was earned in the months measured so far.",
            Action("See the months", here(request, "costs:months", engagement=engagement.slug)),
        ),
    }
    return render(request, "costs/credits.html", context)


def nothing_yet(request: Request, engagement: Engagement | None) -> dict[str, Any]:
    """A page before there is a contract."""
    imports = elsewhere(request, "contracts:import")
    return {
        "head": PageHead("Credits", "No credit yet.", "Credits follow from a contract's terms and measured months."),
        "empty": Empty(
            f"{engagement.name} has no contract yet." if engagement else "There is no engagement that you can see.",
            Action("Import terms", imports) if imports else None,
        ),
    }


@require_safe
@may(policy.READ_CREDITS)
def credit(request: Request, credit_id: UUID) -> HttpResponse:
    """The address of one credit, whatever its engagement: its page opens it."""
    line = queries.credit_page(credit_id, as_of=timezone.now()).line
    return redirect(here(request, "costs:credits", engagement=line.engagement, credit=line.id))


@require_safe
@may(policy.READ_CREDITS)
def credits_export(request: Request) -> HttpResponse:
    asked = engagement_asked(request)[0] if request.GET.get("engagement") else None
    if request.GET.get("format") == "xlsx":
        rows = credit_rows(queries.credit_list(asked))
        return list_file("xlsx", "credits", CREDIT_COLUMNS, rows, title="Credits", at=timezone.now())
    disposition = f'attachment; filename="credits{f"-{asked.slug}" if asked else ""}.csv"'
    return HttpResponse(
        credits_csv(queries.credit_list(asked)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": disposition},
    )
