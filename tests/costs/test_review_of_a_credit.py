"""A proposed credit is answered, or silence answers it; a dispute is decided or goes up the ladder; nothing is lost."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest

from costs import services
from costs.models import Answer, Credit, DecidedTicket, Decision, LedgerEntry, StepUp
from costs.queries import credit_page
from itsm import services as itsm
from itsm.models import Exclusion, Outcome
from itsm.queries.results import current_results
from mspgov.kernel.refusals import Conflict, Refused
from mspgov.mail.models import Note
from mspgov.obligations import services as obligations
from mspgov.obligations.models import Obligation
from mspgov.records.models import Approval, Evidence, File, Seal
from mspgov.records.queries import verified
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.costs.reviewed_town import AT, MAY, account, credit_of, manager, relief, reviewed_town, ticket
from tests.world import Town

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"]),
    pytest.mark.requirement("R2.2"),
]
DUE = datetime(2026, 6, 11, 22, tzinfo=UTC)  # the end of 11 June in Berlin
OPEN = "review: {answer_days: 10, silence: stays_open, decide_days: 5, ladder: [{name: Executives, days: 10}]}"


def owed(kind: str) -> Obligation:
    found: Obligation = Obligation.objects.living().get(kind=kind)
    return found


def disputed(town: Town, **asked: object) -> Credit:
    credit = credit_of(town)
    given = {"tickets": [relief(town)], "text": "the caller could not be reached", "by": account(town), "at": AT}
    services.dispute(credit=credit, **given | asked)  # type: ignore[arg-type]
    return credit_of(town)


def outcome(town: Town, number: str = "INC001") -> Outcome:
    results = list(current_results(town.engagement, MAY, MAY).values())
    found: Outcome = Outcome.objects.get(ticket=ticket(town, number), result__in=results)
    return found


def test_a_proposed_credit_is_owed_an_answer_to_the_end_of_the_tenth_day_in_the_contracts_zone() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        credit, answer = credit_of(town), owed("credit.answer")
        assert (credit.balance.text, credit.state, credit.answer_due_at) == ("4210.00", "proposed", DUE)
        assert (answer.due_at, answer.owed_by, answer.role) == (DUE, "provider", "account_manager")
        assert answer.about == credit.record
        services.measure(engagement=town.engagement, first=MAY, last=MAY, as_of=AT, at=AT + timedelta(days=1))
        assert Obligation.objects.count() == 1
        assert Note.objects.filter(kind="credits.proposed", person=account(town)).count() == 1


def test_an_acceptance_ends_what_is_owed_and_under_reservation_it_can_still_be_disputed() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        credit = credit_of(town)
        with pytest.raises(Refused, match="say what is reserved"):
            services.accept_under_reservation(credit=credit, text=" ", by=account(town), at=AT)
        assert credit_of(town).state == "proposed" and Answer.objects.count() == 0
        services.accept_under_reservation(credit=credit, text="the log is being checked", by=account(town), at=AT)
        assert credit_of(town).state == "reserved" and not Obligation.objects.living().exists()
        assert disputed(town).state == "disputed"
        with pytest.raises(Conflict, match="already disputed"):
            services.accept(credit=credit, by=account(town), at=AT)
        assert verified().is_whole


def test_silence_accepts_once_at_the_deadline_also_when_nobody_swept_for_days() -> None:
    town = reviewed_town()
    assert services.sweep(DUE - timedelta(microseconds=1)) == 0
    assert services.sweep(DUE + timedelta(days=3)) == 1
    assert services.sweep(DUE + timedelta(days=4)) == 0
    with enter(town.tenant.pk):
        credit = credit_of(town)
        assert (credit.state, credit.agreed_at) == ("accepted", DUE)
        assert [(a.kind, a.by, a.at) for a in Answer.objects.all()] == [("silence", None, DUE)]
        assert not Obligation.objects.living().exists()


@pytest.mark.parametrize("first", ["credits", "obligations"])
def test_whichever_sweep_comes_first_at_the_deadline_tells_the_same(first: str) -> None:
    town, sweeps = reviewed_town(OPEN), [services.sweep, obligations.sweep]
    obligations.sweep(DUE - timedelta(hours=1))
    for sweep in sweeps if first == "credits" else sweeps[::-1]:
        sweep(DUE)
    with enter(town.tenant.pk):
        answer = Obligation.objects.get(kind="credit.answer")
        assert (answer.state, answer.breached_at) == ("withdrawn", DUE)
        told = Note.objects.filter(at__gte=DUE).order_by("kind").values_list("kind", flat=True).distinct()
        assert list(told) == ["credits.silence"]


def test_a_late_answer_is_refused_and_changes_nothing() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        for late in (services.accept, services.dispute):
            with pytest.raises(Refused, match=r"the days to answer ended on 1[12] June 2026"):
                late(credit=credit_of(town), text="too late", by=account(town), at=DUE)
        assert credit_of(town).state == "proposed" and Answer.objects.count() == 0
        services.accept(credit=credit_of(town), by=account(town), at=DUE - timedelta(microseconds=1))
        assert credit_of(town).state == "accepted"


def test_silence_that_leaves_a_credit_open_calls_the_contract_manager() -> None:
    town = reviewed_town(OPEN)
    services.sweep(DUE)
    with enter(town.tenant.pk):
        credit, decision = credit_of(town), owed("credit.decide")
        assert (credit.state, credit.silent_at) == ("proposed", DUE)
        assert (decision.raised_at, decision.due_at) == (DUE, datetime(2026, 6, 17, 22, tzinfo=UTC))
        services.decide(credit=credit, grant=services.Grant(), reason="nothing was said", by=manager(town), at=DUE)
        assert credit_of(town).state == "decided"


def test_a_dispute_names_late_tickets_with_comment_and_evidence_and_raises_the_decision() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        credit = disputed(town, files=[("call-log.csv", 4, BytesIO(b"a,b\n"))])
        answer = Answer.objects.get()
        assert [(t.ticket.number, t.relief_seconds) for t in answer.tickets.all()] == [("INC001", 1740)]
        evidence = Evidence.objects.get()
        assert evidence.record == credit.record
        (link,) = Seal.objects.filter(record=credit.record, after__has_key="file call-log.csv")
        assert (link.what, link.after["file call-log.csv"]) == ("dispute", evidence.file.sha256)
        decision = owed("credit.decide")
        assert (decision.owed_by, decision.role) == ("client", "contract_manager")
        assert decision.due_at == datetime(2026, 6, 6, 22, tzinfo=UTC) == credit.decide_due_at
        assert Note.objects.filter(kind="credits.answer", person=manager(town)).count() == 1


@pytest.mark.parametrize(
    ("number", "asked", "why"),
    [
        ("INC009", {"kind": "client_fault"}, "INC009 is not late in P2 resolution, May 2026"),
        ("INC001", {"kind": "weather"}, "say whether it is a relief event"),
        ("INC001", {"kind": "client_fault", "relief_seconds": 60}, "relieved time belongs to a relief event"),
        ("INC001", {"kind": "duplicate"}, "name the other ticket"),
    ],
)
def test_a_dispute_of_what_cannot_be_disputed_is_refused(number: str, asked: dict[str, object], why: str) -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        with pytest.raises(Refused, match=why):
            disputed(town, tickets=[services.TicketAsk(ticket(town, number), **asked)])  # type: ignore[arg-type]
        assert credit_of(town).state == "proposed" and Answer.objects.count() == 0
        with pytest.raises(Refused, match="say what is disputed"):
            disputed(town, text=" ")
        with pytest.raises(Refused, match="there twice"):
            disputed(town, tickets=[relief(town), relief(town)])
        assert not Obligation.objects.living().filter(kind="credit.decide").exists()


def test_both_outcomes_are_seen_before_deciding_and_nothing_is_written() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        credit = disputed(town)
        links, entries = verified().links, LedgerEntry.objects.count()
        seen = services.preview_decision(credit=credit, grant=services.Grant((relief(town),)), at=AT)
        assert (seen.refuse.attainment, seen.refuse.standing, seen.refuse.amount.text) == (80, "missed", "4210.00")
        assert seen.grant is not None
        assert (seen.grant.attainment, seen.grant.standing, seen.grant.amount.text) == (85, "at_risk", "0.00")
        assert seen.grant.month_total.text == "0.00" and (seen.grant.met, seen.grant.total) == (17, 20)
        assert (verified().links, LedgerEntry.objects.count(), Exclusion.objects.count()) == (links, entries, 0)


def test_relief_in_time_lets_a_ticket_be_met_and_the_open_month_is_measured_again() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        credit, grant = disputed(town), services.Grant((relief(town),))
        seen = services.preview_decision(credit=credit, grant=grant, at=AT).fingerprint(grant.document())
        made = services.decide(credit=credit, grant=grant, reason="seen", by=manager(town), at=AT, expected=seen)
        after = credit_of(town)
        assert (after.state, after.balance.text, made.granted) == ("decided", "0.00", True)
        clock = outcome(town)
        assert (clock.met, clock.elapsed_us, clock.excluded_for) == (True, 8 * 3600 * 10**6, "")
        assert DecidedTicket.objects.get().exclusion == Exclusion.objects.get()
        assert not Obligation.objects.living().exists()
        assert verified().is_whole


def test_a_minute_too_little_relief_leaves_the_ticket_late_by_it() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        grant = services.Grant((relief(town, minutes=28),))
        services.decide(credit=disputed(town), grant=grant, reason="28 minutes", by=manager(town), at=AT)
        late = outcome(town)
        assert (late.met, late.elapsed_us - late.target_us) == (False, 60 * 10**6)
        assert late.due_at == datetime(2026, 5, 1, 16, 28, tzinfo=UTC)
        assert credit_of(town).balance.text == "4210.00"


def test_a_sealed_month_is_corrected_by_a_new_entry_that_names_the_old_one() -> None:
    town = reviewed_town(sealed=True)
    with enter(town.tenant.pk):
        credit = disputed(town)
        other = services.TicketAsk(ticket(town, "INC002"), "duplicate", duplicate_of=ticket(town, "INC003"))
        grant = services.Grant((relief(town), other))
        services.decide(credit=credit, grant=grant, reason="seen", by=manager(town), at=AT)
        first, second = LedgerEntry.objects.filter(credit=credit).order_by("version")
        assert (first.money.text, second.money.text) == ("4210.00", "0.00")
        assert (second.replaces, second.kind) == (first, "correction") and "seen" in second.reason
        result = next(r for r in current_results(town.engagement, MAY, MAY).values() if r.service_level.key == "p2")
        assert (result.met, result.total, result.excluded, result.version) == (17, 19, 1, 2)


def test_a_refusal_keeps_the_amount_and_says_why() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        credit = disputed(town)
        with pytest.raises(Refused, match="needs its reason"):
            services.decide(credit=credit, grant=services.Grant(), reason=" ", by=manager(town), at=AT)
        services.decide(credit=credit, grant=services.Grant(), reason="§4.3 (a)", by=manager(town), at=AT)
        assert (credit_of(town).state, credit_of(town).balance.text) == ("decided", "4210.00")
        assert [(t.ticket.number, t.exclusion) for t in DecidedTicket.objects.all()] == [("INC001", None)]
        with pytest.raises(Conflict, match="already decided"):
            services.decide(credit=credit, grant=services.Grant(), reason="again", by=manager(town), at=AT)
        assert Decision.objects.count() == 1


def test_outcomes_that_have_moved_since_they_were_shown_are_a_conflict() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        credit, grant = disputed(town), services.Grant((relief(town),))
        seen = services.preview_decision(credit=credit, grant=grant, at=AT).fingerprint(grant.document())
        itsm.exclude_ticket(ticket=ticket(town, "INC002"), kind="client_fault", reason="x", by=None, at=AT)
        with pytest.raises(Conflict, match="others by now"):
            services.decide(credit=credit, grant=grant, reason="seen", by=manager(town), at=AT, expected=seen)
        assert credit_of(town).state == "disputed" and Decision.objects.count() == 0


def test_an_overdue_dispute_goes_up_step_by_step_each_from_the_deadline_before() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        disputed(town)
    first, second = datetime(2026, 6, 6, 22, tzinfo=UTC), datetime(2026, 6, 17, 22, tzinfo=UTC)
    assert services.sweep(first) == 1
    with enter(town.tenant.pk):
        assert [(s.name, s.at, s.due_at) for s in StepUp.objects.all()] == [("Executives", first, second)]
        assert (owed("credit.decide").role, owed("credit.decide").due_at) == ("service_owner", second)
        with pytest.raises(Refused, match="with Executives: the service owner decides"):
            services.decide(credit=credit_of(town), grant=services.Grant(), reason="x", by=manager(town), at=first)
    assert services.sweep(second + timedelta(days=40)) == 1
    assert services.sweep(second + timedelta(days=41)) == 0
    with enter(town.tenant.pk):
        assert [s.name for s in StepUp.objects.order_by("number")] == ["Executives", "Mediation"]
        assert owed("credit.decide").role == "finance_controller"
        by = town.member(Role.FINANCE_CONTROLLER).person
        at = second + timedelta(days=50)
        services.decide(credit=credit_of(town), grant=services.Grant(), reason="mediated", by=by, at=at)
        assert credit_of(town).state == "decided" and verified().is_whole


def test_a_scheduler_that_was_down_past_two_steps_arrives_at_the_last_with_both_on_record() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        disputed(town)
    assert services.sweep(datetime(2026, 9, 1, tzinfo=UTC)) == 1
    with enter(town.tenant.pk):
        assert StepUp.objects.count() == 2
        assert owed("credit.decide").role == "finance_controller"


def test_a_step_whose_office_is_empty_falls_back_and_says_so() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        credit, owner = disputed(town), town.member(Role.SERVICE_OWNER)
        owner.active = False
        owner.save()
        with pytest.raises(Refused, match="say why"):
            services.take_up(credit=credit, reason="", by=manager(town), at=AT)
        services.take_up(credit=credit, reason="a matter of principle", by=manager(town), at=AT)
        assert owed("credit.decide").role == "contract_manager"
        assert "Nobody holds the office of service owner" in owed("credit.decide").text
        services.decide(credit=credit_of(town), grant=services.Grant(), reason="no", by=manager(town), at=AT)
        assert credit_of(town).state == "decided"


def test_a_revoked_exclusion_counts_the_ticket_again_and_asks_for_a_new_answer() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        grant = services.Grant((relief(town),))
        services.decide(credit=disputed(town), grant=grant, reason="seen", by=manager(town), at=AT)
        later, decided = AT + timedelta(days=2), DecidedTicket.objects.get()
        services.revoke_exclusion(decided=decided, reason="the note was of another ticket", by=manager(town), at=later)
        credit = credit_of(town)
        assert (credit.balance.text, credit.state) == ("4210.00", "proposed")
        assert credit.answer_due_at == datetime(2026, 6, 13, 22, tzinfo=UTC)
        assert list(Exclusion.objects.order_by("pk").values_list("in_force", flat=True)) == [True, False]
        with pytest.raises(Conflict, match="counts already"):
            services.revoke_exclusion(decided=decided, reason="again", by=manager(town), at=later)
        page = credit_page(credit.public_id, as_of=later)
        steps = [(step.label, step.state) for step in page.path]
        assert steps[2:7] == [
            ("Disputed", "done"), ("Granted", "done"), ("Proposed again", "done"), ("Answer", "now"), ("Claim", "ahead"),
        ]  # fmt: skip
        assert (page.path[4].at, page.path[4].by, page.path[5].due_at) == (
            later,
            manager(town).name,
            credit.answer_due_at,
        )
        turn = page.review.turns[-1]
        assert (turn.what, turn.person, turn.text) == ("Revoked", manager(town).name, "the note was of another ticket")
        assert [line.words for line in turn.tickets] == ["29 min relieved"]
        services.accept(credit=credit, by=account(town), at=later + timedelta(hours=1))
        path = credit_page(credit.public_id, as_of=later).path
        assert [step.label for step in path if step.state == "now"] == ["Claim"]
        assert "Proposed again" not in [step.label for step in path]


def test_what_a_step_of_the_ladder_granted_is_revoked_at_that_step_only() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        owner = town.member(Role.SERVICE_OWNER).person
        services.take_up(credit=disputed(town), reason="a matter of principle", by=manager(town), at=AT)
        services.decide(credit=credit_of(town), grant=services.Grant((relief(town),)), reason="seen", by=owner, at=AT)
        later, decided = AT + timedelta(days=2), DecidedTicket.objects.get()
        with pytest.raises(Refused, match="with Executives: the service owner decides"):
            services.revoke_exclusion(decided=decided, reason="no", by=manager(town), at=later)
        assert Exclusion.objects.count() == 1 and credit_of(town).balance.text == "0.00"
        services.revoke_exclusion(decided=decided, reason="the note was of another ticket", by=owner, at=later)
        assert credit_of(town).balance.text == "4210.00"


def test_what_is_owed_names_neither_the_amount_nor_the_reasons() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        credit = disputed(town)
        services.take_up(credit=credit, reason="margin of 12 %", by=manager(town), at=AT)
        services.decide(
            credit=credit_of(town), grant=services.Grant(), reason="goodwill is used up",
            by=town.member(Role.SERVICE_OWNER).person, at=AT,
        )  # fmt: skip
        told = " ".join(f"{row.record.title} {row.text} {row.note}" for row in Obligation.objects.all())
        assert not [word for word in ("4,210", "4210", "goodwill", "margin") if word in told]
        assert Obligation.objects.count() == 3


def test_a_waiver_that_nobody_else_could_approve_is_not_asked_for() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        paulo, owner = town.member(Role.FINANCE_CONTROLLER), town.member(Role.SERVICE_OWNER).person
        paulo.active = False
        paulo.save()
        with pytest.raises(Refused, match="nobody else is service owner or finance controller"):
            services.ask_waiver(credit=credit_of(town), reason="goodwill", by=owner, at=AT)
        assert not Approval.objects.exists()
        services.ask_waiver(credit=credit_of(town), reason="goodwill", by=manager(town), at=AT)
        assert Approval.objects.get().state == "asked"


def test_a_waiver_needs_its_reason_and_somebody_else() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        paulo = town.member(Role.FINANCE_CONTROLLER).person
        with pytest.raises(Refused, match="needs its reason"):
            services.ask_waiver(credit=credit_of(town), reason="", by=paulo, at=AT)
        services.ask_waiver(credit=credit_of(town), reason="goodwill", by=paulo, at=AT)
        with pytest.raises(Refused, match="a second person"):
            services.decide_waiver(credit=credit_of(town), approve=True, answer="", by=paulo, at=AT)
        assert credit_of(town).state == "proposed"
        services.decide_waiver(
            credit=credit_of(town), approve=True, answer="", by=town.member(Role.SERVICE_OWNER).person, at=AT
        )
        assert credit_of(town).state == "waived" and not Obligation.objects.living().exists()
        with pytest.raises(Refused, match="no waiver waits"):
            services.decide_waiver(credit=credit_of(town), approve=True, answer="", by=manager(town), at=AT)


def test_without_terms_of_review_nothing_is_owed_and_the_provider_answers_at_any_time() -> None:
    town = reviewed_town("")
    with enter(town.tenant.pk):
        assert not Obligation.objects.exists() and credit_of(town).answer_due_at is None
        services.accept(credit=credit_of(town), by=account(town), at=AT + timedelta(days=200))
        assert credit_of(town).state == "accepted"


def test_a_file_that_is_given_again_with_a_second_dispute_stands_there_too_and_is_kept_once() -> None:
    town = reviewed_town()

    def log() -> tuple[str, int, BytesIO]:
        return "call-log.csv", 4, BytesIO(b"a,b\n")

    with enter(town.tenant.pk):
        grant = services.Grant((relief(town),))
        credit = disputed(town, files=[log(), log()])
        with pytest.raises(Conflict):  # sent twice
            disputed(town, files=[log()])
        services.decide(credit=credit, grant=grant, reason="seen", by=manager(town), at=AT)
        later = AT + timedelta(days=2)
        services.revoke_exclusion(decided=DecidedTicket.objects.get(), reason="another", by=manager(town), at=later)
        disputed(town, files=[log()], at=later + timedelta(hours=1))
        page = credit_page(credit.public_id, as_of=later + timedelta(hours=2))
        said = [[file.name for file in turn.files] for turn in page.review.turns if turn.what == "Disputed"]
        assert said == [["call-log.csv"], ["call-log.csv"]]
        assert (Evidence.objects.count(), File.objects.filter(name="call-log.csv").count()) == (2, 1)
