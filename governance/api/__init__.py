"""Collections of governance: packs; root causes, their actions, recurrences."""

from .actions import Actions
from .packs import Packs
from .rcas import Drafts, Rcas
from .recurrences import Recurrences

__all__ = ["Actions", "Drafts", "Packs", "Rcas", "Recurrences"]
