"""Addresses of saved views; lists are routed by their own apps."""

from django.urls import path

from . import saved_view_doors as doors

app_name = "web"
urlpatterns = [
    path("views/new/", doors.new_view, name="view-new"),
    path("views/<uuid:view_id>/", doors.view, name="view"),
    path("views/<uuid:view_id>/delete/", doors.delete_view, name="view-delete"),
]
