"""Views of lists that people save: kept by the list's address, shown as tabs, shared with one's own side.

A list of any kind takes them by one call: `saved = views_of(request, reads=…, count=…)`, and shows `saved.tabs` and `saved.note`.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db import models, transaction
from django.db.models import Exists, OuterRef
from django.http import QueryDict
from django.shortcuts import get_object_or_404

from mspgov.kernel.refusals import Refused
from mspgov.tenancy.models import Engagement, Membership

from .addresses import here
from .components import Action, Tab, Tabs
from .doors import Request
from .models import FirstView, SavedView

PASSING = ("page", "view", "format", "selected", "all", "csrfmiddlewaretoken")  # of an address, but of no view
EVERYTHING = "all"
COUNTED = 8  # views with a number in their tab
COUNTED_TO = 999
MOST = 30
LONGEST = SavedView._meta.get_field("query").max_length or 0


@dataclass(frozen=True)
class Saved:
    """What a list shows of saved views: tabs, a note on the view that is open, and where it opens if not here."""

    tabs: Tabs | None
    note: str = ""
    opens: str = ""
    extra: Action | None = None  # what can be done with the list as it is now


def views_of(
    request: Request, *, reads: Collection[str], count: Callable[[QueryDict], int] | None = None,
    total: int | None = None, wrong: Iterable[str] = (), always: bool = False,
) -> Saved:  # fmt: skip
    """The views of the list that is asked for: one query, and one more for each number in a tab.

    `reads` are the parameters that the list knows, `wrong` those whose value it cannot read; `count` says how many rows
    an address has. Without a view there are no tabs, unless `always`.
    """
    match, now = request.resolver_match, query_of(request.GET)
    page = str(match.view_name) if match else ""
    found = list(seen(request.user.pk, page))
    first = next((view for view in found if view.is_first), None)
    if first is not None and not request.GET:
        return Saved(None, opens=f"?{first.query}" if first.query else f"?view={EVERYTHING}")
    tabs = []
    for number, (label, query) in enumerate([("All", ""), *((view.name, view.query) for view in found)]):
        is_open = query == now
        counted = total if is_open else count(QueryDict(query)) if count and number <= COUNTED else None
        tabs.append(Tab(label, f"?{query or f'view={EVERYTHING}'}", current=is_open, count=_number(counted)))
    current = next((view for view in found if view.query == now), None)
    if current is not None:
        extra = Action("About this view", here(request, "web:view", current.public_id), "text")
    elif now:
        extra = Action("Save this view", here(request, "web:view-new", page=page, query=now), "text")
    else:
        extra = None
    shown = Tabs(tuple(tabs), extra=extra) if found or always else None
    return Saved(shown, _note(current, reads, set(wrong)) if current else "", extra=extra)


def seen(person_id: int, page: str) -> "models.QuerySet[Any]":
    """A person's own views of a list, then those that their side shares; `is_first` marks the one it opens with."""
    opens = FirstView.objects.filter(view=OuterRef("pk"), person_id=person_id)
    rows = SavedView.objects.filter(page=page).annotate(is_first=Exists(opens), is_own=models.Q(owner_id=person_id))
    return rows.select_related("owner").order_by("-is_own", "name", "pk")


def query_of(asked: QueryDict) -> str:
    """The lasting part of a list's address, always in the same order."""
    kept = [(name, text) for name, values in asked.lists() for text in values if text and name not in PASSING]
    return urlencode(sorted(kept))


def _number(count: int | None) -> str:
    return "" if count is None else f"{COUNTED_TO}+" if count > COUNTED_TO else str(count)


def _note(view: SavedView, reads: Collection[str], wrong: Collection[str]) -> str:
    """What of a view its list can no longer do."""
    asked = set(QueryDict(view.query))
    gone = sorted(asked - set(reads) - set(PASSING))
    unread = sorted(asked & set(wrong))
    said = []
    if gone:
        said.append(f"This view filters by {_named(gone)}, which the list no longer has: it shows more than was saved.")
    if unread:
        said.append(f"What this view wants of {_named(unread)} is not there any more: choose anew and save it again.")
    return " ".join(said)


def _named(names: Iterable[str]) -> str:
    return " and ".join(f"“{name.replace('_', ' ')}”" for name in names)


@transaction.atomic
def save_view(
    *, page: str, name: str, query: str, shared: bool, opens: bool, member: Membership, at: datetime,
    replace: bool = False,
) -> SavedView:  # fmt: skip
    """Keep a list's address under a name of the person's own; with `replace` in place of what that name held.

    Raises Refused for too many views, for an address that is too long to keep, for a name that another of their views
    has where it is not to be replaced, and where a provider's person would show colleagues what not all of them may see.
    """
    own = SavedView.objects.filter(owner_id=member.person_id, page=page)
    if not own.filter(name=name).exists() and own.count() >= MOST:
        raise Refused(f"you have {MOST} views of this list; delete one first")
    kept = query_of(QueryDict(query))
    if len(kept) > LONGEST:
        raise Refused("the list filters by more than a view can keep; ask it for less")
    values = {"query": kept, "made_at": at, **_shown_to(kept, shared, member)}
    # of two equal ones at once (a double click) the second finds what the first has made
    view, is_new = SavedView.objects.get_or_create(owner_id=member.person_id, page=page, name=name, defaults=values)
    if not is_new:
        if view.query != kept and not replace:
            raise Refused(f"you have a view called {name} already; replace it, or choose another name")
        for field, value in values.items():
            setattr(view, field, value)
        view.save()
    view.refresh_from_db(fields=["public_id"])
    open_with(view, opens, member.person_id)
    return view


def has_view(page: str, name: str, member: Membership) -> bool:
    """Whether one of the member's own views of a list is called so."""
    return SavedView.objects.filter(owner_id=member.person_id, page=page, name=name).exists()


@transaction.atomic
def change_view(view: SavedView, *, name: str, shared: bool, opens: bool, member: Membership) -> SavedView:
    """Rename one's own view, share it or not. Raises Refused for a name that another of one's views has."""
    if SavedView.objects.filter(owner_id=member.person_id, page=view.page, name=name).exclude(pk=view.pk).exists():
        raise Refused(f"another of your views is called {name}")
    view.name = name
    for field, value in _shown_to(view.query, shared, member).items():
        setattr(view, field, value)
    view.save()
    open_with(view, opens, member.person_id)
    return view


def _shown_to(query: str, shared: bool, member: Membership) -> dict[str, Any]:
    about = _about(query, member)
    if shared and member.is_provider_side and about is None:
        raise Refused(
            "choose one engagement in the list before you share it: colleagues see only the engagements they work in"
        )
    return {"provider_id": member.provider_id, "about": about, "shared": shared}


def _about(query: str, member: Membership) -> Engagement | None:
    """The engagement that a list's address names; for a provider's person the only one they see."""
    named = QueryDict(query).get("engagement", "")
    rows = Engagement.objects.order_by("pk")
    if named:
        try:
            return rows.filter(public_id=UUID(named)).first()
        except ValueError:
            return rows.filter(slug=named).first()
    mine = list(rows[:2]) if member.is_provider_side else []
    return mine[0] if len(mine) == 1 else None


@transaction.atomic
def open_with(view: SavedView, opens: bool, person_id: int) -> None:
    """Whether the list opens with this view for this person."""
    if opens:
        FirstView.objects.update_or_create(person_id=person_id, page=view.page, defaults={"view": view})
    else:
        FirstView.objects.filter(person_id=person_id, view=view).delete()


@transaction.atomic
def delete_view(public_id: UUID, *, person_id: int) -> SavedView:
    """Remove one's own view, also for those to whom it was shared. Raises Http404 for anybody else's."""
    view: SavedView = get_object_or_404(SavedView.objects.select_for_update(), public_id=public_id, owner_id=person_id)
    FirstView.objects.filter(view=view).delete()
    view.delete()
    return view
