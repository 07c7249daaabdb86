"""The draw of a tranche: announced, closed, drawn once from a public beacon, extended down the same list. Entered: `entries`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.db.models import F

from baogong.engine import draw as engine
from baogong.engine.draw.draws import fit_beacon, more_winners, served_count
from baogong.engine.draw.papers import Reader, read_chain, read_close
from baogong.engine.faults import Fault
from baogong.engine.release import Mode
from baogong.journal.clock import book_mark
from baogong.journal.locks import lock_row
from baogong.journal.requests import content_of, made_before
from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.ids import derived_id, new_id
from baogong.ledger import services as ledger
from baogong.ledger.facts import AccountRef
from baogong.ledger.states import Reason, State
from baogong.people.services.access import require_somewhere
from baogong.release import admission
from baogong.release.errors import CannotBeMissing, DrawnOnce, DrawNotThere, DrawUnusable, OtherSource
from baogong.release.facts import Answer, ClaimIn
from baogong.release.luck import Luck, lucks
from baogong.release.models import Claim, Draw, DrawEntry, DrawMore, Release, Tranche
from baogong.release.receipts import public_key
from baogong.release.services.claims import bare_connection, move_up
from baogong.release.services.door import draw_of, rule_of
from baogong.release.services.stays import complete, end_won
from baogong.release.services.texts import Right, tell_rights
from baogong.release.services.tranches import refuse_beyond_the_rule
from baogong.release.services.underway import is_void, release_of

ANYBODY = Actor(person_id=None, name="")  # whoever brings a round on the public page


@transaction.atomic
@recorded("release.draw.announced")
def announce_draw(
    *,
    tranche: UUID,
    closes_at: datetime,
    source: engine.Drand | engine.Lottery,
    fallback: engine.Drand | engine.Lottery | None = None,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> UUID:
    """
    Fix stock, rule, beacon and verifier before anybody enters. Returns the draw's id; there is one for each tranche.

    closes_at         when the list closes; the source comes out 30 minutes later or more. Where losers stay in, the draw
                      before is drawn by then, and the next list closes after this one is
    source, fallback  rounds of a public beacon, or lottery numbers; a drill's beacon in a drill's book only
    Raises NotYourPlace, DrawUnusable, DrawnOnce, engine's UnfitDraw with every fault, RequestIdReused, NotFound.
    """
    release = release_of(tranche)
    lock_row(Tranche.objects.all(), tranche)  # as claims do, before the release
    lock_row(Release.objects.all(), release)  # it is not closed meanwhile, and is read once that is sure
    row = lock_row(Tranche.objects.select_related("release__rule"), tranche)
    actor.require(Duty.COMMAND, at=row.release.office_id)
    closes_at = closes_at.replace(microsecond=0)
    content = content_of(
        tranche=tranche, closes_at=closes_at, source=source.as_dict(), fallback=fallback and fallback.as_dict()
    )
    made = made_before(Draw, request_id, content)
    if made is not None:
        return made.id
    if Draw.objects.filter(tranche=row).exists():
        raise DrawnOnce(
            "This tranche has its draw already; there is never a second one. Nothing was announced.",
            where=str(tranche),
            cure="Look that draw up. More stock goes further down its list.",
        )
    rule = rule_of(row)
    drills = [one for one in (source, fallback) if isinstance(one, engine.Drand) and one.chain.is_drill]
    if (
        rule.mode is not Mode.DRAW
        or row.release.state != "OPEN"
        or row.admitted
        or (drills and not book_mark().is_drill)
    ):
        raise DrawUnusable(
            "Lots are drawn for an open release of that mode of which nothing is given out yet, by a beacon nobody here "
            "holds the key of. Nothing was announced.",
            where="tranche",
            found=f"{row.release.state} {rule.mode.value}" + (" drill" if drills else ""),
            expected=f"OPEN {Mode.DRAW.value}",
            cure="Open a release of that mode and put its stock out; wait for a public beacon.",
        )
    if rule.draw.stays_in:
        _refuse_overlapping(row, closes_at, source.at, now)
    draw_id, program = uuid4(), engine.verifier()
    announcement = engine.Announcement(
        draw=draw_id,
        title=f"{rule.title_zh} {row.on.isoformat()}",
        is_drill=bool(drills),
        announced_at=now.replace(microsecond=0),
        closes_at=closes_at,
        units=row.units,
        units_each=rule.units_per_claim_max,
        standby=rule.standby_max,
        household_winners_max=rule.draw.household_winners_max,
        weight_max=rule.draw.weight_max,
        strata=rule.draw.losses_max + 1 if rule.draw.by_waiting else 1,
        source=source,
        fallback=fallback,
        verifier_sha256=sha256(program).hexdigest(),
        rule_sha256=rule.digest().hex(),
        weight_per_loss=rule.draw.weight_per_loss,
        pause_days=rule.draw.pause_days,
        receipts_key=public_key().hex(),
    )
    paper = engine.announce(announcement, rule.document())
    Draw.objects.create(
        id=draw_id,
        tranche=row,
        announcement=paper,
        verifier=program,
        secret=os.urandom(32),
        announced_at=now,
        closes_at=closes_at,
        beacon_at=source.at,
        request_id=request_id,
        content=content,
    )
    record(
        kind="release.draw.announced",
        actor=actor,
        now=now,
        subject=row.id,
        document=row.document,
        data={"draw": str(draw_id), "announcement_sha256": engine.hash_of(paper)},
    )
    return draw_id


@transaction.atomic
@recorded("release.draw.closed")
def close_draw(*, draw: UUID, actor: Actor, now: datetime) -> str:
    """
    Sort and fix the list; its root, in hex, is to be published at once. Closed before, it stays as it was.

    Where losers stay in, those of the draws before stand in it, also where nobody has carried them yet.

    Raises NotYourPlace, DrawNotThere, engine's UnfitDraw (too late before the beacon, nobody entered), NotFound.
    """
    row = lock_row(Draw.objects.select_related("tranche__release__rule"), draw)
    actor.require(Duty.COMMAND, at=row.tranche.release.office_id)
    if row.close is None:
        if now < row.closes_at:
            raise DrawNotThere(
                "The list is open until the announced moment; it was not closed.",
                where=str(draw),
                found=now.isoformat(timespec="minutes"),
                expected=f"from {row.closes_at.isoformat(timespec='minutes')} on",
                cure="Close it then, and publish the root at once.",
            )
        complete(row, now)
        moment = now.replace(microsecond=0)
        closed = engine.close(bytes(row.announcement), _records(row), closed_at=moment, published_at=moment)
        row.close, row.leaves = closed.paper, closed.records.tobytes()
        row.save(update_fields=["close", "leaves"])
    assert row.close is not None
    paper = read_close(bytes(row.close))
    record(
        kind="release.draw.closed",
        actor=actor,
        now=now,
        subject=row.tranche_id,
        data={"draw": str(draw), "entries": paper.entries, "root": paper.root},
    )
    return paper.root


@transaction.atomic
@recorded("release.draw.missing")
def declare_missing(*, draw: UUID, actor: Actor, now: datetime) -> datetime:
    """
    Put on record that the announced source has not come, while nobody can know the fallback; since when it stands there.

    Declared before, it stays as it was. The announced source still counts, if it comes, until the fallback's own moment;
    from then on only the fallback does.
    Raises NotYourPlace, DrawNotThere (the list is open), DrawnOnce (it has come), CannotBeMissing (no fallback was
    announced, it is not due yet, or the fallback comes out in less than 10 minutes), NotFound.
    """
    row = lock_row(Draw.objects.select_related("tranche__release"), draw)
    actor.require(Duty.COMMAND, at=row.tranche.release.office_id)
    if row.missing_declared_at is None:
        moment = now.replace(microsecond=0)  # as papers tell it
        _require_missing(row, moment)
        row.missing_declared_at, row.missing_declared_by_id = moment, actor.person_id
        row.save(update_fields=["missing_declared_at", "missing_declared_by"])
    record(
        kind="release.draw.missing",
        actor=actor,
        now=now,
        subject=row.tranche_id,
        data={"draw": str(draw), "missing_declared_at": row.missing_declared_at.isoformat()},
    )
    return row.missing_declared_at


def _require_missing(row: Draw, moment: datetime) -> None:
    """Raises as `declare_missing` does."""
    if row.close is None:
        raise DrawNotThere(
            "The list is not closed yet; nothing was declared.",
            where=str(row.id),
            found="open",
            expected="closed and published",
            cure="Close the list first.",
        )
    if row.beacon is not None:
        raise DrawnOnce(
            "What this draw was made from has come; nothing was declared.",
            where=str(row.id),
            found="drawn",
            expected="not drawn yet",
            cure="Look at the result; it stays.",
        )
    between = engine.read_announcement(bytes(row.announcement)).missing_between
    if between is None:
        raise CannotBeMissing(
            "No fallback was announced, and none can be chosen now; nothing was declared.",
            where=str(row.id),
            cure="The list waits for the announced source, however late.",
            told_zh="公告里没有备用的随机源，现在也不能再选",
        )
    least, most = between
    if not least <= moment <= most:
        is_early = moment < least
        raise CannotBeMissing(
            "The announced source is not due yet; nothing was declared."
            if is_early
            else "The fallback comes out in less than 10 minutes, or has; nothing was declared.",
            where=str(row.id),
            found=moment.isoformat(timespec="minutes"),
            expected=f"{least.isoformat(timespec='minutes')} to {most.isoformat(timespec='minutes')}",
            cure="Wait for it." if is_early else "The list waits for the announced source, however late.",
            told_zh="公告的随机源还没有到时间" if is_early else "离备用的随机源公布已不到 10 分钟，或已经公布",
        )


@transaction.atomic
@recorded("release.draw.drawn")
def draw_lots(*, draw: UUID, beacon: engine.BeaconPaper, actor: Actor | None, now: datetime) -> tuple[Answer, ...]:
    """
    Draw from the closed list and what the announced source gave; the winners' claims are made, and of who stands by.

    The answers are in the order drawn. The same beacon again changes nothing; there is never a second draw. A closed list
    can be drawn for ever. At each moment one source counts: the fallback where the announced one was declared missing and
    the fallback's own moment has come, else the announced one. A round proves itself by its signature, so anybody may bring
    it, whom nobody knows as well (`actor` None): else the office could look at it and keep silent. A lottery's numbers, which
    nobody signs, are the office's to bring.
    Raises NotYourPlace, DrawNotThere, DrawnOnce, OtherSource, engine's UnfitDraw (not the round that counts, not its
    signature), NotFound.
    """
    row = _lock_with_tranche(draw)
    if beacon.numbers or not beacon.signature:
        (actor or ANYBODY).require(Duty.COMMAND, at=row.tranche.release.office_id)
    if actor is not None:
        require_somewhere(actor, *Duty)
    if row.close is None or row.leaves is None:
        raise DrawNotThere(
            "The list is not closed yet; nothing was drawn.",
            where=str(draw),
            found="open",
            expected="closed and published",
            cure="Close the list first.",
        )
    paper = engine.as_bytes(beacon.as_dict())
    if row.beacon is not None and bytes(row.beacon) != paper:
        raise DrawnOnce(
            "This draw was drawn already, from another beacon paper. There is never a second draw; nothing was changed.",
            where=str(draw),
            found=engine.hash_of(paper),
            expected=engine.hash_of(bytes(row.beacon)),
            cure="Check the published bundle; its verifier says what was drawn from what.",
        )
    if row.beacon is None:
        _require_source(row, beacon, now)
    drawn = engine.draw(bytes(row.announcement), bytes(row.close), paper, engine.records_of(bytes(row.leaves)))
    placed = [UUID(bytes=drawn.records[one, :16].tobytes()) for one in drawn.rows]
    if row.beacon is None:
        row.beacon, row.result, row.drawn_at = paper, drawn.result, now
        row.save(update_fields=["beacon", "result", "drawn_at"])
        found = DrawEntry.objects.in_bulk(placed)
        for rank, entry in enumerate(placed, 1):
            found[entry].rank = rank
        DrawEntry.objects.bulk_update(found.values(), ["rank"], batch_size=2_000)
    answers = _admit(row, placed, now)
    end_won(row.tranche.release_id, now)
    record(
        kind="release.draw.drawn",
        actor=actor or ANYBODY,
        now=now,
        subject=row.tranche_id,
        data={
            "draw": str(draw),
            "winners": drawn.winners_count,
            "standby": len(placed) - drawn.winners_count,
            "result_sha256": engine.hash_of(drawn.result),
        },
    )
    return answers


def bring_round(
    *, draw: UUID, round: int, signature: str, previous_signature: str = "", now: datetime
) -> tuple[Answer, ...]:
    """
    Draw from a round that somebody brings whom nobody knows: of the source that counts now, as `draw_lots` does. Brought before,
    by whomever, nothing changes.

    The signature, half a second's work, is looked at before anything is locked; the edge paces who brings.
    Raises DrawNotThere, DrawnOnce (drawn from another), DrawUnusable (no hex), OtherSource, engine's UnfitDraw, NotFound.
    """
    row = draw_of(draw)
    announcement = engine.read_announcement(bytes(row.announcement))
    counts = announcement.fallback if row.missing_declared_at is not None else None
    beacon = beacon_paper(
        draw,
        round=round,
        signature=signature,
        previous_signature=previous_signature,
        is_fallback=counts is not None and now >= counts.at,
    )
    if row.beacon is None:
        fit_beacon(announcement, beacon, bytes(row.close or b""))
    return draw_lots(draw=draw, beacon=beacon, actor=None, now=now)


def _require_source(row: Draw, beacon: engine.BeaconPaper, now: datetime) -> None:
    """The one of the two announced sources that counts now: whoever knows both may not choose. Raises OtherSource."""
    fallback = engine.read_announcement(bytes(row.announcement)).fallback
    if fallback is None:
        return  # the engine refuses one that was never announced
    declared = row.missing_declared_at
    if beacon.is_fallback and declared is None:
        raise OtherSource(
            "The announced source was not declared missing before the fallback could be known; nothing was drawn.",
            where=str(row.id),
            found="fallback",
            expected="announced",
            cure="Bring what the announced source gave, however late.",
            told_zh="公告的随机源没有在备用的可能公布之前宣布未到，只认公告的",
        )
    is_due = declared is not None and now >= fallback.at
    if beacon.is_fallback and (not is_due or beacon.missing_declared_at != declared):
        raise OtherSource(
            "The fallback counts from its own moment on, as it was declared; nothing was drawn.",
            where=str(row.id),
            found=f"fallback, {now.isoformat(timespec='minutes')}",
            expected=f"from {fallback.at.isoformat(timespec='minutes')} on",
            cure="Bring what the announced source gave if it has come; else wait.",
            told_zh="备用的随机源要到它自己的时间、按已记录的宣布才算数",
        )
    if is_due and not beacon.is_fallback:
        raise OtherSource(
            "The announced source was declared missing, and the fallback may be known: only that counts now. Nothing was drawn.",
            where=str(row.id),
            found="announced",
            expected=f"fallback, from {fallback.at.isoformat(timespec='minutes')} on",
            cure="Bring what the fallback gave.",
            told_zh="公告的随机源已宣布未到，备用的时间已到，只认备用的",
        )


@transaction.atomic
@recorded("release.draw.extended")
def extend_draw(
    *, draw: UUID, units: int, source: UUID, actor: Actor, now: datetime, request_id: UUID
) -> tuple[UUID, ...]:
    """
    More stock of the same lot goes further down the same list; who is named, in order.

    source  out of whose free stock. Who stands by comes first, as they are the next of the list; to whom a right that
            others left has come already, or who no longer wants one, is passed, and the paper says so.
    Raises NotYourPlace, DrawNotThere, UnfitDraw, BeyondTheRule, ledger.BatchRefused, RequestIdReused, NotFound.
    """
    row = _lock_with_tranche(draw)
    tranche = row.tranche
    actor.require(Duty.COMMAND, at=tranche.release.office_id)
    actor.require(Duty.KEEPER, Duty.COMMAND, at=source)
    earlier = list(row.later.order_by("number"))
    for one in earlier:
        if one.request_id == request_id:
            return _named(bytes(one.paper))
    lock_row(Release.objects.all(), tranche.release_id)
    refuse_beyond_the_rule(tranche.release_id, rule_of(tranche), tranche.on, units)
    drawn = drawn_of(row)
    papers = [bytes(one.paper) for one in earlier]
    paper = engine.more(drawn, papers, units, _promoted(row, drawn, papers))
    ledger.post(
        lines=[
            ledger.post_line(
                AccountRef(source, State.AVAILABLE),
                AccountRef(tranche.release.holder_id, State.OFFERED),
                tranche.lot_id,
                units,
            )
        ],
        actor=actor,
        reason=Reason.RELEASE,
        document=tranche.document,
        request_id=derived_id(request_id, "more of a draw"),
        now=now,
    )
    Tranche.objects.filter(id=tranche.id).update(units=F("units") + units)
    DrawMore.objects.create(id=new_id(), draw=row, number=len(earlier) + 1, paper=paper, at=now, request_id=request_id)
    named = _named(paper)
    move_up(tranche.id, now)
    _admit(row, named, now, is_later=True)
    end_won(tranche.release_id, now)
    record(
        kind="release.draw.extended",
        actor=actor,
        now=now,
        subject=tranche.id,
        data={"draw": str(draw), "units": units, "named": len(named)},
    )
    return named


def beacon_round(chain: str, drill_chain: Mapping[str, Any] | None, at: datetime) -> engine.Drand:
    """
    The first round of a public chain, or of a drill's, that comes out at `at` or later.

    drill_chain  its parameters, as `baogong draw drill-key` writes them; None: the public chain of this name
    Raises DrawUnusable.
    """
    public = engine.public_chains()
    faults: list[Fault] = []
    if drill_chain is not None:
        known = read_chain(Reader(dict(drill_chain), "drill_chain", faults))
    if faults or (drill_chain is None and chain not in public):
        raise DrawUnusable(
            "There is no such beacon; nothing was announced.",
            where="chain",
            found=faults[0].where if faults else chain,
            expected=", ".join(public),
            cure="Name one of these, or give a drill's whole parameters.",
        )
    found = known if drill_chain is not None else public[chain]
    return engine.Drand(found, found.round_at(at))


def beacon_paper(
    draw: UUID,
    *,
    round: int = 0,
    signature: str = "",
    previous_signature: str = "",
    numbers: Sequence[Sequence[int]] = (),
    is_fallback: bool = False,
) -> engine.BeaconPaper:
    """
    What came out, under the closed list it counts for. Signatures in hex, as the beacon publishes them.

    numbers      of each drawing of a lottery, where one was announced
    is_fallback  the fallback came out; since when the announced source is missing is taken from the record
    Raises DrawNotThere, DrawUnusable, NotFound.
    """
    close, missing = _closed(draw)
    try:
        signed, before = bytes.fromhex(signature), bytes.fromhex(previous_signature)
    except ValueError as error:
        raise DrawUnusable(
            "A signature is written in hex; nothing was drawn.",
            where="signature",
            expected="48 or 96 bytes in hex",
            cure="Copy the round as the beacon publishes it.",
        ) from error
    return engine.BeaconPaper(
        draw=draw,
        close_sha256=engine.hash_of(close),
        is_fallback=is_fallback,
        missing_declared_at=missing if is_fallback else None,
        round_number=round,
        signature=signed,
        previous_signature=before,
        randomness=engine.randomness_of(signed) if signed else b"",
        numbers=tuple(tuple(one) for one in numbers),
    )


def lottery_paper(draw: UUID, *, numbers: Sequence[Sequence[int]], is_fallback: bool = False) -> engine.BeaconPaper:
    """
    The numbers of the announced drawings, one list for each in the announced order, as the lottery published them.

    is_fallback  they are the fallback's
    Raises DrawNotThere, NotFound; how many numbers there must be is asked when lots are drawn.
    """
    return beacon_paper(draw, numbers=numbers, is_fallback=is_fallback)


def _closed(draw: UUID) -> tuple[bytes, datetime | None]:
    """The paper of the closed list, and since when the announced source is declared missing. Raises DrawNotThere, NotFound."""
    row = draw_of(draw)
    if row.close is None:
        raise DrawNotThere(
            "The list is not closed yet; nothing was drawn.",
            where=str(draw),
            found="open",
            expected="closed and published",
            cure="Close the list first.",
        )
    return bytes(row.close), row.missing_declared_at


def drawn_of(row: Draw) -> engine.Drawn:
    """The draw, made again from its papers. Raises DrawNotThere."""
    if row.close is None or row.leaves is None or row.beacon is None:
        raise DrawNotThere(
            "This draw is not drawn yet.",
            where=str(row.id),
            found="open" if row.close is None else "closed",
            expected="drawn",
            cure="Wait for the announced beacon.",
        )
    return engine.draw(
        bytes(row.announcement), bytes(row.close), bytes(row.beacon), engine.records_of(bytes(row.leaves))
    )


def _admit(row: Draw, placed: Sequence[UUID], now: datetime, *, is_later: bool = False) -> tuple[Answer, ...]:
    """
    Claims of these entries, in their order, and each right told; one made before gives its answer and no more.

    is_later  by more stock, to people who had lost and wait no longer: as to those who move up
    """
    found = DrawEntry.objects.in_bulk(list(placed))
    rule = rule_of(row.tranche)
    claims = [
        ClaimIn(
            id=entry.id,
            tranche=row.tranche_id,
            channel=entry.channel,
            units=rule.units_per_claim_max,
            person=bytes(entry.person or b""),
            household=_bytes(entry.household),
            phone=_bytes(entry.phone),
            address=_bytes(entry.address),
            document=entry.document,
            region=entry.region,
            born_decade=entry.born_decade,
            taken_by=entry.taken_by_id,
            is_chosen=True,
        )
        for entry in (found[one] for one in placed)
    ]
    answers: list[Answer] = []
    for at in range(0, len(claims), admission.BATCH_MAX):
        answers += admission.admit(bare_connection(), claims[at : at + admission.BATCH_MAX], now, moves_up=is_later)
    with connection.cursor() as cursor:  # texting and handing over find the claimant where they find everybody's
        cursor.execute(
            "UPDATE release_claim SET claimant_id = entry.claimant_id FROM release_drawentry AS entry "
            "WHERE entry.id = release_claim.id AND entry.id = ANY(%s) AND release_claim.state <> 'REFUSED'",
            [list(placed)],
        )
    rights = [
        Right(one.id, found[one.id].claimant_id, one.units, one.keeps_until)
        for one in answers
        if one.is_admitted and not one.was_seen
    ]
    tell_rights(rights, "moved-up" if is_later else "won", now)
    return tuple(answers)


def _refuse_overlapping(row: Tranche, closes_at: datetime, beacon_at: datetime, now: datetime) -> None:
    """Who loses is carried on once lots are drawn, so one list is not closed between another's close and its beacon."""
    others = Draw.objects.filter(
        tranche__release=row.release, tranche__region=row.region, tranche__variant=row.variant, drawn_at=None,
        closes_at__lte=beacon_at, beacon_at__gte=closes_at,
    ).defer("leaves", "verifier")  # fmt: skip
    for other in others:
        if not is_void(other, now):
            raise DrawUnusable(
                "Who loses stays in, and stands in the next list once lots are drawn; another draw of this release is not "
                "drawn between its close and its beacon when this one closes. Nothing was announced.",
                where="closes_at",
                found=closes_at.isoformat(timespec="minutes"),
                expected=f"not from {other.closes_at.isoformat(timespec='minutes')} to "
                f"{other.beacon_at.isoformat(timespec='minutes')}, and its beacon before or after as well",
                cure="Close this list after the other's beacon, or have the beacon come out before the other list closes.",
            )


def _promoted(row: Draw, drawn: engine.Drawn, papers: Sequence[bytes]) -> int:
    """How many of the next on standby no longer wait. None where the announced verifier would not understand it."""
    if b"promoted" not in bytes(row.verifier):
        return 0
    following = [drawn.records[one, :16].tobytes() for one in drawn.rows[served_count(drawn, papers) :]]
    states = dict(Claim.objects.filter(id__in=[UUID(bytes=one) for one in following]).values_list("id", "state"))
    waits = (states.get(UUID(bytes=one)) == "STANDBY" for one in following)
    return next((at for at, is_waiting in enumerate(waits) if is_waiting), len(following))


def _records(row: Draw) -> engine.Records:
    """Everybody who has entered and not left, with what the rule owes them for earlier draws."""
    rule = rule_of(row.tranche)
    memory = engine.Memory(rule.draw.pause_days, rule.draw.weight_per_loss, rule.draw.weight_max, rule.draw.by_waiting)
    people = list(
        DrawEntry.objects.filter(draw=row, left_at=None).values_list("id", "commitment", "person", "household")
    )
    remembers = rule.draw.weight_per_loss or rule.draw.by_waiting
    known = lucks(row.tranche.release.scope, [bytes(one[2]) for one in people if one[2]]) if remembers else {}
    secret = bytes(row.secret)
    records = []
    for entry, commitment, tag, household in people:
        losses = min(known.get(bytes(tag or b""), Luck()).losses, rule.draw.losses_max)
        label = sha256(secret + bytes(household)).digest()[:16] if household else bytes(16)
        records.append(
            engine.Entry(
                entry.bytes,
                bytes(commitment),
                label,
                memory.weight(losses),
                memory.stratum(losses, rule.draw.losses_max),
            )
        )
    return engine.records_of(records)


def _lock_with_tranche(draw: UUID) -> Draw:
    """The tranche first, as everybody does; then the draw."""
    lock_row(Tranche.objects.all(), draw_of(draw).tranche_id)
    return lock_row(Draw.objects.select_related("tranche__release__rule"), draw)


def _named(paper: bytes) -> tuple[UUID, ...]:
    return tuple(UUID(hex=one) for one in more_winners(paper))


def _bytes(value: Any) -> bytes | None:
    return None if value is None else bytes(value)
