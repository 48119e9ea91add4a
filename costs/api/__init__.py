"""Collections of money: credits and what is done to them, claims and credit notes, the ledger, charges, months."""

from .claims import Claims, CreditNotes
from .money import ChargesOfMonths, Credits, Ledger, Months
from .review import CreditReview

__all__ = ["ChargesOfMonths", "Claims", "CreditNotes", "CreditReview", "Credits", "Ledger", "Months"]
