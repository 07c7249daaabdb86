"""Who shares something or named several households: never refused silently, looked at by a person, whose word is kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.journal.locks import lock_row, lock_rows
from baogong.journal.sealed import sealed_text
from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.ids import new_id
from baogong.release.clusters import cluster_of
from baogong.release.errors import ClusterUnusable
from baogong.release.identity import purpose_of
from baogong.release.models import ClusterLook, Release, Tranche
from baogong.release.services.claims import cancel_all

WHY_MAX = 200


@transaction.atomic
@recorded("release.cluster.judged")
def judge_cluster(
    *,
    release: UUID,
    kind: str,
    tag: bytes,
    verdict: str,
    why: str,
    also: Sequence[tuple[str, bytes]] = (),
    actor: Actor,
    now: datetime,
) -> int:
    """
    Say of people who share something that they may (FINE), or cancel what they hold that was not handed over (CANCELLED).

    why   one sentence, kept with the person's name
    also  (kind, tag) of what else the same claims share, as a family its address and its telephone: one verdict is on all
    Returns how many claims were cancelled; those who stand by move up. Raises NotYourPlace, ClusterUnusable, NotFound.
    """
    # As everybody does: the tranches first, then their release.
    lock_rows(Tranche.objects.all(), Tranche.objects.filter(release=release).values_list("id", flat=True))
    row = lock_row(Release.objects.all(), release)
    actor.require(Duty.COMMAND, at=row.office_id)
    why = why.strip()
    marks = tuple(dict.fromkeys([(kind, tag), *also]))
    shared = [cluster_of(release, *mark) for mark in marks]
    found = shared[0]
    is_one = found is not None and all(one is not None and one.claims == found.claims for one in shared)
    if found is None or not is_one or verdict not in ClusterLook.Verdict.values or not 0 < len(why) <= WHY_MAX:
        raise ClusterUnusable(
            f"A verdict is {' or '.join(ClusterLook.Verdict.values)}, on people who share something in this release, for a "
            f"reason of 1 to {WHY_MAX} characters. Nothing was changed.",
            where="why" if is_one else "cluster",
            found=len(why) if is_one else "nobody" if found is None else "more share it since",
            expected=f"1 to {WHY_MAX} characters",
            cure="Open the list anew, and write why.",
        )
    cancelled = 0
    if verdict == ClusterLook.Verdict.CANCELLED:
        cancelled = cancel_all(found.claims, actor=actor, now=now)
    ClusterLook.objects.bulk_create(
        ClusterLook(
            id=new_id(),
            release=row,
            kind=of,
            tag=mark,
            people=one.people if one is not None and verdict == ClusterLook.Verdict.FINE else 0,
            verdict=verdict,
            why=why,
            at=now,
            by_id=actor.person_id,
        )
        for (of, mark), one in zip(marks, shared, strict=True)
    )
    told = sealed_text(why, purpose=purpose_of(row.office_id), now=now)
    record(
        kind="release.cluster.judged",
        actor=actor,
        now=now,
        subject=row.id,
        document=row.document,
        data={
            "kind": kind,
            "also": [of for of, _mark in marks[1:]],
            "verdict": verdict,
            "people": found.people,
            "cancelled": cancelled,
            "why": told,
        },
    )
    return cancelled
