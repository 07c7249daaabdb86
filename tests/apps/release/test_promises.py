"""The promised hours watched by the clock; goods taken in at the shop; a handover taken back at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from baogong.journal import queries as journal
from baogong.journal.models import Outgoing
from baogong.journal.services import EvidenceIn, texting
from baogong.journal.services.outbox import deliver_waiting
from baogong.kernel.actor import THE_HOUSE, Duty
from baogong.kernel.errors import NotYourPlace, UnusableInput
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.people.models import PersonalDatum, PersonalRead
from baogong.release import services
from baogong.release.codes import pickup_code
from baogong.release.errors import ClaimMoved, NotDisinfected
from baogong.release.models import Claim, GoodsIn, PromiseAlert, Tranche
from baogong.release.offers import at_shops
from baogong.release.queries import promise_alerts, rights
from baogong.release.services import deliveries
from baogong.release.services.texts import put_out_texts, texts_of
from tests.apps.release.world import DAY, NOW, World, claim_one, is_sound, opening
from tests.cast import log_in_as

HOUR = timedelta(hours=1)
SIGNED = [EvidenceIn("SIGNATURE", by_name="Lin")]


def hand_over(world: World, claim: UUID, now: datetime = NOW) -> None:
    services.hand_over_claim(
        claim=claim, evidence=SIGNED, is_brought=True, actor=world.wu, now=now, request_id=new_id()
    )


def test_the_alert_comes_within_the_rules_time_before_the_promise_ends_and_once(world: World) -> None:
    tranche = world.tranche(20, within_h=24, warn_h=5)
    late, served = claim_one(tranche, "late"), claim_one(tranche, "served")
    assert Claim.objects.get(id=late.id).due_at == NOW + 24 * HOUR
    hand_over(world, served.id)
    assert services.watch_promises(now=NOW + 19 * HOUR - timedelta(seconds=1)) == 0
    assert services.watch_promises(now=NOW + 19 * HOUR) == 1
    assert services.watch_promises(now=NOW + 20 * HOUR) == 0
    (alert,) = PromiseAlert.objects.all()
    assert (alert.claim_id, alert.told_at, alert.state) == (late.id, NOW + 19 * HOUR, "ADMITTED")
    assert alert.told_at < alert.due_at
    assert {event.kind for event in journal.events(kinds=["release.promise.at-risk"])} == {"release.promise.at-risk"}
    told = journal.messages_under(f"promise {late.id} ")
    assert [one.payload["count"] for one in told] == [1] * 4, "commander and clerk, of the office and of the house"
    assert [one.id for one in promise_alerts([world.office])] == [late.id]
    hand_over(world, late.id)
    assert promise_alerts([world.office]) == ()


def test_a_claim_that_is_brought_once_more_is_promised_and_watched_anew(world: World) -> None:
    tranche = world.tranche(20, within_h=24, warn_h=5)
    claim = claim_one(tranche, "lost").id
    services.accept_claims(claims=[claim], actor=world.wu, now=NOW)
    assert services.watch_promises(now=NOW + 19 * HOUR) == 1
    with transaction.atomic():
        deliveries.leave_shop([claim], NOW + 20 * HOUR)
        deliveries.go_missing([claim], actor=world.wu, now=NOW + 21 * HOUR)
        again = NOW + 22 * HOUR
        deliveries.bring_again(claim, actor=world.wu, now=again, request_id=new_id())
    assert promise_alerts([world.office]) == (), "what was promised first is over"
    assert [one.alert_at for one in rights(Tranche.objects.get(id=tranche).release_id)] == [None]
    assert services.watch_promises(now=again + 18 * HOUR) == 0
    assert services.watch_promises(now=again + 19 * HOUR) == 1
    assert services.watch_promises(now=again + 20 * HOUR) == 0
    (alert,) = promise_alerts([world.office])
    assert (alert.due_at, alert.told_at) == (again + 24 * HOUR, again + 19 * HOUR)
    assert PromiseAlert.objects.count() == 2
    assert len(journal.messages_under(f"promise {claim} ")) == 2 * 4, "everybody is told a second time"
    assert [one.alert_at for one in rights(Tranche.objects.get(id=tranche).release_id)] == [alert.told_at]


def test_without_a_word_of_the_rules_a_sixth_of_the_time_is_left(world: World) -> None:
    tranche = world.tranche(20, within_h=24)
    claim_one(tranche, "late")
    assert services.watch_promises(now=NOW + 20 * HOUR - timedelta(seconds=1)) == 0
    assert services.watch_promises(now=NOW + 20 * HOUR) == 1


def test_the_promise_begins_when_the_opening_minute_is_judged(world: World) -> None:
    tranche = world.tranche(20, within_h=24, opens="10:00", shuffle_s=60)
    waiting = claim_one(tranche, "early")
    assert Claim.objects.get(id=waiting.id).due_at is None
    opening(tranche, NOW + timedelta(minutes=2))
    assert Claim.objects.get(id=waiting.id).due_at == NOW + timedelta(minutes=1) + 24 * HOUR


def test_what_is_fetched_is_promised_for_no_hour(world: World) -> None:
    tranche = world.tranche(20, fulfilment="PICKUP", within_h=24)
    assert Claim.objects.get(id=claim_one(tranche, "one").id).due_at is None


def test_goods_that_come_in_are_disinfected_and_counted_once(world: World) -> None:
    tranche, request = world.tranche(20), new_id()
    given = {"tranche": tranche, "units": 15, "means": "75% 酒精", "now": NOW}
    assert services.take_in(actor=world.wu, request_id=request, **given) == 15  # type: ignore[arg-type]
    assert services.take_in(actor=world.wu, request_id=request, **given) == 15  # type: ignore[arg-type]
    with pytest.raises(UnusableInput):
        services.take_in(tranche=tranche, units=6, means="酒精", actor=world.wu, now=NOW, request_id=new_id())
    with pytest.raises(UnusableInput):
        services.take_in(tranche=tranche, units=5, means=" ", actor=world.wu, now=NOW, request_id=new_id())
    with pytest.raises(NotYourPlace):
        services.take_in(
            tranche=tranche, units=5, means="酒精", actor=world.cast.stranger, now=NOW, request_id=new_id()
        )
    assert GoodsIn.objects.count() == 1


def test_where_the_rule_asks_nothing_leaves_the_shop_that_was_not_disinfected(world: World) -> None:
    tranche = world.tranche(20, disinfected=True)
    first, second = claim_one(tranche, "one").id, claim_one(tranche, "two").id
    services.accept_claims(claims=[first, second], actor=world.wu, now=NOW)

    def take_in(units: int) -> None:
        services.take_in(tranche=tranche, units=units, means="75% 酒精", actor=world.wu, now=NOW, request_id=new_id())

    roads: list[Callable[[], object]] = [
        lambda: hand_over(world, first),
        lambda: deliveries.leave_shop([first], NOW),
    ]
    for leaves in roads:
        with pytest.raises(NotDisinfected) as refusal, transaction.atomic():
            leaves()
        assert (refusal.value.found, refusal.value.expected) == (0, 5)
    assert set(Claim.objects.values_list("state", flat=True)) == {"ACCEPTED"}
    take_in(5)
    hand_over(world, first)
    with pytest.raises(NotDisinfected), transaction.atomic():
        deliveries.leave_shop([second], NOW)
    take_in(5)
    with transaction.atomic():
        deliveries.leave_shop([second], NOW)
    assert Claim.objects.get(id=second).state == "UNDERWAY"


def test_what_was_lost_has_left_the_shop_also_once_other_units_are_brought_in_its_place(world: World) -> None:
    """The claim alone was counted: brought once more, or ended, what was lost seemed to lie in the shop again."""
    tranche = world.tranche(30, disinfected=True)
    claims = [claim_one(tranche, name).id for name in ("one", "two", "three")]
    services.accept_claims(claims=claims, actor=world.wu, now=NOW)

    def take_in(units: int) -> None:
        services.take_in(tranche=tranche, units=units, means="75% 酒精", actor=world.wu, now=NOW, request_id=new_id())

    def gone() -> int:
        (shown,) = at_shops(None, tranche=tranche)
        return shown.units_gone

    def leave(claim: UUID) -> None:
        with transaction.atomic():
            deliveries.leave_shop([claim], NOW)

    take_in(10)
    for lost in claims[:2]:
        leave(lost)
        with transaction.atomic():
            deliveries.go_missing([lost], actor=world.wu, now=NOW)
    assert gone() == 10
    with transaction.atomic():
        deliveries.bring_again(claims[0], actor=world.wu, now=NOW, request_id=new_id())
    services.cancel_claim(claim=claims[1], actor=world.wu, now=NOW)
    assert gone() == 10
    for leaving in (claims[0], claims[2]):
        with pytest.raises(NotDisinfected) as refusal:
            leave(leaving)
        assert (refusal.value.found, refusal.value.expected) == (10, 15)
    take_in(5)
    leave(claims[0])
    assert gone() == 15
    with pytest.raises(NotDisinfected):
        hand_over(world, claims[2])


def test_a_handover_pressed_by_mistake_is_taken_back_and_given_again(world: World) -> None:
    tranche = world.tranche(20, fulfilment="PICKUP", pickup_days=2)
    claim, request = claim_one(tranche, "one").id, new_id()
    hand_over(world, claim)
    undo = {"claim": claim, "why": "wrong person", "actor": world.wu, "request_id": request}
    services.undo_hand_over(now=NOW + timedelta(minutes=9), **undo)  # type: ignore[arg-type]
    services.undo_hand_over(now=NOW + timedelta(minutes=9), **undo)  # type: ignore[arg-type]
    row = Claim.objects.get(id=claim)
    assert (row.state, is_sound(tranche)) == ("ACCEPTED", True)
    assert row.hold is not None
    assert book.hold(row.hold).expires_at == row.keeps_until
    hand_over(world, claim)
    assert (Claim.objects.get(id=claim).state, is_sound(tranche)) == ("HANDED_OVER", True)


def test_a_mistake_of_two_minutes_to_midnight_is_taken_back_after_it(world: World) -> None:
    tranche = world.tranche(5, fulfilment="PICKUP", pickup_days=1)
    claim, midnight = claim_one(tranche, "one").id, NOW + 14 * HOUR
    assert Claim.objects.get(id=claim).keeps_until == midnight
    hand_over(world, claim, now=midnight - timedelta(minutes=2))
    after = midnight + timedelta(minutes=3)
    services.undo_hand_over(claim=claim, why="wrong person", actor=world.wu, now=after, request_id=new_id())
    row = Claim.objects.get(id=claim)
    assert (row.state, row.keeps_until) == ("ACCEPTED", midnight + DAY), "to the end of the day that has begun"
    assert row.hold is not None
    assert book.hold(row.hold).expires_at == row.keeps_until
    assert services.expire_unclaimed(now=after) == 0
    hand_over(world, claim, now=after + HOUR)
    assert (Claim.objects.get(id=claim).state, is_sound(tranche)) == ("HANDED_OVER", True)


def test_nothing_is_taken_back_late_or_without_a_reason_or_by_a_stranger(world: World) -> None:
    tranche = world.tranche(20, fulfilment="PICKUP")
    claim = claim_one(tranche, "one").id
    hand_over(world, claim)
    given = {"claim": claim, "why": "wrong", "actor": world.wu, "now": NOW, "request_id": new_id()}
    for changed, refusal in (
        ({"now": NOW + timedelta(minutes=10, seconds=1)}, ClaimMoved),
        ({"why": " "}, UnusableInput),
        ({"actor": log_in_as("Passer-by", [(Duty.KEEPER, world.cast.hub)], NOW)}, NotYourPlace),
    ):
        with pytest.raises(refusal):
            services.undo_hand_over(**(given | changed))  # type: ignore[arg-type]
    assert Claim.objects.get(id=claim).state == "HANDED_OVER"


def test_an_accepted_claims_text_goes_to_the_telephone_that_was_typed_and_to_nobody_elses(
    world: World, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, str, str]] = []

    class Gateway:
        def notify(self, *, title: str, body: str) -> bool:
            sent.append((self.phone, title, body))
            return True

        def __init__(self, _address: str, phone: str, _id: UUID) -> None:
            self.phone = phone

    tranche = world.tranche(20)
    contact = services.Contact("PASSPORT", "E1234567", phone="+86 138-0013-8000", language="zh")
    given = {"tranche": tranche, "units": 5, "channel": "WEB", "contact": contact, "actor": None, "now": NOW}
    claim = services.claim(claim_id=new_id(), **given).id  # type: ignore[arg-type]
    services.accept_claims(claims=[claim], actor=world.wu, now=NOW)
    assert {one.channel for one in Outgoing.objects.all()} == {"PAGE"}, "without a gateway the page alone tells"
    settings.BAOGONG_TEXTS = "json://gateway.example/{phone}"
    monkeypatch.setattr(texting, "_gateway", Gateway)
    with transaction.atomic():
        put_out_texts([Claim.objects.get(id=claim)], "underway", NOW)
        put_out_texts([Claim.objects.get(id=claim)], "underway", NOW)
        put_out_texts([Claim.objects.get(id=claim)], "come-down", NOW, once="1", from_at=NOW + HOUR)
    assert "13800138000" not in str(list(Outgoing.objects.values()))
    deliver_waiting(now=NOW)
    code = pickup_code(claim)
    assert sent == [
        ("13800138000", "广安口罩", f"已出发配送。取货码 {code}。"),
        ("13800138000", "广安口罩", f"配送员已出发，请下楼领取。约 11:00 到。取货码 {code}。"),
    ]
    assert [one.what for one in texts_of(claim)] == ["accepted", "underway", "come-down"], "each step once on the page"
    assert PersonalRead.objects.filter(why="text").count() == 1, "read at one moment, which stays"
    given |= {"contact": services.Contact("PASSPORT", "E7654321", phone="13900139000", language="en")}
    english = services.claim(claim_id=new_id(), **given).id  # type: ignore[arg-type]
    assert PersonalDatum.objects.get(what="LANGUAGE").cipher != b"en", "sealed like the telephone, of whoever needs it"
    with transaction.atomic():
        put_out_texts([Claim.objects.get(id=english)], "come-down", NOW, once="1", from_at=NOW + HOUR)
    deliver_waiting(now=NOW)
    assert sent.pop() == (
        "13900139000",
        "Masks for Guang'an",
        f"The courier has set out: please come down for it. It comes at about 11:00. Pickup code {pickup_code(english)}.",
    )
    with transaction.atomic():
        put_out_texts([Claim.objects.get(id=claim)], "lost", NOW)
    release = Tranche.objects.get(id=tranche).release_id
    services.close_release(release=release, actor=world.lin, now=NOW)
    for one in (claim, english):
        services.cancel_claim(claim=one, actor=world.lin, now=NOW)
    services.forget_people(office=world.office, actor=THE_HOUSE, now=NOW)
    deliver_waiting(now=NOW)
    assert len(sent) == 2, "what still waited goes to nobody"
    assert not Outgoing.objects.filter(sent_at=None).exists()
