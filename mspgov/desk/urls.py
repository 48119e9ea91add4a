"""Addresses of pages that span modules."""

from django.urls import path

from . import api, deliveries, engagements_api, pages, proof, views
from .account import views as account
from .owners import api as owners_api
from .owners import kits
from .owners import views as owners
from .people import import_views as people_import
from .people import views as people

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
    path("proof/", proof.proof, name="proof"),
    path("proof/check/", proof.check, name="proof-check"),
    path("proof/head.json", proof.head, name="proof-head"),
    path("settings/organisation/", views.organisation, name="organisation"),
    path("people/", people.people, name="people"),
    path("people.csv", people.people_export, name="people-export"),
    path("people/<uuid:member_id>/", people.person, name="person"),
    path("people/<uuid:member_id>/roles/", people.person_roles, name="person-roles"),
    path("people/<uuid:member_id>/hand-over/", owners.hand_over, name="person-hand-over"),
    path("people/<uuid:member_id>/deactivate/", people.person_deactivate, name="person-deactivate"),
    path("people/<uuid:member_id>/reactivate/", people.person_reactivate, name="person-reactivate"),
    path("people/invite/", people.invite, name="invite"),
    path("people/import/", people_import.people_import, name="people-import"),
    path("people/import/template/", people_import.template, name="people-import-template"),
    path("people/import/<uuid:work>/", people_import.importing, name="people-importing"),
    path("people/import/<uuid:work>/undo/", people_import.undo, name="people-import-undo"),
    path("people/invitations/", people.invitations, name="invitations"),
    path("people/invitations/<uuid:invitation_id>/again/", people.invitation_again, name="invitation-again"),
    path("people/invitations/<uuid:invitation_id>/withdraw/", people.invitation_withdraw, name="invitation-withdraw"),
    path("providers/", people.providers, name="providers"),
    path("providers/<uuid:provider_id>/deactivate/", people.provider_deactivate, name="provider-deactivate"),
    path("providers/<uuid:provider_id>/reactivate/", people.provider_reactivate, name="provider-reactivate"),
    path("owners/", owners.owners, name="owners"),
    path("owners/<uuid:domain_id>/", owners.owner, name="owner"),
    path("owners/<uuid:domain_id>/name/", owners.owner_name, name="owner-name"),
    path("absences/", owners.absences, name="absences"),
    path("absences/new/", owners.absence_new, name="absence-new"),
    path("absences/<uuid:absence_id>/end/", owners.absence_end, name="absence-end"),
    *kits.ServiceDomains.urls(),
    path("account/", account.account, name="account"),
    path("account/details/", account.details, name="account-details"),
    path("account/e-mail/", account.ways, name="account-ways"),
    path("account/sessions/end-others/", account.sessions_end_others, name="sessions-end-others"),
    path("account/sessions/<slug:session>/end/", account.session_end, name="session-end"),
    path("account/feeds/new/", account.feed_new, name="feed-new"),
    path("account/feeds/<uuid:feed_id>/end/", account.feed_end, name="feed-end"),
    path("account/tokens/", views.tokens, name="tokens"),
    path("account/tokens/<uuid:token_id>/revoke/", views.revoke_token, name="token-revoke"),
    path("e-mails/", deliveries.deliveries, name="deliveries"),
    path("e-mails/<uuid:mail_id>/", deliveries.delivery, name="delivery"),
    path("e-mails/<uuid:mail_id>/again/", deliveries.delivery_again, name="delivery-again"),
]
api_urlpatterns = [
    *engagements_api.Engagements.urls("engagements"),
    *api.Runs.urls("runs"),
    path("runs/<uuid:id>/cancel/", api.Runs.as_view({"post": "cancel"}), name="runs-cancel"),
    path("runs/<uuid:id>/again/", api.Runs.as_view({"post": "again"}), name="runs-again"),
    *api.People.urls("people"),
    *kits.ServiceDomains.api_urls(),
    *owners_api.Offices.urls("offices"),
    *owners_api.Absences.urls("absences"),
]
