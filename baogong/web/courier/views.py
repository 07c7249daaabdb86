"""
The courier's page, its worker and its manifest: the same for everybody, so that a telephone keeps them.

Nothing in them is of anybody: what a courier may see comes by the API, with the telephone's own token.
"""

from __future__ import annotations

import json
from hashlib import sha256

from django.conf import settings
from django.http import HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from baogong.web.courier.words import in_both_languages
from baogong.web.pages import PageRequest, page

# In the order they are needed; the page's own script draws in the others.
SCRIPTS = ("app", "screens", "round", "sync", "house", "store", "words", "codes", "camera", "pad", "dom")
READER = "vendor/zxing/zxing-0.23.0.min.js"  # for browsers that read no codes themselves; drawn in at the first look
KEPT = (
    *(f"courier/{name}.js" for name in SCRIPTS),
    "web/reader.js",
    READER,
    "web/baogong.css",
    "keeper/hands.css",
    "courier/courier.css",
    "courier/icon-192.png",
    "courier/icon-512.png",
    "web/icon.svg",
)


@page(public=True)
def home(request: PageRequest) -> HttpResponse:
    return HttpResponse(_shell(is_drill=request.book_mark.is_drill))


def _shell(*, is_drill: bool) -> str:
    """Without a CSRF token, a name or a time: the page is kept and opened by whoever holds the telephone."""
    context = {
        "words": in_both_languages(),
        "is_drill": is_drill,
        "zone": settings.TIME_ZONE,
        "scripts": [static(f"courier/{name}.js") for name in SCRIPTS],
        "reader": static(READER),
        "language": translation.get_language(),
    }
    return render_to_string("courier/home.html", context)


@page(public=True)
def worker(request: PageRequest) -> HttpResponse:
    """Its text changes with any file of the page; a browser then takes the newer one."""
    kept = [static(name) for name in KEPT]
    with translation.override(settings.LANGUAGE_CODE):  # whatever language asks, one version
        shell = _shell(is_drill=request.book_mark.is_drill)
    files = [reverse("courier:home"), reverse("courier:manifest"), *kept]
    version = sha256("\n".join([*kept, shell]).encode()).hexdigest()[:16]
    script = render_to_string("courier/sw.js", {"version": json.dumps(version), "files": json.dumps(files)})
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response


@page(public=True)
def manifest(request: PageRequest) -> JsonResponse:
    """What a telephone needs to put the page beside its other programs."""
    start = reverse("courier:home")
    icons = [
        {
            "src": static(f"courier/icon-{side}.png"),
            "sizes": f"{side}x{side}",
            "type": "image/png",
            "purpose": "any maskable",
        }
        for side in (192, 512)
    ]
    body = {
        "id": start,
        "name": _("Baogong courier"),
        "short_name": _("Courier"),
        "start_url": start,
        "scope": start,
        "display": "standalone",
        "orientation": "portrait",
        "background_color": "#f3f6f4",
        "theme_color": "#0b6b46",
        "icons": icons,
    }
    response = JsonResponse(body, content_type="application/manifest+json")
    response.headers["Cache-Control"] = "no-cache"
    return response
