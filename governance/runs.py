"""A board pack as a run: facts, print, keep; one part of some seconds a step."""

from typing import Any

from django.utils import timezone

from mspgov.jobs.services import kind
from mspgov.kernel.period import Quarter
from mspgov.tenancy.models import Engagement, Person

from . import services
from .models import Pack

Step = tuple[int, int, dict[str, Any]]
STEPS = 2


@kind(services.RUN)
def board_pack(done: int, *, engagement_id: int, quarter: str, paper: str, by_id: int | None) -> Step:
    """First the facts are frozen, then they are printed and the file kept. Doing a step twice changes nothing."""
    engagement = Engagement.objects.select_related("tenant", "provider").get(pk=engagement_id)
    by = Person.objects.get(pk=by_id) if by_id else None
    if done == 0:
        pack = services.freeze_facts(engagement=engagement, quarter=Quarter(quarter), by=by, at=timezone.now())
        return 1, STEPS, {"pack": str(pack.public_id), "doing": "Facts frozen, laying out the pages"}
    pack = Pack.objects.select_related("record").filter(engagement=engagement, quarter=quarter).latest("pk")
    printed = services.printed_pack(pack, paper)
    pack = services.keep_print(pack=pack, printed=printed, paper=paper, by=by, at=timezone.now())
    file = getattr(pack, Pack.FILES[paper])
    result = {
        "pack": str(pack.public_id),
        "number": pack.record.number,
        "pages": printed.pages,
        "sha256": file.sha256,
        "size": file.size,
    }
    return STEPS, STEPS, result
