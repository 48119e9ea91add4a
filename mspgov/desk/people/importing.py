"""People of a file are invited, each as if by the form, a run sends their letters, and the import is taken back: offers that nobody took are withdrawn."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.shortcuts import get_object_or_404

from mspgov.jobs import services as jobs
from mspgov.kernel.faults import Fault
from mspgov.kernel.refusals import Conflict, Refused
from mspgov.tenancy.models import Engagement, Invitation, Person, Provider, Tenant
from mspgov.web.models import RecordImport, Work
from mspgov.web.record_import import planned_of
from mspgov.web.record_reading import Planned

from . import services

PAGE, SEND_LETTERS = "desk:people", "desk.send_letters"
OVERTAKEN = "Somebody invited this address after the preview, or withdrew what was there."


@transaction.atomic
def confirm(which: RecordImport, *, tenant: Tenant, by: Person, at: datetime) -> RecordImport:
    """Invite the people of a previewed file; who cannot be any more is named. Raises Conflict when it was confirmed before."""
    row = get_object_or_404(RecordImport.objects.select_for_update(), pk=which.pk)
    if row.state != Work.PREVIEWED:
        raise Conflict("this file was already imported")
    counts, refused = {"new": 0, "changed": 0, "unchanged": 0}, []
    for plan in planned_of(row):
        try:
            with transaction.atomic():
                made = _invite(plan, tenant, by, at)
        except (Refused, Fault) as no:
            refused.append([plan.row, plan.label, no.why if isinstance(no, Fault) else str(no)])
            continue
        counts[plan.what] += 1
        if made is not None:
            row.written.append([str(made.public_id), plan.label, None])
    row.result, row.state = {**counts, "refused": refused}, Work.DONE
    row.save()
    if row.written:
        jobs.start(
            SEND_LETTERS, key=str(row.public_id), title=f"Send {len(row.written)} invitations", by=by, by_id=by.pk,
            invited=[public_id for public_id, *_ in row.written],
        )  # fmt: skip
    return row


def _invite(plan: Planned, tenant: Tenant, by: Person, at: datetime) -> Invitation | None:
    waiting = Invitation.objects.filter(
        email=plan.values["email"], accepted_at=None, withdrawn_at=None, expires_at__gt=at
    )
    present = [str(public_id) for public_id in waiting.values_list("public_id", flat=True)]
    if present != ([plan.id] if plan.id else []):
        raise Refused(OVERTAKEN)
    if plan.what == "unchanged":
        return None
    values: dict[str, Any] = plan.values
    provider = Provider.objects.filter(slug=values["provider"]).first() if values["provider"] else None
    row = services.invite(
        tenant=tenant, email=values["email"], name=values["name"], roles=values["roles"], provider=provider,
        engagements=list(Engagement.objects.filter(slug__in=values["engagements"])), by=by, at=at,
        letter=False,
    )  # fmt: skip
    row.refresh_from_db(fields=["public_id"])
    return row


@transaction.atomic
def undo(which: RecordImport, *, by: Person, at: datetime) -> RecordImport:
    """Withdraw the invitations of an import that nobody has taken up. Raises Conflict unless it is done and not undone."""
    row = get_object_or_404(RecordImport.objects.select_for_update(), pk=which.pk)
    if row.state != Work.DONE:
        raise Conflict("only an import that is done can be undone, and once")
    made = {
        str(each.public_id): each for each in Invitation.objects.filter(public_id__in=[id for id, _, _ in row.written])
    }
    undone, kept = 0, []
    for id, label, _ in row.written:
        offer = made[id]
        if offer.accepted_at is not None:
            kept.append([id, label, "They have joined: deactivate them on their page."])
        elif offer.withdrawn_at is not None:
            kept.append([id, label, "It was withdrawn or replaced since."])
        else:
            services.withdraw(invitation=offer, by=by, at=at)
            undone += 1
    row.result, row.state = {**row.result, "undone": undone, "kept": kept}, Work.UNDONE
    row.save()
    return row
