"""The one function that hands over: the ledger posts, the journal keeps what shows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import transaction

from baogong.engine.book import Line, Tense
from baogong.journal.media import clean_photo, clean_signature
from baogong.journal.models import Evidence, EvidenceMovement
from baogong.journal.sealed import piece_sealer, sealed_picture
from baogong.journal.services.events import record, recorded
from baogong.kernel.actor import Actor
from baogong.kernel.errors import BaogongError, Kind
from baogong.kernel.ids import derived_id
from baogong.ledger import services as ledger
from baogong.ledger.services import BatchResult
from baogong.ledger.states import Reason

EVIDENCE_MAX = 20


class NoEvidence(BaogongError):
    """A handover nobody could show to have happened."""

    kind, code = Kind.REFUSED, "journal.no-evidence"


@dataclass(frozen=True, slots=True)
class EvidenceIn:
    """
    kind       SIGNATURE (by_name; payload if drawn), PHOTO (payload), CODE (text), WITNESS (by_name), NOTE (text)
    at_device  when the phone says it was; the book keeps that beside its own time
    by_name    who signed or saw it
    purpose    whose people it is about: text, name and payload are sealed under its key, and go with it
    """

    kind: str
    text: str = ""
    payload: bytes | None = None
    at_device: datetime | None = None
    by_name: str = ""
    purpose: str = ""


_Piece = tuple[EvidenceIn, bytes | None, str]


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What went into one pair of hands, and what shows it."""

    lines: Sequence[Line]
    evidence: Sequence[EvidenceIn]


@transaction.atomic(savepoint=False)
@recorded("journal.handed-over")
def hand_over(
    *,
    lines: Sequence[Line],
    evidence: Sequence[EvidenceIn],
    actor: Actor,
    document: UUID | None,
    reason: Reason,
    request_id: UUID,
    now: datetime,
) -> BatchResult:
    """
    Post the lines, all or none, and keep the evidence for each posted one. Joins the caller's transaction.

    The caller has checked that the handover is the actor's to make. Sent again under its request id it changes nothing.
    Raises NoEvidence, ledger.BatchRefused, UnusableInput (a photo or signature that cannot be kept).
    """
    return hand_over_each(
        handed=[HandedOver(lines, evidence)],
        actor=actor,
        document=document,
        reason=reason,
        request_id=request_id,
        now=now,
    )


@transaction.atomic(savepoint=False)
@recorded("journal.handed-over")
def hand_over_each(
    *,
    handed: Sequence[HandedOver],
    actor: Actor,
    document: UUID | None,
    reason: Reason,
    request_id: UUID,
    now: datetime,
) -> BatchResult:
    """Several handovers of one hand in one batch of the book, all or none, each with its own evidence. As `hand_over`."""
    pieces = [_checked(one.evidence) for one in handed]
    result = ledger.post(
        lines=[line for one in handed for line in one.lines],
        actor=actor,
        reason=reason,
        document=document,
        request_id=request_id,
        now=now,
    )
    if result.was_replay:
        return result
    posted = [[line.id for line in one.lines if line.tense is Tense.POSTED] for one in handed]
    rows = _keep(list(zip(pieces, posted, strict=True)), actor=actor, document=document, request_id=request_id, now=now)
    record(
        kind="journal.handed-over",
        actor=actor,
        now=now,
        document=document,
        data={
            "batch": str(result.batch_id),
            "lines": sum(map(len, posted)),
            "evidence": sorted(row.kind for row in rows),
        },
    )
    return result


@transaction.atomic(savepoint=False)
@recorded("journal.evidence.kept")
def keep_evidence(
    *,
    evidence: Sequence[EvidenceIn],
    actor: Actor,
    document: UUID,
    request_id: UUID,
    now: datetime,
    movements: Sequence[UUID] = (),
) -> tuple[UUID, ...]:
    """
    Keep what shows a document's matter where nothing is handed over: certificates, a photo of what is lost.

    movements  those the evidence also shows
    Joins the caller's transaction; sent again under its request id it changes nothing. Raises NoEvidence, UnusableInput.
    """
    pieces = _checked(evidence)
    ids = tuple(derived_id("evidence", request_id, number) for number in range(len(pieces)))
    is_new = not Evidence.objects.filter(id__in=ids).exists()
    if is_new:
        _keep([(pieces, movements)], actor=actor, document=document, request_id=request_id, now=now)
    record(
        kind="journal.evidence.kept",
        actor=actor,
        now=now,
        document=document,
        data={"evidence": sorted(piece.kind for piece in evidence), "is_new": is_new},
    )
    return ids


def _keep(
    kept: Sequence[tuple[Sequence[_Piece], Sequence[UUID]]],
    *,
    actor: Actor,
    document: UUID | None,
    request_id: UUID,
    now: datetime,
) -> list[Evidence]:
    """Pieces, and the movements that they show."""
    pieces = [(piece, movements) for several, movements in kept for piece in several]
    seal = piece_sealer(now=now)
    rows = [
        _row(
            piece,
            payload,
            media_type,
            seal,
            id=derived_id("evidence", request_id, number),
            at=now,
            person_id=actor.person_id,
            document_id=document,
        )
        for number, ((piece, payload, media_type), _) in enumerate(pieces)
    ]
    Evidence.objects.bulk_create(rows)
    EvidenceMovement.objects.bulk_create(
        EvidenceMovement(evidence=row, movement=movement)
        for row, (_, movements) in zip(rows, pieces, strict=True)
        for movement in movements
    )
    return rows


def _row(
    piece: EvidenceIn,
    payload: bytes | None,
    media_type: str,
    seal: Callable[[str, str, str], str],
    *,
    at: datetime,
    **facts: Any,
) -> Evidence:
    """Its hash is over what is stored: it holds also once a key has gone, and a name cannot be guessed by it."""
    text, name, sealed = piece.text, piece.by_name, ""
    if piece.purpose:
        text, name, sealed = "", "", seal(piece.purpose, text, name)
        payload = None if payload is None else sealed_picture(payload, purpose=piece.purpose, now=at)
    told = payload if payload is not None else (sealed or f"{name}\n{text}").encode()
    return Evidence(
        kind=piece.kind,
        text=text,
        by_name=name,
        sealed=sealed,
        payload=payload,
        media_type=media_type,
        sha256=sha256(told).digest(),
        at_device=piece.at_device,
        at=at,
        **facts,
    )


def _checked(evidence: Sequence[EvidenceIn]) -> list[_Piece]:
    """Each piece with the bytes to keep and their media type."""
    needs = {"SIGNATURE": "by_name", "PHOTO": "payload", "CODE": "text", "WITNESS": "by_name", "NOTE": "text"}
    if not 0 < len(evidence) <= EVIDENCE_MAX:
        raise NoEvidence(
            "A handover needs something that shows it: a signature, a photo, a code or a witness. Nothing was posted.",
            where="evidence",
            found=len(evidence),
            expected=f"1 to {EVIDENCE_MAX}",
            cure="Let the receiver sign, or take a photo.",
        )
    pieces: list[_Piece] = []
    for number, piece in enumerate(evidence, start=1):
        if piece.kind not in needs or not getattr(piece, needs[piece.kind]):
            raise NoEvidence(
                f"Evidence {number} says nothing: {piece.kind} needs {needs.get(piece.kind, 'a known kind')}. "
                "Nothing was posted.",
                where=f"evidence {number}",
                found=piece.kind,
                expected=", ".join(needs),
                cure="Add what is missing.",
            )
        if piece.payload is None:
            pieces.append((piece, None, ""))
        elif piece.kind == "PHOTO":
            pieces.append((piece, clean_photo(piece.payload), "image/jpeg"))
        elif piece.kind == "SIGNATURE":
            pieces.append((piece, *clean_signature(piece.payload)))
        else:
            raise NoEvidence(
                f"Evidence {number} is a {piece.kind} and carries no file. Nothing was posted.",
                where=f"evidence {number}",
                cure="Send the file as a photo or a signature.",
            )
    return pieces
