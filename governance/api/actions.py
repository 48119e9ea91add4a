"""Corrective actions by API."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from governance import policy, services
from governance.models import Action
from governance.queries import rcas as queries
from mspgov.web.api import Collection, etag
from mspgov.web.api_rows import Body, plain, serializer_of

from .rcas import Why, person, valid


@dataclass(frozen=True)
class ActionRow:
    """A corrective action of an accepted root cause; more time is asked for at its obligation."""

    id: UUID
    number: str
    rca: str
    engagement: str
    what: str
    measure: str
    evidence: str
    owner: str | None
    state: str
    due_at: datetime
    first_due_at: datetime
    breached_at: datetime | None
    obligation: str
    note: str


class HandIn(Body):
    """What was done, and files that show it (multipart, `evidence`, as many as one likes)."""

    note = serializers.CharField(max_length=4000)
    evidence = serializers.ListField(child=serializers.FileField(), required=False, default=list)


class Actions(Collection):
    """Corrective actions, the latest first."""

    may = policy.READ_RCAS
    writes = {
        "hand_in": policy.WRITE_RCAS, "accept": policy.REVIEW_RCAS, "return_": policy.REVIEW_RCAS,
        "withdraw": policy.REVIEW_RCAS,
    }  # fmt: skip
    row = ActionRow
    filters = ("engagement", "state")

    def rows(self, **asked: Any) -> Any:
        return queries.actions().select_related("obligation__record").filter(**asked)

    def documents(self, found: list[Any]) -> Iterable[ActionRow]:
        return map(action_row, found)

    def found(self, id: UUID) -> Action:
        row: Action = get_object_or_404(queries.actions(), public_id=id)
        return row

    def told(self, row: Action) -> Response:
        shown = plain(self.one(row.public_id))
        return Response(shown, headers={"ETag": etag(shown)})

    @extend_schema(request=HandIn, responses=serializer_of(ActionRow))
    def hand_in(self, request: Request, id: UUID) -> Response:
        action, given = self.found(id), valid(HandIn, request)
        files = [(file.name, file.size, file) for file in given["evidence"]]
        done: dict[str, Any] = {"by": person(request), "at": timezone.now()}
        return self.told(services.hand_in_action(action=action, note=given["note"], files=files, **done))

    @extend_schema(request=None, responses=serializer_of(ActionRow))
    def accept(self, request: Request, id: UUID) -> Response:
        return self.told(services.accept_action(action=self.found(id), by=person(request), at=timezone.now()))

    @extend_schema(request=Why, responses=serializer_of(ActionRow))
    def return_(self, request: Request, id: UUID) -> Response:
        action, reason = self.found(id), valid(Why, request)["reason"]
        done: dict[str, Any] = {"by": person(request), "at": timezone.now()}
        return self.told(services.return_action(action=action, reason=reason, **done))

    @extend_schema(request=Why, responses=serializer_of(ActionRow))
    def withdraw(self, request: Request, id: UUID) -> Response:
        """The client does without it."""
        action, reason = self.found(id), valid(Why, request)["reason"]
        done: dict[str, Any] = {"by": person(request), "at": timezone.now()}
        return self.told(services.withdraw_action(action=action, reason=reason, **done))


def action_row(row: Action) -> ActionRow:
    owed = row.obligation
    return ActionRow(
        row.public_id, row.record.number, row.rca.record.number, row.engagement.slug, row.what, row.measure, row.evidence,
        owed.person.name if owed.person else None, row.state, owed.due_at, owed.first_due_at, owed.breached_at,
        owed.record.number, row.note,
    )  # fmt: skip
