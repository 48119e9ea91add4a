"""The packs of an engagement, latest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.http import Http404
from django.shortcuts import get_object_or_404

from governance.models import Pack
from mspgov.records.models import File
from mspgov.tenancy.models import Engagement


@dataclass(frozen=True)
class PackLine:
    """A pack in a list: its number and quarter, whether it is a draft, and the file when it has been printed."""

    id: str
    number: str
    engagement: str
    engagement_name: str
    quarter: str
    state: str
    state_label: str
    frozen_at: datetime
    facts_sha256: str
    file_sha256: str
    size: int
    pages: int


def packs_of(engagement: Engagement | None = None) -> "models.QuerySet[Pack]":
    """The packs that the reader sees, the latest quarter first; the facts are left aside."""
    rows: models.QuerySet[Pack] = Pack.objects.select_related("record", "engagement", "pdf").defer("facts")
    if engagement is not None:
        rows = rows.filter(engagement=engagement)
    return rows.order_by("-quarter", "-pk")


def pack_line(pack: Pack) -> PackLine:
    """A pack of `packs_of` as a line."""
    file = pack.pdf
    return PackLine(
        id=str(pack.public_id),
        number=pack.record.number,
        engagement=pack.engagement.slug,
        engagement_name=pack.engagement.name,
        quarter=pack.quarter,
        state=pack.state,
        state_label=pack.get_state_display(),
        frozen_at=pack.frozen_at,
        facts_sha256=pack.facts_sha256,
        file_sha256=file.sha256 if file else "",
        size=file.size if file else 0,
        pages=pack.pages,
    )


def pack_list(engagement: Engagement | None = None) -> tuple[PackLine, ...]:
    """All packs that the reader sees."""
    return tuple(pack_line(pack) for pack in packs_of(engagement))


def pack_file(public_id: Any, paper: str = "A4") -> File:
    """The printed file of a pack. Raises Http404 when the reader sees no such pack or it is not printed on this paper."""
    pack = get_object_or_404(Pack.objects.select_related(*Pack.FILES.values()), public_id=public_id)
    file: File | None = getattr(pack, Pack.FILES.get(paper, "pdf"))
    if file is None:
        raise Http404(f"pack {pack.quarter} is not printed on {paper} yet")
    return file
