"""Home: what needs this person, what changed, and how the engagements stand."""

from collections.abc import Sequence
from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from costs.policy import READ_CREDITS
from mspgov.desk import policy
from mspgov.desk.queries.changes import Happened, latest_changes
from mspgov.desk.queries.standing import Standing, standings
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
from .sayings import moment, months_words, number, today


@require_safe
@may(MEMBER)
def home(request: Request) -> HttpResponse:
    now, money = timezone.now(), request.member.holds(READ_CREDITS)
    seen = standings(engagements(), at=now, money=money)
    wanted = needs(request, seen, now)
    before = request.member.seen_before(now)
    happened = latest_changes(money=money, runs=request.member.holds(policy.READ_RUNS), since=before)
    stand(request)
    several = len(seen) > 1
    context = {
        "head": PageHead(words.day_sentence(today(), today()), *state_words(request, wanted, bool(seen))),
        "sections": sections(wanted),
        "nothing": None if wanted else nothing(request, seen),
        "changed_head": changed_head(happened, before) if happened else None,
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
    dearest = max((need for need in mine or wanted if need.worth), key=lambda need: need.worth or 0, default=None)
    if dearest is not None:
        what = f"{dearest.row.lead} {dearest.row.lead_sub.partition(',')[0]}"
        told.append(f"The dearest is {what}." if mine else f"Others have {what} to answer.")
    known = len(wanted) - len(mine)
    if known and mine:
        told.append(f"{number(known)} more to know of.")
    elif known:
        told.append(f"{number(known)} thing{'' if known == 1 else 's'} to know of.")
    return lead, " ".join(told)


def changed_head(happened: Sequence[Happened], before: datetime | None) -> SectionHead:
    """What changed since the visit before this one; where that was nothing, what changed earlier."""
    if before is None:
        return SectionHead("What changed", note="the latest first")
    if happened[0].at < before:
        return SectionHead("What changed", note=f"nothing since your last visit, {moment(before)}")
    return SectionHead("What changed since your last visit", note=moment(before))


def nothing_words(seen: Sequence[Standing]) -> str:
    """Why nothing waits for this reader: all is done, or what is left is for others."""
    open_months = {month for each in seen for month in each.unsealed}
    unmeasured = {each.unmeasured for each in seen if each.unmeasured}
    if open_months:
        verb = "is" if len(open_months) == 1 else "are"
        return f"Nothing waits for you. {months_words(open_months)} {verb} not sealed yet; others see to that."
    if unmeasured or not any(each.months_over for each in seen):
        what = f"{months_words(unmeasured)} is" if unmeasured else "No month is"
        return f"Nothing waits for you. {what} {'not ' if unmeasured else ''}measured yet; others see to that."
    return "Nothing waits for you: every month that is over is sealed."


def nothing(request: Request, seen: Sequence[Standing]) -> Empty:
    """What to do first, or that all is done."""
    if seen:
        return Empty(nothing_words(seen))
    address = elsewhere(request, "contracts:import")
    sentence = "Begin with a contract: its terms say what is promised. Then import tickets, and months can be measured."
    return Empty(sentence, Action("Import terms", address, "filled") if address else None)
