"""Proofs: of one line, recomputed in the visitor's own browser; and the chain of published stamps."""

from __future__ import annotations

import json
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render

from baogong.ledger import queries as book
from baogong.web.pages import PageRequest, page


@page(public=True)
def proof(request: PageRequest, movement: UUID) -> HttpResponse:
    """The inclusion proof of one line, and how to check it here or away from here; or when there will be one."""
    try:
        document = book.proof(movement)
    except book.NotYetStamped:
        return render(request, "public/not_stamped.html", {"movement": book.movement(movement)})
    context = {
        "movement": movement,
        "proof": document,
        "text": json.dumps(document, ensure_ascii=False, indent=2),
    }
    return render(request, "public/proof.html", context)


@page(public=True)
def proof_file(request: PageRequest, movement: UUID) -> HttpResponse:
    response = JsonResponse(book.proof(movement), json_dumps_params={"ensure_ascii": False, "indent": 2})
    response.headers["Content-Disposition"] = f'attachment; filename="proof-{str(movement)[-8:]}.json"'
    return response


@page(public=True)
def check(request: PageRequest) -> HttpResponse:
    """Check a saved proof: nothing is sent, the browser does all of it."""
    return render(request, "public/check.html", {})


@page(public=True)
def stamps(request: PageRequest) -> HttpResponse:
    """Every published root: whoever keeps a copy can tell a changed book."""
    return render(request, "public/stamps.html", {"stamps": tuple(reversed(book.stamps()))})


@page(public=True)
def stamps_file(request: PageRequest) -> HttpResponse:
    """As `tools/verify_proof.py --stamps` reads them."""
    response = JsonResponse({"stamps": [stamp.as_dict() for stamp in book.stamps()]}, json_dumps_params={"indent": 2})
    response.headers["Content-Disposition"] = 'attachment; filename="stamps.json"'
    return response
