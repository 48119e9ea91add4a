"""The collection of imports: their reports, and a door for files."""

from collections.abc import Iterable
from typing import Any, cast

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from itsm import policy, services
from itsm.importers.mapping import LONGEST_MAPPING, read_mapping_text
from itsm.models import Import
from itsm.queries import imports as queries
from itsm.services import uploads
from mspgov.kernel.faults import Fault
from mspgov.tenancy.models import Person
from mspgov.web import api_filters
from mspgov.web.api import Collection
from mspgov.web.api_rows import Body, plain, serializer_of
from mspgov.web.api_runs import RunRow, run_row


class AskImport(Body):
    """A file of tickets and how it is to be read. `mapping` is JSON or YAML text, for the format csv only."""

    file = serializers.FileField(allow_empty_file=True)
    engagement = serializers.CharField()
    format = serializers.ChoiceField(choices=Import.Format.choices)
    time_zone = serializers.CharField()
    mapping = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_MAPPING)
    vendor_party = serializers.ChoiceField(choices=Import.Party.choices, required=False, allow_blank=True)
    strict = serializers.BooleanField(required=False, default=False)


class Imports(Collection):
    """Files of tickets and what came of them: counts, and every row that was left out. A POST answers with the run."""

    may = policy.READ_IMPORTS
    writes = {"create": policy.IMPORT_TICKETS}
    row = queries.ImportRow
    filters = ("engagement", "state")
    ordering = "-public_id"
    parser_classes = [MultiPartParser]

    def rows(self, **asked: Any) -> "QuerySet[Import]":
        if asked.get("state", Import.State.DONE) not in queries.STATES:
            raise Fault("state", f"must be one of {', '.join(queries.STATES)}")
        return queries.imports(**asked)

    def documents(self, found: list[Any]) -> Iterable[queries.ImportRow]:
        return queries.import_rows(found)

    @extend_schema(request={"multipart/form-data": AskImport}, responses={202: serializer_of(RunRow)})
    def create(self, request: Request) -> Response:
        asked = AskImport(data=request.data)
        asked.is_valid(raise_exception=True)
        given, person = asked.validated_data, cast(Person, request.user)
        file, mapping = given["file"], mapping_of(given.get("mapping", ""))
        engagement = api_filters.engagement(given["engagement"], "engagement")
        options = {"format": given["format"], "time_zone": given["time_zone"], "mapping": mapping}
        options["vendor_party"] = given.get("vendor_party", "")
        services.checked_options(**options)
        uploads.look_at(file, size=file.size, format=given["format"], mapping=mapping)
        row = services.keep_import(
            engagement=engagement, name=file.name, content=file, strict=given["strict"], by=person,
            at=timezone.now(), **options,
        )  # fmt: skip
        run = services.start_import(row, by=person)
        tenant = request._request.tenant  # type: ignore[attr-defined]
        address = reverse("api:imports-detail", args=[tenant.slug, row.public_id])
        return Response(plain(run_row(run)), status=202, headers={"Location": address})


def mapping_of(text: str) -> object:
    """The document of a mapping, None where none is given. Fault for what is neither JSON nor YAML."""
    if not text.strip():
        return None
    try:
        return read_mapping_text(text.encode("utf-8", "surrogatepass"))
    except Fault as fault:
        raise Fault(f"mapping.{fault.path}" if fault.path else "mapping", fault.why) from None
