"""What is owed about a root cause or an action, locked before anything is sealed."""

from mspgov.obligations.models import Obligation
from mspgov.records.models import Record


def lock_owed(record: Record) -> list[Obligation]:
    """What is living about a record. Whoever answers an obligation locks it before the chain's head: so does a service
    that seals several times, or each would wait for the other."""
    living = Obligation.objects.living().filter(about=record).select_for_update(of=("self",))
    return list(living.order_by("pk"))
