"""All addresses of the desk."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

handler400, handler500 = "crisisdesk.api.bad_request", "crisisdesk.api.server_error"
urlpatterns = [
    path("", include("inbox.urls")),
    path("", include("responses.urls")),
    path("api/", include("crisisdesk.api")),
    path("i18n/setlang/", login_not_required(set_language), name="set_language"),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
]
