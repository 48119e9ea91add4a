"""A dispute in progress and a claim that is settled, so that the demo shows both ends of a credit's way."""

from datetime import datetime
from decimal import Decimal
from io import BytesIO

from costs import services as costs
from costs.models import Answer, Claim, Credit
from costs.policy import READ_CREDITS
from costs.queries.review import late_tickets, tickets_named
from mspgov.jobs.models import Run
from mspgov.jobs.services import work_here
from mspgov.kernel.faults import Fault
from mspgov.kernel.money import Money
from mspgov.records.comments import add_comment
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Engagement, Tenant

from . import town

DISPUTED = "p2-response"  # one ticket more in time, and May owes nothing for it
CALLS = "time,caller,outcome\n15:41,head office,left a message\n16:10,head office,state set to Awaiting User Info\n"


def load(tenant: Tenant, work: Engagement, at: datetime) -> None:
    """Once: the first month that earned credits is claimed and applied, the next accepted, and of the latest
    sealed month one credit is disputed for a ticket while the others wait for an answer."""
    with enter(tenant.pk):
        if Answer.objects.filter(engagement=work).exists():
            return
        credits = [row for row in _credits(work) if row.state == Credit.State.PROPOSED and row.balance]
        months = sorted({row.month for row in credits})
        claimed, latest = months[:1], months[-2:]
        for row in credits:
            if row.month not in latest:
                costs.accept(credit=row, by=town.person("cleo@cobalt.example"), at=at)
        _dispute(
            tenant, next(row for row in credits if row.month == latest[0] and row.service_level.key == DISPUTED), at
        )
        claim = costs.claim_credits(
            engagement=work, credits=[row.public_id for row in credits if row.month in claimed],
            by=town.person("paulo@aurora.example"), at=at,
        )  # fmt: skip
        run = Run.objects.get(kind=costs.PRINT_CLAIM, key=str(claim.public_id))
    run = work_here(run)
    if run.error:
        raise Fault("load_demo", run.error)
    with enter(tenant.pk):
        _settle(Claim.objects.select_related("engagement", "record").get(pk=claim.pk), at)


def _credits(work: Engagement) -> list[Credit]:
    rows = Credit.objects.filter(engagement=work).select_related("record", "engagement", "service_level")
    return list(rows.order_by("month", "record__number"))


def _dispute(tenant: Tenant, credit: Credit, at: datetime) -> None:
    """Cobalt asks for the minutes by which one ticket was late; Ben has read it."""
    late = late_tickets(credit)[0]
    ticket, minutes = tickets_named(credit, [late.number])[late.number], -(-late.late_seconds // 60)
    costs.dispute(
        credit=credit,
        text=f"We dispute {late.number}. Our engineer called the caller and left a message; the state was set to Awaiting User "
        f"Info only {minutes} minutes later. From the call on nothing could be done without the caller. Counting those "
        f"{minutes} minutes as waiting, the ticket is in time.",
        tickets=[costs.TicketAsk(ticket, "relief", minutes * 60)],
        files=[("call-log.csv", len(CALLS), BytesIO(CALLS.encode()))],
        by=town.person("cleo@cobalt.example"),
        at=at,
    )
    add_comment(
        tenant=tenant, record=credit.record,
        text="The clause speaks of the recorded state. I have asked the claims desk whether the caller could be reached.",
        reads=READ_CREDITS, path=f"/o/{tenant.slug}/money/credits/{credit.public_id}/",
        by=town.person("ben@aurora.example"), at=at,
    )  # fmt: skip


def _settle(claim: Claim, at: datetime) -> None:
    """Cobalt's credit note matches, and stands on the next invoice."""
    text = f"Credit note CN-2016-0041 for {claim.record.number}: {claim.money} (demo)\n".encode()
    costs.hand_in_note(
        claim=claim, number="CN-2016-0041", type_code="381", issued_on=claim.issued_on,
        amount=Money(Decimal(claim.money.text), claim.currency), file=("cn-2016-0041.txt", len(text), BytesIO(text)),
        by=town.person("cleo@cobalt.example"), at=at,
    )  # fmt: skip
    costs.settle_claim(
        claim=claim, settled_as=Claim.Settled.INVOICE, reference="CMS-0516", on=claim.issued_on,
        by=town.person("paulo@aurora.example"), at=at,
    )  # fmt: skip
