"""What the layout shows around every page: tenant, places, person, the way here, time."""

from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.urls import NoReverseMatch, resolve, reverse
from django.utils import timezone

from mspgov.tenancy.models import Membership, Tenant
from mspgov.tenancy.policy import Role

from . import words
from .components import Crumb, Frame, Place, TenantChoice
from .doors import Request, permission_of


class Spot(NamedTuple):
    """A place of the left bar: the route behind it, and the namespaces whose pages stand in it."""

    label: str
    icon: str
    route: str
    holds: tuple[str, ...] = ()
    side: str = ""  # "client" or "provider"; empty for both
    on_phone: bool = True  # among the four of the phone bar, else under More


SPOTS = (
    Spot("Home", "home", "desk:home", ("obligations",)),
    Spot("Engagements", "engagements", "desk:engagements", ("engagements", "contracts")),
    Spot("Performance", "performance", "itsm:performance", ("itsm",)),
    Spot("Governance", "governance", "governance:home", ("governance",), on_phone=False),
    Spot("Requests", "requests", "governance:requests", (), "provider"),
    Spot("Submissions", "submissions", "governance:submissions", (), "provider"),
    Spot("Assurance", "assurance", "security:home", ("security",), "client", on_phone=False),
    Spot("Money", "money", "costs:credits", ("costs",)),
)


def stand(request: HttpRequest, *crumbs: tuple[str, str] | str, place: str = "") -> None:
    """Say where a page stands: the way from its place to it, as (label, address) or, for the page itself, a label.

    `place` names the place of the left bar when it is not that of the view's own app.
    """
    request.crumbs = tuple(Crumb(c) if isinstance(c, str) else Crumb(*c) for c in crumbs)  # type: ignore[attr-defined]
    request.place = place  # type: ignore[attr-defined]


def frame(request: Request) -> dict[str, Any]:
    """The context processor: asks the database nothing, for everything was read on the way in."""
    if not hasattr(request, "member"):
        return {"frame": None}
    member, tenant = request.member, request.tenant
    here = _place_here(request)
    zone = ZoneInfo(request.user.time_zone or tenant.time_zone)
    now = timezone.now()
    places = tuple(places_of(member, tenant, here))
    return {
        "frame": Frame(
            tenant=tenant.name,
            slug=tenant.slug,
            house=house(member, tenant),
            crest=crest(house(member, tenant)),
            note=f"for {tenant.name}" if member.provider is not None else note(member, tenant),
            places=places,
            person=request.user.name,
            role=role_line(member),
            breadcrumb=_breadcrumb(request, tenant, places),
            clock=words.top_bar_clock(now, zone),
            clock_exactly=words.exactly(now, zone),
            tenants=tuple(_choice(m, tenant) for m in request.memberships),
            home_url=places[0].url if places else "/",
            search_url=address("desk:search", tenant),
            account_url=address("desk:account", tenant),
            sign_out_url=reverse("account_logout"),
            theme=theme if (theme := request.COOKIES.get("theme", "")) in {"light", "dark"} else "",
        )
    }


def places_of(member: Membership, tenant: Tenant, here: str = "") -> list[Place]:
    """The places of a member's side that exist and that the member's roles open."""
    side = "provider" if member.is_provider_side else "client"
    return [
        Place(spot.label, url, spot.icon, current=spot.label == here, on_phone=spot.on_phone)
        for spot in SPOTS
        if spot.side in ("", side) and (url := address(spot.route, tenant)) and opens(member, url)
    ]


def address(route: str, tenant: Tenant) -> str:
    """The address of a page that takes the tenant only; empty when there is none yet."""
    try:
        return reverse(route, args=[tenant.slug])
    except NoReverseMatch:
        return ""


def opens(member: Membership, url: str) -> bool:
    """Whether the member's roles open a page."""
    needed = permission_of(resolve(url).func)
    return needed is not None and member.holds(needed)


def _place_here(request: HttpRequest) -> str:
    if chosen := getattr(request, "place", ""):
        return str(chosen)
    match = request.resolver_match
    if match is None:
        return ""
    own = next((s.label for s in SPOTS if match.view_name == s.route), "")
    return own or next((s.label for s in SPOTS if match.namespace in s.holds), "")


def _breadcrumb(request: HttpRequest, tenant: Tenant, places: tuple[Place, ...]) -> tuple[Crumb, ...]:
    """Tenant, place, and the way from there to the page."""
    place = tuple(Crumb(place.label, place.url) for place in places if place.current)
    return (Crumb(tenant.name, f"/o/{tenant.slug}/"), *place, *getattr(request, "crumbs", ()))


def _choice(member: Membership, tenant: Tenant) -> TenantChoice:
    other = member.tenant
    return TenantChoice(
        other.name, f"/o/{other.slug}/", crest(other.name), note(member, other), current=other.pk == tenant.pk
    )


def house(member: Membership, tenant: Tenant) -> str:
    """Whose people this member is of: the provider's, else the tenant's."""
    return member.provider.name if member.provider is not None else tenant.name


def note(member: Membership, tenant: Tenant) -> str:
    return "Demo data" if tenant.is_demo else roles_in_words(member)


def role_line(member: Membership) -> str:
    """Engineer; of a provider's people with its first name, as in Engineer, Cobalt."""
    said = roles_in_words(member)
    return f"{said}, {member.provider.name.split()[0]}" if member.provider is not None else said


def roles_in_words(member: Membership) -> str:
    return ", ".join(Role(role).label for role in member.roles)


def crest(name: str) -> str:
    """The letters that stand for a tenant: of Aurora Mutual, AM."""
    return "".join(word[0] for word in name.split()[:2] if word[0].isalnum()).upper() or "?"
