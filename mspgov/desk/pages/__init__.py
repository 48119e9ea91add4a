"""Pages that span modules: home, engagements and their hub, search."""

from .engagements import engagements
from .home import home
from .hub import hub
from .search import search

__all__ = ["engagements", "home", "hub", "search"]
