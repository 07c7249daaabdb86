"""What is announced and not decided yet: a draw before its lots, another office's list before its second signature."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from baogong.engine.draw.papers import PUBLISHED_TO_BEACON
from baogong.journal.queries import documents_by_id
from baogong.kernel.errors import NotFound
from baogong.release.errors import ChoiceUnderway
from baogong.release.models import Draw, Tranche, WinnerList


def release_of(tranche: UUID) -> UUID:
    """Whose row is locked after the tranche's, where closing it meanwhile would do harm. Raises NotFound."""
    found = Tranche.objects.filter(id=tranche).values_list("release", flat=True).first()
    if found is None:
        raise NotFound("There is no such tranche; nothing was changed.", where=str(tranche), cure="Open the list anew.")
    return found


def is_void(draw: Draw, now: datetime) -> bool:
    """
    Its list was not closed in time to be published before the beacon: nothing can be drawn, and its stock is free.

    A closed list is never void. Once its beacon is out anybody can compute who wins, so an office that could let time run
    out and put the stock out anew would choose among draws.
    """
    return draw.close is None and now > draw.beacon_at - PUBLISHED_TO_BEACON


def lists_waiting(tranches: Iterable[UUID]) -> list[WinnerList]:
    """Lists under one signature. Who is asked for the second may refuse the document: then nobody waits for it."""
    found = list(WinnerList.objects.filter(tranche__in=list(tranches), admitted_at=None))
    waiting = {one.id for one in documents_by_id([row.document for row in found]) if one.state == "WAITING"}
    return [row for row in found if row.document in waiting]


def refuse_while_undecided(tranches: Iterable[UUID], now: datetime) -> None:
    """
    Neither the stock nor the release goes away under people who were named, or told that lots will be drawn.

    The caller holds a lock that announcing and bringing a list take too. Raises ChoiceUnderway.
    """
    ids = list(tranches)
    draws = Draw.objects.filter(tranche__in=ids, drawn_at=None).defer("leaves", "verifier")
    undecided = {row.tranche_id for row in draws if not is_void(row, now)} | {
        row.tranche_id for row in lists_waiting(ids)
    }
    if undecided:
        days = Tranche.objects.filter(id__in=undecided).order_by("on").values_list("on", flat=True).distinct()
        raise ChoiceUnderway(
            "A draw of this stock is announced and not drawn yet, or a list of winners waits for its second signature. "
            "Nothing was taken back, and nothing was closed.",
            where="tranche",
            found=", ".join(on.isoformat() for on in days),
            expected="every announced draw drawn, every list signed or refused",
            cure="Draw the lots first. Sign the list, or refuse or cancel its document.",
        )
