"""Claims of agreed credits, and the credit notes that answer them."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from costs import policy, services
from costs.models import Claim, CreditNote
from costs.queries.claims import ClaimRow, NoteRow, claim_page, claim_rows, claims_of, note_row, notes_of
from mspgov.kernel.money import read_money
from mspgov.web import api_filters
from mspgov.web.api import Collection
from mspgov.web.api_rows import Body, plain, serializer_of

from .money import caller
from .review import ReasonBody, read


class ClaimBody(Body):
    """Which agreed credits of an engagement are claimed."""

    engagement = serializers.CharField(help_text="Short name or id of an engagement.")
    credits = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=500)


class SettleBody(Body):
    """How a documented claim ends."""

    settled_as = serializers.ChoiceField(choices=Claim.Settled.choices)
    reference = serializers.CharField(max_length=100)
    on = serializers.DateField()


class RepaidBody(Body):
    """By what the client paid back what it owes of a claim; `amount` is what was owed when it was looked at."""

    amount = serializers.CharField(help_text="Such as 210.00, in the claim's currency.")
    reference = serializers.CharField(max_length=100)
    on = serializers.DateField()


class NoteBody(Body):
    """A credit note for a claim, of the claim's amount."""

    claim = serializers.UUIDField()
    number = serializers.CharField(max_length=100)
    type_code = serializers.ChoiceField(choices=CreditNote.TypeCode.choices)
    issued_on = serializers.DateField()
    amount = serializers.CharField(help_text="Such as 4210.00.")
    currency = serializers.CharField(max_length=3)
    file = serializers.FileField()


class Claims(Collection):
    """Claims of agreed credits, the latest first."""

    may = policy.READ_CREDITS
    writes = {
        "create": policy.CLAIM_CREDITS, "settle": policy.CLAIM_CREDITS, "repaid": policy.CLAIM_CREDITS,
        "withdraw": policy.CLAIM_CREDITS,
    }  # fmt: skip
    row = ClaimRow
    filters = ("engagement", "state")

    def rows(self, **asked: Any) -> Any:
        rows = claims_of(asked.pop("engagement", None))
        return rows.filter(**asked)

    def documents(self, found: list[Any]) -> Iterable[ClaimRow]:
        return claim_rows(found)

    def shown_locked(self, id: UUID) -> Any:
        """Locked as the services lock: the contract first."""
        services.locked_contract(claim_page(id).claim.engagement)
        return super().shown_locked(id)

    @extend_schema(request=ClaimBody, responses={201: serializer_of(ClaimRow)})
    def create(self, request: Request) -> Response:
        """Claim agreed credits in one document; a run prints it."""
        asked = read(ClaimBody, request)
        engagement = api_filters.engagement(asked["engagement"], "engagement")
        claim = services.claim_credits(
            engagement=engagement, credits=asked["credits"], by=caller(request), at=timezone.now()
        )
        return Response(plain(self.one(claim.public_id)), status=201)

    @extend_schema(request=SettleBody, responses=serializer_of(ClaimRow))
    def settle(self, request: Request, id: UUID) -> Response:
        """The claim stands on an invoice, or was paid."""
        claim, asked = claim_page(id).claim, read(SettleBody, request)
        done = services.settle_claim(claim=claim, **asked, by=caller(request), at=timezone.now())
        return Response(plain(self.one(done.public_id)))

    @extend_schema(request=RepaidBody, responses=serializer_of(ClaimRow))
    def repaid(self, request: Request, id: UUID) -> Response:
        """The client paid back what corrections took off the claim after its note was matched: all that is owed."""
        claim, asked = claim_page(id).claim, read(RepaidBody, request)
        expected = read_money(asked.pop("amount"), claim.currency, "amount")
        services.pay_back(claim=claim, expected=expected, **asked, by=caller(request), at=timezone.now())
        return Response(plain(self.one(id)))

    @extend_schema(request=ReasonBody, responses=serializer_of(ClaimRow))
    def withdraw(self, request: Request, id: UUID) -> Response:
        """Take the claim back; its credits are agreed again."""
        claim, asked = claim_page(id).claim, read(ReasonBody, request)
        done = services.withdraw_claim(claim=claim, reason=asked["reason"], by=caller(request), at=timezone.now())
        return Response(plain(self.one(done.public_id)))


class CreditNotes(Collection):
    """Credit notes of the provider, matched to their claims, the latest first."""

    may = policy.READ_CREDITS
    writes = {"create": policy.HAND_IN_NOTES}
    row = NoteRow
    filters = ("engagement",)
    parser_classes = [MultiPartParser]

    def rows(self, **asked: Any) -> Any:
        return notes_of(asked.get("engagement"))

    def documents(self, found: list[Any]) -> Iterable[NoteRow]:
        return map(note_row, found)

    @extend_schema(request={"multipart/form-data": NoteBody}, responses={201: serializer_of(NoteRow)})
    def create(self, request: Request) -> Response:
        """Hand in the credit note for a claim."""
        asked = read(NoteBody, request)
        claim, file = claim_page(asked["claim"]).claim, asked["file"]
        note = services.hand_in_note(
            claim=claim, number=asked["number"], type_code=asked["type_code"], issued_on=asked["issued_on"],
            amount=read_money(asked["amount"], asked["currency"], "amount"), file=(file.name, file.size, file),
            by=caller(request), at=timezone.now(),
        )  # fmt: skip
        return Response(plain(note_row(notes_of().get(pk=note.pk))), status=201)
