"""What a tenant's administrator decides for the whole organisation."""

from datetime import datetime

from django.db import transaction

from mspgov.tenancy.models import Person, Tenant

from . import services as records


@transaction.atomic
def change_tenant(*, tenant: Tenant, by: Person, at: datetime, **terms: bool) -> Tenant:
    """Keep settings of the entered tenant, by field; each change is a link of its chain, an equal value writes nothing."""
    row = Tenant.objects.select_for_update().get(pk=tenant.pk)
    before = {name: str(getattr(row, name)) for name in terms}
    for name, value in terms.items():
        setattr(row, name, value)
    after = {name: str(getattr(row, name)) for name in terms}
    if after != before:
        row.save(update_fields=list(terms))
        records.seal(None, what="tenant settings", before=before, after=after, by=by, at=at)
    return row
