"""Root causes in the browser's hands, without a browser: what each side opens, types, sends and is told."""

import json
from datetime import UTC, datetime, timedelta
from html import unescape
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from governance import services
from governance.calc.rca_content import Planned
from governance.models import Action, Draft, Rca, RcaVersion
from governance.views.rca_form_parts import alarms_in_words
from mspgov.jobs import services as jobs
from mspgov.jobs.models import Run
from mspgov.obligations.models import Obligation
from mspgov.records.models import Comment, Evidence
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.governance.asked import alike, answer, asked_town, bring, person
from tests.world import Town

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"]),
    pytest.mark.requirement("R4.3"),
]


@pytest.fixture
def town() -> Town:
    """Three like tickets of the latest days, and the root cause that they bring."""
    town = asked_town(clause="Schedule 6 §2.1")
    now = timezone.now()
    bring(town, *alike(3, now - timedelta(days=4)), at=now)
    with enter(town.tenant.pk):
        services.follow(engagement=town.engagement, at=now)
    return town


def client_of(town: Town, role: Role) -> Client:
    client = Client()
    client.force_login(person(town, role))
    return client


def rca_of(town: Town) -> Rca:
    with enter(town.tenant.pk):
        found: Rca = Rca.objects.select_related("record").order_by("pk").first()
        return found


def page_of(town: Town, rest: str = "") -> str:
    return f"/o/aurora/governance/rcas/{rca_of(town).public_id}/{rest}"


def sent(town: Town, **other: Any) -> dict[str, Any]:
    """The fields of a form without a fault."""
    said = answer(town, timezone.now())
    action = said.actions[0]
    return {
        "summary": said.summary, "impact": said.impact, "people": said.people, "cost": "",
        "when": [e.when for e in said.timeline], "who": [e.who for e in said.timeline], "what": [e.what for e in said.timeline],
        "cause": list(said.causes), "why": list(said.whys), "factors": "", "next_step": "", "do": [action.what],
        "owner": [action.owner], "due": [action.due], "measure": [action.measure], "bring": [action.evidence],
        "based_on": "0", "verb": "save", **other,
    }  # fmt: skip


def test_the_record_of_an_owed_root_cause_leads_its_writer_to_the_form_and_the_client_to_the_page(town: Town) -> None:
    with enter(town.tenant.pk):
        record = Rca.objects.select_related("record").get().record.public_id
    for role, rest in ((Role.ENGINEER, "write/"), (Role.SERVICE_OWNER, "")):
        led = client_of(town, role).get(f"/o/aurora/governance/of-record/{record}/")
        assert (led.status_code, led["Location"]) == (302, page_of(town, rest)), role


def test_the_form_asks_by_whom_why_and_by_when_and_names_what_is_missing(town: Town) -> None:
    drew = client_of(town, Role.ENGINEER)
    text = drew.get(page_of(town, "write/")).content.decode()
    for said in (
        "asks why, and what you will change",
        "Left to submit",
        "things missing",
        "Schedule 6",
        "Take 1 events from",
        "Nothing saved yet",
    ):
        assert said in text.replace("\xa0", " "), said
    assert "error-summary-title" not in text  # nobody has tried yet
    late = sent(town, impact="The desk had no mail.", due=["2026-01-01"], verb="submit")
    text = drew.post(page_of(town, "write/"), late).content.decode()
    assert "Two things keep this from being submitted" in text
    assert 'href="#impact"' in text
    assert 'href="#due-0"' in text
    assert "Give a number: people, messages, or money." in text
    assert "days in the past. Give a day from" in text
    assert "The desk had no mail." in text  # kept
    with enter(town.tenant.pk):
        assert Draft.objects.get().content["impact"] == "The desk had no mail."
        assert not RcaVersion.objects.exists()


def test_who_may_not_write_is_not_shown_the_form_and_sends_nothing(town: Town) -> None:
    for role in (Role.SERVICE_OWNER, Role.BOARD_MEMBER, Role.AUDITOR):
        client = client_of(town, role)
        assert client.get(page_of(town)).status_code == 200
        assert client.get(page_of(town, "write/")).status_code == 404
        assert client.post(page_of(town, "draft/"), sent(town)).status_code == 404
    assert client_of(town, Role.AUDITOR).get(page_of(town, "decide/")).status_code == 404
    with enter(town.tenant.pk):
        assert not Draft.objects.exists()


def test_what_is_typed_is_saved_and_the_client_does_not_read_it_before_it_is_submitted(town: Town) -> None:
    drew = client_of(town, Role.ENGINEER)
    kept = drew.post(page_of(town, "draft/"), sent(town, summary="Only a draft."))
    assert (kept.status_code, kept.json()["number"]) == (200, 1)
    assert "draft 1" in kept.json()["saved"]
    assert "Timeline" in kept.json()["rail"]
    assert drew.post(page_of(town, "draft/"), sent(town, summary="Only a draft!", based_on="1")).json()["number"] == 2
    assert "Only a draft!" in drew.get(page_of(town, "write/")).content.decode()
    assert "Only a draft!" in drew.get(page_of(town, "preview/")).content.decode()
    assert "Only a draft" not in client_of(town, Role.SERVICE_OWNER).get(page_of(town)).content.decode()


def test_what_is_typed_is_compared_with_a_draft_only_where_there_is_one(town: Town) -> None:
    drew, asked = client_of(town, Role.ENGINEER), {**sent(town), "compare": "1"}
    assert drew.post(page_of(town, "draft/"), asked).status_code == 404
    assert drew.post(page_of(town, "draft/"), sent(town)).status_code == 200
    assert drew.post(page_of(town, "draft/"), asked).json()["number"] == 1


def test_two_who_type_at_once_are_told_and_both_texts_are_kept(town: Town) -> None:
    drew, cleo = client_of(town, Role.ENGINEER), client_of(town, Role.ACCOUNT_MANAGER)
    drew.post(page_of(town, "draft/"), sent(town, summary="By Drew."))
    late = cleo.post(page_of(town, "draft/"), sent(town, summary="By Cleo."))
    assert (late.status_code, late.json()["number"]) == (409, 1)
    assert "Drew Tanaka" in late.json()["told"]
    assert cleo.post(page_of(town, "draft/"), sent(town, summary="By Cleo.", aside="1")).status_code == 200
    with enter(town.tenant.pk):
        assert {d.content["summary"]: d.set_aside for d in Draft.objects.all()} == {"By Drew.": False, "By Cleo.": True}
    page = cleo.post(page_of(town, "write/"), sent(town, summary="By Cleo."))  # without a script
    assert page.status_code == 409
    text = page.content.decode()
    assert "saved draft 1 at" in text
    assert "By Cleo." in text
    assert 'name="based_on" value="1"' in text  # sent again, hers takes its place
    assert "By Drew." in cleo.get(page_of(town, "write/")).content.decode()


def test_rows_are_added_and_removed_and_events_taken_without_a_script(town: Town) -> None:
    drew, form = client_of(town, Role.ENGINEER), page_of(town, "write/")

    def verb(name: str, **other: Any) -> dict[str, Any]:
        with enter(town.tenant.pk):
            number = Draft.objects.first().number if Draft.objects.exists() else 0
        answer = drew.post(form, {**sent(town, verb=name, based_on=str(number)), **other})
        assert answer.status_code == 302, answer.content.decode()
        with enter(town.tenant.pk):
            found: dict[str, Any] = Draft.objects.get().content
        return found

    assert len(verb("add-entry")["timeline"]) == 3
    assert [e["what"] for e in verb("remove-entry-0")["timeline"]] == ["New certificate in place."]
    assert len(verb("add-action")["actions"]) == 2
    assert verb("remove-action-0")["actions"] == []
    taken = verb("take")["timeline"]
    assert len(taken) == 3
    assert taken[2]["what"].startswith("INC1: Opened as P3")


def test_an_upload_that_lies_is_refused_with_words_and_an_honest_one_is_kept(town: Town) -> None:
    drew, address = client_of(town, Role.ENGINEER), page_of(town, "evidence/")
    lie = SimpleUploadedFile("chain.pdf", b"\x89PNG\r\n\x1a\n0000")
    by_script = {"headers": {"X-Requested-With": "draft.js"}}
    no = drew.post(address, {"evidence": lie}, **by_script)
    assert (no.status_code, no.json()["told"]) == (422, "chain.pdf is in truth a PNG file; give it its own name")
    assert drew.post(address, {}).status_code == 422
    with enter(town.tenant.pk):
        assert not Evidence.objects.exists()
    kept = drew.post(address, {"evidence": SimpleUploadedFile("chain.txt", b"-----BEGIN")}, **by_script)
    assert [each["name"] for each in kept.json()["files"]] == ["chain.txt"]
    href, ada = kept.json()["files"][0]["href"], client_of(town, Role.SERVICE_OWNER)
    assert "attachment" in drew.get(href)["Content-Disposition"]
    assert ada.get(href).status_code == 404  # it belongs to a draft so far
    assert drew.post(page_of(town, "write/"), sent(town, verb="submit")).status_code == 302
    assert "attachment" in ada.get(href)["Content-Disposition"]


def test_submitted_returned_resubmitted_accepted_with_both_sides_at_their_pages(town: Town) -> None:
    drew, ada = client_of(town, Role.ENGINEER), client_of(town, Role.SERVICE_OWNER)
    done = drew.post(page_of(town, "write/"), sent(town, verb="submit"))
    assert done.status_code == 302, done.content.decode()
    assert drew.post(page_of(town, "write/"), sent(town, verb="submit")).url == done.url  # a second click
    receipt = drew.get(done.url).content.decode()
    with enter(town.tenant.pk):
        (version,) = RcaVersion.objects.all()
    assert version.sha256 in receipt
    other = drew.post(page_of(town, "write/"), sent(town, verb="submit", summary="Another story."))
    assert other.status_code == 409
    assert "Another story." in other.content.decode()
    text = ada.get(page_of(town)).content.decode()
    assert "3,812 messages came twelve hours late." in text
    assert "Process: handover with gaps" in text
    said = ada.post(page_of(town, "comment/"), {"section": "cause", "text": "Why did nobody see it?"})
    assert said.status_code == 302
    with enter(town.tenant.pk):
        assert Comment.objects.get().section == "cause"
    assert ada.post(page_of(town, "comment/"), {"section": "mood", "text": "?"}).status_code == 404
    empty = ada.post(page_of(town, "decide/"), {"decision": "return", "reason": ""})
    assert "Say what is missing." in empty.content.decode()
    assert ada.post(page_of(town, "decide/"), {"decision": "return", "reason": "A fourth why."}).status_code == 302
    assert "A fourth why" in drew.get(page_of(town, "write/")).content.decode()
    whys = [*answer(town).whys[:3], "Handover lists no duties.", ""]
    other = sent(town, verb="submit", why=whys, based_on="1")
    assert drew.post(page_of(town, "write/"), other).status_code == 302
    compared = ada.get(page_of(town, "compare/")).content.decode()
    assert "Handover lists no duties." in compared
    assert "Summary" not in compared  # it says the same
    assert ada.post(page_of(town, "decide/"), {"decision": "accept"}).status_code == 302
    late = ada.post(page_of(town, "decide/"), {"decision": "return", "reason": "too late"})
    assert late.status_code == 409
    with enter(town.tenant.pk):
        assert (Rca.objects.get().state, Action.objects.get().state) == ("accepted", "open")
    asked = ada.get(page_of(town, "rca.pdf"))
    assert "is being printed" in asked.content.decode()
    assert "HX-Refresh" not in ada.get(page_of(town, "rca.pdf"), headers={"HX-Request": "true"})
    with enter(town.tenant.pk):
        run = Run.objects.get(kind="governance.rca_print")  # asked for twice, printed once
    assert jobs.work_here(run).state == Run.State.DONE
    assert ada.get(page_of(town, "rca.pdf"), headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    paper = ada.get(page_of(town, "rca.pdf"))
    assert paper.content.startswith(b"%PDF")
    assert paper.content == drew.get(page_of(town, "rca.pdf")).content
    with enter(town.tenant.pk):
        services.hand_in_action(
            action=Action.objects.get(), note="Done", files=[("a.txt", 4, BytesIO(b"done"))],
            by=person(town, Role.ENGINEER), at=timezone.now(),
        )  # fmt: skip
    assert "is being printed" in ada.get(page_of(town, "rca.pdf")).content.decode()  # it says something else now
    with enter(town.tenant.pk):
        assert Run.objects.filter(kind="governance.rca_print").count() == 2


def test_an_action_is_handed_in_with_evidence_returned_and_accepted(town: Town) -> None:
    with enter(town.tenant.pk):
        now, rca = timezone.now(), Rca.objects.get()
        services.submit_rca(rca=rca, content=answer(town, now), by=person(town, Role.ENGINEER), at=now)
        services.accept_rca(rca=rca, by=person(town, Role.SERVICE_OWNER), at=now)
        action = Action.objects.get()
    drew, ada, page = (
        client_of(town, Role.ENGINEER),
        client_of(town, Role.SERVICE_OWNER),
        f"/o/aurora/governance/actions/{action.public_id}/",
    )
    assert ">Evidence</span>" in drew.get(f"{page}hand-in/").content.decode()  # not marked as optional
    none = drew.post(f"{page}hand-in/", {"note": "Done"})
    assert "evidence is needed" in none.content.decode().lower()
    proof = SimpleUploadedFile("watch.csv", b"relay,days\n1,90")
    assert drew.post(f"{page}hand-in/", {"note": "Done", "evidence": proof}).status_code == 302
    assert drew.post(f"{page}accept/").status_code == 404
    assert ada.post(f"{page}return/", {"reason": "Only mx1"}).status_code == 302
    assert "Only mx1" in drew.get(page).content.decode()
    assert drew.post(f"{page}hand-in/", {"note": "Both"}).status_code == 302
    assert ada.post(f"{page}accept/").status_code == 302
    assert ada.post(f"{page}accept/").status_code == 409
    assert "Accepted" in ada.get("/o/aurora/governance/actions/").content.decode()
    assert "Watch certificates" in ada.get("/o/aurora/governance/actions.csv").content.decode()
    assert drew.get(f"/o/aurora/governance/of-record/{action_record(town)}/").url == page


def test_more_time_for_an_action_is_not_offered_once_it_is_overdue(town: Town) -> None:
    with enter(town.tenant.pk):
        now, rca = timezone.now(), Rca.objects.get()
        services.submit_rca(rca=rca, content=answer(town, now), by=person(town, Role.ENGINEER), at=now)
        services.accept_rca(rca=rca, by=person(town, Role.SERVICE_OWNER), at=now)
        action = Action.objects.get()
    drew, page = client_of(town, Role.ENGINEER), f"/o/aurora/governance/actions/{action.public_id}/"
    assert "Ask for more time" in drew.get(page).content.decode()
    with enter(town.tenant.pk):
        Obligation.objects.filter(pk=action.obligation_id).update(due_at=now - timedelta(hours=1))
    late = drew.get(page).content.decode()
    assert "Hand in evidence" in late and "Ask for more time" not in late


def test_one_version_is_not_compared_with_itself(town: Town) -> None:
    client_of(town, Role.ENGINEER).post(page_of(town, "write/"), sent(town, verb="submit"))
    assert client_of(town, Role.SERVICE_OWNER).get(page_of(town, "compare/"))["Location"] == page_of(town)


def test_the_list_of_actions_begins_with_the_most_overdue_and_ends_with_what_is_done(town: Town) -> None:
    now, names = timezone.now(), ["Later", "Very late", "Late", "Handed in", "Done"]
    owner = str(person(town, Role.ENGINEER).public_id)
    due = (now + timedelta(days=14)).date().isoformat()
    planned = tuple(Planned(name, owner, due, "None", "Export") for name in names)
    with enter(town.tenant.pk):
        by, theirs, rca = person(town, Role.SERVICE_OWNER), person(town, Role.ENGINEER), Rca.objects.get()
        services.submit_rca(rca=rca, content=answer(town, now, actions=planned), by=theirs, at=now)
        services.accept_rca(rca=rca, by=by, at=now)
        found = {row.what: row for row in Action.objects.all()}
        for name in ("Handed in", "Done"):
            services.hand_in_action(
                action=found[name], note="Done", files=[("a.txt", 4, BytesIO(b"done"))], by=theirs, at=now
            )
        services.accept_action(action=found["Done"], by=by, at=now)
        for name, days in (("Very late", 9), ("Late", 2)):
            Obligation.objects.filter(pk=found[name].obligation_id).update(due_at=now - timedelta(days=days))
    ada = client_of(town, Role.SERVICE_OWNER)
    shown = [str(row.cells[0].text) for row in ada.get("/o/aurora/governance/actions/").context["table"].rows]
    assert shown == ["Very late", "Late", "Later", "Handed in", "Done"]
    lines = ada.get("/o/aurora/governance/actions.csv").content.decode().splitlines()[1:]
    assert [line.split(",")[1] for line in lines] == shown


def action_record(town: Town) -> Any:
    with enter(town.tenant.pk):
        return Action.objects.select_related("record").get().record.public_id


def test_the_msp_opens_its_requests_and_submissions_and_the_client_has_no_such_places(town: Town) -> None:
    drew, ada = client_of(town, Role.ENGINEER), client_of(town, Role.SERVICE_OWNER)
    text = drew.get("/o/aurora/requests/").content.decode()
    assert "waits for 1\xa0thing" in text
    assert f"/of-record/{rca_of(town).record.public_id}/" in text
    assert drew.get(f"/o/aurora/governance/of-record/{rca_of(town).record.public_id}/").url == page_of(town, "write/")
    assert "Nothing was submitted yet" in drew.get("/o/aurora/submissions/").content.decode()
    drew.post(page_of(town, "write/"), sent(town, verb="submit"))
    assert "RCA-" in drew.get("/o/aurora/submissions/").content.decode()
    assert "1\xa0submission waits for Aurora" in drew.get("/o/aurora/submissions/").content.decode()
    assert "waits for nothing" in drew.get("/o/aurora/requests/").content.decode()
    for place in ("requests", "submissions"):
        assert ada.get(f"/o/aurora/{place}/").status_code == 404


def test_whom_a_comment_could_not_tell_is_said_in_a_sentence(town: Town) -> None:
    ada = client_of(town, Role.SERVICE_OWNER)
    said = ada.post(
        page_of(town, "comment/"), {"section": "cause", "text": "@ines@nowhere.example and @Nobody, look"}, follow=True
    )
    told = unescape(said.content.decode())
    assert "Not told, because this is closed to them or they are not known here: " in told
    assert "ines@nowhere.example" in told and " and was not told" not in told


def test_reminders_in_a_row_are_named_once() -> None:
    now = datetime(2026, 3, 10, 9, tzinfo=UTC)
    coming = [("reminder", 1), ("reminder", 2), ("breach", 3), ("escalation", 4)]
    alarms = [SimpleNamespace(kind=kind, at=now + timedelta(days=n), fired_at=None, step="Owner") for kind, n in coming]
    told = alarms_in_words(SimpleNamespace(alarms=alarms), ZoneInfo("UTC"), now).replace("\u00a0", " ")
    assert (
        told
        == "Reminders Wed 11 Mar, 09:00 and Thu 12 Mar, 09:00, then both sides on Fri 13 Mar, 09:00, then owner on Sat 14 Mar, 09:00."
    )


def test_recurrences_show_their_tickets_and_a_root_cause_is_demanded_once(town: Town) -> None:
    ada = client_of(town, Role.SERVICE_OWNER)
    text = ada.get("/o/aurora/governance/recurrences/").content.decode()
    assert "1\xa0recurrence in" in text
    assert rca_of(town).record.number in text
    row = json.loads(ada.get("/o/aurora/api/v1/recurrences/").content)["results"][0]
    assert (row["count"], row["tickets"], row["key"]) == (3, ["INC1", "INC2", "INC3"], {"category": "Mail"})
    one = f"/o/aurora/governance/recurrences/{row['id']}/"
    assert "INC2" in ada.get(f"{one}?engagement=cobalt-services").content.decode()
    assert ada.post(f"{one}demand/?engagement=cobalt-services").status_code == 302
    with enter(town.tenant.pk):
        assert Rca.objects.count() == 1
    assert client_of(town, Role.AUDITOR).post(f"{one}demand/?engagement=cobalt-services").status_code == 404
    assert "INC1 INC2 INC3" in ada.get("/o/aurora/governance/recurrences.csv").content.decode()


def test_looking_says_first_what_it_would_demand_and_what_is_too_old_for_it(town: Town) -> None:
    ada, look = client_of(town, Role.SERVICE_OWNER), "/o/aurora/governance/recurrences/look/?engagement=cobalt-services"
    assert f'href="{look}"' in ada.get("/o/aurora/governance/recurrences/").content.decode()
    bring(town, *alike(3, timezone.now() - timedelta(days=6), category="Printers", start=50))
    bring(town, *alike(3, timezone.now() - timedelta(days=500), category="Scanners", start=60))
    with enter(town.tenant.pk):
        before = (Rca.objects.count(), Run.objects.filter(kind=services.FOLLOW).count())
    shown = unescape(ada.get(look).content.decode()).replace("\u00a0", " ")
    assert "1 root cause would be asked for." in shown and "1 is asked for already." in shown
    assert "1 recurrence went on for the last time more than " in shown
    with enter(town.tenant.pk):
        assert (Rca.objects.count(), Run.objects.filter(kind=services.FOLLOW).count()) == before
    assert ada.post(look).status_code == 302
    with enter(town.tenant.pk):
        run = jobs.work_here(Run.objects.get(kind=services.FOLLOW, state=Run.State.WAITING))
    assert len(run.result["demanded"]) == 1
    assert (
        "1 recurrences that went on" not in run.result["not demanded"] and "1 recurrence " in run.result["not demanded"]
    )
    assert "No root cause would be asked for." in ada.get(look).content.decode()


def test_a_root_cause_is_demanded_of_tickets_by_number_and_listed_with_filters(town: Town) -> None:
    ada = client_of(town, Role.SERVICE_OWNER)
    asked = {
        "engagement": "cobalt-services",
        "tickets": "INC2, INC9",
        "title": "mail bounced",
        "reason": "The board asks",
    }
    assert "There is no ticket INC9" in ada.post("/o/aurora/governance/rcas/new/", asked).content.decode()
    assert ada.post("/o/aurora/governance/rcas/new/", {**asked, "tickets": "INC2"}).status_code == 302
    listed = ada.get("/o/aurora/governance/rcas/?origin=person").content.decode()
    assert "mail bounced" in listed
    assert "again and again" not in listed
    assert "mail bounced" in ada.get("/o/aurora/governance/rcas.csv").content.decode()
    with enter(town.tenant.pk):
        second = Rca.objects.get(origin="person")
    address = f"/o/aurora/governance/rcas/{second.public_id}/withdraw/"
    assert ada.post(address, {"reason": "A duplicate"}).status_code == 302
    assert "Withdrawn" in ada.get("/o/aurora/governance/rcas/?state=withdrawn").content.decode()


def test_the_api_takes_an_answer_with_its_draft_and_says_every_fault(town: Town) -> None:
    drew, ada = client_of(town, Role.ENGINEER), client_of(town, Role.SERVICE_OWNER)
    one = f"/o/aurora/api/v1/rcas/{rca_of(town).public_id}/"

    def put(client: Client, content: Any, **headers: str) -> Any:
        return client.put(f"{one}draft/", content, content_type="application/json", headers=headers)

    from governance.calc.rca_content import document

    content = document(answer(town, timezone.now()))
    first = put(drew, {**content, "impact": "no figure"})
    assert (first.status_code, first["ETag"]) == (200, '"draft-1"')
    cleo = client_of(town, Role.ACCOUNT_MANAGER)
    assert put(cleo, content).status_code == 409
    assert put(cleo, content, **{"If-Match": '"draft-0"'}).status_code == 412
    no = drew.post(f"{one}submit/", {}, content_type="application/json")
    assert no.status_code == 422
    assert "Impact: say how many" in no.json()["detail"]
    assert put(cleo, content, **{"If-Match": '"draft-1"'}).status_code == 200
    yes = cleo.post(f"{one}submit/", {}, content_type="application/json")
    assert (yes.status_code, yes.json()["version"]) == (200, 1)
    assert cleo.post(f"{one}submit/", {}, content_type="application/json").json() == yes.json()
    assert drew.post(f"{one}accept/", {}, content_type="application/json").status_code == 404
    assert ada.post(f"{one}return/", {}, content_type="application/json").status_code == 400
    assert ada.post(f"{one}accept/", {}, content_type="application/json").json()["state"] == "accepted"
    assert ada.post(f"{one}check/", {}, content_type="application/json").status_code == 422
    (action,) = ada.get("/o/aurora/api/v1/actions/").json()["results"]
    assert (action["state"], action["rca"]) == ("open", rca_of(town).record.number)
    proof = {"note": "Done", "evidence": BytesIO(b"relay,days\n1,90")}
    proof["evidence"].name = "watch.csv"
    given = drew.post(f"/o/aurora/api/v1/actions/{action['id']}/hand-in/", proof)
    assert (given.status_code, given.json()["state"]) == (200, "submitted")
    assert ada.post(f"/o/aurora/api/v1/actions/{action['id']}/accept/").json()["state"] == "accepted"
