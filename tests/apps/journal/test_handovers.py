from __future__ import annotations

from hashlib import sha256
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from baogong.journal import media, queries
from baogong.journal.models import Evidence
from baogong.journal.services import EvidenceIn, hand_over
from baogong.journal.services.handovers import NoEvidence
from baogong.kernel.errors import NotYourPlace, UnusableInput
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.states import Reason, State
from tests.cast import NOW, Cast, count_masks

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 100"><path d="M 10 10 L 90 40" stroke="#000"/></svg>'
SIGNED = EvidenceIn("SIGNATURE", payload=SVG, by_name="Dr. Zhou")


def photo(size: tuple[int, int] = (3000, 2000), **options: Any) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "olive").save(out, "JPEG", **options)
    return out.getvalue()


def hand(cast: Cast, lot: UUID, amount: int, *evidence: EvidenceIn, request_id: UUID | None = None) -> Any:
    source = ledger.AccountRef(cast.warehouse, State.AVAILABLE)
    target = ledger.AccountRef(cast.hospital, State.HANDED_OVER)
    with transaction.atomic():
        return hand_over(
            lines=[ledger.post_line(source, target, lot, amount, id=request_id)],
            evidence=evidence,
            actor=cast.tao,
            document=None,
            reason=Reason.HANDOVER,
            request_id=request_id or new_id(),
            now=NOW,
        )


def free(cast: Cast) -> int:
    return sum(balance.free for balance in book.balances(holders=[cast.warehouse], states=[State.AVAILABLE]))


def test_a_handover_posts_and_keeps_what_shows_it(cast: Cast) -> None:
    lot = count_masks(cast, 100)
    result = hand(cast, lot, 40, SIGNED, EvidenceIn("PHOTO", payload=photo()), EvidenceIn("CODE", text="4281"))
    assert free(cast) == 60
    shown = queries.evidence_of(result.line_ids)
    assert {piece.kind for piece in shown} == {"SIGNATURE", "PHOTO", "CODE"}
    signature = next(piece for piece in shown if piece.kind == "SIGNATURE")
    payload, media_type = queries.evidence_payload(signature.id, cast.lin)
    assert media_type == "image/svg+xml"
    assert signature.sha256 == sha256(payload).hexdigest()
    assert signature.movements == result.line_ids
    with pytest.raises(NotYourPlace):
        queries.evidence_payload(signature.id, cast.stranger)


def test_a_handover_nobody_could_show_is_refused(cast: Cast) -> None:
    lot = count_masks(cast, 100)
    for evidence in (
        (),
        (EvidenceIn("SIGNATURE", payload=SVG),),
        (EvidenceIn("PHOTO", text="seen"),),
        (EvidenceIn("WITNESS", text="somebody"),),
        (EvidenceIn("RUMOUR", text="they say"),),
        (EvidenceIn("NOTE", text="x", payload=b"file"),),
        (SIGNED,) * 21,
    ):
        with pytest.raises(NoEvidence):
            hand(cast, lot, 40, *evidence)
    assert free(cast) == 100
    assert not Evidence.objects.exists()


def test_a_refused_posting_leaves_no_evidence(cast: Cast) -> None:
    lot = count_masks(cast, 100)
    with pytest.raises(ledger.BatchRefused):
        hand(cast, lot, 101, SIGNED)
    assert not Evidence.objects.exists()
    assert queries.events(kinds=["journal.handed-over"]) == ()


def test_the_same_handover_sent_twice_is_one(cast: Cast) -> None:
    lot, request_id = count_masks(cast, 100), new_id()
    hand(cast, lot, 40, SIGNED, request_id=request_id)
    again = hand(cast, lot, 40, SIGNED, request_id=request_id)
    assert again.was_replay
    assert free(cast) == 60
    assert Evidence.objects.count() == 1


def test_a_photo_loses_where_and_when_and_most_of_its_size() -> None:
    exif = Image.Exif()
    exif[0x010F] = "PhoneMaker"
    exif[0x8825] = {1: "N", 2: (30.0, 22.0, 0.0)}
    raw = photo(exif=exif, comment=b"ward 7")
    assert b"PhoneMaker" in raw
    clean = media.clean_photo(raw)
    picture = Image.open(BytesIO(clean))
    assert max(picture.size) == media.PHOTO_SIDE_MAX
    assert not picture.getexif()
    assert b"PhoneMaker" not in clean
    assert b"ward 7" not in clean


def test_a_photo_taken_sideways_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = Image.open(BytesIO(media.clean_photo(photo((400, 200), exif=exif))))
    assert picture.size == (200, 400)


@pytest.mark.parametrize(
    "data",
    [b"", b"GIF89a not a photo", b"<svg/>", photo()[:200], b"\xff" * (media.PHOTO_BYTES_MAX + 1)],
    ids=["empty", "gif", "svg", "cut short", "too large"],
)
def test_what_is_no_photo_is_refused(data: bytes) -> None:
    with pytest.raises(UnusableInput):
        media.clean_photo(data)


def test_a_photo_that_would_unpack_to_too_much_is_refused_before_it_is_unpacked() -> None:
    out = BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    assert len(out.getvalue()) < 200_000
    with pytest.raises(UnusableInput):
        media.clean_photo(out.getvalue())


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0' fill='url(http://x/y)'/></svg>",
        b"<svg xmlns='http://www.w3.org/2000/svg'><image href='http://x/y'/></svg>",
        b"<!DOCTYPE svg [<!ENTITY a 'aaaa'>]><svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<html xmlns='http://www.w3.org/1999/xhtml'/>",
        b"<path xmlns='http://www.w3.org/2000/svg' d='M0 0'/>",
        b"not xml",
        b"[]",
        b"[[1, 2]]",
        b'[[["x", 2]]]',
        b"[" * 10_000,
        b"[[[1,2]]]" + b" " * media.SIGNATURE_BYTES_MAX,
    ],
)
def test_a_signature_is_lines_and_nothing_else(data: bytes) -> None:
    with pytest.raises(UnusableInput):
        media.clean_signature(data)


@given(st.lists(st.lists(st.tuples(st.integers(-999, 999), st.integers(-999, 999)), min_size=1), min_size=1))
def test_strokes_are_kept_as_drawn(strokes: list[list[tuple[int, int]]]) -> None:
    import json

    payload, media_type = media.clean_signature(json.dumps(strokes).encode())
    assert media_type == "application/json"
    assert json.loads(payload) == [[list(point) for point in stroke] for stroke in strokes]
