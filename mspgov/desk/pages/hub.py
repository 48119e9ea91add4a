"""The hub of an engagement: health in words, its modules, its life, the people on both sides."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from costs.policy import READ_CREDITS, SEAL_MONTHS
from mspgov.desk.queries.hub import Colleague, Hub
from mspgov.desk.queries.hub import hub as read_hub
from mspgov.tenancy.policy import MEMBER
from mspgov.web import words
from mspgov.web.addresses import elsewhere, here
from mspgov.web.components import Action, Cell, Column, DataTable, PageHead, Row, SectionHead
from mspgov.web.doors import Request, may
from mspgov.web.frame import stand

from .hub_life import life, life_note
from .hub_modules import facts, modules
from .sayings import moment, number, ordinal


@require_safe
@may(MEMBER)
def hub(request: Request, engagement: str) -> HttpResponse:
    money = request.member.holds(READ_CREDITS)
    page = read_hub(engagement, at=timezone.now(), money=money, reader=request.member)
    stand(request, page.engagement.name, place="Engagements")
    table = modules(request, page, money=money)
    provider = page.engagement.provider.name
    context = {
        "head": PageHead(page.engagement.name, *state_words(page, money=money), actions=actions(request, page)),
        "facts": facts(request, page),
        "modules_head": SectionHead(f"{number(len(table.rows))} modules", ruled=False),
        "modules": table,
        "life_head": SectionHead("Life of the engagement", note=life_note(page)) if page.contract else None,
        "life": life(request, page),
        "client_head": SectionHead(request.tenant.name, note=f"client, {people_words(page.client)}"),
        "client": people_table(request.tenant.name, page.client),
        "provider_head": SectionHead(provider, note=f"provider, {people_words(page.provider)}"),
        "provider": people_table(provider, page.provider),
    }
    return render(request, "desk/hub.html", context)


def state_words(page: Hub, *, money: bool) -> tuple[str, str]:
    """(health in words, what it rests on)"""
    standing, month = page.standing, page.standing.latest_over
    if page.contract is None:
        return "It has no contract yet.", "Terms make the contract; then tickets are imported and months measured."
    if month is None:
        return "Nothing was measured yet.", "Health is told from the latest full month."
    missed, measured, risk = standing.missed(month), standing.measured(month), standing.at_risk(month)
    lead = {"missed": "Under strain.", "at_risk": "Close to its bounds.", "met": "In order."}.get(
        standing.health, "Not measured."
    )
    told = [f"{len(missed)} of {len(measured)} service levels missed in {month.name}"]
    if risk and not missed:
        told = [f"{len(risk)} of {len(measured)} service levels at risk in {month.name}"]
    longest = max((standing.defaults_in_a_row(line.level) for line in missed), default=0)
    if longest > 1:
        told[0] += f", one for the {ordinal(longest)} month in a row"
    total = standing.sum_of(standing.credits_in(month)) if money else None
    if total and total.units:
        told.append(f"{total} in credits")
    return lead, "; ".join(told) + "."


def actions(request: Request, page: Hub) -> tuple[Action, ...]:
    """The one thing to do next, and the way to the figures."""
    slug, found = page.engagement.slug, []
    if page.standing.unsealed and request.member.holds(SEAL_MONTHS):
        month = page.standing.unsealed[0]
        found.append(Action(f"Seal {month.name}", here(request, "costs:seal", engagement=slug, month=month), "filled"))
    for label, route in (("Performance", "itsm:performance"), ("Credits", "costs:credits")):
        if address := elsewhere(request, route, engagement=slug):
            found.append(Action(label, address))
    return tuple(found[:3])


def people_words(people: tuple[Colleague, ...]) -> str:
    return words.counted(len(people), "person", "people")


def people_table(side: str, people: tuple[Colleague, ...]) -> DataTable:
    rows = tuple(
        Row(
            (
                Cell(each.name, head=True),
                Cell(", ".join(each.roles)),
                Cell(moment(each.seen_at) if each.seen_at else "", quiet=True),
            )
        )
        for each in people
    )
    return DataTable(f"People of {side}", (Column("Name"), Column("Roles"), Column("Last seen", numeric=True)), rows, headless=True)  # fmt: skip
