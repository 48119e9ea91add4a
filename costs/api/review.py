"""What can be done to a credit: answered, previewed, decided, taken up, waived."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from costs import policy, services
from costs.models import Credit
from costs.queries import credits_of
from costs.queries.review import credit_named, tickets_named
from itsm.models import Exclusion
from mspgov.jobs.models import Run
from mspgov.kernel.faults import Fault
from mspgov.web.api_rows import Body, plain, serializer_of
from mspgov.web.api_runs import RunRow, run_row

from .money import CreditRow, Credits, caller, credit_row


class TextBody(Body):
    text = serializers.CharField(required=False, allow_blank=True, default="", max_length=8000)


class ReasonBody(Body):
    reason = serializers.CharField(max_length=8000)


class WaiverBody(Body):
    """The second person's word on a waiver."""

    approve = serializers.BooleanField()
    answer = serializers.CharField(required=False, allow_blank=True, default="", max_length=4000)


class AskBody(Body):
    """What is asked, or granted, for one ticket."""

    ticket = serializers.CharField(max_length=100, help_text="The number of a late ticket.")
    kind = serializers.ChoiceField(choices=Exclusion.Kind.choices)
    relief_seconds = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=1, max_value=10 * 366 * 86_400,
        help_text="Of a relief event: so much of the clock; without it the ticket does not count.",
    )  # fmt: skip
    duplicate_of = serializers.CharField(required=False, allow_blank=True, default="", max_length=100)


class DisputeBody(Body):
    """A dispute; `tickets` is JSON when it comes with files."""

    text = serializers.CharField(max_length=8000)
    tickets = serializers.JSONField(required=False, help_text="A list of asks; without it the credit as a whole.")
    files = serializers.ListField(child=serializers.FileField(), required=False, default=list)


class GrantBody(Body):
    """What would be granted: nothing is a refusal."""

    tickets = AskBody(many=True, required=False, default=list)
    value = serializers.DecimalField(
        required=False, allow_null=True, default=None, max_digits=13, decimal_places=10, min_value=0, max_value=100,
        help_text="Of a reported level: what the month came to instead.",
    )  # fmt: skip


class DecisionBody(GrantBody):
    """A decision; `expected` is the fingerprint of the preview that it confirms."""

    reason = serializers.CharField(max_length=8000)
    expected = serializers.CharField(required=False, allow_blank=True, default="", max_length=64)


class OutcomeBody(serializers.Serializer[Any]):
    """What a decision leads to."""

    attainment = serializers.CharField(allow_null=True)
    standing = serializers.CharField()
    met = serializers.IntegerField()
    total = serializers.IntegerField()
    excluded = serializers.IntegerField()
    amount = serializers.CharField()
    month_total = serializers.CharField(help_text="What stands of the month's credits: those that were not waived.")
    month_waived = serializers.CharField()
    currency = serializers.CharField()


class OutcomesBody(serializers.Serializer[Any]):
    """Both outcomes; nothing was written."""

    refuse = OutcomeBody()
    grant = OutcomeBody(allow_null=True)
    others = serializers.ListField(child=serializers.CharField())
    fingerprint = serializers.CharField()


class CreditReview(Credits):
    """What both sides do to a proposed credit. Each answers with the credit as it stands then."""

    parser_classes = [JSONParser, MultiPartParser]
    writes = {
        "accept": policy.ANSWER_CREDITS,
        "reserve": policy.ANSWER_CREDITS,
        "dispute": policy.ANSWER_CREDITS,
        "preview": policy.DECIDE_CREDITS,
        "decide": policy.DECIDE_CREDITS,
        "take_up": policy.DECIDE_CREDITS,
        "waive": policy.WAIVE_CREDITS,
        "waiver": policy.APPROVE_WAIVERS,
        "withdraw_waiver": policy.WAIVE_CREDITS,
    }

    def shown_locked(self, id: UUID) -> Any:
        """Locked as every step of a review locks: the contract first."""
        services.reviewed(id)
        return plain(self.one(id))

    def done(
        self, request: Request, id: UUID, act: Callable[..., object],
        body: "type[serializers.Serializer[Any]] | None" = None,
    ) -> Response:  # fmt: skip
        """One verb of a credit with what its body says; the answer is the credit as it stands then."""
        credit, asked = credit_named(id), read(body, request) if body else {}
        act(credit=credit, **asked, by=caller(request), at=timezone.now())
        return self.answered(credit)

    def answered(self, credit: Credit) -> Response:
        return Response(plain(credit_row(credits_of().get(pk=credit.pk))))

    @extend_schema(request=TextBody, responses=serializer_of(CreditRow))
    def accept(self, request: Request, id: UUID) -> Response:
        """The provider agrees."""
        return self.done(request, id, services.accept, TextBody)

    @extend_schema(request=TextBody, responses=serializer_of(CreditRow))
    def reserve(self, request: Request, id: UUID) -> Response:
        """The provider agrees under reservation, and says which."""
        return self.done(request, id, services.accept_under_reservation, TextBody)

    @extend_schema(
        request={"application/json": DisputeBody, "multipart/form-data": DisputeBody},
        responses=serializer_of(CreditRow),
    )
    def dispute(self, request: Request, id: UUID) -> Response:
        """The provider disputes the credit, or late tickets behind it; files come as multipart."""
        credit, asked = credit_named(id), read(DisputeBody, request)
        wanted = AskBody(data=asked.get("tickets") or [], many=True)
        wanted.is_valid(raise_exception=True)
        files = [(file.name, file.size, file) for file in request.FILES.getlist("files")]
        services.dispute(
            credit=credit, text=asked["text"], tickets=asks_of(credit, wanted.validated_data), files=files,
            by=caller(request), at=timezone.now(),
        )  # fmt: skip
        return self.answered(credit)

    @extend_schema(request=GrantBody, responses={200: OutcomesBody, 202: serializer_of(RunRow)})
    def preview(self, request: Request, id: UUID) -> Response:
        """Both outcomes of granting this, computed by deciding and taking it back: the result of the run that is asked
        for (202). Where nothing would be granted, the one outcome at once (200)."""
        credit = credit_named(id)
        grant, by, at = grant_of(credit, read(GrantBody, request)), caller(request), timezone.now()
        if grant:
            return asked_for(services.start_decision_preview(credit=credit, grant=grant, by=by, at=at))
        return Response(services.preview_decision(credit=credit, grant=grant, at=at).document(grant.document()))

    @extend_schema(request=DecisionBody, responses={200: serializer_of(CreditRow), 202: serializer_of(RunRow)})
    def decide(self, request: Request, id: UUID) -> Response:
        """Decide; with `expected`, only if the outcomes are still those of the preview. What grants is done by the run that
        is asked for (202), which fails where they are not; a refusal is done at once (200, or 409)."""
        credit, asked = credit_named(id), read(DecisionBody, request)
        given: dict[str, Any] = {
            "credit": credit, "grant": grant_of(credit, asked), "reason": asked["reason"], "expected": asked["expected"],
            "by": caller(request), "at": timezone.now(),
        }  # fmt: skip
        if given["grant"]:
            return asked_for(services.start_decision(**given))
        services.decide(**given)
        return self.answered(credit)

    @extend_schema(request=ReasonBody, responses=serializer_of(CreditRow))
    def take_up(self, request: Request, id: UUID) -> Response:
        """Pass the dispute to the next step of the contract's ladder."""
        return self.done(request, id, services.take_up, ReasonBody)

    @extend_schema(request=ReasonBody, responses=serializer_of(CreditRow))
    def waive(self, request: Request, id: UUID) -> Response:
        """Ask that the credit be given up; a second person answers."""
        return self.done(request, id, services.ask_waiver, ReasonBody)

    @extend_schema(request=WaiverBody, responses=serializer_of(CreditRow))
    def waiver(self, request: Request, id: UUID) -> Response:
        """Approve or refuse the waiver that somebody else asked for."""
        return self.done(request, id, services.decide_waiver, WaiverBody)

    @extend_schema(request=None, responses=serializer_of(CreditRow))
    def withdraw_waiver(self, request: Request, id: UUID) -> Response:
        """Ask no longer: only who asked for the waiver."""
        return self.done(request, id, services.withdraw_waiver)


def read(body: "type[serializers.Serializer[Any]]", request: Request) -> dict[str, Any]:
    asked = body(data=request.data)
    asked.is_valid(raise_exception=True)
    found: dict[str, Any] = asked.validated_data
    return found


def asked_for(run: Run) -> Response:
    return Response(plain(run_row(run)), status=202)


def grant_of(credit: Credit, asked: dict[str, Any]) -> services.Grant:
    return services.Grant(tuple(asks_of(credit, asked["tickets"])), asked["value"])


def asks_of(credit: Credit, asked: list[dict[str, Any]]) -> list[services.TicketAsk]:
    """The tickets behind the numbers. Raises Fault for one that the engagement does not know."""
    numbers = {each[name] for each in asked for name in ("ticket", "duplicate_of") if each[name]}
    known = tickets_named(credit, numbers)
    if unknown := sorted(numbers - set(known)):
        raise Fault("tickets", f"there is no ticket {', '.join(unknown)}")
    return [
        services.TicketAsk(known[each["ticket"]], each["kind"], each["relief_seconds"], known.get(each["duplicate_of"]))
        for each in asked
    ]
