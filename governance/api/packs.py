"""The collection of board packs, with their files."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance import policy, queries, services
from governance.documents.pack import PAPERS
from governance.models import Pack
from governance.queries import pack_pages
from mspgov.kernel.faults import Fault
from mspgov.kernel.period import Quarter, read_quarter
from mspgov.records.services import read_file
from mspgov.tenancy.models import Person
from mspgov.web import api_filters
from mspgov.web.api import Collection
from mspgov.web.api_rows import Body, plain, serializer_of
from mspgov.web.api_runs import RunRow, run_row


@dataclass(frozen=True)
class PackFile:
    """The printed pack on one paper."""

    paper: str
    size: int
    sha256: str
    url: str


@dataclass(frozen=True)
class PackRow:
    """A board pack: `facts_sha256` stands on its cover; a draft has a month that is not sealed."""

    id: UUID
    number: str
    engagement: str
    quarter: Quarter
    state: str
    pages: int
    facts_sha256: str
    files: tuple[PackFile, ...]
    made_at: datetime
    by: str | None


class AskPack(Body):
    """A quarter that is over, such as 2016-Q2."""

    engagement = serializers.CharField()
    quarter = serializers.CharField()
    paper = serializers.ChoiceField(choices=PAPERS, required=False, default="A4")


class Packs(Collection):
    """Board packs. A POST answers with the run that makes one."""

    may = policy.READ_PACKS
    writes = {"create": policy.MAKE_PACKS}
    row = PackRow
    filters = ("engagement", "quarter", "state")
    ordering = "-public_id"

    def rows(self, state: str = "", **asked: Any) -> "QuerySet[Pack]":
        if state and state not in Pack.State.values:
            raise Fault("state", f"must be {' or '.join(Pack.State.values)}")
        return pack_pages.packs(state=state, **asked)

    def documents(self, found: list[Any]) -> Iterable[PackRow]:
        slug = self.request._request.tenant.slug  # type: ignore[attr-defined]
        return [pack_row(pack, reverse("api:packs-file", args=[slug, pack.public_id])) for pack in found]

    @extend_schema(request=AskPack, responses={202: serializer_of(RunRow)})
    def create(self, request: Request) -> Response:
        asked = AskPack(data=request.data)
        asked.is_valid(raise_exception=True)
        given, person = asked.validated_data, cast(Person, request.user)
        try:
            run = services.start_pack(
                engagement=api_filters.engagement(given["engagement"], "engagement"),
                quarter=read_quarter(given["quarter"], "quarter"),
                paper=given["paper"],
                by=person,
                at=timezone.now(),
            )
        except Fault as fault:
            raise Fault(fault.path.lstrip("-"), fault.why) from None
        return Response(plain(run_row(run)), status=202)

    @extend_schema(
        parameters=[OpenApiParameter("paper", str, enum=PAPERS)],
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
    )
    def file(self, request: Request, id: UUID) -> HttpResponse:
        """The printed pack as PDF."""
        paper = request.query_params.get("paper", "A4")
        if paper not in PAPERS:
            raise Fault("paper", f"must be one of {', '.join(PAPERS)}")
        found = queries.pack_file(id, paper)
        disposition = f'attachment; filename="{found.name}"'
        return HttpResponse(
            b"".join(read_file(found)), content_type="application/pdf", headers={"Content-Disposition": disposition}
        )


def pack_row(pack: Pack, url: str) -> PackRow:
    """A pack of `packs`, its files at this address."""
    files = tuple(
        PackFile(paper, file.size, file.sha256, f"{url}?paper={paper}")
        for paper, file in pack_pages.files_of(pack).items()
    )
    return PackRow(
        pack.public_id, pack.record.number, pack.engagement.slug, Quarter(pack.quarter), pack.state, pack.pages,
        pack.facts_sha256, files, pack.frozen_at, pack.by.name if pack.by else None,
    )  # fmt: skip
