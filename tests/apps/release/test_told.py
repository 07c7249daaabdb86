"""Who won, who moved up and whose right runs out is told; a right that came to who slept costs no turn."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from baogong.journal.models import Outgoing
from baogong.journal.services import EvidenceIn, sign, texting
from baogong.journal.services.outbox import deliver_waiting
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.release import jobs, services
from baogong.release.codes import pickup_code
from baogong.release.luck import lucks
from baogong.release.models import Claim, Draw, DrawEntry, Tranche, Used
from baogong.release.services import Contact
from baogong.release.services.texts import texts_of
from tests.apps.release.test_draws import DRAWN, NAMES, PICKUP, announced, beacon_of, drawn, enter, run
from tests.apps.release.test_winners import bring, number, second, winner
from tests.apps.release.world import DAY, NOW, TODAY, World, asked, claim_all, is_sound

MIDNIGHT = datetime(2020, 2, 5, 16, 0, tzinfo=UTC)  # the city's, at the end of its day
HOUR = timedelta(hours=1)
SENT: list[tuple[str, str, str]] = []


@pytest.fixture
def gateway(settings: Any, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str]]:
    SENT.clear()
    settings.BAOGONG_TEXTS = "json://gateway.example/{phone}"
    monkeypatch.setattr(texting, "_gateway", Gateway)
    return SENT


class Gateway:
    def __init__(self, _address: str, phone: str, _id: UUID) -> None:
        self.phone = phone

    def notify(self, *, title: str, body: str) -> bool:
        SENT.append((self.phone, title, body))
        return True


def caller(world: World, tranche: UUID, at: int, now: datetime = NOW, channel: str = "PHONE", **said: str) -> Any:
    """An old caller on the telephone."""
    contact = Contact("RESIDENT_ID", number(at), "老张", f"1380000111{at}", **said)
    return services.claim(
        claim_id=new_id(), tranche=tranche, units=5, channel=channel, contact=contact,
        actor=None if channel == "WEB" else world.wu, now=now,
    )  # fmt: skip


def told(claim: UUID) -> list[str]:
    return [one.what for one in texts_of(claim)]


def expire(now: datetime) -> int:
    return services.expire_unclaimed(now=now)


def state(claim: UUID) -> str:
    return Claim.objects.get(id=claim).state


def used_by(claim: UUID) -> bool:
    return Used.objects.filter(tag=bytes(Claim.objects.get(id=claim).person or b"")).exists()


def test_winners_are_told_where_and_until_when_and_nobody_else(drill: World, gateway: list[Any]) -> None:
    tranche = drill.tranche(10, mode="DRAW", standby_max=1, **PICKUP)
    draw = announced(drill, tranche)
    entries = [enter(drill, draw, name, phone=f"1380000222{name[-1]}").entry for name in NAMES[:4]]
    answers = run(drill, draw)
    won = [one.id for one in answers[:2]]
    assert {one: told(one) for one in entries} == {one: ["won"] if one in won else [] for one in entries}
    services.draw_lots(draw=draw, beacon=beacon_of(draw), actor=drill.lin, now=DRAWN)
    deliver_waiting(now=DRAWN)
    assert len(gateway) == 2, "the same draw again tells nobody twice"
    (_to, title, body), *_rest = gateway
    assert title == "广安口罩"
    where = Tranche.objects.get(id=tranche).source.name
    assert body.startswith("您中签了。请在 2月5日 24:00 前带证件和取货码去领取：")
    assert where in body
    assert any(pickup_code(one) in body for one in won)


def test_an_entrant_reads_it_in_english_and_an_offer_that_is_brought_says_by_when(
    drill: World, gateway: list[Any]
) -> None:
    draw = announced(drill, drill.tranche(5, mode="DRAW", within_h=24))
    contact = Contact("PASSPORT", "E7654321", phone="13900139000", language="en")
    entry = services.enter_draw(
        draw=draw, contact=contact, nonce=bytes(range(16)), channel="WEB", actor=None, now=NOW, request_id=new_id()
    ).entry
    run(drill, draw)
    deliver_waiting(now=DRAWN)
    assert gateway == [
        (
            "13900139000",
            "Masks for Guang'an",
            f"You have won. It is brought to you by 13:05 on 6 Feb. Pickup code {pickup_code(entry)}.",
        )
    ]


def test_winners_of_another_office_are_told_on_the_page_alone(world: World, gateway: list[Any]) -> None:
    tranche = world.tranche(20, mode="IMPORTED", within_h=24, **PICKUP)
    sign(document=bring(world, tranche, [winner(n) for n in ("zhang", "li")]), actor=second(world), now=NOW)
    claims = list(Claim.objects.values_list("id", flat=True))
    assert [told(one) for one in claims] == [["won"], ["won"]]
    assert set(Outgoing.objects.values_list("channel", flat=True)) == {"PAGE"}, "the list keeps nobody's telephone"


def test_who_moves_up_is_told_with_the_right_and_has_it_to_the_end_of_a_whole_day(
    world: World, gateway: list[Any]
) -> None:
    tranche = world.tranche(5, standby_max=2, **PICKUP)
    first, second_, third = (caller(world, tranche, at).id for at in range(3))
    services.cancel_claim(claim=first, actor=world.wu, now=NOW + 13 * HOUR)  # 23:00
    row = Claim.objects.get(id=second_)
    assert (row.state, row.keeps_until) == ("ADMITTED", MIDNIGHT + DAY), "an hour of the night is no day"
    assert row.hold is not None
    assert book.hold(row.hold).expires_at == row.keeps_until
    (text,) = texts_of(second_)
    assert (text.what, text.until) == ("moved-up", row.keeps_until)
    deliver_waiting(now=NOW + 13 * HOUR)
    ((to, _title, body),) = gateway
    assert to == "13800001111"
    assert body.startswith("您是候补，现在轮到您了。请在 2月6日 24:00 前带证件和取货码去领取：")
    assert told(third) == []


def test_who_moved_up_while_somebody_else_claimed_is_told_by_the_job_of_the_minute_and_once(world: World) -> None:
    """The claim path writes no messages; whoever moved up in the same batch is told within the minute all the same."""
    kept = [{"channel": "PHONE", "units": 5, "until": "12:00"}]
    tranche = world.tranche(10, standby_max=2, reserves=kept, **PICKUP)
    first, second_ = (caller(world, tranche, at, channel="WEB").id for at in range(2))
    noon = NOW + 2 * HOUR
    claim_all([asked(tranche, "newcomer")], noon)
    assert Claim.objects.get(id=second_).state == "ADMITTED"
    assert told(second_) == []
    assert [services.tell_moved_up(now=noon) for _twice in range(2)] == [1, 0]
    assert (told(first), told(second_)) == ([], ["moved-up"])
    services.cancel_claim(claim=first, actor=world.wu, now=noon)
    assert services.tell_moved_up(now=noon) == 0, "whom the act itself told"


def test_what_moves_up_in_the_night_has_the_day_that_begins(world: World) -> None:
    tranche = world.tranche(5, standby_max=2, **PICKUP)
    first, second_ = (caller(world, tranche, at).id for at in range(2))
    assert expire(MIDNIGHT + timedelta(minutes=1)) == 1
    assert Claim.objects.get(id=second_).keeps_until == MIDNIGHT + DAY
    assert (told(first), told(second_)) == (["ran-out"], ["moved-up"])


@pytest.mark.parametrize("channel", ["PHONE", "CLERK", "WEB"])
def test_a_right_that_came_to_who_slept_costs_no_turn(world: World, channel: str) -> None:
    """No house without a gateway sends a text: nobody was told but on the page."""
    tranche = world.tranche(5, standby_max=2, **PICKUP)
    first, second_ = (caller(world, tranche, at, channel=channel).id for at in range(2))
    expire(MIDNIGHT)
    assert used_by(second_)
    expire(MIDNIGHT + DAY)
    assert (state(first), state(second_)) == ("EXPIRED", "EXPIRED")
    assert (told(first)[-1], told(second_)[-1]) == ("ran-out", "ran-out-unused")
    assert (used_by(first), used_by(second_)) == (True, False), "whoever claimed and did not come has used the turn"
    later = NOW + 2 * DAY
    fresh = world.put_out(Tranche.objects.get(id=tranche).release_id, 50, on=date(2020, 2, 7), now=later)
    assert caller(world, fresh, 1, now=later, channel=channel).state == "ADMITTED"
    assert caller(world, fresh, 0, now=NOW + 2 * DAY, channel=channel).code == "quota-used"
    assert is_sound(tranche)


def test_a_listed_person_who_moved_up_keeps_the_turn_too(world: World) -> None:
    tranche = world.tranche(5, standby_max=2, **PICKUP)
    one, two = (asked(tranche, name, channel="IMPORT") for name in "ab")
    claim_all([one, two])
    expire(MIDNIGHT)
    expire(MIDNIGHT + DAY)
    assert (used_by(one.id), used_by(two.id)) == (True, False)


def test_a_turn_that_began_before_stays_used(world: World) -> None:
    """What one fetched oneself is not given back with what moved up."""
    terms: dict[str, Any] = {"quotas": [{"subject": "PERSON", "turn": "ROLLING", "days": 3, "claims_max": 2}]}
    tranche = world.tranche(10, standby_max=2, **terms, **PICKUP)
    a1, b, a2 = asked(tranche, "a"), asked(tranche, "b"), asked(tranche, "a")
    claim_all([a1, b, a2])
    services.hand_over_claim(
        claim=a1.id, evidence=[EvidenceIn("CODE", text="1")], actor=world.wu, now=NOW, request_id=new_id()
    )
    expire(MIDNIGHT)
    expire(MIDNIGHT + DAY)
    assert state(a2.id) == "EXPIRED"
    (left,) = Used.objects.filter(tag=a1.person)
    assert (left.units, left.claims, left.start_on) == (5, 1, TODAY)


def test_what_a_shop_gave_in_time_and_told_late_uses_the_turn_after_all(world: World) -> None:
    tranche = world.tranche(5, standby_max=2, **PICKUP)
    one, two = (asked(tranche, name) for name in "ab")
    claim_all([one, two])
    expire(MIDNIGHT)
    expire(MIDNIGHT + DAY)
    assert not used_by(two.id)
    services.redeem(
        claim=two.id, channel="SHOP", at_place=world.office, used_at=MIDNIGHT + 12 * HOUR,
        evidence=[EvidenceIn("NOTE", text="1")], actor=world.wu, now=MIDNIGHT + DAY + HOUR, request_id=new_id(),
    )  # fmt: skip
    assert (state(two.id), used_by(two.id), is_sound(tranche)) == ("HANDED_OVER", True, True)


def test_who_moved_up_in_a_draw_and_slept_has_neither_won_nor_lost(drill: World) -> None:
    _tranche, draw, answers = drawn(drill, NAMES, 5, standby_max=1, **PICKUP)
    winner_, stood = answers[0].id, answers[1].id
    expire(MIDNIGHT)
    expire(MIDNIGHT + DAY)
    assert (state(winner_), state(stood)) == ("EXPIRED", "EXPIRED")
    scope = Draw.objects.get(id=draw).tranche.release.scope
    tags = [bytes(DrawEntry.objects.get(id=one).person or b"") for one in (winner_, stood)]
    found = lucks(scope, tags)
    assert found[tags[0]].won_at == DRAWN
    assert tags[1] not in found


def test_later_stock_comes_as_moving_up_to_whoever_had_lost(drill: World) -> None:
    tranche, draw, answers = drawn(drill, NAMES, 5, standby_max=1, **PICKUP)
    late = DRAWN + 8 * HOUR  # 21:05
    named = services.extend_draw(
        draw=draw, units=15, source=drill.cast.warehouse, actor=drill.lin, now=late, request_id=new_id()
    )
    assert len(named) == 3
    assert {one: told(one) for one in named} == {one: ["moved-up"] for one in named}
    assert set(Claim.objects.filter(id__in=named).values_list("keeps_until", flat=True)) == {MIDNIGHT + DAY}
    expire(MIDNIGHT)
    expire(MIDNIGHT + DAY)
    assert {told(one)[-1] for one in named} == {"ran-out-unused"}
    assert [used_by(one) for one in (*named, answers[0].id)] == [False, False, False, True]
    assert is_sound(tranche)


def test_who_has_not_come_is_told_once_some_hours_before_it_runs_out(world: World, gateway: list[Any]) -> None:
    tranche = world.tranche(15, **PICKUP)
    first, fetched = (caller(world, tranche, at).id for at in range(2))
    late = caller(world, tranche, 2, now=NOW + 9 * HOUR).id  # 19:00, an hour after the others are told
    services.hand_over_claim(
        claim=fetched, evidence=[EvidenceIn("CODE", text="1")], actor=world.wu, now=NOW, request_id=new_id()
    )
    assert services.tell_running_out(now=MIDNIGHT - 6 * HOUR - timedelta(minutes=1)) == 0
    assert services.tell_running_out(now=MIDNIGHT - 6 * HOUR) == 1
    assert services.tell_running_out(now=MIDNIGHT - 5 * HOUR) == 0
    assert (told(first), told(fetched), told(late)) == (["runs-out"], [], [])
    deliver_waiting(now=MIDNIGHT - 6 * HOUR)
    ((_to, _title, body),) = gateway
    assert body.startswith("您的名额快到期了。请在 2月5日 24:00 前带证件和取货码去领取：")


def test_the_minutes_job_tells_of_rights_that_run_out(drill: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from baogong.journal.clock import set_clock

    first = caller(drill, drill.tranche(5, **PICKUP), 0).id
    set_clock(MIDNIGHT - HOUR)
    jobs.turn_over()
    jobs.turn_over()
    assert told(first) == ["runs-out"]
    set_clock(MIDNIGHT)
    jobs.turn_over()
    assert told(first) == ["runs-out", "ran-out"]


def test_nobody_is_told_to_fetch_what_was_fetched_meanwhile(world: World, gateway: list[Any]) -> None:
    first = caller(world, world.tranche(5, **PICKUP), 0).id
    services.tell_running_out(now=MIDNIGHT - HOUR)
    services.hand_over_claim(
        claim=first, evidence=[EvidenceIn("CODE", text="1")], actor=world.wu, now=NOW, request_id=new_id()
    )
    deliver_waiting(now=MIDNIGHT - HOUR)
    assert gateway == []


def test_nothing_is_told_of_what_was_rolled_back(world: World) -> None:
    tranche = world.tranche(5, standby_max=2, **PICKUP)
    first, second_ = (caller(world, tranche, at).id for at in range(2))
    with transaction.atomic():
        services.cancel_claim(claim=first, actor=world.wu, now=NOW)
        assert told(second_) == ["moved-up"]
        transaction.set_rollback(True)
    assert (told(second_), state(second_)) == ([], "STANDBY")
