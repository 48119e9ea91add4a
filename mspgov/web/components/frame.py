"""What stands around every page, and its head."""

from __future__ import annotations

from dataclasses import dataclass

from mspgov.web.components.marks import Phrase, Status


@dataclass(frozen=True)
class Crumb:
    """One step of the way here; the latest has no address."""

    label: str
    href: str = ""


@dataclass(frozen=True)
class Breadcrumb:
    crumbs: tuple[Crumb, ...]


@dataclass(frozen=True)
class Place:
    """One place of the left bar; `icon` is a name of mspgov.web.icons; `on_phone` puts it among the four of the phone bar."""

    label: str
    url: str
    icon: str
    count: int = 0
    current: bool = False
    on_phone: bool = True


@dataclass(frozen=True)
class TenantChoice:
    """A tenant that the person can switch to."""

    name: str
    url: str
    crest: str
    note: str = ""
    current: bool = False


@dataclass(frozen=True)
class Frame:
    """Left bar, top bar and phone bar. `house` is the organisation of the person, `note` the tenant that a provider's
    people work for, else the role line or "Demo data"; `clock` says date, time and zone."""

    tenant: str
    slug: str
    house: str
    crest: str
    note: str
    places: tuple[Place, ...]
    person: str
    role: str
    breadcrumb: tuple[Crumb, ...]
    clock: str
    clock_exactly: str = ""
    tenants: tuple[TenantChoice, ...] = ()
    home_url: str = "/"
    search_url: str = ""
    account_url: str = ""
    sign_out_url: str = ""
    theme: str = ""

    @property
    def phone_places(self) -> tuple[Place, ...]:
        """The first four that stand in the phone bar."""
        return tuple(place for place in self.places if place.on_phone)[:4]

    @property
    def more_places(self) -> tuple[Place, ...]:
        return tuple(place for place in self.places if place not in self.phone_places)

    @property
    def in_more(self) -> bool:
        return any(place.current for place in self.more_places)


@dataclass(frozen=True)
class Action:
    """A verb with its object; kind: filled, outlined, text or danger. With `post` it is a form of its own, else a link.

    `htmx_target` opens it into that element (a drawer) where scripts run. `disabled` needs `why`.
    """

    label: str
    href: str = ""
    kind: str = "outlined"
    icon: str = ""
    post: bool = False
    small: bool = False
    name: str = ""
    value: str = ""
    disabled: bool = False
    why: str = ""
    htmx_target: str = ""
    key: str = ""


@dataclass(frozen=True)
class PageHead:
    """One title, one sentence of state (its first clause is `lead`), one filled action and at most two outlined."""

    title: str
    lead: str = ""
    sentence: Phrase = ""
    ident: str = ""
    eyebrow: str = ""
    actions: tuple[Action, ...] = ()
    status: Status | None = None

    @property
    def gap(self) -> str:
        """Between lead and sentence: nothing when the sentence goes on with a comma."""
        first = self.sentence[0] if isinstance(self.sentence, tuple) and self.sentence else self.sentence
        return "" if isinstance(first, str) and first[:1] in {",", ";", ":"} else " "


@dataclass(frozen=True)
class SectionHead:
    """Heading of a section: title, a note of 12 beside it, one link at the right; `ruled` draws the strong line."""

    title: str
    note: str = ""
    link: str = ""
    href: str = ""
    ruled: bool = True
    id: str = ""


@dataclass(frozen=True)
class Tab:
    label: str
    href: str
    current: bool = False
    count: str = ""


@dataclass(frozen=True)
class Tabs:
    """Siblings only. `extra` stands at the right ("Save this view")."""

    tabs: tuple[Tab, ...]
    label: str = "Views"
    extra: Action | None = None
