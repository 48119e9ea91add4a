"""Collections of the API: contracts with their terms, service levels, calendars."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser, FormParser, JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from mspgov.kernel.faults import Fault
from mspgov.kernel.instants import read_day
from mspgov.records import services as records
from mspgov.tenancy.models import Engagement, Person
from mspgov.web import api_filters
from mspgov.web.api import Collection
from mspgov.web.api_rows import Body, plain, serializer_of

from . import policy, queries, services
from .calc.words import share_words, stops_words, target_words
from .importers.terms_text import read_text
from .models import Calendar, Contract, ServiceLevel


@dataclass(frozen=True)
class ContractRow:
    """A contract and the version of its terms in force today."""

    id: UUID
    reference: str
    engagement: str
    provider: str
    number: str
    currency: str
    starts: date
    ends: date
    time_zone: str
    monthly_charges: str | None
    version: int
    in_force_from: date
    terms_sha256: str
    versions: int


@dataclass(frozen=True)
class TargetRow:
    """A target in working time: of one priority, or of every ticket of the level (priority null)."""

    priority: str | None
    seconds: int


@dataclass(frozen=True)
class ServiceLevelRow:
    """A service level as the terms in force today promise it; `promised` is false when they no longer do."""

    id: UUID
    engagement: str
    contract: str
    key: str
    name: str
    measure: str
    promised: bool
    targets: tuple[TargetRow, ...]
    target_words: str
    calendar: str | None
    stops: tuple[str, ...]
    stops_words: str
    select: Any
    priority_rule: str | None
    counts_in: str | None
    expected: Decimal | None
    minimum: Decimal | None
    share: str
    clause: str


@dataclass(frozen=True)
class CalendarRow:
    """A calendar as the working-time calculator takes it, exceptions included; that of a contract names it."""

    id: UUID
    name: str
    engagement: str | None
    contract: str | None
    version: int | None
    clause: str
    calendar: Any


class TextParser(BaseParser):
    """A terms file as the body of a request, of any kind of text."""

    media_type = "text/*"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, str]:
        return {"terms": read_text(stream.read())}


class YamlParser(TextParser):
    media_type = "application/yaml"


class TermsBody(Body):
    """Terms of an engagement: `terms` as text, or `file`; `effective` is the first day of an amendment."""

    engagement = serializers.CharField(help_text="Short name or id of an engagement.")
    terms = serializers.CharField(required=False, trim_whitespace=False)
    file = serializers.FileField(required=False)
    effective = serializers.CharField(required=False, help_text="The first of a month, such as 2026-07-01.")


class Contracts(Collection):
    """Contracts; POST takes a terms file: it begins the contract of an engagement or amends it. Equal terms write
    nothing (200)."""

    may = policy.READ_TERMS
    writes = {"create": policy.IMPORT_TERMS}
    row = ContractRow
    filters = ("engagement",)
    parser_classes = (JSONParser, MultiPartParser, FormParser, YamlParser, TextParser)

    def rows(self, engagement: Engagement | None = None, **asked: Any) -> list[queries.ContractLine]:
        lines = queries.contract_lines(timezone.localdate())
        return [line for line in lines if engagement is None or line.contract.engagement_id == engagement.pk]

    def documents(self, found: list[queries.ContractLine]) -> Iterable[ContractRow]:
        return [contract_row(line) for line in found]

    @extend_schema(request=TermsBody, responses={200: serializer_of(ContractRow), 201: serializer_of(ContractRow)})
    def create(self, request: Request) -> Response:
        asked = read_terms_body(request)
        made = services.import_terms(**asked, by=person_of(request), at=timezone.now())
        line = next(each for each in self.rows() if each.contract.pk == made.contract.pk)
        return Response(plain(contract_row(line)), status=201 if made.created else 200)

    @extend_schema(
        parameters=[
            OpenApiParameter("version", int, description="The number of a version; without it, that in force.")
        ],
        responses={(200, "application/yaml"): OpenApiTypes.STR},
    )
    def terms(self, request: Request, id: UUID) -> HttpResponse:
        asked = request.query_params.get("version", "")
        if asked and not (asked.isascii() and asked.isdigit() and len(asked) < 9):
            raise Fault("version", "must be a whole number")
        _, version = queries.terms_file(id, timezone.localdate(), int(asked) if asked else None)
        return HttpResponse(version.text, content_type="application/yaml; charset=utf-8")


def contract_row(line: queries.ContractLine) -> ContractRow:
    contract, version, terms = line.contract, line.in_force.version, line.in_force.terms.contract
    return ContractRow(
        id=contract.public_id,
        reference=contract.reference,
        engagement=contract.engagement.slug,
        provider=contract.engagement.provider.slug,
        number=contract.record.number,
        currency=contract.currency,
        starts=terms.starts,
        ends=terms.ends,
        time_zone=contract.time_zone,
        monthly_charges=None if terms.monthly_charges is None else terms.monthly_charges.text,
        version=version.version,
        in_force_from=version.effective_on,
        terms_sha256=version.sha256,
        versions=line.versions,
    )


def person_of(request: Request) -> Person:
    """Who asks: no collection is open to the signed out."""
    return cast(Person, request.user)


def read_terms_body(request: Request) -> dict[str, Any]:
    """Engagement, text and first day of a POST: from its fields, or from the address where the body is the file."""
    data = request.data
    if not isinstance(data, Mapping):
        raise Fault("", "must be an object with engagement and terms")
    body = {**request.query_params.dict(), **{str(key): data[key] for key in data}}
    asked = TermsBody(data=body)
    asked.is_valid(raise_exception=True)
    given = asked.validated_data
    text = read_text(given["file"].read()) if "file" in given else given.get("terms", "")
    if not text.strip():
        raise Fault("terms", "give the terms as text or as a file")
    effective = given.get("effective")
    return {
        "engagement": api_filters.engagement(given["engagement"], "engagement"),
        "text": text,
        "effective": read_day(effective, "effective") if effective else None,
    }


class ServiceLevels(Collection):
    """Service levels of every contract, as the terms in force today promise them."""

    may = policy.READ_TERMS
    row = ServiceLevelRow
    filters = ("engagement", "service_level")
    ordering = ("engagement_id", "position", "public_id")

    def rows(self, engagement: Engagement | None = None, service_level: str | None = None, **asked: Any) -> Any:
        rows = queries.service_level_rows()
        if engagement is not None:
            rows = rows.filter(engagement=engagement)
        return rows if service_level is None else rows.filter(key=service_level)

    def documents(self, found: list[ServiceLevel]) -> Iterable[ServiceLevelRow]:
        return [service_level_row(level, line) for level, line in queries.promised(found, timezone.localdate())]


def service_level_row(level: ServiceLevel, in_force: queries.TermsInForce) -> ServiceLevelRow:
    terms = next((each for each in in_force.terms.service_levels if each.key == level.key), None)
    targets = () if terms is None else terms.targets_seconds.items()
    one = () if terms is None or terms.target_seconds is None else (TargetRow(None, terms.target_seconds),)
    return ServiceLevelRow(
        id=level.public_id,
        engagement=level.engagement.slug,
        contract=level.contract.reference,
        key=level.key,
        name=level.name,
        measure=level.measure,
        promised=terms is not None,
        targets=(*one, *(TargetRow(priority, seconds) for priority, seconds in targets)),
        target_words=target_words(terms) if terms else "",
        calendar=terms.calendar if terms else None,
        stops=terms.stops if terms else (),
        stops_words=stops_words(terms) if terms else "",
        select={key: list(values) for key, values in terms.select.items()} if terms else {},
        priority_rule=terms.priority_rule if terms and terms.is_clocked else None,
        counts_in=terms.counts_in if terms and terms.is_clocked else None,
        expected=terms.expected if terms else None,
        minimum=terms.minimum if terms else None,
        share=share_words(in_force.terms.credit_regime, level.key),
        clause=terms.clause if terms else "",
    )


class CalendarBody(Body):
    """A calendar of the client's own: its name and the document of the working-time calculator."""

    name = serializers.CharField(max_length=100)
    calendar = serializers.JSONField()


class Calendars(Collection):
    """The client's own calendars, and those of the latest terms of each contract, which only an amendment changes."""

    may = policy.READ_CALENDARS
    writes = {"create": policy.WRITE_CALENDARS, "partial_update": policy.WRITE_CALENDARS}
    row, model = CalendarRow, Calendar
    filters = ("engagement",)

    def rows(self, engagement: Engagement | None = None, **asked: Any) -> list[Calendar]:
        rows = queries.calendar_rows().select_related("terms_version__contract__engagement")
        return [row for row in rows if engagement is None or row.engagement_id == engagement.pk]

    def documents(self, found: list[Calendar]) -> Iterable[CalendarRow]:
        return [calendar_row(row) for row in found]

    def one(self, id: UUID) -> CalendarRow:
        return calendar_row(queries.calendar_of(id))

    @extend_schema(request=CalendarBody, responses={201: serializer_of(CalendarRow)})
    def create(self, request: Request) -> Response:
        asked = CalendarBody(data=request.data)
        asked.is_valid(raise_exception=True)
        made = services.create_calendar(
            name=asked.validated_data["name"],
            document=asked.validated_data["calendar"],
            by=person_of(request),
            at=timezone.now(),
        )
        return Response(plain(calendar_row(queries.calendar_of(made.public_id))), status=201)

    @extend_schema(request=CalendarBody, responses=serializer_of(CalendarRow))
    def partial_update(self, request: Request, id: UUID) -> Response:
        records.locked(Calendar.objects, public_id=id)
        found = queries.calendar_of(id)
        asked = CalendarBody(data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        services.change_calendar(
            id,
            name=given.get("name", found.name),
            document=given.get("calendar", found.document),
            by=person_of(request),
            at=timezone.now(),
        )
        return Response(plain(calendar_row(queries.calendar_of(id))))


def calendar_row(calendar: Calendar) -> CalendarRow:
    version = calendar.terms_version
    contract: Contract | None = version.contract if version is not None else None
    return CalendarRow(
        id=calendar.public_id,
        name=calendar.name,
        engagement=contract.engagement.slug if contract else None,
        contract=contract.reference if contract else None,
        version=version.version if version else None,
        clause=calendar.clause,
        calendar=queries.calendar_document(calendar),
    )
