"""Many decide one credit at once: one decision, everybody else is told that they were late."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from costs import services
from costs.models import Answer, Decision
from mspgov.kernel.refusals import Conflict
from mspgov.records.queries import verified
from mspgov.tenancy.context import enter
from tests.costs.reviewed_town import AT, account, credit_of, manager, relief, reviewed_town

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"]),
    pytest.mark.requirement("R2.2"),
    pytest.mark.slow,
]


def test_two_hundred_who_decide_one_credit_at_once_leave_one_decision_and_199_conflicts() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        credit, by = credit_of(town), manager(town)
        services.dispute(credit=credit, text="ours", tickets=[relief(town)], by=account(town), at=AT)
        grant = services.Grant((relief(town),))

    def act(number: int) -> str:
        try:
            with enter(town.tenant.pk):
                wanted = grant if number % 2 else services.Grant()
                services.decide(credit=credit, grant=wanted, reason=f"decision {number}", by=by, at=AT)
            return "decided"
        except Conflict:
            return "late"
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(act, range(200)))
    assert (found.count("decided"), found.count("late")) == (1, 199)
    with enter(town.tenant.pk):
        decision = Decision.objects.get()
        assert (decision.granted, credit_of(town).balance.text) in [(True, "0.00"), (False, "4210.00")]
        assert credit_of(town).state == "decided" and verified().is_whole


def test_a_dispute_an_acceptance_and_a_lapse_at_once_leave_one_answer() -> None:
    town = reviewed_town()
    with enter(town.tenant.pk):
        credit, by = credit_of(town), account(town)
        due = credit.answer_due_at
        assert due is not None
        moment = due - timedelta(seconds=1)  # a dispute's own wait for a decision is not over when the sweep comes

    def act(number: int) -> int:
        try:
            if number % 3 == 2:
                return services.sweep(due)
            with enter(town.tenant.pk):
                verb = (services.accept, services.dispute)[number % 3]
                verb(credit=credit, text="at the last moment", by=by, at=moment)
            return 1
        except Conflict:
            return 0
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(act, range(24))) == 1
    with enter(town.tenant.pk):
        assert Answer.objects.count() == 1 and verified().is_whole
