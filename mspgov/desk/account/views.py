"""Doors to a person's own things, and the link of an invitation."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from mspgov.desk import shown as desk
from mspgov.desk.people import forms as people_forms
from mspgov.desk.people import services as people
from mspgov.kernel.faults import Fault
from mspgov.kernel.refusals import Conflict, Refused
from mspgov.obligations.policy import OWN_FEED
from mspgov.tenancy import credentials, invitations
from mspgov.tenancy.policy import OWN_ACCOUNT, PUBLIC, Role
from mspgov.web.addresses import here
from mspgov.web.components import Action, Empty, PageHead, SectionHead
from mspgov.web.doors import Request, may, refusals
from mspgov.web.frame import stand

from . import forms, queries, services, shown

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
SECRET_SEEN, SECONDS = "feed", 60


@never_cache
@require_safe
@may(OWN_ACCOUNT)
def account(request: Request) -> HttpResponse:
    """Devices, tokens, calendar addresses, e-mail, name and zone of whoever reads it."""
    person, now = request.user, timezone.now()
    page = queries.account_page(person, key=request.session.session_key, at=now)
    feeds, others = request.member.holds(OWN_FEED), sum(not each.here for each in page.devices)
    made = request.get_signed_cookie(SECRET_SEEN, "", salt=salt(request), max_age=SECONDS)
    stand(request, "Account")
    context = {
        "page_head": PageHead("Account", person.name, f"signs in as {person.email}."),
        "views": desk.settings_tabs(request, "account"),
        "you_head": SectionHead("You", link="Change", href=here(request, "desk:account-details")),
        "pairs": shown.details(request, person, second_factor=page.second_factor),
        "second_factor": page.second_factor,
        "devices_head": SectionHead("Devices", note="where you are signed in"),
        "devices": shown.devices_table(request, page.devices),
        "end_others": Action("End all others", here(request, "desk:sessions-end-others"), kind="danger", post=True, small=True) if others else None,
        "tokens_head": SectionHead("Tokens", note="keys to the API", link="Manage", href=here(request, "desk:tokens")),
        "tokens": desk.tokens_table(page.tokens, request.tenant, now) if page.tokens else None,
        "feeds_head": SectionHead("Calendar addresses", note="what is owed, in your own calendar") if feeds else None,
        "feeds": shown.feeds_table(request, page.feeds) if page.feeds else None,
        "feed_form": forms.FeedForm() if feeds else None,
        "feed_href": here(request, "desk:feed-new"),
        "made": made,
        "ways_head": SectionHead("E-mail", link="Change", href=here(request, "desk:account-ways")),
        "ways": shown.ways_table(page.ways),
        "empty_tokens": Empty("You have none. A token does what you may do here, and no more."),
    }  # fmt: skip
    response = render(request, "desk/account.html", context)
    if SECRET_SEEN in request.COOKIES:
        response.delete_cookie(SECRET_SEEN, path=request.path, samesite="Strict")
    return response


def salt(request: Request) -> str:
    """Nobody else who signs in to the same browser is shown the address."""
    return f"new calendar address of {request.user.pk}"


@may(OWN_ACCOUNT)
def details(request: Request) -> HttpResponse:
    """Name and time zone."""
    person, back = request.user, here(request, "desk:account")
    initial = {"name": person.name, "time_zone": person.time_zone}
    form = forms.DetailsForm(request.POST or None, initial=initial, usual=request.tenant.time_zone)
    if form.is_valid():
        with refusals(form):
            services.change_details(person=person, **form.cleaned_data, at=timezone.now())
            messages.success(request, "Changed.")
            return redirect(back)
    stand(request, ("Account", back), "Name and time zone")
    context = {"page_head": PageHead("Name and time zone"), "form": form, "submit": "Save", "cancel_href": back}
    return render(request, "records/form.html", context)


@may(OWN_ACCOUNT)
def ways(request: Request) -> HttpResponse:
    """How one is told, by kind."""
    back = here(request, "desk:account")
    form = forms.WaysForm(request.POST or None, ways=queries.ways(request.user))
    if form.is_valid():
        services.choose_ways(person=request.user, chosen=form.chosen(), at=timezone.now())
        messages.success(request, "Changed.")
        return redirect(back)
    stand(request, ("Account", back), "E-mail")
    context = {
        "page_head": PageHead("E-mail", request.tenant.name),
        "form": form,
        "submit": "Save",
        "cancel_href": back,
        "help": "A digest gathers the day's messages and leaves at 7:00 on your own clock. Each organisation has its own choice.",
    }
    return render(request, "records/form.html", context)


@require_POST
@may(OWN_ACCOUNT)
def session_end(request: Request, session: str) -> HttpResponse:
    """Signs one of the reader's own devices out."""
    queries.session_named(request.user, session, at=timezone.now()).delete()
    messages.success(request, "The device is signed out.")
    return redirect(here(request, "desk:account"))


@require_POST
@may(OWN_ACCOUNT)
def sessions_end_others(request: Request) -> HttpResponse:
    credentials.end_other_sessions(request.user, keep=request.session.session_key)
    messages.success(request, "All other devices are signed out.")
    return redirect(here(request, "desk:account"))


@require_POST
@may(OWN_FEED)
def feed_new(request: Request) -> HttpResponse:
    """A new calendar address: shown once, on the page that follows."""
    form, back = forms.FeedForm(request.POST), here(request, "desk:account")
    if not form.is_valid():
        messages.error(request, "Say what reads the address.")
        return redirect(back)
    secret = services.make_feed(person=request.user, name=form.cleaned_data["name"], at=timezone.now())
    response = redirect(back)
    response.set_signed_cookie(
        SECRET_SEEN, request.build_absolute_uri(f"/feeds/{secret}.ics"), salt=salt(request), max_age=SECONDS, path=back,
        secure=request.is_secure(), httponly=True, samesite="Strict",
    )  # fmt: skip
    return response


@require_POST
@may(OWN_FEED)
def feed_end(request: Request, feed_id: UUID) -> HttpResponse:
    services.end_feed(person=request.user, public_id=feed_id, at=timezone.now())
    messages.success(request, "The address is dead.")
    return redirect(here(request, "desk:account"))


@never_cache
@may(PUBLIC)
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """The page behind a link: what is offered, and how to take it. A link that no longer works says nothing more."""
    now = timezone.now()
    found = invitations.offer(secret, at=now)
    tenant_id = invitations.tenant_of(secret)
    if found is None or tenant_id is None:
        return render(request, "desk/invitation_gone.html", status=404)
    signed_in = request.user if request.user.is_authenticated else None
    form = None if found.person else people_forms.JoinForm(request.POST or None, initial={"name": found.name})
    why = ""
    if request.method == "POST" and (form is None or form.is_valid()):
        typed = form.cleaned_data if form else {"name": "", "password": ""}
        try:
            joined = people.join(
                tenant_id=tenant_id, secret=secret, signed_in=signed_in, at=now, name=typed["name"], password=typed["password"]
            )  # fmt: skip
        except Fault as fault:
            assert form is not None
            form.add_error("password" if fault.path == "password" else None, fault.why)
        except Refused as no:
            why = str(no)
        except Conflict:
            return render(request, "desk/invitation_gone.html", status=404)
        else:
            if form is not None:
                login(request, joined.membership.person, backend=BACKEND)
            return redirect(f"/o/{found.tenant.slug}/")
    context = {
        "offer": found,
        "roles": " and ".join(Role(role).label.lower() for role in found.roles),
        "form": form,
        "why": why,
        "is_theirs": found.person is not None and signed_in is not None and signed_in.pk == found.person.pk,
        "signed_in": signed_in.email if signed_in else "",
        "here": request.path,
    }
    return render(request, "desk/invitation.html", context)
