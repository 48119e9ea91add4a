"""The provider's answer: kept while it is typed, submitted as a version with a receipt."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from governance.calc.rca_content import Content, document, fingerprint, read_content, submitted
from governance.calc.rca_faults import Fault, faults
from governance.calc.working_days import due_after
from governance.models import Draft, Rca, RcaVersion
from governance.queries.rca_rules import Rules
from governance.queries.rcas import evidence_of
from mspgov.obligations import services as obligations
from mspgov.obligations.models import Side
from mspgov.records import services as records
from mspgov.records.errors import Conflict, Refused
from mspgov.records.models import Evidence
from mspgov.tenancy.models import Person
from mspgov.tenancy.policy import Role

from .owed import lock_owed
from .telling import tell, tell_client


class Overtaken(Conflict):
    """Another draft came first: somebody else's, or one's own from another window."""

    def __init__(self, latest: Draft, by: Person) -> None:
        who, place = (latest.by.name, "") if latest.by_id != by.pk else ("you", " in another window")
        super().__init__(f"{who} saved draft {latest.number}{place} while you were typing")
        self.latest = latest


class Incomplete(Refused):
    """The answer cannot be submitted as it is: every fault of every field."""

    def __init__(self, found: tuple[Fault, ...]) -> None:
        super().__init__("; ".join(fault.summary for fault in found))
        self.faults = found


def latest_draft(rca: Rca) -> Draft | None:
    """The draft that holds: the highest number of those not set aside."""
    rows = Draft.objects.filter(rca=rca, set_aside=False).select_related("by").order_by("-number")
    return rows.first()


@transaction.atomic
def save_draft(
    *, rca: Rca, content: Content, based_on: int, instead_of: int | None = None, by: Person, at: datetime
) -> Draft:
    """Keep what was typed as the next draft; it takes the place of `instead_of`, which the same person had set aside.
    Raises Overtaken (409) when there is a draft that this one does not know, whoever saved it, Conflict when it has been
    submitted meanwhile; an equal content of the same person is the same draft."""
    row: Rca = records.locked(Rca.objects, pk=rca.pk)
    if not row.is_owed:
        raise Conflict(
            f"it is already {row.get_state_display().lower()}; a new version can be written once it is returned"
        )
    latest = latest_draft(row)
    if latest is not None and latest.by_id == by.pk and latest.content == document(content):
        _end_aside(row, instead_of, by)
        return latest
    if latest is not None and latest.number > based_on:
        raise Overtaken(latest, by)
    number = _next_number(row)
    _end_aside(row, instead_of, by)
    values = {"engagement_id": row.engagement_id, "number": number, "content": document(content), "at": at}
    kept, _ = Draft.objects.update_or_create(rca=row, by=by, set_aside=False, defaults=values)
    return kept


@transaction.atomic
def keep_aside(*, rca: Rca, content: Content, instead_of: int | None = None, by: Person, at: datetime) -> Draft:
    """Keep what was typed beside the draft that overtook it, so that neither is lost; it takes the place of
    `instead_of` only. Raises Conflict once submitted."""
    row: Rca = records.locked(Rca.objects, pk=rca.pk)
    if not row.is_owed:
        raise Conflict(f"it is already {row.get_state_display().lower()}")
    same = Draft.objects.filter(rca=row, by=by, set_aside=True, content=document(content)).select_related("by")
    if (known := same.first()) is not None:
        return known
    number = _next_number(row)
    _end_aside(row, instead_of, by)
    return Draft.objects.create(
        engagement_id=row.engagement_id, rca=row, by=by, number=number, set_aside=True, content=document(content), at=at
    )


def _next_number(rca: Rca) -> int:
    highest = Draft.objects.filter(rca=rca).aggregate(n=Max("number"))["n"] or 0
    return int(highest) + 1


def _end_aside(rca: Rca, number: int | None, by: Person) -> None:
    Draft.objects.filter(rca=rca, by=by, set_aside=True, number=number).delete()


@transaction.atomic
def submit_rca(*, rca: Rca, by: Person, at: datetime, content: Content | None = None, note: str = "") -> RcaVersion:
    """The draft (or this content) becomes the next version: sealed, with a receipt to whoever sent it, and the client is
    asked to decide. The same answer by the same person again is the version that is there. Raises Incomplete with every
    fault, Conflict when another one was submitted."""
    row: Rca = records.locked(Rca.objects.select_related("record", "engagement__tenant", "obligation"), pk=rca.pk)
    lock_owed(row.record)
    rules = Rules(row.engagement)
    if content is None:
        draft = latest_draft(row)
        content = read_content(draft.content if draft else None)
    said = submitted(content)
    digest = fingerprint(said)
    if row.state == Rca.State.SUBMITTED:
        there = RcaVersion.objects.get(rca=row, version=row.version)
        if there.sha256 == digest and there.by_id == by.pk:
            return there
    if not row.is_owed:
        raise Conflict(f"it is already {row.get_state_display().lower()}")
    if found := faults(content, rules.asked(row, at)):
        raise Incomplete(found)
    number = row.version + 1
    version = RcaVersion.objects.create(
        engagement_id=row.engagement_id, rca=row, version=number, content=document(said), sha256=digest,
        evidence=[told_of(each) for each in evidence_of(row)], by=by, at=at,
    )  # fmt: skip
    _hand_in(row, rules, number, note, by, at)
    with records.move(row, "submit", by=by, at=at):
        row.version = number
    receipt = f"Submitted {at:%-d %B %Y, %H:%M:%S} UTC as version {number}. SHA-256 of its content: {digest}."
    tell(row, [by], f"receipt/{number}", f"Receipt: {row.record.number}, version {number}", receipt, at)
    domain = rules.domain.pk if rules.domain else None
    subject = f"{row.record.number} was submitted, version {number}"
    tell_client(row, domain, f"submitted/{number}", subject, f"{row.record.title}. Accept it, or return it.", at)
    return version


def told_of(row: Evidence) -> dict[str, str]:
    """What a version says of a file that it was submitted with."""
    return {"id": str(row.public_id), **records.told_of(row.file)}


def _hand_in(row: Rca, rules: Rules, number: int, note: str, by: Person, at: datetime) -> None:
    """What the provider owed is handed in; what the client owes now is to decide."""
    obligations.raise_obligation(
        key=f"rca/{row.record.number}/decide/{number}", title=f"Decide {row.record.number}, version {number}"[:300],
        about=row.record, engagement=row.engagement, due_at=due_after(at, rules.settings.review_days, rules.zone),
        owed_by=Side.CLIENT, role=Role.SERVICE_OWNER, domain=rules.domain, kind="rca-decision", by=by, at=at,
    )  # fmt: skip
    if row.obligation is not None:
        obligations.hand_in(obligation=row.obligation, note=note or f"Version {number}", by=by, at=at)
