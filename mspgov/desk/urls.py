"""Addresses of pages that span modules."""

from django.urls import path

from . import api, engagements_api, pages, proof, views

app_name = "desk"
urlpatterns = [
    path("", pages.home, name="home"),
    path("engagements/", pages.engagements, name="engagements"),
    path("engagements/<slug:engagement>/", pages.hub, name="hub"),
    path("search/", pages.search, name="search"),
    path("runs/", views.runs, name="runs"),
    path("runs/<uuid:run_id>/", views.run, name="run"),
    path("runs/<uuid:run_id>/progress/", views.run_progress, name="run-progress"),
    path("runs/<uuid:run_id>/cancel/", views.cancel_run, name="run-cancel"),
    path("runs/<uuid:run_id>/again/", views.try_run_again, name="run-again"),
    path("people/", views.people, name="people"),
    path("proof/", proof.proof, name="proof"),
    path("proof/check/", proof.check, name="proof-check"),
    path("proof/head.json", proof.head, name="proof-head"),
    path("settings/organisation/", views.organisation, name="organisation"),
    path("account/tokens/", views.tokens, name="tokens"),
    path("account/tokens/<uuid:token_id>/revoke/", views.revoke_token, name="token-revoke"),
]
api_urlpatterns = [
    *engagements_api.Engagements.urls("engagements"),
    *api.Runs.urls("runs"),
    path("runs/<uuid:id>/cancel/", api.Runs.as_view({"post": "cancel"}), name="runs-cancel"),
    path("runs/<uuid:id>/again/", api.Runs.as_view({"post": "again"}), name="runs-again"),
    *api.People.urls("people"),
]
