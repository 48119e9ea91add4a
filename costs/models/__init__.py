"""What a month is charged, what a missed promise costs, how both sides agree on it, and how it is claimed."""

from .claims import Claim, ClaimLine, CreditNote, Repayment
from .money import AMOUNT, Credit, LedgerEntry, MonthlyCharges
from .review import Answer, DecidedTicket, Decision, DisputedTicket, StepUp, TicketClaim

__all__ = [
    "AMOUNT",
    "Answer",
    "Claim",
    "ClaimLine",
    "Credit",
    "CreditNote",
    "DecidedTicket",
    "Decision",
    "DisputedTicket",
    "LedgerEntry",
    "MonthlyCharges",
    "Repayment",
    "StepUp",
    "TicketClaim",
]
