"""Offices and absences as links of the tenant's chain; who is accountable follows from `mspgov.tenancy.offices`."""

from datetime import date, datetime

from django.db import transaction

from mspgov.kernel.planned import too_far
from mspgov.kernel.refusals import Refused
from mspgov.records import services as records
from mspgov.tenancy import offices
from mspgov.tenancy.models import Absence, Office, Person, ServiceDomain


@transaction.atomic
def put_in_office(
    *, domain: ServiceDomain, owner: Person, deputy: Person | None, from_on: date, by: Person, at: datetime
) -> Office:
    """From this date on the owner is accountable. Raises Refused as `offices.put_in_office`, and for a day more than three
    years ahead: nobody else could be named before it."""
    if why := too_far(from_on, at.date()):
        raise Refused(why)
    row = offices.put_in_office(domain=domain, owner=owner, deputy=deputy, from_on=from_on, by=by)
    after = {"domain": domain.name, "owner": str(owner.public_id), "deputy": str(deputy.public_id) if deputy else "", "from_on": str(from_on)}  # fmt: skip
    records.seal(None, what="office", before={}, after=after, by=by, at=at, engagement_id=domain.engagement_id)
    return row


@transaction.atomic
def be_absent(
    *, person: Person, deputy: Person | None, from_on: date, until_on: date, by: Person, at: datetime
) -> Absence:
    """Away on these days. Raises Refused as `offices.be_absent`, and for days that end more than three years ahead."""
    if why := too_far(until_on, at.date()):
        raise Refused(why)
    row = offices.be_absent(person=person, deputy=deputy, from_on=from_on, until_on=until_on, by=by)
    after = {"person": str(person.public_id), "from_on": str(from_on), "until_on": str(until_on)}
    records.seal(None, what="absence", before={}, after=after, by=by, at=at)
    return row


@transaction.atomic
def return_early(*, absence: Absence, on: date, by: Person, at: datetime) -> Absence:
    """Back on this day; one that has not begun is cancelled. Raises Conflict when it is over."""
    before = {"until_on": str(absence.until_on)}
    row = offices.return_early(absence=absence, on=on, by=by)
    after = {"person": str(row.person.public_id), "until_on": str(row.until_on)}
    records.seal(None, what="absence ends", before=before, after=after, by=by, at=at)
    return row
