"""Addresses of governance: pages and collections."""

from django.urls import URLPattern, path

from . import api, views
from .views import actions, portal, rca_forms, rcas, recurrences

app_name = "governance"
urlpatterns: list[URLPattern] = [
    path("governance/", views.home, name="home"),
    path("governance/packs/new/", views.new_pack, name="pack-new"),
    path("governance/packs/making/<uuid:run_id>/", views.making, name="pack-making"),
    path("governance/packs/making/<uuid:run_id>/progress/", views.making_progress, name="pack-making-progress"),
    path("governance/packs/making/<uuid:run_id>/stop/", views.stop_making, name="pack-making-stop"),
    path("governance/packs/<uuid:pack_id>/", views.pack, name="pack"),
    path("governance/packs/<uuid:pack_id>/pack.pdf", views.pack_pdf, name="pack-pdf"),
    path("governance/packs/<uuid:pack_id>/files/<str:name>", views.pack_enclosure, name="pack-file"),
    path("governance/rcas/", rcas.rcas, name="rcas"),
    path("governance/rcas.csv", rcas.rcas_export, name="rcas-export"),
    path("governance/rcas/new/", rcas.demand, name="rca-new"),
    path("governance/rcas/files/<uuid:evidence_id>/", rcas.file, name="rca-file"),
    path("governance/rcas/<uuid:rca_id>/", rcas.rca, name="rca"),
    path("governance/rcas/<uuid:rca_id>/write/", rca_forms.write, name="rca-write"),
    path("governance/rcas/<uuid:rca_id>/draft/", rca_forms.draft, name="rca-draft"),
    path("governance/rcas/drafts/<uuid:draft_id>/", rca_forms.draft_seen, name="rca-draft-seen"),
    path("governance/rcas/<uuid:rca_id>/evidence/", rca_forms.evidence, name="rca-evidence"),
    path("governance/rcas/<uuid:rca_id>/preview/", rca_forms.preview, name="rca-preview"),
    path("governance/rcas/<uuid:rca_id>/comment/", rcas.comment, name="rca-comment"),
    path("governance/rcas/<uuid:rca_id>/decide/", rcas.decide, name="rca-decide"),
    path("governance/rcas/<uuid:rca_id>/withdraw/", rcas.withdraw, name="rca-withdraw"),
    path("governance/rcas/<uuid:rca_id>/check/", rcas.check, name="rca-check"),
    path("governance/rcas/<uuid:rca_id>/compare/", rcas.compare, name="rca-compare"),
    path("governance/rcas/<uuid:rca_id>/rca.pdf", rcas.pdf, name="rca-pdf"),
    path("governance/of-record/<uuid:record_id>/", rcas.of_record, name="of-record"),
    path("governance/actions/", actions.actions, name="actions"),
    path("governance/actions.csv", actions.actions_export, name="actions-export"),
    path("governance/actions/<uuid:action_id>/", actions.action, name="action"),
    path("governance/actions/<uuid:action_id>/hand-in/", actions.hand_in, name="action-hand-in"),
    path("governance/actions/<uuid:action_id>/accept/", actions.accept, name="action-accept"),
    path("governance/actions/<uuid:action_id>/return/", actions.send_back, name="action-return"),
    path("governance/recurrences/", recurrences.recurrences, name="recurrences"),
    path("governance/recurrences.csv", recurrences.recurrences_export, name="recurrences-export"),
    path("governance/recurrences/look/", recurrences.look, name="recurrences-look"),
    path("governance/recurrences/<uuid:ticket_id>/", recurrences.recurrence, name="recurrence"),
    path("governance/recurrences/<uuid:ticket_id>/demand/", recurrences.demand, name="recurrence-demand"),
    path("requests/", portal.requests, name="requests"),
    path("submissions/", portal.submissions, name="submissions"),
]
api_urlpatterns: list[URLPattern] = [
    *api.Packs.urls("packs"),
    path("packs/<uuid:id>/file/", api.Packs.as_view({"get": "file"}), name="packs-file"),
    *api.Rcas.urls("rcas"),
    path("rcas/<uuid:id>/draft/", api.Drafts.as_view({"get": "draft", "put": "put_draft"}), name="rcas-draft"),
    path("rcas/<uuid:id>/submit/", api.Rcas.as_view({"post": "submit"}), name="rcas-submit"),
    path("rcas/<uuid:id>/accept/", api.Rcas.as_view({"post": "accept"}), name="rcas-accept"),
    path("rcas/<uuid:id>/return/", api.Rcas.as_view({"post": "return_"}), name="rcas-return"),
    path("rcas/<uuid:id>/withdraw/", api.Rcas.as_view({"post": "withdraw"}), name="rcas-withdraw"),
    path("rcas/<uuid:id>/check/", api.Rcas.as_view({"post": "check"}), name="rcas-check"),
    *api.Actions.urls("actions"),
    path("actions/<uuid:id>/hand-in/", api.Actions.as_view({"post": "hand_in"}), name="actions-hand-in"),
    path("actions/<uuid:id>/accept/", api.Actions.as_view({"post": "accept"}), name="actions-accept"),
    path("actions/<uuid:id>/return/", api.Actions.as_view({"post": "return_"}), name="actions-return"),
    *api.Recurrences.urls("recurrences"),
]
