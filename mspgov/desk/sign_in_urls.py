"""What of allauth is served: sign-in and -out, passwords, second factors. Nobody signs up by themselves."""

from allauth.account import urls
from allauth.mfa.base import urls as mfa
from allauth.mfa.recovery_codes import urls as recovery_codes
from allauth.mfa.totp.views import deactivate_totp
from django.urls import URLPattern, URLResolver, include, path

from .account import second_factor

SERVED = {
    "account_login",
    "account_logout",
    "account_inactive",
    "account_reauthenticate",
    "account_change_password",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_signup",  # closed by the adapter; the sign-in page asks for its address
}
urlpatterns: list[URLPattern | URLResolver] = [
    *(pattern for pattern in urls.urlpatterns if pattern.name in SERVED),
    path("2fa/totp/activate/", second_factor.activate, name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", deactivate_totp, name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", include(recovery_codes.urlpatterns)),
    path("2fa/", include(mfa.urlpatterns)),
]
