"""`manage.py set_charges --tenant acme --engagement workplace 2016-04 84200.00`: what a month is charged."""

from typing import Any

from django.core.management.base import CommandParser
from django.shortcuts import get_object_or_404
from django.utils import timezone

from contracts.models import Contract
from costs import services
from mspgov.kernel.money import read_money
from mspgov.kernel.period import read_month
from mspgov.tenancy import commands
from mspgov.tenancy.models import Engagement


class Command(commands.Command):
    help = "Sets the charges of a month in the contract's currency; the same amount again writes nothing."
    tenant_wanted = engagement_wanted = True

    def arguments(self, parser: CommandParser) -> None:
        parser.add_argument("month", metavar="MONTH")
        parser.add_argument("amount", metavar="AMOUNT")

    def work(self, *, engagement: Engagement, month: str, amount: str, **options: Any) -> Any:
        of = read_month(month, "month")
        contract = get_object_or_404(Contract, engagement=engagement)
        money = read_money(amount, contract.currency, "amount")
        row = services.set_charges(engagement=engagement, month=of, amount=money, by=None, at=timezone.now())
        return {"month": row.month, "charges": row.money.text, "currency": row.currency}
