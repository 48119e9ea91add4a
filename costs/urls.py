"""Addresses of costs: pages and collections."""

from django.urls import URLPattern

app_name = "costs"
urlpatterns: list[URLPattern] = []
api_urlpatterns: list[URLPattern] = []
