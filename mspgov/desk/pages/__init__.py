"""Pages that span modules: the way in, home, engagements and their hub, search."""

from .door import door
from .engagements import engagements
from .home import home
from .hub import hub
from .search import search

__all__ = ["door", "engagements", "home", "hub", "search"]
