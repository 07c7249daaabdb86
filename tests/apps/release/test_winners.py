"""Winners of another office: two signatures, every problem, the signed count; and a right that two channels want."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from baogong.journal.models import ImportLine
from baogong.journal.queries import document
from baogong.journal.services import EvidenceIn, sign
from baogong.journal.services.documents import SameHandTwice, refuse
from baogong.journal.services.handovers import NoEvidence
from baogong.journal.services.imports import apply, preview
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import NotYourPlace
from baogong.kernel.identity import check_character
from baogong.kernel.ids import new_id
from baogong.ledger import services as ledger
from baogong.release import services
from baogong.release.errors import ChoiceUnderway, ProxyNotAllowed, RightRedeemed, WinnersUnusable
from baogong.release.models import Claim, Redemption, Winner, WinnerList
from baogong.release.services import Contact, WinnerIn, redemptions
from tests.apps.release.test_people import stored
from tests.apps.release.world import NOW, TODAY, World, claim_one, is_sound, tag
from tests.cast import log_in_as, rows_in_book
from tests.races import Meeting, race

HASH = sha256(b"the list").digest()
SOURCE = "广安市公证处"


def number(serial: int) -> str:
    """A resident's number nobody has."""
    body = f"51160219500101{serial:03d}"
    return body + check_character(body)


def winner(name: str, row: str = "", units: int = 5, **changed: Any) -> WinnerIn:
    return WinnerIn(row or name, units, "RESIDENT_ID", tag(name), **changed)


def bring(world: World, tranche: UUID, winners: Sequence[WinnerIn], **changed: Any) -> UUID:
    given: dict[str, Any] = {
        "people": len(winners), "units": sum(one.units for one in winners), "source": SOURCE, "file_hash": HASH,
        "actor": world.wu, "now": NOW,
    }  # fmt: skip
    return services.bring_winners(tranche=tranche, winners=winners, **given | changed)


def second(world: World) -> Actor:
    return log_in_as("Zhou", [(Duty.APPROVER, world.office)], NOW)


def test_nobody_is_admitted_before_the_second_person_signs(world: World) -> None:
    tranche = world.tranche(20, mode="IMPORTED")
    paper = bring(world, tranche, [winner("zhang"), winner("li")])
    assert document(paper).state == "WAITING"
    assert not Claim.objects.exists()
    both = log_in_as("Both", [(Duty.CLERK, world.office), (Duty.APPROVER, world.office)], NOW)
    other = bring(world, tranche, [winner("wang")], file_hash=sha256(b"other").digest(), actor=both)
    with pytest.raises(SameHandTwice):
        sign(document=other, actor=both, now=NOW)
    assert not Claim.objects.exists()
    sign(document=paper, actor=second(world), now=NOW)
    assert sorted(Claim.objects.values_list("state", "channel", "units")) == [("ADMITTED", "IMPORT", 5)] * 2
    assert is_sound(tranche)
    assert document(paper).body["units"] == 10


def test_stock_and_release_wait_for_a_list_under_one_signature(world: World) -> None:
    release = world.release(mode="IMPORTED")
    tranche = world.put_out(release, 20)
    zhou, day = second(world), timedelta(days=1)
    kept = bring(world, tranche, [winner("zhang"), winner("li")])
    dropped = bring(world, tranche, [winner("wang"), winner("zhao")], file_hash=sha256(b"wrong rows").digest())
    sign(document=kept, actor=zhou, now=NOW)
    for act, what in ((services.take_back, {"tranche": tranche}), (services.close_release, {"release": release})):
        with pytest.raises(ChoiceUnderway):
            act(**what, actor=world.lin, now=NOW + day)
    refuse(document=dropped, actor=zhou, now=NOW, why="wrong rows")
    bring(world, tranche, [winner("wang")], file_hash=sha256(b"corrected").digest())
    with pytest.raises(ChoiceUnderway):
        services.take_back(tranche=tranche, actor=world.lin, now=NOW + day)
    sign(document=bring(world, tranche, [winner("wang")], file_hash=sha256(b"corrected").digest()), actor=zhou, now=NOW)
    assert services.take_back(tranche=tranche, actor=world.lin, now=NOW + day) == 5
    services.close_release(release=release, actor=world.lin, now=NOW + day)
    assert Claim.objects.filter(state="ADMITTED").count() == 3
    assert is_sound(tranche)


def test_the_same_list_again_changes_nothing(world: World) -> None:
    tranche = world.tranche(20, mode="IMPORTED")
    paper = bring(world, tranche, [winner("zhang")])
    assert bring(world, tranche, [winner("zhang")]) == paper
    sign(document=paper, actor=second(world), now=NOW)
    before = rows_in_book()
    assert bring(world, tranche, [winner("zhang")], now=NOW + timedelta(hours=1)) == paper
    assert rows_in_book() == before
    with pytest.raises(WinnersUnusable, match="earlier list"):
        bring(world, tranche, [winner("zhang")], file_hash=sha256(b"saved once more").digest())


def test_every_problem_is_told_and_nothing_is_kept(world: World) -> None:
    quotas = [{"subject": "HOUSEHOLD", "turn": "EVER", "claims_max": 1}]
    release = world.release(mode="IMPORTED", quotas=quotas, eligibility={"documents": ["RESIDENT_ID"]})
    tranche = world.put_out(release, 12, region="511602")
    before = rows_in_book()
    with pytest.raises(WinnersUnusable) as refused:
        bring(
            world,
            tranche,
            [winner("zhang", units=9), winner("zhang", "zhang", household=tag("home"), region="511602"),
             WinnerIn("B7", 5, "PASSPORT", tag("li"))],
            people=4,
            units=18,
            source=" ",
        )  # fmt: skip
    told = refused.value.message
    for problem in (
        "a source of 1 to", "4 people were signed for, the list has 3", "18 units were signed for, the list comes to 19",
        "19 units are promised and 12 are free", "the row is named twice", "the same person stands in the list twice",
        "zhang: 9 units; 1 to 5 are allowed", "B7: a document of kind PASSPORT", "B7: HOUSEHOLD is counted",
        "B7: not of the tranche's district",
    ):  # fmt: skip
        assert problem in told, problem
    assert rows_in_book() == before


def test_a_list_is_for_a_release_of_that_mode_and_its_own_office(world: World) -> None:
    first_come = world.tranche(20)
    with pytest.raises(WinnersUnusable, match="mode is FIRST_COME"):
        bring(world, first_come, [winner("zhang")])
    stranger = log_in_as("Wu of Xiamen", [(Duty.CLERK, world.cast.warehouse)], NOW)
    with pytest.raises(NotYourPlace):
        bring(world, first_come, [winner("zhang")], actor=stranger)


@pytest.mark.parametrize("mode", ["IMPORTED", "DRAW"])
def test_nobody_claims_what_others_choose_for(world: World, mode: str) -> None:
    tranche = world.tranche(20, mode=mode)
    answer = claim_one(tranche, "zhang")
    assert (answer.state, answer.code) == ("REFUSED", "not-chosen")


def as_file(rows: Sequence[dict[str, object]]) -> bytes:
    heads = list(rows[0])
    text = io.StringIO()
    sheet = csv.DictWriter(text, heads)
    sheet.writeheader()
    sheet.writerows(rows)
    return text.getvalue().encode()


def line(serial: int, **changed: object) -> dict[str, object]:
    return {
        "投放代号": "guangan", "投放日期": TODAY.isoformat(), "证件号码": number(serial), "中签数量": 5, "摇号单位": SOURCE,
        "签署人数": 2, "签署数量": 10, "手机号": "13800001111", **changed,
    }  # fmt: skip


def read(world: World, kind: str, data: bytes, now: Any = NOW, actor: Actor | None = None) -> Any:
    return preview(kind=kind, file_name="list.csv", data=data, profile=None, actor=actor or world.wu, now=now)


def test_a_file_is_previewed_applied_and_signed_and_no_number_is_kept(world: World) -> None:
    tranche = world.tranche(20, mode="IMPORTED")
    data = as_file([line(1), line(2)])
    run = read(world, "winners", data)
    assert [one.outcome.status for one in run.lines] == ["ADDED", "ADDED"]
    apply(run=run.id, actor=world.wu, now=NOW)
    found = WinnerList.objects.get()
    assert (found.people, found.units, bytes(found.file_hash)) == (2, 10, sha256(data).digest())
    assert not Claim.objects.exists()
    sign(document=found.document, actor=second(world), now=NOW)
    assert Claim.objects.filter(state="ADMITTED").count() == 2
    again = read(world, "winners", data)
    assert [one.outcome.status for one in again.lines] == ["UNCHANGED", "UNCHANGED"]
    apply(run=again.id, actor=world.wu, now=NOW)
    assert (WinnerList.objects.count(), Winner.objects.count(), Claim.objects.count()) == (1, 2, 2)
    applied = ImportLine.objects.filter(is_applied=True)
    assert applied.count() == 2, "what is looked through below is there"
    kept = str(list(applied.values_list("outcome", flat=True)))
    assert not [one for one in Winner.objects.all() if bytes(one.person or b"").hex() in kept]
    words = stored()
    for secret in (number(1), number(2)[6:], "13800001111"):
        assert secret not in words
        assert secret.encode().hex() not in words
    assert services.right_of(tranche=tranche, document="RESIDENT_ID", number=number(1)) is not None


def test_a_files_problems_stand_at_their_cells_and_the_signed_count_takes_the_rest_with_them(world: World) -> None:
    world.tranche(20, mode="IMPORTED")
    wrong = number(3)[:-1] + ("1" if number(3)[-1] != "1" else "2")
    run = read(
        world, "winners", as_file([line(1), line(1), line(2, 证件号码=wrong, 中签数量=7), line(4, 投放代号="nowhere")])
    )
    assert {one.outcome.status for one in run.lines} == {"REFUSED"}
    shown = [(one.outcome.where, one.outcome.found) for one in run.lines]
    assert shown[0][1] == "1 / 5", shown
    assert "C4" in shown[2][1]
    assert "D4" in shown[2][1]
    assert wrong not in str(run)
    assert wrong not in stored()


# A right, two channels.


def imported(world: World, names: Sequence[str] = ("zhang",), **changed: Any) -> tuple[UUID, list[UUID]]:
    tranche = world.tranche(50, mode="IMPORTED", **changed)
    sign(document=bring(world, tranche, [winner(name) for name in names]), actor=second(world), now=NOW)
    return tranche, list(Claim.objects.order_by("id").values_list("id", flat=True))


def use(world: World, claim: UUID, channel: str, **changed: Any) -> None:
    given: dict[str, Any] = {
        "at_place": world.office,
        "actor": world.wu,
        "now": NOW,
        "request_id": new_id(),
        "evidence": [EvidenceIn("SIGNATURE", by_name="张")],
        "contact": Contact("RESIDENT_ID", "", "张", "13800001111", address="望春花街七号楼五单元 301"),
    }
    services.redeem(claim=claim, channel=channel, **given | changed)


@pytest.mark.parametrize(("first", "then"), [("SHOP", "ONLINE"), ("ONLINE", "SHOP"), ("SHOP", "SHOP")])
def test_a_right_used_in_one_channel_is_refused_in_the_other(world: World, first: str, then: str) -> None:
    tranche, (claim,) = imported(world)
    use(world, claim, first)
    before = rows_in_book()
    with pytest.raises(RightRedeemed, match="at 广安疫情防控指挥部"):
        use(world, claim, then)
    assert rows_in_book() == before
    assert Claim.objects.get().state == ("HANDED_OVER" if first == "SHOP" else "ACCEPTED")
    assert is_sound(tranche)


def test_a_right_used_online_does_not_run_out_while_it_is_on_its_way(world: World) -> None:
    tranche, (bought, left) = imported(world, ("zhang", "li"), fulfilment="PICKUP", pickup_days=2)
    use(world, bought, "ONLINE")
    late = NOW + timedelta(days=3)
    assert services.expire_unclaimed(now=late) == 1
    assert dict(Claim.objects.values_list("id", "state")) == {bought: "ACCEPTED", left: "EXPIRED"}
    assert ledger.sweep_expired(now=late) == 0
    services.hand_over_claim(
        claim=bought, evidence=[EvidenceIn("NOTE", text="brought")], is_brought=True, actor=world.wu, now=late,
        request_id=new_id(),
    )  # fmt: skip
    assert Claim.objects.get(id=bought).state == "HANDED_OVER"
    assert is_sound(tranche)


def test_a_right_given_to_the_claimant_alone_is_refused_to_a_proxy_and_nothing_is_given_unsigned(world: World) -> None:
    tranche, (claim,) = imported(world, proxies=False)
    before = rows_in_book()
    with pytest.raises(ProxyNotAllowed):
        use(world, claim, "SHOP", by_proxy=True)
    with pytest.raises(NoEvidence):
        use(world, claim, "SHOP", evidence=[])
    assert rows_in_book() == before
    use(world, claim, "SHOP")
    assert is_sound(tranche)


@pytest.mark.parametrize("is_guarded", [False, True])
def test_one_right_in_two_channels_in_the_same_second(
    fresh_world: World, monkeypatch: pytest.MonkeyPatch, drop: Callable[[str, str], None], is_guarded: bool
) -> None:
    tranche, (claim,) = imported(fresh_world)
    if not is_guarded:
        drop("release_redemption", "release_redemption_pkey")
    meeting, look = Meeting(is_guarded=is_guarded), redemptions.refuse_redeemed

    def met(row: Claim) -> None:
        look(row)
        meeting.wait()

    def unlocked(claim: UUID) -> Claim:
        return Claim.objects.select_related("tranche__release").get(id=claim)

    monkeypatch.setattr(redemptions, "refuse_redeemed", met)
    if not is_guarded:
        monkeypatch.setattr(redemptions, "lock_claim", unlocked)
    told = race(partial(use, fresh_world, claim, "SHOP"), partial(use, fresh_world, claim, "ONLINE"))
    assert meeting.happened is not is_guarded
    used = sorted(Redemption.objects.values_list("channel", flat=True))
    if not is_guarded:
        assert used == ["ONLINE", "SHOP"], told
        return
    assert len(used) == 1
    assert [type(one) for one in told if one is not None] == [RightRedeemed]
    assert is_sound(tranche)


def shop_line(serial: int, at: str, **changed: object) -> dict[str, object]:
    return {
        "投放代号": "guangan", "投放日期": TODAY.isoformat(), "证件号码": number(serial), "核销门店": "广安疫情防控指挥部",
        "核销时间": at, **changed,
    }  # fmt: skip


def test_a_shops_list_that_comes_late_uses_what_is_left_and_tells_what_was_used_online(world: World) -> None:
    tranche = world.tranche(50, mode="IMPORTED")
    run = read(world, "winners", as_file([line(1), line(2)]))
    apply(run=run.id, actor=world.wu, now=NOW)
    sign(document=WinnerList.objects.get().document, actor=second(world), now=NOW)
    online = services.right_of(tranche=tranche, document="RESIDENT_ID", number=number(2))
    assert online is not None
    use(world, online, "ONLINE", now=NOW + timedelta(hours=1))
    later = NOW + timedelta(hours=5)
    data = as_file([shop_line(1, "2020-02-05 10:30"), shop_line(2, "2020-02-05 10:40"), shop_line(9, "2020-02-05 10:50"),
                    shop_line(1, "2020-02-09 10:00"), shop_line(1, "2020-02-05 10:30", 核销门店="别处")])  # fmt: skip
    run = read(world, "redeemed", data, now=later)
    assert [one.outcome.status for one in run.lines] == ["ADDED", "REFUSED", "REFUSED", "REFUSED", "REFUSED"]
    assert run.lines[1].outcome.found.startswith("ONLINE")
    apply(run=run.id, actor=world.wu, now=later)
    assert sorted(Redemption.objects.values_list("channel", flat=True)) == ["ONLINE", "SHOP"]
    shop = services.right_of(tranche=tranche, document="RESIDENT_ID", number=number(1))
    assert shop is not None
    with pytest.raises(RightRedeemed, match="in a shop"):
        use(world, shop, "ONLINE", now=later)
    again = read(world, "redeemed", data, now=later)
    apply(run=again.id, actor=world.wu, now=later)
    assert Redemption.objects.count() == 2
    assert is_sound(tranche)


def test_an_own_clerk_finds_a_claimant_and_another_citys_does_not(world: World) -> None:
    look: dict[str, Any] = {
        "office": world.office,
        "last_four": "0018",
        "why": "stands at the counter",
        "now": NOW,
        "paced_at": NOW,
    }
    assert services.look_up_claimant(actor=world.wu, **look) == ()
    stranger = log_in_as("Wu of Xiamen", [(Duty.CLERK, world.cast.warehouse)], NOW)
    with pytest.raises(NotYourPlace):
        services.look_up_claimant(actor=stranger, **look)
