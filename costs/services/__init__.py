"""Charges are set, credits proposed, months sealed and corrected; credits are answered, decided, claimed and settled.
Each service orders its writers by the contract's row."""

from .accepting import (
    ACCEPT_MANY,
    accept_previewed,
    acceptance_lines,
    amount_of,
    came_of,
    confirm_acceptance,
    preview_acceptance,
)
from .accepting import LIST as ACCEPTED_LIST
from .answering import TicketAsk, accept, accept_under_reservation, dispute
from .charging import charge_month, check_charges, set_charges
from .claiming import (
    PRINT_CLAIM,
    claim_credits,
    faults_of_note,
    hand_in_note,
    keep_claim_file,
    pay_back,
    settle_claim,
    withdraw_claim,
)
from .correcting import CORRECT, PREVIEW, correct_month, preview_correction, start_correction, start_preview
from .deciding import Grant, decide, preview_decision, revoke_exclusion
from .decision_runs import (
    DECIDE_BY_RUN,
    PREVIEW_DECISION,
    REVOKE,
    read_grant,
    start_decision,
    start_decision_preview,
    start_revocation,
)
from .judging import Proposed, locked_contract, propose_credits
from .ladder import sweep, take_up
from .months import MEASURE, Measured, measure, seal_month, start_measuring
from .review import reviewed
from .waiving import ask_waiver, decide_waiver, withdraw_waiver

__all__ = [
    "ACCEPTED_LIST",
    "ACCEPT_MANY",
    "CORRECT",
    "DECIDE_BY_RUN",
    "MEASURE",
    "PREVIEW",
    "PREVIEW_DECISION",
    "PRINT_CLAIM",
    "REVOKE",
    "Grant",
    "Measured",
    "Proposed",
    "TicketAsk",
    "accept",
    "accept_previewed",
    "accept_under_reservation",
    "acceptance_lines",
    "amount_of",
    "ask_waiver",
    "came_of",
    "charge_month",
    "check_charges",
    "claim_credits",
    "confirm_acceptance",
    "correct_month",
    "decide",
    "decide_waiver",
    "dispute",
    "faults_of_note",
    "hand_in_note",
    "keep_claim_file",
    "locked_contract",
    "measure",
    "pay_back",
    "preview_acceptance",
    "preview_correction",
    "preview_decision",
    "propose_credits",
    "read_grant",
    "reviewed",
    "revoke_exclusion",
    "seal_month",
    "set_charges",
    "settle_claim",
    "start_correction",
    "start_decision",
    "start_decision_preview",
    "start_measuring",
    "start_preview",
    "start_revocation",
    "sweep",
    "take_up",
    "withdraw_claim",
    "withdraw_waiver",
]
