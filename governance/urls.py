"""Addresses of governance: pages and collections."""

from django.urls import URLPattern, path

from . import api, views

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
]
api_urlpatterns: list[URLPattern] = [
    *api.Packs.urls("packs"),
    path("packs/<uuid:id>/file/", api.Packs.as_view({"get": "file"}), name="packs-file"),
]
