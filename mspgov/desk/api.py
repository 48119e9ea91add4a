"""Collections that span modules: runs and people."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from mspgov.jobs import services
from mspgov.jobs.models import Run
from mspgov.tenancy import queries as tenancy_queries
from mspgov.tenancy.models import Membership
from mspgov.tenancy.policy import READ_PEOPLE
from mspgov.tenancy.queries import Member
from mspgov.web.api import Collection
from mspgov.web.api_rows import plain, serializer_of
from mspgov.web.api_runs import RunRow, run_row

from . import policy


class Runs(Collection):
    """Long work: imports, measurements, packs."""

    may = policy.READ_RUNS
    writes = {"cancel": policy.READ_RUNS, "again": policy.READ_RUNS}
    row = RunRow
    filters = ("engagement", "state", "kind")

    def rows(self, **asked: Any) -> Any:
        reader: Membership = self.request.member  # type: ignore[attr-defined]
        return services.runs_for(reader).filter(**asked)

    def documents(self, found: list[Any]) -> Iterable[Any]:
        return map(run_row, found)

    @extend_schema(request=None, responses=serializer_of(RunRow))
    def cancel(self, request: Request, id: UUID) -> Response:
        """End an open run after its present step, or set a failed one aside; for those who may ask for such a run."""
        services.cancel(self.own(request, id))
        return Response(plain(self.one(id)))

    @extend_schema(request=None, responses=serializer_of(RunRow))
    def again(self, request: Request, id: UUID) -> Response:
        """Let a failed or cancelled run go on; for those who may ask for such a run."""
        services.try_again(self.own(request, id))
        return Response(plain(self.one(id)))

    def own(self, request: Any, id: UUID) -> Run:
        run = get_object_or_404(Run, public_id=id)
        if not services.may_handle(request.member, run.kind):
            raise Http404
        return run


@dataclass(frozen=True)
class PersonRow:
    """A member: on the client's side, or one of a provider's people."""

    id: str
    name: str
    email: str
    roles: tuple[str, ...]
    provider: str | None
    active: bool


def person_row(member: Member) -> PersonRow:
    return PersonRow(member.public_id, member.name, member.email, member.roles, member.provider or None, member.active)


class People(Collection):
    """Members of the tenant that the caller sees."""

    may = READ_PEOPLE
    row = PersonRow
    filters = ("active",)

    def rows(self, active: bool | None = None) -> Any:
        reader: Membership = self.request.member  # type: ignore[attr-defined]
        return [person_row(m) for m in tenancy_queries.people(reader) if active is None or m.active == active]
