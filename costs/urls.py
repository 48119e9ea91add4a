"""Addresses of costs: pages and collections."""

from django.urls import URLPattern, path

from . import api, views

app_name = "costs"
urlpatterns: list[URLPattern] = [
    path("money/", views.credits, name="credits"),
    path("money/credits/<uuid:credit_id>/", views.credit, name="credit"),
    path("money/export.csv", views.credits_export, name="credits-export"),
    path("money/ledger/", views.ledger, name="ledger"),
    path("money/ledger/export.csv", views.ledger_export, name="ledger-export"),
    path("money/months/", views.months, name="months"),
    path("money/months/measure/", views.measure, name="measure"),
    path("money/months/seal/", views.seal, name="seal"),
    path("money/months/correct/", views.correct, name="correct"),
    path("money/months/charges/", views.charges, name="charges"),
    path("money/months/value/", views.report_value, name="report-value"),
    path("money/month/", views.month_money, name="month_money"),
    path("money/why/", views.why_default, name="why_default"),
    path("money/ticket/", views.ticket_cost, name="ticket_cost"),
]
api_urlpatterns: list[URLPattern] = [
    *api.Credits.urls("credits"),
    *api.Ledger.urls("ledger"),
    *api.ChargesOfMonths.urls("charges"),
    path(
        "months/<slug:engagement>/<str:month>/measure/", api.Months.as_view({"post": "measure"}), name="months-measure"
    ),
    path("months/<slug:engagement>/<str:month>/seal/", api.Months.as_view({"post": "seal"}), name="months-seal"),
    path(
        "months/<slug:engagement>/<str:month>/correct/", api.Months.as_view({"post": "correct"}), name="months-correct"
    ),
]
