"""Setting up a second factor: the library's page, after which other devices sign in anew, with it."""

from typing import Any

from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import get_totp_secret
from allauth.mfa.totp.views import ActivateTOTPView
from django import forms
from django.http import HttpResponse

from mspgov.tenancy import credentials, queries
from mspgov.tenancy.policy import SIGNED_IN
from mspgov.web.doors import may


class KeyForm(ActivateTOTPForm):
    """The library's form with the key that the page showed before: reloaded, it still fits what the phone has read."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.user = kwargs.pop("user")
        forms.Form.__init__(self, *args, **kwargs)
        self.secret = get_totp_secret()


class Activate(ActivateTOTPView):
    form_class = KeyForm

    def get_context_data(self, **told: Any) -> dict[str, Any]:
        """Names the organisations that demand it, and says whether there are others."""
        places = queries.places_of(self.request.user.pk)
        demanding = [place.name for place in places if place.demands_second_factor]
        found: dict[str, Any] = super().get_context_data(**told)
        return found | {"demanding": demanding, "others": len(places) > len(demanding)}

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        credentials.end_other_sessions(self.request.user, keep=self.request.session.session_key)
        return response


activate = may(SIGNED_IN)(Activate.as_view())
