"""What shows that a need is real: a photographed letter, its text, an official notice; a paper of the journal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import transaction

from baogong.journal.locks import lock_rows
from baogong.journal.services import EvidenceIn, draw_up, keep_evidence, record, recorded
from baogong.kernel.actor import Actor
from baogong.kernel.ids import derived_id
from baogong.needs.errors import NeedNotThere, ProofUnusable
from baogong.needs.models import Need
from baogong.needs.services.reach import require_at

TEXT_MAX = 5_000
_ADDRESS = re.compile(r"https?://[^\s]+")


class ProofKind(StrEnum):
    LETTER = "LETTER"  # a letter or list with a seal: a photo, a scan, or its text
    NOTICE = "NOTICE"  # an official notice: its address, and what it says
    SEEN = "SEEN"  # a person was shown something that could not be kept


@dataclass(frozen=True, slots=True)
class Proof:
    """
    text    what it says, or what was seen
    url     of a NOTICE
    photo   a JPEG, PNG or WebP picture of the paper
    issuer  the office that issued it, never a person
    """

    kind: ProofKind
    text: str = ""
    url: str = ""
    photo: bytes | None = None
    issuer: str = ""


@transaction.atomic
@recorded("needs.proof.added")
def add_proof(*, needs: Sequence[UUID], proof: Proof, actor: Actor, now: datetime, request_id: UUID) -> UUID:
    """
    Keep a proof with these needs of one receiver; returns the document. Whoever verifies sees it beside the need.

    Raises ProofUnusable, NeedNotThere, NotYourPlace, RequestIdReused; none leaves a trace.
    """
    rows = lock_rows(Need.objects.all(), needs)
    if not rows or len(rows) != len(set(needs)):
        raise NeedNotThere("One of these needs is not there; nothing was kept.", where=str(needs))
    for row in rows:
        require_at(actor, row.receiver_id)
    _refuse_unusable(proof)
    document = draw_up(
        kind="PROOF",
        title=(proof.issuer or proof.url or proof.text)[:200],
        body={"proof": proof.kind.value, "issuer": proof.issuer, "text": proof.text[:TEXT_MAX], "url": proof.url},
        subjects=[*(row.pk for row in rows), *dict.fromkeys(row.receiver_id for row in rows)],
        actor=actor,
        now=now,
        request_id=derived_id("proof", request_id),
    )
    if proof.photo is not None:
        keep_evidence(
            evidence=[EvidenceIn("PHOTO", payload=proof.photo, by_name=proof.issuer)],
            actor=actor,
            document=document,
            request_id=derived_id("proof-photo", request_id),
            now=now,
        )
    Need.objects.filter(pk__in=[row.pk for row in rows]).update(proof=document)
    record(
        kind="needs.proof.added",
        actor=actor,
        now=now,
        subject=rows[0].receiver_id,
        document=document,
        data={"needs": [str(row.pk) for row in rows], "proof": proof.kind.value},
    )
    return document


def _refuse_unusable(proof: Proof) -> None:
    if proof.kind is ProofKind.NOTICE and not _ADDRESS.fullmatch(proof.url):
        raise ProofUnusable(
            "An official notice is named by its address; nothing was kept.",
            where="url",
            found=proof.url,
            expected="https://…",
            cure="Copy the address of the notice, or keep it as a letter with a photo.",
        )
    if proof.url and not _ADDRESS.fullmatch(proof.url):
        raise ProofUnusable("This is no address of a page; nothing was kept.", where="url", found=proof.url)
    if proof.kind is ProofKind.LETTER and proof.photo is None and not proof.text.strip():
        raise ProofUnusable(
            "A letter is kept as a picture or as its text; nothing was kept.",
            where="photo",
            expected="a picture, or what it says",
            cure="Photograph the letter with its seal.",
        )
    if proof.kind is ProofKind.SEEN and not proof.text.strip():
        raise ProofUnusable("Say what was seen; nothing was kept.", where="text", expected="some words")
