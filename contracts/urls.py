"""Addresses of contracts: pages and collections."""

from django.urls import URLPattern

app_name = "contracts"
urlpatterns: list[URLPattern] = []
api_urlpatterns: list[URLPattern] = []
