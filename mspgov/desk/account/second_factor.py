"""Setting up a second factor: the library's page, after which other devices sign in anew, with it."""

from typing import Any

from allauth.mfa.totp.views import ActivateTOTPView
from django.http import HttpResponse

from mspgov.tenancy import credentials
from mspgov.tenancy.policy import SIGNED_IN
from mspgov.web.doors import may


class Activate(ActivateTOTPView):
    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        credentials.end_other_sessions(self.request.user, keep=self.request.session.session_key)
        return response


activate = may(SIGNED_IN)(Activate.as_view())
