"""Root causes from demand to effect: asked once, answered in versions, decided, tracked, checked."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from engagements.models import EngagementSettings
from governance import services
from governance.calc.rca_content import Entry, document
from governance.models import Action, Draft, Rca, RcaTicket, RcaVersion
from governance.queries.rca_rules import Rules
from governance.services.drafting import Overtaken
from itsm.models import Ticket
from mspgov.mail.models import Mail, Note
from mspgov.obligations import services as obligations
from mspgov.obligations.models import Obligation
from mspgov.records.errors import Conflict, Refused
from mspgov.records.queries import verified
from mspgov.tenancy.context import enter
from mspgov.tenancy.models import Office, ServiceDomain, Tenant
from mspgov.tenancy.offices import be_absent
from mspgov.tenancy.policy import Role
from mspgov.tenancy.services import ensure_engagement
from tests.governance.asked import AT, alike, answer, asked_town, bring, demanded, line, person
from tests.itsm import measured
from tests.world import Town, build_town

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"]),
    pytest.mark.requirement("R4.3"),
]


@pytest.fixture
def town() -> Town:
    return asked_town()


def submitted(town: Town, at: datetime = AT) -> Rca:
    rca = demanded(town)
    with enter(town.tenant.pk):
        services.submit_rca(rca=rca, content=answer(town), by=person(town, Role.ENGINEER), at=at)
    return rca


def accepted(town: Town, at: datetime = AT) -> Rca:
    rca = submitted(town, at)
    with enter(town.tenant.pk):
        return services.accept_rca(rca=rca, by=person(town, Role.SERVICE_OWNER), at=at)


def told(town: Town, who: Role) -> list[str]:
    return list(Note.objects.filter(person=person(town, who)).order_by("pk").values_list("subject", flat=True))


def test_a_recurrence_is_asked_for_once_and_one_that_grows_brings_its_tickets(town: Town) -> None:
    rca = demanded(town)
    with enter(town.tenant.pk):
        assert (rca.record.number, rca.state, rca.origin, rca.alike) == (
            "RCA-2026-0001", "demanded", "recurrence", {"category": "Mail"},
        )  # fmt: skip
        owed = Obligation.objects.get()
        assert (owed.about, owed.role, owed.accepted_by) == (rca.record, Role.ACCOUNT_MANAGER, Role.SERVICE_OWNER)
        assert owed.due_at == datetime(2026, 3, 31, 18, tzinfo=UTC)  # P3: 15 working days after Tuesday 10 March
        assert any("RCA-2026-0001 is asked for" in one for one in told(town, Role.ENGINEER))
        assert services.follow(engagement=town.engagement, at=AT).demanded == ()
    bring(town, *alike(1, AT - timedelta(days=1), start=9), at=AT)
    with enter(town.tenant.pk):
        found = services.follow(engagement=town.engagement, at=AT + timedelta(days=1))
        assert (found.demanded, found.known, Rca.objects.count()) == ((), 1, 1)
        assert RcaTicket.objects.filter(rca=rca).count() == 4
    bring(
        town, line("INC0", AT - timedelta(days=9), category="Mail"), at=AT
    )  # an earlier one comes to light: no second
    with enter(town.tenant.pk):
        assert services.follow(engagement=town.engagement, at=AT).demanded == ()
        assert RcaTicket.objects.filter(rca=rca).count() == 5
        assert verified([]).is_whole


def test_two_tickets_are_no_recurrence_and_old_ones_are_not_asked_for(town: Town) -> None:
    bring(town, *alike(2, AT - timedelta(days=4)), *alike(3, AT - timedelta(days=200), category="Disk", start=50))
    with enter(town.tenant.pk):
        assert services.follow(engagement=town.engagement, at=AT).demanded == ()
        assert not Rca.objects.exists()
        assert not Obligation.objects.exists()


def test_each_major_incident_is_asked_for_whatever_its_priority_became(town: Town) -> None:
    bring(town, line("INC1", AT - timedelta(days=1), priority="P1"), line("INC2", AT, priority="P2"))
    with enter(town.tenant.pk):
        assert services.follow(engagement=town.engagement, at=AT).demanded == ("RCA-2026-0001",)
        rca = Rca.objects.get()
        assert (rca.origin, rca.priority, rca.alike) == ("incident", 1, {"category": "Mail"})
        assert Obligation.objects.get().due_at == datetime(2026, 3, 17, 18, tzinfo=UTC)  # P1: 5 working days


def test_a_person_asks_for_any_ticket_with_a_reason_and_once(town: Town) -> None:
    bring(town, line("INC1", AT - timedelta(days=300)))
    with enter(town.tenant.pk):
        ask: dict[str, Any] = {
            "engagement": town.engagement, "tickets": [Ticket.objects.get()], "title": "mail bounced",
            "by": person(town, Role.SERVICE_OWNER), "at": AT,
        }  # fmt: skip
        with pytest.raises(Refused, match="why"):
            services.demand_by_person(**ask, reason=" ")
        assert not Rca.objects.exists()
        first, made = services.demand_by_person(**ask, reason="the board asks")
        again, made_again = services.demand_by_person(**ask, reason="again")
        assert (made, made_again, first, first.record.title) == (True, False, again, "Root cause: mail bounced")


def test_what_is_typed_is_kept_as_numbered_drafts_and_nobody_types_over_another(town: Town) -> None:
    rca, drew, cleo = demanded(town), person(town, Role.ENGINEER), person(town, Role.ACCOUNT_MANAGER)
    with enter(town.tenant.pk):
        one = services.save_draft(rca=rca, content=answer(town, summary="a"), based_on=0, by=drew, at=AT)
        same = services.save_draft(rca=rca, content=answer(town, summary="a"), based_on=1, by=drew, at=AT)
        two = services.save_draft(rca=rca, content=answer(town, summary="ab"), based_on=1, by=drew, at=AT)
        assert (one.number, same.number, two.number, Draft.objects.count()) == (1, 1, 2, 1)
        with pytest.raises(Overtaken) as lost:
            services.save_draft(rca=rca, content=answer(town, summary="c"), based_on=1, by=cleo, at=AT)
        assert lost.value.latest.by == drew
        services.keep_aside(rca=rca, content=answer(town, summary="c"), by=cleo, at=AT)
        kept = {d.by_id: (d.number, d.set_aside, d.content["summary"]) for d in Draft.objects.all()}
        assert kept == {drew.pk: (2, False, "ab"), cleo.pk: (3, True, "c")}
        mine = services.save_draft(rca=rca, content=answer(town, summary="c"), based_on=2, instead_of=3, by=cleo, at=AT)
        assert (mine.number, mine.set_aside, Draft.objects.filter(set_aside=True).count()) == (4, False, 0)


def test_what_is_incomplete_is_not_submitted_and_says_every_fault(town: Town) -> None:
    rca, drew = demanded(town), person(town, Role.ENGINEER)
    with enter(town.tenant.pk):
        late = replace(answer(town).actions[0], due="2026-03-03")
        far = replace(late, due="9999-12-31")
        bad = answer(town, impact="The desk had no mail.", actions=(answer(town).actions[0], late, far))
        with pytest.raises(services.Incomplete) as no:
            services.submit_rca(rca=rca, content=bad, by=drew, at=AT)
        assert [(f.field, f.summary) for f in no.value.faults] == [
            ("impact", "Impact: say how many people or messages were hit"),
            ("due-1", "Action 2: the due date is in the past"),
            ("due-2", "Action 3: the due date is too far ahead"),
        ]
        assert no.value.faults[1].why == "The due date is 7 days in the past. Give a day from 11 March on."
        assert (Rca.objects.get().state, RcaVersion.objects.count()) == ("demanded", 0)
        assert Obligation.objects.get().state == "open"


def test_submitted_twice_is_one_version_with_one_receipt_and_another_answer_loses(town: Town) -> None:
    rca, drew, cleo = demanded(town), person(town, Role.ENGINEER), person(town, Role.ACCOUNT_MANAGER)
    with enter(town.tenant.pk):
        first = services.submit_rca(rca=rca, content=answer(town), by=drew, at=AT)
        again = services.submit_rca(rca=rca, content=answer(town), by=drew, at=AT + timedelta(seconds=1))
        assert (first, first.version, len(first.sha256)) == (again, 1, 64)
        with pytest.raises(Conflict, match="already submitted"):
            services.submit_rca(rca=rca, content=answer(town, summary="another"), by=cleo, at=AT)
        assert RcaVersion.objects.count() == 1
        receipt = Note.objects.get(person=drew, subject__startswith="Receipt")
        assert first.sha256 in receipt.text
        assert Mail.objects.filter(subject__contains="Receipt").count() == 1
        decide = Obligation.objects.get(owed_by="client")
        assert (decide.role, decide.due_at) == (Role.SERVICE_OWNER, datetime(2026, 3, 17, 18, tzinfo=UTC))
        assert Obligation.objects.get(owed_by="provider").state == "submitted"
        assert any("was submitted" in one for one in told(town, Role.SERVICE_OWNER))


def test_eight_who_submit_at_once_leave_one_version(town: Town) -> None:
    rca, drew = demanded(town), person(town, Role.ENGINEER)
    start, ended = Barrier(8), []

    def submit(which: int) -> None:
        try:
            start.wait(30)
            with enter(town.tenant.pk):
                services.submit_rca(rca=rca, content=answer(town, summary=f"answer {which}"), by=drew, at=AT)
            ended.append("won")
        except Conflict:
            ended.append("lost")
        finally:
            connection.close()

    threads = [Thread(target=submit, args=[n]) for n in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert sorted(ended) == ["lost"] * 7 + ["won"]
    with enter(town.tenant.pk):
        assert (RcaVersion.objects.count(), Obligation.objects.filter(owed_by="client").count()) == (1, 1)
        assert verified([]).is_whole


def test_a_returned_answer_is_owed_anew_and_its_versions_are_kept(town: Town) -> None:
    rca, ada, drew = submitted(town), person(town, Role.SERVICE_OWNER), person(town, Role.ENGINEER)
    with enter(town.tenant.pk):
        with pytest.raises(Refused, match="what is missing"):
            services.return_rca(rca=rca, reason="", by=ada, at=AT)
        back = services.return_rca(rca=rca, reason="Why did nobody see the alert?", by=ada, at=AT + timedelta(days=20))
        owed = Obligation.objects.get(owed_by="provider")
        assert (back.state, owed.state, Obligation.objects.get(owed_by="client").state) == (
            "returned",
            "returned",
            "done",
        )
        assert owed.due_at == datetime(2026, 4, 6, 18, tzinfo=UTC)  # moved: five working days after the return
        second = services.submit_rca(
            rca=rca, content=answer(town, factors="The alert went to a leaver.", at=AT + timedelta(days=21)), by=drew,
            at=AT + timedelta(days=21),
        )  # fmt: skip
        assert (second.version, [v.content["factors"] for v in RcaVersion.objects.order_by("version")]) == (
            2, ["", "The alert went to a leaver."],
        )  # fmt: skip
        with pytest.raises(Conflict):
            services.return_rca(rca=accept(town, rca, AT + timedelta(days=22)), reason="late", by=ada, at=AT)


def test_root_causes_of_another_engagement_stand_for_nothing_here(town: Town) -> None:
    rca = demanded(town)
    with enter(town.tenant.pk):
        other = ensure_engagement(slug="cobalt-other", provider=town.engagement.provider)
        (late,) = Ticket.objects.bulk_create([measured.ticket(other, "INC1", AT, 2)])
        asked, is_new = services.demand_by_person(
            engagement=other, tickets=[late], title="", reason="Board asked", by=person(town, Role.SERVICE_OWNER), at=AT
        )
        assert is_new and asked.engagement_id == other.pk
        found = services.follow(engagement=town.engagement, at=AT + timedelta(days=1))
        assert (found.demanded, found.known) == ((), 1)
        assert set(RcaTicket.objects.filter(rca=rca).values_list("ticket__engagement_id", flat=True)) == {
            town.engagement.pk
        }


def accept(town: Town, rca: Rca, at: datetime) -> Rca:
    return services.accept_rca(rca=rca, by=person(town, Role.SERVICE_OWNER), at=at)


def test_an_accepted_answer_is_tracked_action_by_action(town: Town) -> None:
    rca, ada, drew = accepted(town), person(town, Role.SERVICE_OWNER), person(town, Role.ENGINEER)
    with enter(town.tenant.pk):
        action = Action.objects.select_related("obligation", "record").get()
        assert (action.record.number, action.state, action.obligation.person) == ("CAP-2026-0001", "open", drew)
        assert action.obligation.due_at == datetime(2026, 3, 24, 18, tzinfo=UTC)
        assert Rca.objects.get().check_at == AT + timedelta(weeks=8)
        with pytest.raises(Refused, match="evidence is needed"):
            services.hand_in_action(action=action, note="done", by=drew, at=AT)
        with pytest.raises(Refused, match="in truth a PNG"):
            lie = ("export.pdf", 30, BytesIO(b"\x89PNG\r\n\x1a\n" + b"0" * 30))
            services.hand_in_action(action=action, note="done", files=[lie], by=drew, at=AT)
        assert Action.objects.get().state == "open"
        assert not action.record.evidence.exists()
        proof = ("export.csv", 12, BytesIO(b"relay,days\n1,90"))
        services.hand_in_action(action=action, note="Watched now", files=[proof], by=drew, at=AT)
        services.return_action(action=action, reason="Only mx1 is in it", by=ada, at=AT)
        assert Action.objects.get().note == "Only mx1 is in it"
        services.hand_in_action(action=action, note="Both", by=drew, at=AT)
        done = services.accept_action(action=action, by=ada, at=AT)
        assert (done.state, Obligation.objects.get(pk=action.obligation_id).state) == ("accepted", "done")
        with pytest.raises(Conflict):
            services.accept_action(action=action, by=ada, at=AT)
        assert verified([]).is_whole
    assert rca.pk


def test_an_action_whose_day_passed_while_the_client_decided_is_due_on_the_next_working_day(town: Town) -> None:
    rca = submitted(town)
    with enter(town.tenant.pk):
        accept(town, rca, AT + timedelta(days=17))  # Friday 27 March; the action's day was the 24th
        assert Obligation.objects.get(kind="action").due_at == datetime(2026, 3, 30, 18, tzinfo=UTC)


def test_an_action_before_its_demand_is_refused_even_where_the_clock_allows_it(town: Town) -> None:
    rca = submitted(town)
    with enter(town.tenant.pk):
        content = answer(town, actions=(replace(answer(town).actions[0], due="2026-03-01"),))
        RcaVersion.objects.create(
            engagement=town.engagement, rca=rca, version=2, content=document(content), sha256="0" * 64,
            by=person(town, Role.ENGINEER), at=AT,
        )  # fmt: skip
        Rca.objects.filter(pk=rca.pk).update(version=2)
        with pytest.raises(Refused, match="action 1 is due before it was demanded"):
            accept(town, rca, AT)
        assert (Rca.objects.get().state, Action.objects.count()) == ("submitted", 0)


def escalated(town: Town, day: int) -> set[str]:
    with enter(town.tenant.pk):
        known = set(Note.objects.values_list("pk", flat=True))
    obligations.sweep(AT + timedelta(days=day))
    with enter(town.tenant.pk):
        rows = Note.objects.filter(kind="obligations.escalation").exclude(pk__in=known).select_related("person")
        return {row.person.email.partition("@")[0] for row in rows}


def test_an_overdue_action_escalates_to_the_deputy_while_the_owner_is_away(town: Town) -> None:
    accepted(town)
    with enter(town.tenant.pk):
        be_absent(
            person=person(town, Role.SERVICE_OWNER), deputy=None, from_on=AT.date(), until_on=AT.date() + timedelta(days=60),
            by=person(town, Role.SERVICE_OWNER),
        )  # fmt: skip
    assert escalated(town, 14) == set()
    assert escalated(town, 16) == {"contract_manager"}  # Ben, her deputy
    with enter(town.tenant.pk):
        assert Obligation.objects.get(kind="action").breached_at == datetime(2026, 3, 24, 18, tzinfo=UTC)


def test_an_escalation_that_ends_at_leavers_reaches_who_is_left(town: Town) -> None:
    accepted(town)
    with enter(town.tenant.pk):
        office = Office.objects.get()
        for gone in (office.owner, office.deputy):
            gone.is_active = False
            gone.save()
    assert escalated(town, 16) == {"tenant_administrator"}  # no owner, no deputy, no other service owner
    assert escalated(town, 16) == set()


def test_what_comes_back_is_said_with_numbers_and_demanded_anew(town: Town) -> None:
    rca = accepted(town)
    with enter(town.tenant.pk), pytest.raises(Refused, match="nothing has recurred so far"):
        services.check_effect(rca=rca, by=person(town, Role.SERVICE_OWNER), at=AT + timedelta(days=5))
    bring(town, *alike(3, AT + timedelta(days=40), start=100))
    with enter(town.tenant.pk):
        found = services.follow(engagement=town.engagement, at=AT + timedelta(days=45))
        assert (found.checked, found.demanded) == ({"RCA-2026-0001": "recurred"}, ())
        row = Rca.objects.get(pk=rca.pk)
        assert {k: row.effect[k]["tickets"] for k in ("before", "after")} == {"before": 3, "after": 3}
        assert row.effect["after"]["recurrences"] == 1
        new = Rca.objects.get(previous=row)
        assert (new.state, new.origin, new.tickets.count()) == ("demanded", "recurred", 3)
        assert services.follow(engagement=town.engagement, at=AT + timedelta(days=46)).demanded == ()
        assert Rca.objects.count() == 2


def test_what_stays_away_for_its_weeks_was_effective(town: Town) -> None:
    rca = accepted(town)
    bring(town, *alike(2, AT + timedelta(days=40), start=100))
    with enter(town.tenant.pk):
        assert services.follow(engagement=town.engagement, at=AT + timedelta(weeks=7)).checked == {}
        found = services.follow(engagement=town.engagement, at=AT + timedelta(weeks=8))
        row = Rca.objects.get(pk=rca.pk)
        assert (found.checked, row.effect["after"]) == (
            {"RCA-2026-0001": "effective"},
            {**row.effect["after"], "tickets": 2, "recurrences": 0},
        )


def test_a_financial_entity_is_asked_for_one_cause_twice_in_six_months(town: Town) -> None:
    bring(
        town,
        line("INC1", AT - timedelta(days=60), priority="P1"),
        line("INC2", AT - timedelta(days=1), priority="P1", category="Disk"),
    )
    with enter(town.tenant.pk):
        services.follow(engagement=town.engagement, at=AT)
        drew = person(town, Role.ENGINEER)
        for rca in Rca.objects.select_related("record").order_by("pk"):
            services.submit_rca(rca=rca, content=answer(town), by=drew, at=AT)
        assert services.follow(engagement=town.engagement, at=AT).demanded == ()  # no financial entity
    Tenant.objects.update(financial_entity=True)
    with enter(town.tenant.pk):
        engagement = type(town.engagement).objects.select_related("tenant").get()
        assert services.follow(engagement=engagement, at=AT).demanded == ("RCA-2026-0003",)
        both = Rca.objects.get(origin="same_cause")
        assert both.alike == {"cause": "process.handover"}
        assert "840 people affected" in both.reason
        assert both.tickets.count() == 2
        assert services.follow(engagement=engagement, at=AT).demanded == ()


def test_the_scheduler_follows_up_each_import_once_even_after_a_day_away(town: Town) -> None:
    bring(town, *alike(3, AT - timedelta(days=4)))
    with enter(town.tenant.pk):
        from mspgov.jobs.models import Run

        ended = Run.objects.get(kind="itsm.import_tickets").ended_at
    assert services.sweep(ended + timedelta(days=1)) == 1
    assert services.sweep(ended + timedelta(days=1)) == 0
    assert services.sweep(ended + timedelta(days=4)) == 0


def test_a_withdrawn_demand_is_owed_no_more(town: Town) -> None:
    rca = demanded(town)
    with enter(town.tenant.pk):
        ada = person(town, Role.SERVICE_OWNER)
        with pytest.raises(Refused):
            services.withdraw_rca(rca=rca, reason="", by=ada, at=AT)
        services.withdraw_rca(rca=rca, reason="A duplicate", by=ada, at=AT)
        assert (Rca.objects.get().state, Obligation.objects.get().state) == ("withdrawn", "withdrawn")
        with pytest.raises(Conflict):
            services.submit_rca(rca=rca, content=answer(town), by=person(town, Role.ENGINEER), at=AT)
        assert services.follow(engagement=town.engagement, at=AT).demanded == ()
    assert Entry().is_empty


def test_the_only_domain_of_an_engagement_answers_for_its_root_causes_and_none_of_another() -> None:
    town = build_town("borealis")
    with enter(town.tenant.pk):
        ServiceDomain.objects.create(engagement=town.engagements["dune"], name="Theirs")
        assert Rules(town.engagement).domain is None
        own = ServiceDomain.objects.create(engagement=town.engagement, name="Ours")
        assert Rules(town.engagement).domain == own
        ServiceDomain.objects.create(engagement=town.engagement, name="Another")
        assert Rules(town.engagement).domain is None


def test_a_root_cause_of_another_engagement_is_not_known_here() -> None:
    """Both call their tickets alike, and so what is demanded of them."""
    town = build_town("borealis")
    with enter(town.tenant.pk):
        for engagement in town.engagements.values():
            settings = {"recurrence_key": ["category"], "threshold": 3, "window_days": 30}
            EngagementSettings.objects.create(engagement=engagement, **settings)
            for days in range(3):
                measured.ticket(engagement, f"INC{days}", AT - timedelta(days=4 - days), 2).save()
        here, other = town.engagements.values()
        assert len(services.follow(engagement=other, at=AT).demanded) == 1
        found = services.would_demand(Rules(here), AT)
        assert (len(found.fresh), found.known) == (1, 0)
        assert services.would_demand(Rules(other), AT).known == 1
