"""A person in one of their tenants, as their pages there would have them: outside a request of that tenant."""

from collections.abc import Iterator
from contextlib import contextmanager

from . import credentials, queries
from .context import enter, narrow
from .models import Membership, Person, Tenant


@contextmanager
def seated(person: Person, tenant: Tenant) -> Iterator[Membership | None]:
    """Inside the tenant with the person's walls; None for somebody who is no active member, or who lacks a second factor
    that the tenant demands."""
    with enter(tenant.pk, person=person.pk):
        memberships = queries.memberships_of(person.pk)
        member = next((m for m in memberships if m.tenant_id == tenant.pk), None)
        if member is None or credentials.lacks_second_factor(tenant, person):
            yield None
            return
        if member.is_provider_side:
            narrow(queries.engagement_ids(member.pk))
        member.person = person
        yield member
