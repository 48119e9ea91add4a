"""What is seen of money: credits, their ledger, charges, and what a ticket cost."""

from .account import Account, Charges, account, latest_results, seals_of
from .charges import ChargesLine, charges_list, charges_rows
from .credits import CreditLine, credit_line, credit_list, credits_of, money_sentence
from .ledger import LedgerLine, ledger_line, ledger_list, ledger_of
from .months import MonthMoney, month_money
from .one_credit import CreditPage, PathStep, StepLine, credit_page
from .overview import ContractYear, CreditsView, Group, MonthBar, credits_view
from .tickets import TicketCost, TicketCosts, ticket_costs

__all__ = [
    "Account",
    "Charges",
    "ChargesLine",
    "ContractYear",
    "CreditLine",
    "CreditPage",
    "CreditsView",
    "Group",
    "LedgerLine",
    "MonthBar",
    "MonthMoney",
    "PathStep",
    "StepLine",
    "TicketCost",
    "TicketCosts",
    "account",
    "charges_list",
    "charges_rows",
    "credit_line",
    "credit_list",
    "credit_page",
    "credits_of",
    "credits_view",
    "latest_results",
    "ledger_line",
    "ledger_list",
    "ledger_of",
    "money_sentence",
    "month_money",
    "seals_of",
    "ticket_costs",
]
