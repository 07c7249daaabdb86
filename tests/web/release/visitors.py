"""Residents at their telephones: no log-in, no script."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django.test import Client

from tests.web.visits import form_of, read, send

NUMBER, OTHER, OTHER_STILL = "11010519491231002X", "440524188001010014", "110105194912310118"
PERSON = {"name": "欧阳测试", "phone": "13800001111", "address": "望春花街七号楼五单元 301"}


def resident(language: str = "en") -> Client:
    client = Client()
    client.cookies["baogong_language"] = language
    return client


def register(client: Client, tranche: UUID, base: str = "", number: str = NUMBER, **changed: str) -> str:
    """Walk through the steps; the page of the green circle."""
    here = base or f"/offers/{tranche}/"
    said = {**PERSON, **changed}
    send(client, f"{here}step/1/", {"document": "RESIDENT_ID", "number": number})
    send(client, f"{here}step/2/", {"name": said["name"], "phone": said["phone"]})
    third = {key: said.get(key, "") for key in ("address", "region", "household")}
    return send(client, f"{here}step/3/", third)


def press(client: Client, tranche: UUID, base: str = "", **changed: Any) -> tuple[UUID, str]:
    """Press the green circle of the claim's page: the claim, and the page that answers."""
    here = f"{base or f'/offers/{tranche}/'}claim/"
    form = form_of(read(client, here), **changed)
    return UUID(form["claim"]), send(client, here, form)


def code_on(page: str) -> str:
    # Whole: an id of which twelve signs in a row are digits has the same shape inside.
    found = re.search(r"(?<![\w-])[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}(?![\w-])", page)
    assert found is not None, page
    return found[0]
