"""Addresses of itsm: pages and collections."""

from django.urls import URLPattern, path

from . import api, views
from .api.imports import Imports
from .views import imports

app_name = "itsm"
urlpatterns: list[URLPattern] = [
    path("performance/", views.performance, name="performance"),
    path("performance/export.csv", views.performance_export, name="performance-export"),
    path("performance/<slug:engagement>/<str:level>/<str:month>/", views.level_month, name="level_month"),
    path(
        "performance/<slug:engagement>/<str:level>/<str:month>/export.csv",
        views.level_month_export,
        name="level_month-export",
    ),
    path("service-levels/<uuid:level_id>/months/", views.level_months, name="level_months"),
    path("tickets/", views.tickets, name="tickets"),
    path("tickets/export.csv", views.tickets_export, name="tickets-export"),
    path("ticket-exports/new/", views.new_export, name="export-new"),
    path("ticket-exports/<uuid:export_id>/", views.export, name="export"),
    path("ticket-exports/<uuid:export_id>/progress/", views.export_progress, name="export-progress"),
    path("ticket-exports/<uuid:export_id>/stop/", views.stop_export, name="export-stop"),
    path("ticket-exports/<uuid:export_id>/tickets.csv", views.export_file, name="export-file"),
    path("tickets/<str:which>/", views.ticket, name="ticket"),
    path("tickets/<str:which>/question.json", views.question, name="question"),
    path("imports/", imports.import_list, name="imports"),
    path("imports/new/", imports.new_import, name="import-new"),
    path("imports/<uuid:import_id>/", imports.import_result, name="import"),
    path("imports/<uuid:import_id>/mapping/", imports.import_mapping, name="import-mapping"),
    path("imports/<uuid:import_id>/preview/", imports.import_preview, name="import-preview"),
    path("imports/<uuid:import_id>/check/", imports.check_import, name="import-check"),
    path("imports/<uuid:import_id>/start/", imports.start_import, name="import-start"),
    path("imports/<uuid:import_id>/stop/", imports.stop_import, name="import-stop"),
    path("imports/<uuid:import_id>/progress/", imports.import_progress, name="import-progress"),
    path("imports/<uuid:import_id>/report.csv", imports.import_report, name="import-report"),
    path("imports/<uuid:import_id>/withdraw/", imports.withdraw_import, name="import-withdraw"),
]
api_urlpatterns: list[URLPattern] = [
    *api.Tickets.urls("tickets"),
    *api.Results.urls("results"),
    *api.Reported.urls("reported-values"),
    *Imports.urls("imports"),
]
