"""Addresses of itsm: pages and collections."""

from django.urls import URLPattern

app_name = "itsm"
urlpatterns: list[URLPattern] = []
api_urlpatterns: list[URLPattern] = []
