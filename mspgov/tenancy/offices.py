"""Who is accountable on a day: the owner in office, the deputy while the owner is away, nobody where that is so."""

from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models, transaction
from django.db.models import Q, QuerySet

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
    sides: dict[int, int | None] = field(default_factory=dict)  # person → provider, None on the client's side
    places: dict[int, set[int]] = field(default_factory=dict)  # a provider's person → engagements

    def in_office(self, domain_id: int) -> Person | None:
        """The accountable person of a domain: the owner; the stand-in named for the absence, else the deputy of the
        office, while the owner is away or gone; None where nobody is there."""
        office = self.offices.get(domain_id)
        if office is None:
            return None
        stand_in = self._stand_in(office.owner_id)
        ranked = (office.owner_id, stand_in.pk if stand_in else None, office.deputy_id)
        return next((self.people[pk] for pk in ranked if pk is not None and self._is_there(pk)), None)

    def holders(
        self, role: str, engagement_id: int | None, *, person_id: int | None = None, domain_id: int | None = None
    ) -> list[Person]:
        """Whom something of this office goes to: the person named, the domain's owner in office, else all who hold the
        role (on the provider's side in that engagement), else the tenant's administrators. Who is away is stood in for
        where a stand-in is named who is on their side and in that engagement; nobody is dropped for want of one."""
        if person_id is not None and person_id in self.people:
            return [self._or_stand_in(self.people[person_id], engagement_id)]
        if domain_id is not None and (owner := self.in_office(domain_id)) is not None:
            return [owner]
        if role in PROVIDER:
            found = self.provider.get((role, engagement_id or 0), [])
        else:
            found = self.client.get(role) or self.client.get(Role.TENANT_ADMINISTRATOR, [])
        return list(dict.fromkeys(self._or_stand_in(person, engagement_id) for person in found))

    def reach(self, person_id: int) -> "Reach":
        """What comes to this person on the day: their own, unless somebody stands in for all of it, and that of those for
        whom they stand in, where they work themselves."""
        here = self.places.get(person_id, set())
        stood_in = [p for p, a in self.away.items() if a.deputy_id == person_id and self._may_stand_in(person_id, p)]
        own = [] if self._stand_in(person_id) else [person_id]
        people = frozenset([*own, *stood_in])
        roles = {role for role, holders in self.client.items() if any(p.pk in people for p in holders)}
        roles |= {
            role
            for (role, place), holders in self.provider.items()
            if any(p.pk in own or (p.pk in people and place in here) for p in holders)
        }
        if Role.TENANT_ADMINISTRATOR in roles:
            roles |= {str(role) for role in Role if role not in PROVIDER and not self.client.get(role)}
        owners = {domain: owner.pk for domain in self.offices if (owner := self.in_office(domain)) is not None}
        mine = frozenset(domain for domain, owner in owners.items() if owner == person_id)
        return Reach(people, frozenset(map(str, roles)), mine, frozenset(owners) - mine, frozenset(self.people))

    def _is_there(self, person_id: int) -> bool:
        return person_id in self.people and person_id not in self.away

    def _or_stand_in(self, person: Person, engagement_id: int | None) -> Person:
        return self._stand_in(person.pk, engagement_id) or person

    def _stand_in(self, person_id: int, engagement_id: int | None = None) -> Person | None:
        """Who is there for somebody away; for a provider's person in this engagement, in all of theirs without one."""
        absence = self.away.get(person_id)
        if absence is None or absence.deputy_id is None or not self._may_stand_in(absence.deputy_id, person_id):
            return None
        if self.sides.get(person_id) is not None:
            wanted = {engagement_id} if engagement_id else self.places.get(person_id, set())
            if not wanted <= self.places.get(absence.deputy_id, set()):
                return None
        return self.people[absence.deputy_id]

    def _may_stand_in(self, deputy_id: int, person_id: int) -> bool:
        """There, and on the same side: what was named before somebody changed sides counts no more."""
        return self._is_there(deputy_id) and self.sides.get(deputy_id) == self.sides.get(person_id)


def directory(tenant: Tenant, at: datetime) -> Directory:
    """As of the tenant's date at this instant, in three queries."""
    day = at.astimezone(ZoneInfo(tenant.time_zone)).date()
    found = Directory(day)
    scopes = MembershipEngagement.objects.filter(membership=models.OuterRef("pk")).order_by("pk")
    members = Membership.objects.filter(active=True, person__is_active=True).select_related("person")
    for member in members.annotate(works_on=ArraySubquery(scopes.values("engagement_id"))).order_by("pk"):
        found.people[member.person_id] = member.person
        found.sides[member.person_id] = member.provider_id
        for role in member.roles if member.provider_id is None else ():
            found.client.setdefault(role, []).append(member.person)
        for engagement in member.works_on:
            found.places.setdefault(member.person_id, set()).add(engagement)
            for role in member.roles:
                found.provider.setdefault((role, engagement), []).append(member.person)
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
        _check_can_hold(person)
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


def _check_can_hold(person: Person) -> None:
    if not Membership.objects.filter(person=person, active=True, provider=None, person__is_active=True).exists():
        raise Refused(f"{person} is not an active member of the client's side")


def _kept(office: Office, by: Person) -> Office:
    office._history_user = by  # type: ignore[attr-defined]
    office.save()
    return office


def held_by(person: Person, *, on: date) -> "QuerySet[Office]":
    """Offices that the person owns or deputises on this day or later, those that begin later among them."""
    mine, lasting = Q(owner=person) | Q(deputy=person), Q(until_on=None) | Q(until_on__gte=on)
    return Office.objects.filter(mine, lasting).order_by("domain_id", "from_on")


@transaction.atomic
def hand_over(*, leaver: Person, to: Person, on: date, by: Person) -> list[Office]:
    """All offices that the leaver owns or deputises from this date on pass to one person, each until it would have ended.
    Raises Refused for somebody who cannot hold them."""
    if leaver == to:
        raise Refused("hand over to somebody else")
    domains = held_by(leaver, on=on).order_by().values("domain")
    if not list(ServiceDomain.objects.select_for_update().filter(pk__in=domains).order_by("pk")):
        return []
    _check_can_hold(to)
    handed = []
    for office in held_by(leaver, on=on):
        owner_id = to.pk if office.owner_id == leaver.pk else office.owner_id
        deputy_id = to.pk if office.deputy_id == leaver.pk else office.deputy_id
        passed = office
        if office.from_on < on:
            passed = Office(
                engagement_id=office.engagement_id, domain_id=office.domain_id, from_on=on, until_on=office.until_on
            )
            office.until_on = date.fromordinal(on.toordinal() - 1)
            _kept(office, by)
        passed.owner_id, passed.deputy_id = owner_id, None if deputy_id == owner_id else deputy_id
        handed.append(_kept(passed, by))
    return handed


def can_stand_in_for(member: Membership) -> "QuerySet[Membership]":
    """Others who are active on the same side; for a provider's person those who share an engagement."""
    rows = Membership.objects.filter(provider=member.provider_id, active=True, person__is_active=True)
    if member.provider_id is not None:
        places = MembershipEngagement.objects.filter(membership=member).values("engagement")
        rows = rows.filter(pk__in=MembershipEngagement.objects.filter(engagement__in=places).values("membership"))
    return rows.exclude(person=member.person_id)


@transaction.atomic
def be_absent(*, person: Person, deputy: Person | None, from_on: date, until_on: date, by: Person) -> Absence:
    """Away on these days. Raises Refused for an end before the beginning, days that overlap another absence, and a
    deputy who is the person or cannot stand in for them."""
    if until_on < from_on:
        raise Refused("the last day lies before the first")
    own = Membership.objects.select_for_update().filter(person=person).first()
    if deputy is not None and (own is None or not can_stand_in_for(own).filter(person=deputy).exists()):
        raise Refused(
            "the deputy must be another active member on the same side, of a provider one in the same engagement"
        )
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
