"""Domains with who is in office, and what would move when somebody leaves."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from governance.policy import REVIEW_RCAS
from mspgov.obligations.models import Obligation
from mspgov.tenancy import offices
from mspgov.tenancy.models import Absence, Membership, Office, Person, ServiceDomain, Tenant


@dataclass(frozen=True)
class Gap:
    """A domain for which nobody is accountable today. `why`: nobody was ever named, or who was is gone or away."""

    domain: ServiceDomain
    why: str


@dataclass(frozen=True)
class DomainLine:
    """A domain on one day; `away` is the owner's absence where somebody stands in for them, `deputy_left` says that the
    office names a deputy who is no member any more."""

    domain: ServiceDomain
    owner: Person | None
    deputy: Person | None
    since: date | None
    accountable: Person | None
    away: Absence | None
    deputy_left: bool = False


def domain_lines(tenant: Tenant, at: datetime) -> list[DomainLine]:
    """All domains that the reader sees, by engagement and name, as of the tenant's date."""
    people = offices.directory(tenant, at)
    known = Person.objects.in_bulk({pk for o in people.offices.values() for pk in (o.owner_id, o.deputy_id) if pk})
    lines = []
    for line in offices.domains(people):
        office = line.office
        lines.append(
            DomainLine(
                domain=line.domain,
                owner=known[office.owner_id] if office else None,
                deputy=known.get(office.deputy_id or 0) if office else None,
                deputy_left=bool(office and office.deputy_id and office.deputy_id not in people.people),
                since=office.from_on if office else None,
                accountable=line.accountable,
                away=people.away.get(office.owner_id) if office else None,
            )
        )
    return lines


def gaps(tenant: Tenant, at: datetime) -> list[Gap]:
    """Domains for which nobody is accountable on the tenant's date."""
    found = []
    for line in domain_lines(tenant, at):
        if line.accountable is None:
            gone = (
                "nobody is in office"
                if line.owner is None
                else f"{line.owner} is {'away' if line.away else 'gone'} and nobody stands in"
            )
            found.append(Gap(line.domain, gone))
    return found


def domain(public_id: UUID) -> ServiceDomain:
    """Raises Http404 for one that the reader does not see."""
    return get_object_or_404(ServiceDomain.objects.select_related("engagement"), public_id=public_id)


def offices_of(row: ServiceDomain) -> list[Office]:
    """Everybody who ever was in office, the latest first."""
    return list(row.offices.select_related("owner", "deputy").order_by("-from_on"))


def office_rows() -> "QuerySet[Office]":
    return Office.objects.select_related("engagement", "domain", "owner", "deputy")


def absences(member: Membership) -> "QuerySet[Absence]":
    """Days away that somebody entered, the latest first; cancelled ones have no days. An MSP's people see those of
    their own side only."""
    rows = Absence.objects.select_related("person", "deputy").order_by("-from_on", "-pk")
    if not member.is_provider_side:
        return rows
    own = Membership.objects.filter(provider=member.provider_id)
    return rows.filter(person__in=own.values("person"))


def who_can_own() -> list[Person]:
    """Active members of the client's side, by name."""
    return _members(Membership.objects.filter(provider=None))


def who_cannot_decide(people: Iterable[Person | None]) -> list[Membership]:
    """Those of the client's people whose roles leave them without the decisions that come to an owner."""
    members = Membership.objects.filter(person__in=[each for each in people if each], provider=None)
    rows = members.select_related("person").order_by("person__name", "pk")
    return [member for member in rows if not member.holds(REVIEW_RCAS)]


def who_can_stand_in_for(member: Membership) -> list[Person]:
    """Active members of the same side, by name, without the person."""
    return [each for each in _members(Membership.objects.filter(provider=member.provider_id)) if each != member.person]


def deputies_of(member: Membership) -> list[Person]:
    """Who can stand in while this person is away, by name."""
    return _members(offices.can_stand_in_for(member))


def everybody() -> list[Person]:
    """Active members whom the reader sees, by name."""
    return _members(Membership.objects.all())


def _members(rows: "QuerySet[Membership]") -> list[Person]:
    found = rows.filter(active=True, person__is_active=True).select_related("person").order_by("person__name", "pk")
    return [member.person for member in found]


@dataclass(frozen=True)
class Moving:
    """What passes to somebody else when a person leaves: offices from a day on, and what they owe by name."""

    offices: tuple[Office, ...]
    owed: tuple[Obligation, ...]

    @property
    def count(self) -> int:
        return len(self.offices) + len(self.owed)


def what_moves(person: Person, *, on: date) -> Moving:
    """Of every office that lasts or is to begin and of what still lives: what `obligations.services.hand_over` would move."""
    held = tuple(offices.held_by(person, on=on).select_related("domain__engagement", "owner", "deputy"))
    owed = Obligation.objects.living().filter(person=person).select_related("record").order_by("due_at", "pk")
    return Moving(held, tuple(owed))
