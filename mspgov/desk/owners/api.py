"""Offices and absences by API."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from mspgov.kernel.faults import Fault
from mspgov.tenancy.models import Absence, Office, Person, ServiceDomain
from mspgov.tenancy.policy import OWN_ABSENCE, READ_OFFICES, WRITE_OFFICES, WRITE_PEOPLE
from mspgov.web.api import Collection
from mspgov.web.api_rows import Body, plain, serializer_of

from . import queries, services


@dataclass(frozen=True)
class OfficeRow:
    """Who is accountable for a domain from a date on; both dates belong to the office."""

    id: UUID
    engagement: str
    domain: str
    owner: str
    deputy: str | None
    from_on: date
    until_on: date | None


def office_row(row: Office) -> OfficeRow:
    return OfficeRow(
        row.public_id, row.engagement.slug, row.domain.name, row.owner.email, row.deputy.email if row.deputy else None,
        row.from_on, row.until_on,
    )  # fmt: skip


class OfficeBody(Body):
    """Puts somebody in office; who was before ends the day before."""

    domain = serializers.UUIDField(help_text="Id of a service domain.")
    owner = serializers.EmailField(help_text="E-mail of an active member of the client's side.")
    deputy = serializers.EmailField(required=False, allow_null=True, default=None, help_text="Stands in.")
    from_on = serializers.DateField(help_text="The first day.")


class Offices(Collection):
    """Who was, is and will be in office."""

    may = READ_OFFICES
    writes = {"create": WRITE_OFFICES}
    row = OfficeRow
    filters = ("engagement",)

    def rows(self, **asked: Any) -> Any:
        return queries.office_rows().filter(**asked)

    def documents(self, found: list[Any]) -> Iterable[OfficeRow]:
        return map(office_row, found)

    @extend_schema(request=OfficeBody, responses={201: serializer_of(OfficeRow)})
    def create(self, request: Request) -> Response:
        """Put somebody in office."""
        body = OfficeBody(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        domain = ServiceDomain.objects.filter(public_id=asked["domain"]).first()
        if domain is None:
            raise Fault("domain", "there is no such domain that you can see")
        owner, deputy = (
            _member(asked["owner"], "owner"),
            _member(asked["deputy"], "deputy") if asked["deputy"] else None,
        )
        row = services.put_in_office(
            domain=domain, owner=owner, deputy=deputy, from_on=asked["from_on"], by=cast(Person, request.user),
            at=timezone.now(),
        )  # fmt: skip
        return Response(plain(office_row(queries.office_rows().get(pk=row.pk))), status=201)


@dataclass(frozen=True)
class AbsenceRow:
    """Days on which a person is away, both included; a cancelled one ends before it begins."""

    id: UUID
    person: str
    deputy: str | None
    from_on: date
    until_on: date


def absence_row(row: Absence) -> AbsenceRow:
    return AbsenceRow(
        row.public_id, row.person.email, row.deputy.email if row.deputy else None, row.from_on, row.until_on
    )


class AbsenceBody(Body):
    """Days away; without a person one's own."""

    person = serializers.EmailField(required=False, allow_null=True, default=None, help_text="For administrators.")
    deputy = serializers.EmailField(required=False, allow_null=True, default=None, help_text="Stands in.")
    from_on = serializers.DateField()
    until_on = serializers.DateField()


class Absences(Collection):
    """Who is away, and who stands in."""

    may = READ_OFFICES
    writes = {"create": OWN_ABSENCE}
    row = AbsenceRow

    def rows(self, **asked: Any) -> Any:
        return queries.absences(cast(Any, self.request)._request.member).order_by()

    def documents(self, found: list[Any]) -> Iterable[AbsenceRow]:
        return map(absence_row, found)

    @extend_schema(request=AbsenceBody, responses={201: serializer_of(AbsenceRow)})
    def create(self, request: Request) -> Response:
        """Enter one's own days away; an administrator enters anybody's."""
        body = AbsenceBody(data=request.data)
        body.is_valid(raise_exception=True)
        asked, own = body.validated_data, cast(Person, request.user)
        who = _member(asked["person"], "person") if asked["person"] else own
        if who != own and not _enters_for_others(request):
            raise Fault("person", "only an administrator enters somebody else's days")
        deputy = _member(asked["deputy"], "deputy") if asked["deputy"] else None
        row = services.be_absent(
            person=who, deputy=deputy, from_on=asked["from_on"], until_on=asked["until_on"], by=own, at=timezone.now()
        )
        return Response(
            plain(absence_row(queries.absences(cast(Any, request._request).member).get(pk=row.pk))), status=201
        )


def _enters_for_others(request: Request) -> bool:
    """An administrator does, and by a token whose scope names people."""
    holds: bool = request._request.member.holds(WRITE_PEOPLE)  # type: ignore[attr-defined]
    return holds and (request.auth is None or request.auth.opens(WRITE_PEOPLE, writes=True))  # type: ignore[union-attr]


def _member(email: str, name: str) -> Person:
    """Raises Fault for an address that no active member has whom the caller sees."""
    found = next((each for each in queries.everybody() if each.email == email.lower()), None)
    if found is None:
        raise Fault(name, "there is no such active member that you can see")
    return found
