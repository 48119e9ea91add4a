"""Packs are made; root causes are demanded, answered, decided and checked; actions are tracked."""

from .acting import accept_action, hand_in_action, return_action, withdraw_action
from .checking import check_effect, judge_effect
from .demanding import Demand, demand_by_person, demand_rca, demands_of, lock_engagement, withdraw_rca, would_demand
from .drafting import Incomplete, keep_aside, save_draft, submit_rca
from .evidence import add_rca_evidence
from .following import FOLLOW, Followed, begin, follow, follow_next, start_following, sweep
from .packs import KIND, check_quarter, freeze_facts, keep_print, printed_pack, start_pack
from .printing import RCA_PRINT, ask_print, keep_rca_print, print_of, printed_rca
from .reviewing import accept_rca, return_rca

__all__ = [
    "FOLLOW",
    "KIND",
    "RCA_PRINT",
    "Demand",
    "Followed",
    "Incomplete",
    "accept_action",
    "accept_rca",
    "add_rca_evidence",
    "ask_print",
    "begin",
    "check_effect",
    "check_quarter",
    "demand_by_person",
    "demand_rca",
    "demands_of",
    "follow",
    "follow_next",
    "freeze_facts",
    "hand_in_action",
    "judge_effect",
    "keep_aside",
    "keep_print",
    "keep_rca_print",
    "lock_engagement",
    "print_of",
    "printed_pack",
    "printed_rca",
    "return_action",
    "return_rca",
    "save_draft",
    "start_following",
    "start_pack",
    "submit_rca",
    "sweep",
    "withdraw_action",
    "withdraw_rca",
    "would_demand",
]
