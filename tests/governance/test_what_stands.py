"""What was waived counts in no total, and every total names it: months, ledger, a decision's outcomes, pack and API agree."""

from decimal import Decimal
from io import BytesIO

import pytest
from django.test import Client

from costs import services
from costs.queries.months import months_page
from governance.calc import messages
from governance.documents.gather import gather
from governance.documents.money import credits_pages
from itsm.models import Import
from mspgov.kernel.money import Money
from mspgov.kernel.period import Quarter
from mspgov.records.services import keep_file
from mspgov.tenancy.context import enter
from mspgov.tenancy.policy import Role
from tests.costs.charged_town import at, signed_in, words
from tests.costs.reviewed_town import AT, MAY, account, credit_of, manager, relief, reviewed_town
from tests.world import Town

pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner", "system"]),
    pytest.mark.requirement("R2.2"),
]
STANDS, WAIVED = "3827.27", "4592.73"


@pytest.fixture
def town() -> Town:
    """May has a credit of P2 resolution that is disputed, and one of ERP up that was waived."""
    town = reviewed_town(late_uptime=True)
    with enter(town.tenant.pk):
        p2 = credit_of(town)
        uptime = type(p2).objects.get(service_level__key="uptime")
        services.ask_waiver(credit=uptime, reason="goodwill", by=manager(town), at=AT)
        owner = town.member(Role.SERVICE_OWNER).person
        services.decide_waiver(credit=uptime, approve=True, answer="agreed", by=owner, at=AT)
        services.dispute(credit=p2, text="not ours", tickets=[relief(town)], by=account(town), at=AT)
    return town


def test_one_waived_credit_leaves_the_same_sum_on_the_page_in_the_pack_and_in_the_api(town: Town) -> None:
    ben = signed_in(town, Role.CONTRACT_MANAGER)
    with enter(town.tenant.pk):
        line = months_page(town.engagement, at=AT).line(MAY)
        facts = gather(town.engagement, Quarter("2026-Q2"), as_of=AT)
        found = services.preview_decision(credit=credit_of(town), grant=services.Grant(), at=AT)
        credit = credit_of(town)
    assert line is not None and (line.total.text, line.waived.text) == (STANDS, WAIVED)
    may = next(month for month in facts.months if month.month == "2026-05")
    assert (may.credits, may.waived) == (Decimal(STANDS), Decimal(WAIVED))
    assert (found.refuse.month_total.text, found.refuse.month_waived.text) == (STANDS, WAIVED)
    preview = api(ben, f"credits/{credit.public_id}/preview/")
    assert (preview["refuse"]["month_total"], preview["refuse"]["month_waived"]) == (STANDS, WAIVED)
    ledger = ben.get("/o/aurora/api/v1/ledger/?engagement=cobalt-services").json()["results"]
    assert [row["amount"] for row in ledger if row["in_force"] and row["stands"]] == [STANDS]
    sealed = api(ben, "months/cobalt-services/2026-05/seal/")
    assert (sealed["total"], sealed["waived"], sealed["currency"]) == (STANDS, WAIVED, "EUR")
    for page in ("costs:months", "costs:credits"):
        assert "3,827.27" in words(ben, at(town, page)) and "4,592.73 waived" in words(ben, at(town, page)), page


def test_home_tells_of_a_correction_without_what_was_waived(town: Town) -> None:
    with enter(town.tenant.pk):
        services.seal_month(engagement=town.engagement, month=MAY, by=manager(town), at=AT)
        services.correct_month(
            engagement=town.engagement, month=MAY, reason="The invoice says otherwise",
            charges=Money(Decimal("80000.00"), "EUR"), by=manager(town), at=AT,
        )  # fmt: skip
    told = words(signed_in(town, Role.CONTRACT_MANAGER), at(town, "desk:home")).partition("corrected after sealing")
    assert "EUR 3,827.27 → EUR 3,636.36" in told[2], told[2][:200]


def test_a_pack_names_the_sources_of_its_own_engagement_alone(town: Town) -> None:
    """Another engagement's import, by hand with a row that could not be read."""
    with enter(town.tenant.pk):
        dune = town.engagements["dune"]
        file = keep_file(name="dune.csv", media_type="text/csv", stream=BytesIO(b"x"), by=None, at=AT, engagement=dune)
        Import.objects.create(
            engagement=dune, file=file, format="csv", time_zone="UTC", state=Import.State.DONE, months=["2026-05"],
            asked_at=AT, done_at=AT, rejected=[{"row": 2, "field": "opened_at", "why": "empty"}],
        )  # fmt: skip
        facts = gather(town.engagement, Quarter("2026-Q2"), as_of=AT)
    assert facts.log.sources == ("log.csv",)
    assert facts.quality.rejected == ()


def test_the_pack_prints_what_stands_and_says_what_was_waived(town: Town) -> None:
    with enter(town.tenant.pk):
        facts = gather(town.engagement, Quarter("2026-Q2"), as_of=AT)
    printed = credits_pages(facts)
    assert (printed.total, printed.waived) == ("3,827.27", "without 4,592.73 waived")
    assert "3,827.27" in printed.heading and "4,592.73 more were waived" in printed.heading
    assert {row.level: row.amount for row in printed.rows} == {"P2 resolution": "3,827.27", "ERP up": "4,592.73"}
    assert messages.credit_of(facts, "uptime") == 0
    assert "(waived)" in messages.cap_sentence(facts, "2026-05")
    assert messages.cut_of(facts, "2026-05") == Decimal("9262.00") - Decimal("8420.00")


def test_the_ledger_says_of_a_waived_credit_that_its_amount_is_not_in_force(town: Town) -> None:
    page = words(signed_in(town, Role.CONTRACT_MANAGER), at(town, "costs:ledger"))
    assert page.count(">waived<") == 1 and page.count(">in force<") == 1


def api(client: Client, address: str) -> dict[str, dict[str, str]]:
    answer = client.post(f"/o/aurora/api/v1/{address}", {}, "application/json")
    assert answer.status_code == 200, answer.content
    found: dict[str, dict[str, str]] = answer.json()
    return found
