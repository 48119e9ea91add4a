"""People, invitations and providers in components."""

from datetime import datetime

from django.utils import timezone

from mspgov.obligations import shown as obligations
from mspgov.obligations.policy import READ_OBLIGATIONS
from mspgov.tenancy.models import Invitation, Membership, Provider
from mspgov.tenancy.policy import Role
from mspgov.web import lists, words
from mspgov.web.addresses import here
from mspgov.web.components import Action, Cell, Column, DataTable, PageHead, Row, Status
from mspgov.web.doors import Request

from .queries import PersonPage

SORTS = {"Name": "name", "Side": "side", "State": "state"}


def moment(at: datetime | None) -> str:
    return "" if at is None else words.moment(at, timezone.localdate(), timezone.get_current_timezone())


def roles_of(roles: list[str]) -> str:
    return ", ".join(Role(role).label for role in roles)


def state_of(member: Membership) -> Status:
    return Status("met", "Active") if member.active else Status("none", "Left")


def people_table(request: Request, rows: list[Membership], seen: dict[int, datetime]) -> DataTable:
    asked, sort = request.GET, request.GET.get("sort", "")

    def column(label: str, *, on_phone: bool = True) -> Column:
        name = SORTS.get(label)
        if name is None:
            return Column(label, on_phone=on_phone)
        href = lists.address(asked, sort=f"-{name}" if sort == name else name)
        return Column(label, sort_href=href, sorted="up" if sort == name else "down" if sort == f"-{name}" else "")

    columns = (column("Name"), column("Roles"), column("Side"), column("Seen lately", on_phone=False), column("State"))
    lines = []
    for m in rows:
        href = here(request, "desk:person", m.public_id)
        cells = (
            Cell(m.person.name, sub=m.person.email, href=href, head=True),
            Cell(roles_of(m.roles)),
            Cell(m.provider.name if m.provider else "Client"),
            Cell(moment(seen.get(m.person_id)) or "not yet", quiet=True),
            Cell(status=state_of(m)),
        )
        lines.append(Row(cells, href=href, key=str(m.public_id)))
    return DataTable("People", columns, tuple(lines), density="roomy", keys=True)


def csv_rows(rows: list[Membership], seen: dict[int, datetime]) -> list[list[str]]:
    return [
        [
            m.person.name, m.person.email, roles_of(m.roles), m.provider.name if m.provider else "Client",
            seen[m.person_id].isoformat(timespec="seconds") if m.person_id in seen else "", "active" if m.active else "left",
        ]
        for m in rows
    ]  # fmt: skip


def invitations_table(request: Request, rows: list[Invitation], now: datetime) -> DataTable:
    columns = (
        Column("Invited"), Column("Roles"), Column("Side", on_phone=False), Column("Letter"), Column("State"),
        Column("Send again", hidden_label=True, width="fit"), Column("Withdraw", hidden_label=True, width="fit"),
    )  # fmt: skip
    lines = []
    for row in rows:
        open_until = Status("none", f"Open until {moment(row.expires_at)}")
        letter = Cell(status=Status("missed", "Did not leave")) if row.fault else Cell(moment(row.sent_at) or "not yet")
        again = Action("Send again", here(request, "desk:invitation-again", row.public_id), post=True, small=True)
        withdraw = Action("Withdraw", here(request, "desk:invitation-withdraw", row.public_id), kind="danger", post=True, small=True)  # fmt: skip
        cells = (
            Cell(row.name, sub=row.email, head=True),
            Cell(roles_of(row.roles)),
            Cell(row.provider.name if row.provider else "Client"),
            letter,
            Cell(status=open_until if row.is_open(now) else Status("risk", "Expired")),
            Cell(action=again),
            Cell(action=withdraw),
        )
        lines.append(Row(cells, key=str(row.public_id)))
    return DataTable("Invitations", columns, tuple(lines), density="roomy")


def person_head(request: Request, page: PersonPage, *, writes: bool, ends: bool) -> PageHead:
    m = page.row
    lead = "Active." if m.active else f"Left {moment(m.ended_at)}." if m.ended_at else "Left."
    actions: list[Action] = []
    if writes and m.active:
        actions = [Action("Change roles", here(request, "desk:person-roles", m.public_id), kind="filled")]
        actions.append(Action("Hand over", here(request, "desk:person-hand-over", m.public_id)))
    if ends and m.active:
        actions.append(Action("Deactivate", here(request, "desk:person-deactivate", m.public_id), kind="danger"))
    elif writes and not m.active:
        again = here(request, "desk:person-reactivate", m.public_id)
        actions = [Action("Reactivate", again, kind="filled", post=True)]
    return PageHead(m.person.name, lead, roles_of(m.roles) + ".", eyebrow="Person", actions=tuple(actions))


def person_pairs(page: PersonPage) -> list[tuple[str, Cell]]:
    m = page.row
    side = m.provider.name if m.provider else "Client"
    sees = ", ".join(e.name for e in page.engagements) or "none" if m.provider else "all"
    return [
        ("E-mail", Cell(m.person.email)),
        ("Side", Cell(side)),
        ("Roles", Cell(roles_of(m.roles))),
        ("Engagements", Cell(sees)),
        ("Time zone", Cell(m.person.time_zone.replace("_", " ") or "that of the organisation")),
        ("Seen lately", Cell(moment(page.seen_at) or "not yet")),
        ("Since", Cell(moment(m.created_at))),
    ]


def offices_table(request: Request, page: PersonPage) -> DataTable | None:
    today = timezone.localdate()
    rows = tuple(
        Row(
            (
                Cell(o.domain.name, sub=o.domain.engagement.name, head=True),
                Cell("Owner" if o.owner_id == page.row.person_id else "Deputy"),
                Cell(words.day(o.from_on, today)),
                Cell(words.day(o.until_on, today) if o.until_on else "open"),
            )
        )
        for o in page.offices
    )
    columns = (Column("Service domain"), Column("As"), Column("From"), Column("Until"))
    return DataTable("Offices", columns, rows) if rows else None


def owed_table(request: Request, page: PersonPage, now: datetime) -> DataTable | None:
    """What a person owes by name, for whoever reads what is owed."""
    if not request.member.holds(READ_OBLIGATIONS):
        return None
    rows = tuple(
        Row(
            (
                Cell(o.record.title, sub=o.record.number, href=(url := here(request, "obligations:obligation", o.public_id)), head=True),
                obligations.due(o, now),
                Cell(status=obligations.status(o, now)),
            ),
            href=url,
        )
        for o in page.owed
    )  # fmt: skip
    return DataTable("Owed by name", (Column("What is owed"), Column("Due"), Column("State")), rows) if rows else None


def providers_table(request: Request, rows: list[Provider], people: dict[int, int], *, writes: bool) -> DataTable:
    columns = (
        Column("MSP"),
        Column("People who come in", numeric=True),
        Column("State"),
        Column("Change", hidden_label=True, width="fit"),
    )
    lines = []
    for row in rows:
        ended = row.ended_at is not None
        route = "desk:provider-reactivate" if ended else "desk:provider-deactivate"
        change = Action(
            "Reactivate" if ended else "Deactivate", here(request, route, row.public_id),
            kind="outlined" if ended else "danger", post=ended, small=True,
        )  # fmt: skip
        state = Status("none", f"Deactivated {moment(row.ended_at)}") if ended else Status("met", "Active")
        cells = (
            Cell(row.name, head=True),
            Cell(words.number(people.get(row.pk, 0))),
            Cell(status=state),
            Cell(action=change if writes else None),
        )
        lines.append(Row(cells, key=str(row.public_id)))
    return DataTable("MSPs", columns, tuple(lines))


def lost(page: PersonPage) -> list[str]:
    """What ends with a membership, as sentences."""
    name = page.row.person.name
    return [
        f"{name} no longer opens any page of this organisation; a page that is open now answers with the sign-in or as if it did not exist.",
        "Their tokens, their calendar addresses and open invitations of theirs end for good.",
        "If they belong to no other organisation, they are signed out everywhere, and links to choose a password die.",
        "What they wrote, decided and handed in stays, with their name. Reactivating brings roles and engagements back.",
    ]
