"""Alarms that are due fire: breaches are marked, people told. Of thousands at once a model each would be most of the work,
so that what is read here are plain rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from mspgov.mail import services as mail
from mspgov.mail.services import NewNote
from mspgov.records import services as records
from mspgov.tenancy import offices
from mspgov.tenancy.bulk import among, update_with_history
from mspgov.tenancy.models import Person, Tenant
from mspgov.tenancy.offices import Directory
from mspgov.tenancy.policy import Role

from .models import Alarm, Obligation, Side
from .queries import path_of

AT_ONCE = 25_000  # alarms of a tenant in one transaction
SAID = {Alarm.Kind.REMINDER: "is due", Alarm.Kind.BREACH: "is late", Alarm.Kind.ESCALATION: "is still owed"}


@dataclass(frozen=True)
class Swept:
    """What a sweep came to: obligations raised, alarms fired, people told."""

    raised: int = 0
    fired: int = 0
    told: int = 0

    def __add__(self, other: "Swept") -> "Swept":
        return Swept(self.raised + other.raised, self.fired + other.fired, self.told + other.told)


class Ring(NamedTuple):
    """An alarm that is due."""

    pk: int
    public_id: UUID
    obligation_id: int
    engagement_id: int | None
    kind: str
    step: str
    role: str
    person_id: int | None


class Debt(NamedTuple):
    """What is owed where it rings."""

    pk: int
    public_id: UUID
    due_at: datetime
    number: str
    title: str
    engagement_id: int | None
    owed_by: str
    role: str
    person_id: int | None
    domain_id: int | None
    accepted_by: str


def fire(tenant: Tenant, now: datetime) -> Swept:
    """Fire the entered tenant's alarms that are due on what is still owed, at most `AT_ONCE`. The number of queries
    does not grow with them. What somebody is handing in at this moment is left to the next sweep."""
    rings = _due(now)
    if not rings:
        return Swept()
    Alarm.objects.filter(pk__in=among(ring.pk for ring in rings)).update(fired_at=now)
    debts = _debts(rings)
    late = [debts[ring.obligation_id] for ring in rings if ring.kind == Alarm.Kind.BREACH]
    if late:
        keys = [debt.pk for debt in late]
        update_with_history(Obligation, keys, change="breached_at = due_at", where="breached_at is null", at=now)
    told = list(_told(rings, debts, offices.directory(tenant, now), now))
    mail.tell(tenant, [_note(tenant, *each) for each in told], at=now)
    if late:
        breached = {debt.number: f"due {debt.due_at.isoformat()}" for debt in late}
        records.seal(None, what="obligations late", before={}, after=breached, by=None, at=now)
    return Swept(fired=len(rings), told=len(told))


def _due(now: datetime) -> list[Ring]:
    """The alarms that are due, they and what is owed locked; what others hold is passed over."""
    waiting = Alarm.objects.select_for_update(skip_locked=True).filter(
        fired_at__isnull=True, at__lte=now, obligation__state__in=Obligation.OWED
    )
    return [Ring(*row) for row in waiting.order_by("obligation_id", "at", "pk").values_list(*Ring._fields)[:AT_ONCE]]


def _debts(rings: Sequence[Ring]) -> dict[int, Debt]:
    columns = [{"number": "record__number", "title": "record__title"}.get(name, name) for name in Debt._fields]
    rows = Obligation.objects.filter(pk__in=among({ring.obligation_id for ring in rings})).values_list(*columns)
    return {debt.pk: debt for debt in (Debt(*row) for row in rows)}


def _told(
    rings: Sequence[Ring], debts: Mapping[int, Debt], people: Directory, now: datetime
) -> Iterable[tuple[Ring, Debt, Person]]:
    """Whom each ring tells. After a time without a sweep several of an obligation may ring together: of its reminders
    the latest is told, and none once it is late."""
    latest = {ring.obligation_id: ring.pk for ring in rings if ring.kind == Alarm.Kind.REMINDER}
    for ring in rings:
        debt = debts[ring.obligation_id]
        if ring.kind == Alarm.Kind.REMINDER and (latest[debt.pk] != ring.pk or now >= debt.due_at):
            continue
        for person in _readers(people, ring, debt):
            yield ring, debt, person


def _readers(people: Directory, ring: Ring, debt: Debt) -> list[Person]:
    """Whom an alarm tells: a reminder whoever owes, a breach both sides, an escalation those of its step."""
    if ring.kind == Alarm.Kind.ESCALATION:
        domain = debt.domain_id if ring.role == Role.SERVICE_OWNER else None
        return people.holders(ring.role, ring.engagement_id, person_id=ring.person_id, domain_id=domain)
    domain = _client_domain(debt, Side.CLIENT)
    debtors = people.holders(debt.role, debt.engagement_id, person_id=debt.person_id, domain_id=domain)
    if ring.kind == Alarm.Kind.REMINDER or not debt.accepted_by:
        return debtors
    domain = _client_domain(debt, Side.PROVIDER)
    return list(dict.fromkeys([*debtors, *people.holders(debt.accepted_by, debt.engagement_id, domain_id=domain)]))


def _client_domain(debt: Debt, when_owed_by: Side) -> int | None:
    """The domain, where it is the client's side that is meant."""
    return debt.domain_id if debt.owed_by == when_owed_by else None


def _note(tenant: Tenant, ring: Ring, debt: Debt, person: Person) -> NewNote:
    text = f"{debt.number}, owed by the {debt.owed_by}, due {debt.due_at:%-d %B %Y %H:%M} UTC."
    step = f" Escalated to: {ring.step}." if ring.step else ""
    kind, key, path = f"obligations.{ring.kind}", f"alarm/{ring.public_id}", path_of(tenant, debt.public_id)
    return NewNote(person, kind, key, f"{debt.title} {SAID[Alarm.Kind(ring.kind)]}", text + step, path)
