"""The calendar feed shows what its owner may see and no more; the icalendar library and khal read it; a leaver's is gone."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from mspgov.kernel.refusals import Refused
from mspgov.obligations import services
from mspgov.obligations.models import Obligation, Side
from mspgov.tenancy import feeds, leaving
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Feed, Membership, Person
from mspgov.tenancy.policy import Role
from tests.world import Town, build_town

pytestmark = pytest.mark.django_db
DUE = datetime(2030, 3, 31, 22, 30, tzinfo=UTC)


@pytest.fixture
def town() -> Town:
    return build_town("aurora")


def owed(town: Town, provider: str = "cobalt", key: str = "report", due: datetime = DUE, **more: Any) -> Obligation:
    with enter(town.tenant.pk):
        return services.raise_obligation(
            key=f"{key} {provider}", title=f"{key} of {provider}, canary-{town.tenant.slug}", due_at=due,
            owed_by=Side.PROVIDER, role=Role.ACCOUNT_MANAGER, accepted_by=Role.SERVICE_OWNER,
            engagement=town.engagements[provider], at=timezone.now(), **more,
        )  # fmt: skip


def address(town: Town, member: Membership) -> str:
    with enter(town.tenant.pk):
        return f"/feeds/{feeds.make_feed(person=member.person, name='phone', at=timezone.now())}.ics"


def read(path: str) -> Calendar:
    answer = Client().get(path)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/calendar; charset=utf-8" and answer["Cache-Control"] == "no-store"
    return Calendar.from_ical(answer.content)  # type: ignore[return-value]


def events(path: str) -> dict[str, Any]:
    return {str(event["summary"]): event for event in read(path).walk("VEVENT")}


def test_the_library_reads_due_instants_alarms_and_lasting_names(town: Town) -> None:
    row = owed(town, text="Incidents, changes; “trends”\nand a long line " + "x" * 200)
    path = address(town, town.member(Role.ACCOUNT_MANAGER, "cobalt"))
    event = events(path)["report of cobalt, canary-aurora"]
    assert event.decoded("dtstart") == DUE and event.decoded("dtstamp").tzinfo is not None
    assert str(event["uid"]) == f"{row.public_id}@localhost" == str(events(path)[str(event["summary"])]["uid"])
    assert [alarm.decoded("trigger") for alarm in event.walk("VALARM")] == [timedelta(days=-7), timedelta(days=-2)]
    assert "Incidents, changes; “trends”\nand a long line" in str(event["description"])
    assert str(event["url"]).endswith(f"/o/aurora/obligations/{row.public_id}/")


@pytest.mark.parametrize(("zone", "shown"), [("Europe/Berlin", 59), ("Asia/Tokyo", 0), ("", 0)])
def test_what_is_due_at_the_readers_midnight_stands_in_the_last_minute_before(
    town: Town, zone: str, shown: int
) -> None:
    row = owed(town, due=datetime(2030, 12, 3, 23, tzinfo=UTC))
    ada = town.member(Role.SERVICE_OWNER)
    Person.objects.filter(pk=ada.person_id).update(time_zone=zone)
    event = events(address(town, ada))["report of cobalt, canary-aurora"]
    assert event.decoded("dtstart") == datetime(2030, 12, 3, 23 - (shown > 0), shown, tzinfo=UTC)
    assert (str(event["uid"]), int(event["sequence"])) == (f"{row.public_id}@localhost", 0)


def test_each_reader_sees_what_their_pages_show(town: Town) -> None:
    owed(town), owed(town, "dune")
    other = build_town("borealis")
    owed(other, "dune")
    ada, cobalt = town.member(Role.SERVICE_OWNER), town.member(Role.ACCOUNT_MANAGER, "cobalt")
    assert set(events(address(town, ada))) == {"report of cobalt, canary-aurora", "report of dune, canary-aurora"}
    assert set(events(address(town, cobalt))) == {"report of cobalt, canary-aurora"}
    text = Client().get(address(town, cobalt)).content.decode()
    assert "canary-borealis" not in text and "dune" not in text


def test_what_was_waived_is_cancelled_and_what_is_extended_moves(town: Town) -> None:
    gone, moved = owed(town, key="gone"), owed(town, key="moved")
    ada, cleo, now = town.member(Role.SERVICE_OWNER).person, town.member(Role.ACCOUNT_MANAGER, "cobalt").person, timezone.now()  # fmt: skip
    path = address(town, town.member(Role.SERVICE_OWNER))
    before = {str(e["uid"]): e for e in events(path).values()}
    with enter(town.tenant.pk):
        services.waive(obligation=gone, reason="no longer wanted", by=ada, at=now)
        asked = services.ask_extension(obligation=moved, until=DUE + timedelta(days=3), reason="ill", by=cleo, at=now)
        services.decide_extension(extension=asked, grant=True, answer="", by=ada, at=now)
    after = {str(e["uid"]): e for e in events(path).values()}
    assert set(before) == set(after)
    waived, later = after[f"{gone.public_id}@localhost"], after[f"{moved.public_id}@localhost"]
    assert str(waived["status"]) == "CANCELLED" and int(waived["sequence"]) == 1
    assert later.decoded("dtstart") == DUE + timedelta(days=3) and int(later["sequence"]) == 1


def test_a_dead_address_is_404_whatever_killed_it(town: Town) -> None:
    owed(town)
    drew = town.member(Role.ENGINEER, "cobalt")
    revoked, left = address(town, town.member(Role.SERVICE_OWNER)), address(town, drew)
    board = address(town, town.member(Role.BOARD_MEMBER))
    with enter(town.tenant.pk):
        Feed.objects.filter(person=town.member(Role.SERVICE_OWNER).person).update(revoked_at=timezone.now())
        leaving.end_membership(membership=drew, by=None, at=timezone.now())
    for path in (revoked, left, board, "/feeds/guessed.ics"):
        assert Client().get(path).status_code == 404, path


def test_an_eleventh_living_address_of_a_person_is_refused_and_ended_ones_and_others_count_for_nothing(
    town: Town,
) -> None:
    owner, other = town.member(Role.SERVICE_OWNER), town.member(Role.AUDITOR)
    address(town, other)
    for _ in range(10):
        address(town, owner)
    with pytest.raises(Refused, match="you have 10 addresses"):
        address(town, owner)
    with enter(town.tenant.pk):
        assert Feed.objects.filter(person=owner.person).count() == 10
        first = Feed.objects.filter(person=owner.person).order_by("pk").first()
        assert first is not None
        feeds.end_feed(person=owner.person, public_id=first.public_id, at=timezone.now())
    address(town, owner)


def test_an_address_of_one_organisation_opens_nothing_else(town: Town) -> None:
    secret = address(town, town.member(Role.SERVICE_OWNER)).split("/")[2].removesuffix(".ics")
    headers = {"Authorization": f"Bearer {secret}"}
    assert Client().get("/o/aurora/api/v1/obligations/", headers=headers).status_code == 401
    assert Client().post(f"/feeds/{secret}.ics").status_code == 405


def test_khal_reads_the_feed(town: Town, tmp_path: Path) -> None:
    owed(town, due=datetime(2030, 3, 30, 16, 0, tzinfo=UTC))
    document = Client().get(address(town, town.member(Role.SERVICE_OWNER))).content
    (tmp_path / "vdir").mkdir()
    config = tmp_path / "khal.conf"
    config.write_text(
        f"[calendars]\n[[owed]]\npath = {tmp_path}/vdir\n\n[sqlite]\npath = {tmp_path}/khal.db\n\n"
        "[locale]\nlocal_timezone = Europe/Berlin\ndefault_timezone = Europe/Berlin\ntimeformat = %H:%M\n"
        "dateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\ndatetimeformat = %Y-%m-%d %H:%M\n"
        "longdatetimeformat = %Y-%m-%d %H:%M\n"
    )
    (tmp_path / "owed.ics").write_bytes(document)
    khal = [str(Path(sys.executable).with_name("khal")), "-c", str(config)]
    home = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        [*khal, "import", "--batch", "-a", "owed", str(tmp_path / "owed.ics")],
        env=home, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    listed = subprocess.run(
        [*khal, "list", "2030-03-30", "2d"], env=home, capture_output=True, text=True, check=False, timeout=60
    )
    assert "17:00" in listed.stdout and "report of cobalt, canary-aurora" in listed.stdout, (
        listed.stdout + listed.stderr
    )
