"""What is concluded: board packs; root causes and the actions that follow from them."""

from .packs import Pack
from .rcas import Action, Draft, Rca, RcaTicket, RcaVersion

__all__ = ["Action", "Draft", "Pack", "Rca", "RcaTicket", "RcaVersion"]
