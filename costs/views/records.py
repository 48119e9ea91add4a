"""From a spine row to the page of what it stands for."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from costs import policy
from costs.models import Claim, Credit, CreditNote
from mspgov.web.addresses import here
from mspgov.web.doors import Request, may


@require_safe
@may(policy.READ_CREDITS)
def of_record(request: Request, record_id: UUID) -> HttpResponse:
    """To a credit, its answer where the reader is to give it; to a claim, also from its credit note."""
    if credit := Credit.objects.filter(record__public_id=record_id).first():
        answers = request.member.holds(policy.ANSWER_CREDITS) and credit.state == Credit.State.PROPOSED
        return redirect(here(request, f"costs:credit{'-answer' if answers else ''}", credit.public_id))
    if claim := Claim.objects.filter(record__public_id=record_id).first():
        return redirect(here(request, "costs:claim", claim.public_id))
    if note := CreditNote.objects.filter(record__public_id=record_id).select_related("claim").first():
        return redirect(here(request, "costs:claim", note.claim.public_id))
    raise Http404
