"""Who is accountable on a day: the owner in office, the deputy while the owner is away, nobody where that is so."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from mspgov.kernel.refusals import Conflict, Refused

from .models import Absence, Membership, MembershipEngagement, Office, Person, ServiceDomain, Tenant
from .policy import PROVIDER, Role


@dataclass(frozen=True)
class Reach:
    """What comes to one person: of `people` by name, of these `roles`, of `domains` in which they are accountable; what
    belongs to domains of others goes to those, and what names nobody of `active` goes to the office."""

    people: frozenset[int]
    roles: frozenset[str]
    domains: frozenset[int]
    others: frozenset[int]
    active: frozenset[int]


@dataclass
class Directory:
    """The entered tenant's people by what they hold on one day; active members only, read once."""

    day: date
    people: dict[int, Person] = field(default_factory=dict)
    client: dict[str, list[Person]] = field(default_factory=dict)
    provider: dict[tuple[str, int], list[Person]] = field(default_factory=dict)
    offices: dict[int, Office] = field(default_factory=dict)
    away: dict[int, Absence] = field(default_factory=dict)

    def in_office(self, domain_id: int) -> Person | None:
        """The accountable person of a domain: the owner; the stand-in named for the absence, else the deputy of the
        office, while the owner is away or gone; None where nobody is there."""
        office = self.offices.get(domain_id)
        if office is None:
            return None
        absence = self.away.get(office.owner_id)
        ranked = (office.owner_id, absence.deputy_id if absence else None, office.deputy_id)
        return next((self.people[pk] for pk in ranked if pk is not None and self._is_there(pk)), None)

    def holders(
        self, role: str, engagement_id: int | None, *, person_id: int | None = None, domain_id: int | None = None
    ) -> list[Person]:
        """Whom something of this office goes to: the person named, the domain's owner in office, else all who hold the
        role (on the provider's side in that engagement), else the tenant's administrators. Who is away is stood in for
        where a stand-in is named; nobody is dropped for want of one."""
        if person_id is not None and person_id in self.people:
            return [self._or_stand_in(self.people[person_id])]
        if domain_id is not None and (owner := self.in_office(domain_id)) is not None:
            return [owner]
        if role in PROVIDER:
            found = self.provider.get((role, engagement_id or 0), [])
        else:
            found = self.client.get(role) or self.client.get(Role.TENANT_ADMINISTRATOR, [])
        return list(dict.fromkeys(map(self._or_stand_in, found)))

    def reach(self, person_id: int) -> "Reach":
        """What comes to this person on the day: their own, and that of those for whom they stand in."""
        stood_in = [p for p, a in self.away.items() if a.deputy_id == person_id and self._is_there(person_id)]
        own = [] if self._stood_in_for(person_id) else [person_id]
        people = frozenset([*own, *stood_in])
        roles = {role for role, holders in self.client.items() if any(p.pk in people for p in holders)}
        roles |= {role for (role, _), holders in self.provider.items() if any(p.pk in people for p in holders)}
        if Role.TENANT_ADMINISTRATOR in roles:
            roles |= {str(role) for role in Role if role not in PROVIDER and not self.client.get(role)}
        owners = {domain: owner.pk for domain in self.offices if (owner := self.in_office(domain)) is not None}
        mine = frozenset(domain for domain, owner in owners.items() if owner == person_id)
        return Reach(people, frozenset(map(str, roles)), mine, frozenset(owners) - mine, frozenset(self.people))

    def _stood_in_for(self, person_id: int) -> bool:
        return person_id in self.people and self._or_stand_in(self.people[person_id]).pk != person_id

    def _is_there(self, person_id: int) -> bool:
        return person_id in self.people and person_id not in self.away

    def _or_stand_in(self, person: Person) -> Person:
        absence = self.away.get(person.pk)
        if absence is None or absence.deputy_id is None or not self._is_there(absence.deputy_id):
            return person
        return self.people[absence.deputy_id]


def directory(tenant: Tenant, at: datetime) -> Directory:
    """As of the tenant's date at this instant, in four queries."""
    day = at.astimezone(ZoneInfo(tenant.time_zone)).date()
    found = Directory(day)
    members = {
        m.pk: m
        for m in Membership.objects.filter(active=True, person__is_active=True).select_related("person").order_by("pk")
    }
    for member in members.values():
        found.people[member.person_id] = member.person
        for role in member.roles if member.provider_id is None else ():
            found.client.setdefault(role, []).append(member.person)
    scopes = MembershipEngagement.objects.filter(membership__in=list(members)).order_by("pk")
    for membership, engagement in scopes.values_list("membership_id", "engagement_id"):
        for role in members[membership].roles:
            found.provider.setdefault((role, engagement), []).append(members[membership].person)
    for office in Office.objects.filter(from_on__lte=day).order_by("from_on"):
        if office.holds_on(day):
            found.offices[office.domain_id] = office
    found.away = {a.person_id: a for a in Absence.objects.filter(from_on__lte=day, until_on__gte=day).order_by("pk")}
    return found


@dataclass(frozen=True)
class DomainLine:
    """A domain with its office of the day; `accountable` is None where nobody can be reached."""

    domain: ServiceDomain
    office: Office | None
    accountable: Person | None


def domains(people: Directory) -> list[DomainLine]:
    """All domains that the reader sees, by engagement and name."""
    rows = ServiceDomain.objects.select_related("engagement").order_by("engagement__name", "name")
    return [DomainLine(row, people.offices.get(row.pk), people.in_office(row.pk)) for row in rows]


@transaction.atomic
def put_in_office(*, domain: ServiceDomain, owner: Person, deputy: Person | None, from_on: date, by: Person) -> Office:
    """From this date on the owner is accountable; who was before ends the day before. Raises Refused for somebody who is
    no active member of the client's side, a deputy who is the owner, and a date before an office that began later."""
    ServiceDomain.objects.select_for_update().get(pk=domain.pk)
    for person in filter(None, (owner, deputy)):
        if not Membership.objects.filter(person=person, active=True, provider=None, person__is_active=True).exists():
            raise Refused(f"{person} is not an active member of the client's side")
    if deputy == owner:
        raise Refused("the deputy must be somebody else")
    latest = domain.offices.order_by("-from_on").first()
    if latest is not None and latest.from_on > from_on:
        raise Refused(f"an office of this domain begins later, on {latest.from_on}")
    if latest is not None and latest.from_on == from_on:
        latest.owner, latest.deputy, latest.until_on = owner, deputy, None
        return _kept(latest, by)
    if latest is not None and (latest.until_on is None or latest.until_on >= from_on):
        latest.until_on = date.fromordinal(from_on.toordinal() - 1)
        _kept(latest, by)
    return _kept(
        Office(engagement_id=domain.engagement_id, domain=domain, owner=owner, deputy=deputy, from_on=from_on), by
    )


def _kept(office: Office, by: Person) -> Office:
    office._history_user = by  # type: ignore[attr-defined]
    office.save()
    return office


@transaction.atomic
def hand_over(*, leaver: Person, to: Person, on: date, by: Person) -> list[Office]:
    """All offices that the leaver owns or deputises from this date on pass to one person. Raises Refused for somebody
    who cannot hold them."""
    if leaver == to:
        raise Refused("hand over to somebody else")
    handed = []
    for office in _lasting(Office.objects.select_related("domain").order_by("domain_id", "-from_on")):
        if leaver.pk not in {office.owner_id, office.deputy_id} or not (
            office.until_on is None or office.until_on >= on
        ):
            continue
        owner = to if office.owner_id == leaver.pk else office.owner
        deputy = to if office.deputy_id == leaver.pk else office.deputy
        handed.append(
            put_in_office(
                domain=office.domain, owner=owner, deputy=None if deputy == owner else deputy,
                from_on=max(on, office.from_on), by=by,
            )
        )  # fmt: skip
    return handed


def _lasting(offices: Iterable[Office]) -> list[Office]:
    """The latest office of each domain."""
    latest: dict[int, Office] = {}
    for office in offices:
        latest.setdefault(office.domain_id, office)
    return list(latest.values())


@transaction.atomic
def be_absent(*, person: Person, deputy: Person | None, from_on: date, until_on: date, by: Person) -> Absence:
    """Away on these days. Raises Refused for an end before the beginning, days that overlap another absence, and a
    deputy who is the person or no member."""
    if until_on < from_on:
        raise Refused("the last day lies before the first")
    if deputy is not None and (
        deputy == person or not Membership.objects.filter(person=deputy, active=True, person__is_active=True).exists()
    ):
        raise Refused("the deputy must be another active member")
    list(Membership.objects.select_for_update().filter(person=person))
    if Absence.objects.filter(person=person, from_on__lte=until_on, until_on__gte=from_on).exists():
        raise Refused("these days overlap an absence that is known")
    absence = Absence(person=person, deputy=deputy, from_on=from_on, until_on=until_on)
    absence._history_user = by  # type: ignore[attr-defined]
    absence.save()
    return absence


@transaction.atomic
def return_early(*, absence: Absence, on: date, by: Person) -> Absence:
    """Back on this day: the last day away is the one before. An absence that has not begun keeps no day. Raises Conflict
    when it is over."""
    row: Absence = Absence.objects.select_for_update(of=("self",)).select_related("person").get(pk=absence.pk)
    if row.until_on < on:
        raise Conflict("this absence is over")
    row.until_on = date.fromordinal(max(row.from_on, on).toordinal() - 1)
    row._history_user = by  # type: ignore[attr-defined]
    row.save()
    return row
