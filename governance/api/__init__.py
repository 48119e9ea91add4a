"""Collections of governance: packs; root causes, their actions, recurrences."""

from .actions import Actions
from .packs import Packs
from .rcas import Rcas
from .recurrences import Recurrences

__all__ = ["Actions", "Packs", "Rcas", "Recurrences"]
