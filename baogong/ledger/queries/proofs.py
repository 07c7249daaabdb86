"""Stamps, and the proof that a movement stands under one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import connection

from baogong.engine.book import merkle
from baogong.kernel.errors import BaogongError, Kind
from baogong.ledger.facts import AccountRef, StampView
from baogong.ledger.queries.goods import lot
from baogong.ledger.queries.movements import movement

_STAMPS = """
SELECT number, day, first_seq, last_seq, count, root, previous_root FROM ledger_stamp {where} ORDER BY number
"""
_HASHED = """
SELECT movement.nonce, movement.leaf, batch.content_hash, batch.count, batch.head
FROM ledger_movement AS movement JOIN ledger_batch AS batch ON batch.id = movement.batch_id WHERE movement.id = %s
"""
_LEAVES = """
SELECT movement.id, leaf FROM ledger_movement AS movement JOIN ledger_batch AS batch ON batch.id = movement.batch_id
WHERE batch.day = %s AND seq BETWEEN %s AND %s ORDER BY seq
"""


class NotYetStamped(BaogongError):
    """No published root covers the movement so far."""

    kind, code = Kind.CONFLICT, "ledger.not-yet-stamped"


def stamps() -> tuple[StampView, ...]:
    """All published roots, in the order of their chain."""
    return _stamps("", [])


def proof(movement_id: UUID) -> dict[str, Any]:
    """
    All that is needed to see that a movement stands unchanged under a published root; JSON-able.

    `tools/verify_proof.py` checks it without this package.
    Raises NotFound, NotYetStamped.
    """
    view = movement(movement_id)
    covering = _stamps("WHERE day = %s AND first_seq <= %s AND last_seq >= %s", [view.day, view.seq, view.seq])
    if not covering:
        raise NotYetStamped(
            f"Movement {movement_id} was written on {view.day}, and no stamp covers it yet.",
            where=str(movement_id),
            found="no stamp",
            expected="a stamp",
            cure="A day is stamped when it is over, or at once by `baogong book stamp --today`.",
            day=view.day.isoformat(),
        )
    stamp = covering[0]
    with connection.cursor() as cursor:
        cursor.execute(_HASHED, [movement_id])
        ((nonce, leaf, content_hash, count, head),) = cursor.fetchall()
        cursor.execute(_LEAVES, [stamp.day, stamp.first_seq, stamp.last_seq])
        rows = cursor.fetchall()
    index = 1 + next(at for at, row in enumerate(rows) if row[0] == movement_id)
    leaves = b"".join([stamp.leaf, *(bytes(row[1]) for row in rows)])
    goods = lot(view.lot)
    return {
        "format": "baogong proof 1",
        "movement": {
            "id": str(view.id),
            "tense": view.tense.value,
            "source": _account(view.source),
            "target": _account(view.target),
            "lot": {
                "id": str(goods.id),
                "item": str(goods.item),
                "owner": str(goods.owner),
                "donor": _text(goods.donor),
                "earmark": _text(goods.earmark.id if goods.earmark else None),
                "standard": goods.standard,
                "expires_on": goods.expires_on.isoformat() if goods.expires_on else None,
                "pieces_per_carton": goods.pieces_per_carton,
                "label": goods.label,
            },
            "amount": view.amount,
            "hold": _text(view.hold),
            "corrects": _text(view.corrects),
            "expires_at": view.expires_at.isoformat() if view.expires_at else None,
            "nonce": nonce.hex,
        },
        "batch": {
            "id": str(view.batch),
            "at": view.at.isoformat(),
            "day": view.day.isoformat(),
            "actor": _text(view.actor),
            "document": _text(view.document),
            "content_hash": bytes(content_hash).hex(),
            "count": count,
            "reason": view.reason.value,
            "head": bytes(head).hex(),
        },
        "leaf": bytes(leaf).hex(),
        "index": index,
        "path": [step.hex() for step in merkle.path_of(leaves, index)],
        "stamp_path": [step.hex() for step in merkle.path_of(leaves, 0)],
        "stamp": stamp.as_dict(),
    }


def _stamps(where: str, values: list[Any]) -> tuple[StampView, ...]:
    with connection.cursor() as cursor:
        cursor.execute(_STAMPS.format(where=where), values)
        return tuple(
            StampView(number, day, first_seq, last_seq, count, bytes(root), bytes(previous_root))
            for number, day, first_seq, last_seq, count, root, previous_root in cursor.fetchall()
        )


def _account(ref: AccountRef) -> dict[str, str]:
    return {"account": str(ref.id), "holder": str(ref.holder), "state": ref.state.value}


def _text(id: UUID | None) -> str | None:
    return None if id is None else str(id)
