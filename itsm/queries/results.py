"""Results as they hold: the highest version of each service level and month."""

from itsm.models import Result
from mspgov.kernel.period import Month
from mspgov.tenancy.models import Engagement


def current_results(engagement: Engagement, first: Month, last: Month) -> dict[tuple[int, str], Result]:
    """(service level, month) → the result that holds, with its level, reported value and terms version."""
    rows = (
        Result.objects.filter(engagement=engagement, month__gte=first.text, month__lte=last.text)
        .order_by("service_level", "month", "-version")
        .distinct("service_level", "month")
        .select_related("service_level", "reported", "terms_version")
    )
    return {(row.service_level_id, row.month): row for row in rows}
