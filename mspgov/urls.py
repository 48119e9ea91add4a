"""All addresses: pages under /o/<tenant>/, the API under /o/<tenant>/api/v1/, sign-in under /accounts/."""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.account.urls")),
]
