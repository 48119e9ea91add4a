"""All addresses: pages under /o/<tenant>/, the API under /o/<tenant>/api/v1/, sign-in under /accounts/."""

from django.urls import include, path

import contracts.urls
import costs.urls
import engagements.urls
import governance.urls
import itsm.urls
import mspgov.desk.urls
import mspgov.obligations.urls
import mspgov.web.urls
from mspgov.desk import sign_in_urls, views
from mspgov.desk.account.views import invitation
from mspgov.desk.pages import door
from mspgov.obligations.calendar import feed

handler400 = "mspgov.web.refused.bad_request"
handler403 = "mspgov.web.refused.forbidden"
handler404 = "mspgov.web.refused.not_found"
handler429 = "mspgov.web.refused.too_many"  # of the sign-in
handler500 = "mspgov.web.refused.broken"

pages = [
    path("", include(mspgov.desk.urls)),
    path("", include(mspgov.obligations.urls)),
    path("", include(mspgov.web.urls)),
    path("", include(engagements.urls)),
    path("", include(contracts.urls)),
    path("", include(itsm.urls)),
    path("", include(costs.urls)),
    path("", include(governance.urls)),
]
collections = [
    *mspgov.obligations.urls.api_urlpatterns,
    *engagements.urls.api_urlpatterns,
    *contracts.urls.api_urlpatterns,
    *itsm.urls.api_urlpatterns,
    *costs.urls.api_urlpatterns,
    *governance.urls.api_urlpatterns,
    *mspgov.desk.urls.api_urlpatterns,
]
urlpatterns = [
    path("", door, name="door"),
    path("accounts/", include(sign_in_urls)),
    path("invitations/<str:secret>/", invitation, name="invitation"),
    path("feeds/<str:secret>.ics", feed, name="feed"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("api/schema/", views.schema, name="schema"),
    path("api/docs/", views.reference, name="reference"),
    path("o/<slug:tenant>/api/v1/", include((collections, "api"), namespace="api")),
    path("o/<slug:tenant>/", include(pages)),
]
