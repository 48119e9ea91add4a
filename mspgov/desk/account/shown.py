"""A person's own things in components."""

from collections.abc import Iterable

from django.utils import timezone

from mspgov.mail.models import Preference
from mspgov.tenancy.models import Feed, Person
from mspgov.web import words
from mspgov.web.addresses import here
from mspgov.web.components import Action, Cell, Column, DataTable, Row, Status
from mspgov.web.doors import Request

from .queries import Device


def moment(at: object) -> str:
    return words.moment(at, timezone.localdate(), timezone.get_current_timezone()) if at else ""  # type: ignore[arg-type]


def details(request: Request, person: Person, *, second_factor: bool) -> list[tuple[str, Cell]]:
    usual = f"that of the organisation, {request.tenant.time_zone}"
    factor = Status("met", "On") if second_factor else Status("none", "Off")
    return [
        ("Name", Cell(person.name)),
        ("E-mail", Cell(person.email)),
        ("Time zone", Cell(person.time_zone.replace("_", " ") or usual)),
        ("Second factor", Cell(status=factor, sub="" if second_factor else "A code from your phone beside the password.")),
    ]  # fmt: skip


def devices_table(request: Request, rows: Iterable[Device]) -> DataTable:
    columns = (Column("Device"), Column("Used lately"), Column("End", hidden_label=True, width="fit"))
    lines = []
    for row in rows:
        end = Action("End", here(request, "desk:session-end", row.id), kind="danger", post=True, small=True)
        since = f"signed in {moment(row.began_at)}"
        cells = (
            Cell(row.device, sub=f"this device, {since}" if row.here else since, head=True),
            Cell(moment(row.seen_at)),
            Cell(action=None if row.here else end),
        )
        lines.append(Row(cells))
    return DataTable("Devices", columns, tuple(lines))


def feeds_table(request: Request, rows: Iterable[Feed]) -> DataTable:
    columns = (Column("Address"), Column("Made"), Column("Read lately"), Column("End", hidden_label=True, width="fit"))
    lines = tuple(
        Row(
            (
                Cell(row.name, head=True),
                Cell(moment(row.created_at)),
                Cell(moment(row.read_at) or "never"),
                Cell(action=Action("End", here(request, "desk:feed-end", row.public_id), kind="danger", post=True, small=True)),
            )
        )
        for row in rows
    )  # fmt: skip
    return DataTable("Calendar addresses", columns, lines)


def ways_table(ways: Iterable[tuple[str, str, str]]) -> DataTable:
    lines = tuple(Row((Cell(said, head=True), Cell(Preference.Way(way).label))) for _, said, way in ways)
    return DataTable("E-mail", (Column("What you are told"), Column("How")), lines)
