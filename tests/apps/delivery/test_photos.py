"""Photos of handovers are read by the keeper of the place, and each look is told."""

from __future__ import annotations

from typing import Any

import pytest

from baogong.delivery import queries as delivery
from baogong.delivery.models import SyncedPiece
from baogong.delivery.services import photos, sync
from baogong.journal.models import Event
from baogong.journal.services import EvidenceIn
from baogong.kernel.errors import NotYourPlace
from tests.apps.delivery.world import HOUR, NOW, World, act

LATER = NOW + 3 * HOUR


def test_each_look_at_a_photo_stays_in_the_book(world: World) -> None:
    (code,) = world.here(1)
    device = world.device(world.mei)
    picture = EvidenceIn("PHOTO", payload=b"no picture")
    sync.sync(device=device, acts=[act("HANDED_OVER", code, evidence=(picture,), mode="CONTACTLESS")], now=LATER)
    (waiting,) = delivery.to_look_at(world.inner)
    (piece,) = SyncedPiece.objects.all()
    SyncedPiece.objects.filter(pk=piece.pk).update(payload=b"\xff\xd8\xff seen")
    asked: dict[str, Any] = {"act": waiting.id, "number": piece.number, "station": world.inner, "now": LATER}
    with pytest.raises(NotYourPlace):
        photos.read_kept_photo(**asked, actor=world.fang)
    assert photos.read_kept_photo(**asked, actor=world.bao).startswith(b"\xff\xd8")
    (event,) = Event.objects.filter(kind="delivery.photo.read")
    assert (event.person_id, event.data["act"]) == (world.bao.person_id, str(waiting.id))
