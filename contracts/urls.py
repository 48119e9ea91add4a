"""Addresses of contracts: pages and collections."""

from django.urls import URLPattern, path

from . import api, kits, views

app_name = "contracts"
urlpatterns: list[URLPattern] = [
    path("contracts/", views.contracts, name="contracts"),
    path("contracts/import/", views.import_terms, name="import"),
    path("contracts/<uuid:contract_id>/", views.contract, name="contract"),
    path("contracts/<uuid:contract_id>/amend/", views.amend, name="amend"),
    path("contracts/<uuid:contract_id>/compare/", views.compare, name="compare"),
    path("contracts/<uuid:contract_id>/terms.yaml", views.terms, name="terms"),
    path("service-levels/<uuid:level_id>/", views.service_level, name="service-level"),
    path("calendars/", views.calendars, name="calendars"),
    path("calendars/new/", views.new_calendar, name="calendar-new"),
    path("calendars/<uuid:calendar_id>/", views.calendar, name="calendar"),
    path("calendars/<uuid:calendar_id>/edit/", views.edit_calendar, name="calendar-edit"),
    path("calendars/<uuid:calendar_id>/history/", views.calendar_history, name="calendar-history"),
    path("due/", views.due, name="due"),
    *kits.CalendarExceptions.urls(),
]
api_urlpatterns: list[URLPattern] = [
    *api.Contracts.urls("contracts"),
    path("contracts/<uuid:id>/terms/", api.Contracts.as_view({"get": "terms"}), name="contracts-terms"),
    *api.ServiceLevels.urls("service-levels"),
    *api.Calendars.urls("calendars"),
    *kits.CalendarExceptions.api_urls(),
]
