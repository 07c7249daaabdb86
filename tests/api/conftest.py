"""The API over Django's test client: the cast with tokens, at places the house knows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from baogong.kernel.actor import THE_HOUSE, Actor
from baogong.kernel.ids import new_id
from baogong.people.queries.access import log_ins
from baogong.people.services import links
from baogong.supply.services import Scope, freeze_stock
from baogong.supply.views import OptionConsidered
from tests.apps.supply.world import World, make_house
from tests.books import Built
from tests.cast import NOW


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def world(built: Built) -> World:
    """The cast in a book whose clock stands at NOW."""
    return built(make_house)


def user_of(actor: Actor) -> UUID:
    return next(login.id for login in log_ins(now=NOW) if login.person == actor.person_id)


def token_for(actor: Actor, **changed: Any) -> str:
    given: dict[str, Any] = {
        "purpose": "API",
        "subject": user_of(actor),
        "party": actor.person_id,
        "expires_at": NOW + timedelta(days=30),
        "actor": THE_HOUSE,
        "now": NOW,
    }
    return links.make_link(**given | changed)


class Api:
    """A client with a token; `get` and `post` return the answer's JSON after checking its status."""

    def __init__(self, token: str | None) -> None:
        self.client = Client(headers={"Authorization": f"Bearer {token}"} if token else {})

    def get(self, path: str, status: int = 200, **query: Any) -> Any:
        response = self.client.get(f"/api/v1{path}", query)
        assert response.status_code == status, response.content
        return response.json()

    def post(
        self, path: str, given: Any = None, *, key: UUID | None = None, status: int | tuple[int, ...] = (200, 201)
    ) -> Any:
        response = self.client.post(
            f"/api/v1{path}",
            data=given if given is not None else {},
            content_type="application/json",
            headers={"Idempotency-Key": str(key or new_id())},
        )
        expected = status if isinstance(status, tuple) else (status,)
        assert response.status_code in expected, response.content
        return response.json()

    def send(self, file_name: str, data: bytes, *, status: int = 201, key: UUID | None = None, **form: str) -> Any:
        """A list as a multipart form."""
        from django.core.files.uploadedfile import SimpleUploadedFile

        response = self.client.post(
            "/api/v1/imports",
            data={"file": SimpleUploadedFile(file_name, data), **form},
            headers={"Idempotency-Key": str(key or new_id())},
        )
        assert response.status_code == status, response.content
        return response.json()


@pytest.fixture
def lin(world: World) -> Api:
    return Api(token_for(world.cast.lin))


@pytest.fixture
def mei(world: World) -> Api:
    return Api(token_for(world.cast.mei))


@pytest.fixture
def relief(world: World) -> Callable[[int], UUID]:
    """So many surgical masks in Langfang, counted and frozen; returns their lot."""

    def make(amount: int) -> UUID:
        from baogong.supply.services import Counted

        item = world.item("surgical-mask")
        world.count(Counted(item=item, amount=amount, pieces_per_carton=100))
        freeze_stock(
            scopes=[Scope(site=world.langfang, item=item)],
            decided_by=world.langfang,
            basis="OWN_DECISION",
            reason="for relief",
            options=[OptionConsidered("send all", is_chosen=True)],
            actor=world.cast.lin,
            now=NOW,
            request_id=new_id(),
        )
        return world.lot_of("surgical-mask")

    return make
