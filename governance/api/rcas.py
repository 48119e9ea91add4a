"""Root causes by API: asked for, drafted, submitted, decided, checked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from governance import policy, services
from governance.calc.rca_content import Content, document, misread, read_content
from governance.models import Rca, RcaTicket, RcaVersion
from governance.queries import rcas as queries
from governance.services.drafting import Overtaken, latest_draft
from itsm.models import Ticket
from mspgov.tenancy.models import Person
from mspgov.web import api_filters
from mspgov.web.api import Collection, etag, names
from mspgov.web.api_problems import Outdated
from mspgov.web.api_rows import Body, plain, serializer_of


@dataclass(frozen=True)
class RcaRow:
    """A root cause. `content` is that of its latest version; `effect` what the check found, before and after."""

    id: UUID
    number: str
    title: str
    engagement: str
    origin: str
    state: str
    reason: str
    alike: dict[str, str]
    priority: str
    demanded_at: datetime
    demanded_by: str | None
    due_at: datetime | None
    version: int
    sha256: str | None
    submitted_at: datetime | None
    decided_at: datetime | None
    decision: str
    check_at: datetime | None
    effect: dict[str, Any] | None
    previous: str | None
    tickets: tuple[str, ...]
    content: dict[str, Any] | None


@dataclass(frozen=True)
class DraftRow:
    """What is being typed; the ETag names it."""

    number: int
    by: str | None
    at: datetime | None
    content: dict[str, Any]


@dataclass(frozen=True)
class Receipt:
    """What was received: when, as which version, with which content."""

    number: str
    version: int
    sha256: str
    at: datetime


class AskRca(Body):
    """Tickets by their numbers, and why."""

    engagement = serializers.CharField()
    tickets = serializers.ListField(child=serializers.CharField(max_length=100), min_length=1, max_length=200)
    title = serializers.CharField(max_length=200)
    reason = serializers.CharField(max_length=2000)


class Why(Body):
    reason = serializers.CharField(max_length=4000)


class Note(Body):
    reason = serializers.CharField(max_length=4000, required=False, allow_blank=True, default="")


class Judgment(Body):
    """A person's verdict and what shows it; without one before and after are compared."""

    worked = serializers.BooleanField(required=False, allow_null=True, default=None)
    reason = serializers.CharField(max_length=4000, required=False, allow_blank=True, default="")


class Answer(Body):
    """The answer: summary, impact, people, cost, timeline (when, who, what), causes, whys, factors, next_step, actions
    (what, owner, due, measure, evidence). Without `content` the draft is submitted."""

    content = serializers.JSONField(required=False)


class Rcas(Collection):
    """Root causes that clients ask for, the latest first. Provider's people write and submit, the client decides."""

    may = policy.READ_RCAS
    writes = {
        "create": policy.DEMAND_RCAS,
        "submit": policy.WRITE_RCAS,
        "accept": policy.REVIEW_RCAS,
        "return_": policy.REVIEW_RCAS,
        "withdraw": policy.DEMAND_RCAS,
        "check": policy.REVIEW_RCAS,
    }
    row = RcaRow
    filters = ("engagement", "state", "origin")

    def rows(self, **asked: Any) -> Any:
        return queries.rcas().filter(**asked)

    def documents(self, found: list[Any]) -> Iterable[RcaRow]:
        pks = [row.pk for row in found]
        versions = {(v.rca_id, v.version): v for v in RcaVersion.objects.filter(rca__in=pks)}
        tickets: dict[int, list[str]] = {}
        behind = RcaTicket.objects.filter(rca__in=pks).order_by("ticket__opened_at", "pk")
        for rca, number in behind.values_list("rca_id", "ticket__number"):
            tickets.setdefault(rca, []).append(number)
        return [rca_row(row, versions.get((row.pk, row.version)), tickets.get(row.pk, [])) for row in found]

    def found(self, id: UUID) -> Rca:
        row: Rca = get_object_or_404(queries.rcas(), public_id=id)
        return row

    def shown_locked(self, id: UUID) -> Any:
        """Locked as the services lock: the engagement first."""
        services.lock_engagement(self.found(id).engagement_id)
        return super().shown_locked(id)

    def told(self, row: Rca, status: int = 200) -> Response:
        shown = plain(self.one(row.public_id))
        return Response(shown, status=status, headers={"ETag": etag(shown)})

    @extend_schema(request=AskRca, responses={201: serializer_of(RcaRow)})
    def create(self, request: Request) -> Response:
        """Ask for the root cause of some tickets; the same first ticket is asked for once (200)."""
        given = valid(AskRca, request)
        engagement = api_filters.engagement(given["engagement"], "engagement")
        found = {t.number: t for t in Ticket.objects.filter(engagement=engagement, number__in=given["tickets"])}
        if missing := [number for number in given["tickets"] if number not in found]:
            raise ValidationError({"tickets": f"there is no ticket {missing[0]} in this engagement"})
        row, is_new = services.demand_by_person(
            engagement=engagement, tickets=list(found.values()), title=given["title"], reason=given["reason"],
            by=person(request), at=timezone.now(),
        )  # fmt: skip
        return self.told(row, 201 if is_new else 200)

    @extend_schema(responses=serializer_of(DraftRow))
    def draft(self, request: Request, id: UUID) -> Response:
        """The draft that holds."""
        shown = draft_row(self.found(id))
        return Response(plain(shown), headers={"ETag": draft_tag(shown.number)})

    @extend_schema(request=OpenApiTypes.OBJECT, responses=serializer_of(DraftRow))
    def put_draft(self, request: Request, id: UUID) -> Response:
        """Keep what is typed as the next draft, in the place of all of the one before; a body without a field, or with one
        that cannot be read, is 400 and changes nothing. A later draft than the one it is based on (If-Match, or ?based_on=) is
        412 with If-Match, else 409, whoever saved it."""
        row, wanted = self.found(id), request.headers.get("If-Match", "")
        known = draft_row(row).number
        if wanted and not names(wanted, draft_tag(known)):
            raise Outdated
        named = request.query_params.get("based_on", "")
        based_on = known if wanted else int(named) if named.isascii() and named.isdecimal() and len(named) < 10 else 0
        try:
            services.save_draft(
                rca=row, content=content_of(request.data), based_on=based_on, by=person(request), at=timezone.now()
            )
        except Overtaken:
            if wanted:
                raise Outdated from None
            raise
        shown = draft_row(row)
        return Response(plain(shown), headers={"ETag": draft_tag(shown.number)})

    @extend_schema(request=Answer, responses=serializer_of(Receipt))
    def submit(self, request: Request, id: UUID) -> Response:
        """Submit the draft or this content. What is missing is 422 with every field; twice the same is the same receipt."""
        row, given = self.found(id), valid(Answer, request)
        content = content_of(given["content"]) if "content" in given else None
        version = services.submit_rca(rca=row, content=content, by=person(request), at=timezone.now())
        return Response(plain(Receipt(row.record.number, version.version, version.sha256, version.at)))

    @extend_schema(request=Note, responses=serializer_of(RcaRow))
    def accept(self, request: Request, id: UUID) -> Response:
        note = valid(Note, request)["reason"]
        return self.told(services.accept_rca(rca=self.found(id), note=note, by=person(request), at=timezone.now()))

    @extend_schema(request=Why, responses=serializer_of(RcaRow))
    def return_(self, request: Request, id: UUID) -> Response:
        rca, reason = self.found(id), valid(Why, request)["reason"]
        return self.told(services.return_rca(rca=rca, reason=reason, by=person(request), at=timezone.now()))

    @extend_schema(request=Why, responses=serializer_of(RcaRow))
    def withdraw(self, request: Request, id: UUID) -> Response:
        rca, reason = self.found(id), valid(Why, request)["reason"]
        return self.told(services.withdraw_rca(rca=rca, reason=reason, by=person(request), at=timezone.now()))

    @extend_schema(request=Judgment, responses=serializer_of(RcaRow))
    def check(self, request: Request, id: UUID) -> Response:
        """Compare before and after now. Where nothing can be compared (422), say whether it worked, and what shows it."""
        given, rca, by, at = valid(Judgment, request), self.found(id), person(request), timezone.now()
        if (worked := given["worked"]) is None:
            return self.told(services.check_effect(rca=rca, by=by, at=at))
        return self.told(services.judge_effect(rca=rca, worked=worked, reason=given["reason"], by=by, at=at))


class Drafts(Rcas):
    """What is being typed: for those who write it."""

    may = policy.WRITE_RCAS
    own_versions = ("put_draft",)
    writes = {"put_draft": policy.WRITE_RCAS}


def valid(kind: Any, request: Request) -> dict[str, Any]:
    asked = kind(data=request.data)
    asked.is_valid(raise_exception=True)
    found: dict[str, Any] = asked.validated_data
    return found


def content_of(given: Any) -> Content:
    if not isinstance(given, Mapping):
        raise ValidationError({"content": "must be an object"})
    if wrong := misread(given):
        raise ValidationError(wrong)
    return read_content(given)


def person(request: Request) -> Person:
    return cast(Person, request.user)


def draft_tag(number: int) -> str:
    return f'"draft-{number}"'


def draft_row(row: Rca) -> DraftRow:
    kept = latest_draft(row)
    if kept is None:
        return DraftRow(0, None, None, document(read_content({})))
    return DraftRow(kept.number, kept.by.name, kept.at, kept.content)


def rca_row(row: Rca, version: RcaVersion | None, tickets: list[str]) -> RcaRow:
    return RcaRow(
        id=row.public_id,
        number=row.record.number,
        title=row.record.title,
        engagement=row.engagement.slug,
        origin=row.origin,
        state=row.state,
        reason=row.reason,
        alike=row.alike,
        priority=f"P{row.priority}",
        demanded_at=row.demanded_at,
        demanded_by=row.demanded_by.name if row.demanded_by else None,
        due_at=row.obligation.due_at if row.obligation else None,
        version=row.version,
        sha256=version.sha256 if version else None,
        submitted_at=version.at if version else None,
        decided_at=row.decided_at,
        decision=row.decision,
        check_at=row.check_at,
        effect=row.effect,
        previous=row.previous.record.number if row.previous else None,
        tickets=tuple(tickets),
        content=version.content if version else None,
    )
