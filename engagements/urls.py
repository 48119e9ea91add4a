"""Addresses of engagements: pages and collections."""

from . import kits

app_name = "engagements"
urlpatterns = [
    *kits.Services.urls(),
    *kits.Vendors.urls(),
    *kits.Locations.urls(),
    *kits.Settings.urls(),
]
api_urlpatterns = [
    *kits.Services.api_urls(),
    *kits.Vendors.api_urls(),
    *kits.Locations.api_urls(),
    *kits.Settings.api_urls(),
]
