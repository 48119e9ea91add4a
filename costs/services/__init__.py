"""Charges are set, credits proposed, months sealed and corrected. Each service orders its writers by the contract's row."""

from .charging import charge_month, check_charges, set_charges
from .correcting import CORRECT, PREVIEW, correct_month, preview_correction, start_correction, start_preview
from .judging import Proposed, propose_credits
from .months import MEASURE, Measured, measure, seal_month, start_measuring

__all__ = [
    "CORRECT",
    "MEASURE",
    "PREVIEW",
    "Measured",
    "Proposed",
    "charge_month",
    "check_charges",
    "correct_month",
    "measure",
    "preview_correction",
    "propose_credits",
    "seal_month",
    "set_charges",
    "start_correction",
    "start_measuring",
    "start_preview",
]
