"""Domains, offices and absences in components."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from mspgov.tenancy.models import Absence, Office, Person
from mspgov.web import words
from mspgov.web.addresses import here
from mspgov.web.components import Action, Cell, Column, DataTable, Row, Status, Tab, Tabs
from mspgov.web.doors import Request

from .queries import DomainLine, Moving


def day(on: date | None) -> str:
    return "" if on is None else words.day(on, timezone.localdate())


def tabs(request: Request, current: str) -> Tabs:
    pages = {"owners": "Owners", "absences": "Absences", "service-domains": "Service domains"}
    return Tabs(
        tuple(Tab(label, here(request, f"desk:{name}"), current=name == current) for name, label in pages.items())
    )


def in_office(line: DomainLine) -> Cell:
    """Who is accountable today, and why it is not the owner."""
    if line.accountable is None:
        return Cell(status=Status("missed", "Nobody"))
    if line.accountable == line.owner:
        return Cell(line.accountable.name, strong=True)
    why = f"for {line.owner}, away until {day(line.away.until_on)}" if line.away else f"for {line.owner}, who has left"
    return Cell(line.accountable.name, sub=why, strong=True)


def owners_table(request: Request, lines: list[DomainLine]) -> DataTable:
    columns = (
        Column("Service domain"), Column("In office today"), Column("Owner"), Column("Deputy"), Column("Since", on_phone=False),
    )  # fmt: skip
    rows = []
    for line in lines:
        href = here(request, "desk:owner", line.domain.public_id)
        cells = (
            Cell(line.domain.name, sub=line.domain.engagement.name, href=href, head=True),
            in_office(line),
            Cell(line.owner.name if line.owner else "none"),
            Cell(
                line.deputy.name if line.deputy else "none",
                sub="has left" if line.deputy_left else "",
                quiet=line.deputy is None or line.deputy_left,
            ),
            Cell(day(line.since) or "–"),
        )
        rows.append(Row(cells, href=href, key=str(line.domain.public_id)))
    return DataTable("Owners", columns, tuple(rows), density="roomy", keys=True)


def offices_table(rows: list[Office], today: date) -> DataTable:
    columns = (Column("Owner"), Column("Deputy"), Column("From"), Column("Until"), Column("State"))
    lines = tuple(
        Row(
            (
                Cell(o.owner.name, head=True),
                Cell(o.deputy.name if o.deputy else "none"),
                Cell(day(o.from_on)),
                Cell(day(o.until_on) or "open"),
                Cell(status=_office_state(o, today)),
            )
        )
        for o in rows
    )
    return DataTable("Offices", columns, lines)


def _office_state(office: Office, today: date) -> Status:
    if office.holds_on(today):
        return Status("met", "In office")
    return Status("none", "Comes" if office.from_on > today else "Ended")


def moving_table(request: Request, moving: Moving) -> DataTable:
    """What passes to somebody else."""
    rows = [
        Row((
            Cell(f"Office: {o.domain.name}", sub=o.domain.engagement.name, head=True),
            Cell(f"owner {o.owner}" + (f", deputy {o.deputy}" if o.deputy else "")),
            Cell(f"{'since' if o.from_on <= timezone.localdate() else 'from'} {day(o.from_on)}"),
        ))
        for o in moving.offices
    ]  # fmt: skip
    rows += [
        Row((
            Cell(o.record.title, sub=o.record.number, href=here(request, "obligations:obligation", o.public_id), head=True),
            Cell("owed by name"),
            Cell(f"due {day(timezone.localdate(o.due_at))}"),
        ))
        for o in moving.owed
    ]  # fmt: skip
    return DataTable("What passes on", (Column("What"), Column("Now"), Column("When")), tuple(rows), density="roomy")


def state_of(row: Absence, today: date) -> Status:
    if row.until_on < row.from_on:
        return Status("none", "Cancelled")
    if row.from_on <= today <= row.until_on:
        return Status("risk", "Away")
    return Status("none", "Over" if row.until_on < today else "Comes")


def absences_file(rows: "QuerySet[Absence]", today: date) -> tuple[tuple[str, ...], Iterator[tuple[Any, ...]]]:
    """Heads and rows of the list as a file; days that were cancelled keep their first."""
    heads = ("Who", "From", "Until", "Stands in", "State")
    return heads, (
        (
            row.person.name, row.from_on, row.until_on if row.until_on >= row.from_on else None,
            row.deputy.name if row.deputy else "", state_of(row, today).word,
        )
        for row in rows
    )  # fmt: skip


def absences_table(request: Request, rows: list[Absence], today: date, *, all_of_them: bool, own: Person) -> DataTable:
    columns = (
        Column("Who"), Column("From"), Column("Until"), Column("Stands in"), Column("State"),
        Column("End", hidden_label=True, width="fit"),
    )  # fmt: skip
    lines = []
    for row in rows:
        over, cancelled = row.until_on < today, row.until_on < row.from_on
        mine = all_of_them or row.person_id == own.pk
        verb = "Cancel" if row.from_on > today else "Back today"
        end = Action(verb, here(request, "desk:absence-end", row.public_id), post=True, small=True)
        cells = (
            Cell(row.person.name, head=True),
            Cell(day(row.from_on)),
            Cell("–" if cancelled else day(row.until_on)),
            Cell(row.deputy.name if row.deputy else "the deputy of the office", quiet=row.deputy is None),
            Cell(status=state_of(row, today)),
            Cell(action=end if mine and not over else None),
        )
        lines.append(Row(cells, key=str(row.public_id)))
    return DataTable("Absences", columns, tuple(lines))
