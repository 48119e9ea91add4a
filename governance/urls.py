"""Addresses of governance: pages and collections."""

from django.urls import URLPattern

app_name = "governance"
urlpatterns: list[URLPattern] = []
api_urlpatterns: list[URLPattern] = []
