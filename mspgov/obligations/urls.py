"""Addresses of obligations: pages and collection."""

from django.urls import URLPattern, path

from . import api, calendar, many_doors, views

app_name = "obligations"
urlpatterns: list[URLPattern] = [
    path("obligations/", views.inbox, name="inbox"),
    path("obligations/calendar/", calendar.month, name="calendar"),
    path("obligations/all/", views.obligations, name="obligations"),
    path("obligations/all/change/<slug:verb>/", many_doors.change, name="change"),
    path("obligations/all/changing/<uuid:work>/", many_doors.changing, name="changing"),
    path("obligations/<uuid:obligation_id>/", views.obligation, name="obligation"),
    path("obligations/recurring/", views.recurring, name="recurring"),
    path("obligations/recurring/new/", views.new_recurring, name="recurring-new"),
    path("obligations/recurring/<uuid:recurring_id>/", views.edit_recurring, name="recurring-edit"),
    path("obligations/recurring/<uuid:recurring_id>/turn/", views.turn_recurring, name="recurring-turn"),
    path("obligations/evidence/<uuid:evidence_id>/", views.evidence, name="evidence"),
    path("obligations/<uuid:obligation_id>/acknowledge/", views.acknowledge, name="acknowledge"),
    path("obligations/<uuid:obligation_id>/hand-in/", views.hand_in, name="hand-in"),
    path("obligations/<uuid:obligation_id>/more-time/", views.extension, name="extension"),
    path("obligations/<uuid:obligation_id>/more-time/answer/", views.answer_extension, name="answer-extension"),
    path("obligations/<uuid:obligation_id>/accept/", views.accept, name="accept"),
    path("obligations/<uuid:obligation_id>/return/", views.send_back, name="return"),
    path("obligations/<uuid:obligation_id>/waive/", views.waive, name="waive"),
]
api_urlpatterns: list[URLPattern] = [*api.Obligations.urls("obligations")]
