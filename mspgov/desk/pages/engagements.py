"""The list of engagements."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from costs.policy import READ_CREDITS
from mspgov.desk.queries.standing import standings
from mspgov.tenancy.policy import MEMBER
from mspgov.tenancy.queries import engagements as engagements_seen
from mspgov.web import words
from mspgov.web.addresses import elsewhere
from mspgov.web.components import Action, Empty, PageHead
from mspgov.web.doors import Request, may
from mspgov.web.frame import stand

from .glance import glance_note, glance_table


@require_safe
@may(MEMBER)
def engagements(request: Request) -> HttpResponse:
    money = request.member.holds(READ_CREDITS)
    seen = standings(engagements_seen(), at=timezone.now(), money=money)
    stand(request, place="Engagements")
    struggling = [each for each in seen if each.health == "missed"]
    providers = {each.engagement.provider_id for each in seen}
    sentence = f"{words.counted(len(struggling), 'engagement')} missed a service level." if struggling else ""
    note = glance_note(seen)
    address = elsewhere(request, "contracts:contracts")
    context = {
        "page_head": PageHead(
            "Engagements",
            f"{words.counted(len(seen), 'engagement')} with {words.counted(len(providers), 'provider')}.",
            " ".join(filter(None, (sentence, f"Figures of {note}." if note else ""))),
            actions=(Action("Contracts", address),) if address else (),
        ),
        "table": glance_table(request, seen, money=money) if seen else None,
        "empty": Empty("There is no engagement that you can see."),
    }
    return render(request, "desk/engagements.html", context)
