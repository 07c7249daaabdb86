"""Every address of the site."""

from __future__ import annotations

from django.urls import include, path

from baogong.api.v1.api import urls as api_v1

handler403 = "baogong.web.errors.forbidden"
handler404 = "baogong.web.errors.not_found"
handler500 = "baogong.web.errors.broken"
urlpatterns = [
    path("api/v1/", api_v1),
    path("", include("baogong.web.urls")),
]
