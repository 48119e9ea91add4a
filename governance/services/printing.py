"""A submitted root cause is printed by a run, once for each state that its pages say; the file is kept."""

import hashlib
from datetime import datetime
from io import BytesIO

from django.db import transaction

from governance.documents.rca import print_html, rca_html
from governance.models import RcaVersion
from governance.queries.rca_rules import Rules
from governance.queries.rcas import RcaPage
from mspgov.documents.press import Printed
from mspgov.jobs import services as jobs
from mspgov.jobs.models import Run
from mspgov.records import services as records
from mspgov.records.errors import Refused
from mspgov.records.models import File
from mspgov.tenancy.models import Person

RCA_PRINT = "governance.rca_print"


def pages_of(page: RcaPage) -> str:
    tenant = page.row.engagement.tenant
    return rca_html(
        page, Rules(page.row.engagement), client=tenant.name, currency=tenant.currency, is_demo=tenant.is_demo
    )


def key_of(page: RcaPage, shown: RcaVersion, html: str) -> str:
    """Names what is printed: another decision, effect or action makes other pages of the same version."""
    return f"{page.row.public_id}/{shown.version}/{hashlib.sha256(html.encode()).hexdigest()[:32]}"


def ask_print(*, page: RcaPage, shown: RcaVersion, by: Person | None) -> Run:
    """The run that prints this version as it stands now: the one that there is, or a new one."""
    key = key_of(page, shown, pages_of(page))
    if (known := Run.objects.filter(kind=RCA_PRINT, key=key).select_related("started_by").first()) is not None:
        return known
    title = f"{page.row.record.number}, version {shown.version}, as PDF"
    run: Run = jobs.start(
        RCA_PRINT, key=key, title=title, by=by, engagement=page.row.engagement, rca=str(page.row.public_id),
        version=shown.version, run_key=key,
    )  # fmt: skip
    return run


def printed_rca(page: RcaPage, shown: RcaVersion, run_key: str) -> Printed:
    """Raises PressFailed, and Refused when what the pages say has changed since they were asked for."""
    html = pages_of(page)
    if key_of(page, shown, html) != run_key:
        raise Refused("What it says has changed meanwhile: ask for it again")
    return print_html(html, shown)


@transaction.atomic
def keep_rca_print(*, page: RcaPage, shown: RcaVersion, printed: Printed, at: datetime) -> File:
    """Keep the printed file."""
    name = f"{page.row.record.number}-v{shown.version}.pdf"
    return records.keep_file(
        name=name, media_type="application/pdf", stream=BytesIO(printed.pdf), at=at, engagement=page.row.engagement
    )


def print_of(run: Run) -> File | None:
    """The file that a run has kept; None before it is done."""
    if run.state != Run.State.DONE or not isinstance(run.result, dict):
        return None
    found: File | None = File.objects.filter(public_id=run.result["file"]).first()
    return found
