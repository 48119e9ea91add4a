"""What of allauth is served: sign-in and -out, forgotten and changed passwords. Nobody signs up by themselves."""

from allauth.account import urls

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
urlpatterns = [pattern for pattern in urls.urlpatterns if pattern.name in SERVED]
