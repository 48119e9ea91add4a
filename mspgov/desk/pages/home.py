"""Home: what needs this person, what changed, and how the engagements stand."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from costs.policy import READ_CREDITS
from mspgov.desk import policy
from mspgov.desk.queries.changes import latest_changes
from mspgov.desk.queries.standing import standings
from mspgov.tenancy.policy import MEMBER
from mspgov.tenancy.queries import engagements
from mspgov.web import words
from mspgov.web.addresses import elsewhere, here
from mspgov.web.components import Action, Empty, PageHead, SectionHead
from mspgov.web.doors import Request, may
from mspgov.web.frame import stand

from .glance import glance_note, glance_table
from .home_changes import changes
from .home_needs import Need, needs, sections
from .sayings import number, today


@require_safe
@may(MEMBER)
def home(request: Request) -> HttpResponse:
    now, money = timezone.now(), request.member.holds(READ_CREDITS)
    seen = standings(engagements(), at=now, money=money)
    wanted = needs(request, seen, now)
    happened = latest_changes(money=money, runs=request.member.holds(policy.READ_RUNS))
    stand(request)
    several = len(seen) > 1
    context = {
        "head": PageHead(words.day_sentence(today(), today()), *state_words(request, wanted, bool(seen))),
        "sections": sections(wanted),
        "nothing": None if wanted else nothing(request, bool(seen)),
        "changed_head": SectionHead("What changed", note="the latest first") if happened else None,
        "changes": changes(request, happened) if happened else None,
        "glance_head": SectionHead(
            "Engagements at a glance",
            glance_note(seen),
            f"All {number(len(seen)).lower()}" if several else "",
            here(request, "desk:engagements") if several else "",
            ruled=False,
        ),
        "glance": glance_table(request, seen, money=money) if seen else None,
    }
    return render(request, "desk/home.html", context)


def state_words(request: Request, wanted: list[Need], has_engagements: bool) -> tuple[str, str]:
    """(lead, sentence): count first, then money, then what comes."""
    if not has_engagements and not wanted:
        return "There is nothing here yet.", "What you may see appears as soon as an engagement exists."
    mine = [need for need in wanted if need.mine]
    lead = f"{number(len(mine))} thing{' needs' if len(mine) == 1 else 's need'} you." if mine else "Nothing needs you."
    told = []
    dearest = max((need for need in wanted if need.worth), key=lambda need: need.worth or 0, default=None)
    if dearest is not None:
        told.append(f"The dearest is {dearest.row.lead} {dearest.row.lead_sub.partition(',')[0]}.")
    known = len(wanted) - len(mine)
    if known and mine:
        told.append(f"{number(known)} more to know of.")
    elif known:
        told.append(f"{number(known)} thing{'' if known == 1 else 's'} to know of.")
    return lead, " ".join(told)


def nothing(request: Request, has_engagements: bool) -> Empty:
    """What to do first, or that all is done."""
    if has_engagements:
        return Empty("Nothing waits for you: every month that is over is sealed, and nothing failed.")
    address = elsewhere(request, "contracts:import")
    sentence = "Begin with a contract: its terms say what is promised. Then import tickets, and months can be measured."
    return Empty(sentence, Action("Import terms", address, "filled") if address else None)
