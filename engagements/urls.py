"""Addresses of engagements: pages and collections."""

from django.urls import URLPattern

app_name = "engagements"
urlpatterns: list[URLPattern] = []
api_urlpatterns: list[URLPattern] = []
