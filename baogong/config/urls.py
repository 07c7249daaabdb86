"""Every address of the site."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from baogong.api.v1 import errors as api_errors
from baogong.api.v1.api import urls as api_v1
from baogong.web import errors as page_errors

handler400 = "baogong.config.urls.unusable"
handler403 = "baogong.web.errors.forbidden"
handler404 = "baogong.web.errors.not_found"
handler500 = "baogong.web.errors.broken"
urlpatterns = [
    path("api/v1/", api_v1),
    path("", include("baogong.web.urls")),
]


def unusable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What was refused before any page or operation saw it, in the shape of whoever would have answered."""
    if request.path_info.startswith("/api/"):
        return api_errors.unusable(request, exception)
    return page_errors.unusable(request, exception)
