"""What is owed, as inbox, list, calendar and feed show it."""

from mspgov.tenancy.models import Tenant

from .models import Obligation


def path_of(tenant: Tenant, obligation: Obligation) -> str:
    return f"/o/{tenant.slug}/obligations/{obligation.public_id}/"
