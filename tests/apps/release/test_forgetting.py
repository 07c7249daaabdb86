"""A city forgets its people: by its own act alone, not while anything is owed, and then from every table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag

from baogong.journal.models import Evidence, ImportLine, ImportRun
from baogong.journal.queries import events, evidence_of, evidence_payload
from baogong.journal.services import EvidenceIn, sign
from baogong.journal.services.imports import PREVIEW_KEPT_H, PreviewLapsed, apply, lapse_previews, preview
from baogong.kernel.actor import THE_HOUSE, Duty
from baogong.kernel.errors import NotFound
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger.states import Reason
from baogong.people.models import PurposeKey
from baogong.people.queries.desk import reads
from baogong.people.services.identity import Erased, PurposeOfARoom, erase_purpose, room_of_purpose, unseal
from baogong.release import queries, services
from baogong.release.clusters import clusters
from baogong.release.errors import PeopleStillNeeded
from baogong.release.identity import person, purpose_of
from baogong.release.models import Claim, ContactUnderway, Used
from tests.apps.release.test_draws import announced, enter
from tests.apps.release.test_lists import NEAR, bring, row
from tests.apps.release.test_people import WHO, claim, hand_over, stored
from tests.apps.release.test_winners import as_file, number, read, second, use
from tests.apps.release.test_winners import bring as bring_winners
from tests.apps.release.test_winners import line as winner
from tests.apps.release.test_winners import winner as won
from tests.apps.release.world import NOW, World, asked, claim_all, tag
from tests.cast import log_in_as, rows_in_book

LATER = NOW + timedelta(hours=PREVIEW_KEPT_H)


def close_all(world: World, now: datetime = NOW) -> None:
    for one in queries.releases(offices=[world.office], state="OPEN"):
        services.close_release(release=one.id, actor=world.lin, now=now)


def forget(world: World) -> int:
    return services.forget_people(office=world.office, actor=THE_HOUSE, now=NOW)


def give_all(world: World) -> None:
    for one in Claim.objects.filter(state__in=("ADMITTED", "ACCEPTED")):
        hand_over(world, one.id)


def texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from texts_in(one)
    elif isinstance(value, str):
        yield value


def opened() -> list[str]:
    """What the house's keys open of all that stands sealed in lines of lists and on its way."""
    found = []
    lines = [json.loads(json.dumps(one)) for one in ImportLine.objects.values_list("outcome", flat=True)]
    for text in [*texts_in(lines), *ContactUnderway.objects.values_list("sealed", flat=True)]:
        try:
            found.append(unseal(text))
        except (Erased, InvalidTag, ValueError):
            continue
    return found


def tags_of(world: World, *serials: int) -> list[str]:
    people = [person(world.office, document="RESIDENT_ID", number=number(one), phone="13800002222") for one in serials]
    return [tag.hex() for one in people for tag in (one.person, one.phone or b"")]


def test_a_citys_purpose_is_ended_by_its_own_act_alone(world: World) -> None:
    """Ended by itself the same person claimed once more and was admitted, as the quota knew only the old tags."""
    tranche = world.tranche(50)
    answer = claim(world, tranche)
    purpose, before = purpose_of(world.office), rows_in_book()
    assert room_of_purpose(purpose) == "release"
    with pytest.raises(PurposeOfARoom):
        erase_purpose(purpose=purpose, actor=THE_HOUSE, now=NOW)
    assert rows_in_book() == before
    assert purpose_of(world.office) == purpose
    assert claim(world, tranche).code == "quota-used"
    services.cancel_claim(claim=answer.id, actor=world.wu, now=NOW)
    close_all(world)
    forget(world)
    assert purpose_of(world.office) != purpose
    assert room_of_purpose(purpose_of(world.office)) == "release", "and so is every later one"
    assert room_of_purpose("release of masks, February") == "", "what a desk named itself it ends itself"
    assert not Used.objects.exists()


def test_what_is_owed_is_not_forgotten_also_where_the_rule_promises_no_hour(world: World) -> None:
    tranche = world.tranche(50)  # DELIVERY without within_h
    answer = claim(world, tranche)
    services.accept_claims(claims=[answer.id], actor=world.lin, now=NOW)
    assert Claim.objects.get().due_at is None
    close_all(world)
    with pytest.raises(PeopleStillNeeded) as refused:
        forget(world)
    assert "1" in str(refused.value.found)
    view = queries.ending(world.office)
    assert (view.open_releases, dict(view.owed), view.can_end) == ((), {"ACCEPTED": 1}, False)
    assert Claim.objects.get().address is not None
    give_all(world)
    assert queries.ending(world.office).can_end
    assert forget(world) == 4


@pytest.mark.parametrize("state", ["ADMITTED", "ACCEPTED", "UNDERWAY", "LOST"])
def test_every_state_in_which_something_is_owed_blocks(world: World, state: str) -> None:
    claim(world, world.tranche(50))
    close_all(world)
    Claim.objects.update(state=state)
    with pytest.raises(PeopleStillNeeded):
        forget(world)
    assert dict(queries.ending(world.office).owed) == {state: 1}


def test_the_look_at_an_ending_says_what_blocks_it_and_what_will_be_lost(world: World) -> None:
    tranche = world.tranche(50)
    claim(world, tranche)
    services.verify_addresses(
        office=world.office, addresses=[services.AddressIn(NEAR, "420102")], actor=world.wu, now=NOW
    )
    read(world, "claims", as_file([row(7, 领取数量=5)]))
    view = queries.ending(world.office)
    assert (view.office_name, view.purpose) == ("广安疫情防控指挥部", purpose_of(world.office))
    assert (view.open_releases, view.can_end) == (("guangan",), False)
    assert (view.claims, view.values, view.addresses, view.previews) == (1, 4, 1, 1)
    assert [one.id for one in queries.cities()] == [world.office]


def test_after_forgetting_no_line_of_any_list_opens_or_names_anybody(drill: World) -> None:
    world = drill
    world.tranche(50)
    rows = [row(one, 领取数量=5) for one in (1, 2)]
    bring(world, "claims", rows)
    again = read(world, "claims", as_file([*rows, row(3, 领取数量=5), row(4, 领取数量=99)]))
    assert [line.outcome.status for line in again.lines] == ["UNCHANGED", "UNCHANGED", "ADDED", "REFUSED"]
    assert any(number(3) in one for one in opened()), "a preview waits for whoever applies it"
    apply(run=again.id, actor=world.wu, now=NOW)
    kept = {line for one in ImportLine.objects.all() for line in one.outcome["payload"]}
    assert kept == {"office"}, (
        "once written, no line of a list tells more than whose it is; not the unchanged ones either"
    )
    assert not [one for one in opened() if number(1) in one and "phone" not in one]
    announced(world, world.tranche(10, code="lots", mode="DRAW"))
    read(world, "claims", as_file([row(5, 领取数量=5)]))
    read(world, "entrants", as_file([row(6, 投放代号="lots", 自选随机码="ab" * 16)]))
    read(world, "addresses", as_file([{"投放单位": "广安疫情防控指挥部", "收货地址": NEAR, "地区代码": "420102"}]))
    world.tranche(50, code="sent", mode="IMPORTED")
    read(world, "winners", as_file([winner(one, 投放代号="sent") for one in (8, 9)]))
    tags = tags_of(world, 1, 2, 3, 5, 6, 8)
    known = stored()
    assert not [one for one in tags_of(world, 5, 6, 8)[::2] if one in known], "what waits in a preview is no tag"
    services.keep_contacts(now=NOW)
    give_all(world)
    close_all(world, NOW + timedelta(days=30))  # nobody drew the lots in time
    forget(world)
    known = stored()
    assert not [one for one in tags if one in known]
    assert opened() == []
    assert set(ImportRun.objects.values_list("state", flat=True)) == {"APPLIED", "LAPSED"}


def test_a_preview_that_the_forgetting_did_not_see_opens_no_more(world: World) -> None:
    """It was being written while the city forgot: what it holds was sealed under the key that has gone."""
    world.tranche(50)
    run = read(world, "claims", as_file([row(1, 领取数量=5)]))
    before = list(ImportLine.objects.filter(run=run.id))
    close_all(world)
    forget(world)
    ImportLine.objects.bulk_update(before, ["outcome"])
    ImportRun.objects.update(state="PREVIEWED")
    assert opened() == []
    with pytest.raises(Erased):
        apply(run=run.id, actor=world.wu, now=NOW)
    assert not Claim.objects.exists()


def test_a_preview_nobody_applied_lapses_and_says_so(world: World) -> None:
    world.tranche(50)
    run = read(world, "claims", as_file([row(1, 领取数量=5, 证件类型=""), row(2, 领取数量=5, 证件类型=number(2))]))
    assert [line.outcome.status for line in run.lines] == ["ADDED", "REFUSED"]
    assert lapse_previews(now=LATER - timedelta(seconds=1)) == 0
    assert any(number(1) in one for one in opened())
    assert lapse_previews(now=LATER) == 1
    assert opened() == []
    assert number(2) not in stored(), "nor what stood in the wrong column"
    assert lapse_previews(now=LATER) == 0
    with pytest.raises(PreviewLapsed, match="24"):
        apply(run=run.id, actor=world.wu, now=LATER)
    assert not Claim.objects.exists()
    fresh = read(world, "claims", as_file([row(1, 领取数量=5)]), now=LATER)
    assert [line.outcome.status for line in fresh.lines] == ["ADDED"], "brought in anew it is as before"


def test_lists_whose_files_are_kept_do_not_lapse(world: World) -> None:
    data = "名称\n新单位\n".encode()
    admin = log_in_as("Clerk of all", [(Duty.CLERK, None)], NOW)
    run = preview(kind="parties", file_name="a.csv", data=data, profile=None, actor=admin, now=NOW)
    assert lapse_previews(now=LATER) == 0
    apply(run=run.id, actor=admin, now=LATER)


def test_what_is_underway_opens_no_more_once_the_key_has_gone(world: World) -> None:
    tranche = world.tranche(50)
    sealed = services.contact_sealer(purpose_of(world.office), NOW)(WHO)
    who = person(world.office, document=WHO.document, number=WHO.number)
    (answer,) = services.claim_listed(
        tranche=tranche, rows=[services.ListedClaim(who, 5, sealed=sealed)], actor=world.wu, now=NOW
    )
    assert any(WHO.number in one for one in opened())
    services.cancel_claim(claim=answer.id, actor=world.wu, now=NOW)
    close_all(world)
    forget(world)
    assert not ContactUnderway.objects.exists()
    ContactUnderway.objects.create(claim_id=answer.id, sealed=sealed, at=NOW)  # as a copy of the table has it
    assert opened() == []
    services.keep_contacts(now=NOW)
    assert not ContactUnderway.objects.exists()
    assert PurposeKey.objects.get(purpose=sealed.partition(":")[0]).wrapped is None


NAMES = {
    "proxy": "欧阳代取", "signer": "司马接货", "neighbour": "东方邻居", "undone": "上官看错", "out": "诸葛换号", "cluster": "慕容同机",
    "look": "令狐查询", "shop": "皇甫到店",
}  # fmt: skip
TELEPHONE, PROXY_FOUR = "13912345678", "718X"
STROKES = b"[[[1, 2], [3, 4]]]"


def named(world: World) -> dict[str, UUID]:
    """Each road on which somebody writes who took it, who saw it, or why: with real names, a telephone and a proxy's last four."""
    fetched = world.tranche(50, code="fetched", fulfilment="PICKUP", pickup_days=9, quotas=[])
    proxy, wrong = (claim(world, fetched, WHO) for _each in range(2))
    given: dict[str, Any] = {"actor": world.lin, "now": NOW}
    shown = [
        EvidenceIn("SIGNATURE", payload=STROKES, by_name=NAMES["proxy"]),
        EvidenceIn("NOTE", f"代取 · proxy · {PROXY_FOUR}"),
    ]
    services.hand_over_claim(claim=proxy.id, evidence=shown, by_proxy=True, request_id=new_id(), **given)
    services.hand_over_claim(
        claim=wrong.id, evidence=[EvidenceIn("SIGNATURE", by_name=NAMES["signer"])], request_id=new_id(), **given
    )
    services.undo_hand_over(claim=wrong.id, why=f"给了{NAMES['undone']}，电话{TELEPHONE}", request_id=new_id(), **given)
    brought = claim(world, world.tranche(50, quotas=[]))
    seen = [EvidenceIn("WITNESS", by_name=NAMES["neighbour"])]
    services.hand_over_claim(claim=brought.id, evidence=seen, is_brought=True, request_id=new_id(), **given)
    chosen = world.tranche(10, code="chosen", mode="IMPORTED")
    sign(document=bring_winners(world, chosen, [won("zhang")]), actor=second(world), now=NOW)
    right = Claim.objects.get(tranche=chosen)
    use(world, right.id, "SHOP", evidence=[EvidenceIn("SIGNATURE", by_name=NAMES["shop"])])
    draw = announced(world, world.tranche(5, code="lots", mode="DRAW"))
    services.take_out(
        entry=enter(world, draw, "01").entry, number="E0100000", why=f"{NAMES['out']}换了手机{TELEPHONE}", actor=world.wu,
        now=NOW,
    )  # fmt: skip
    services.look_up_claimant(
        office=world.office, last_four=WHO.number[-4:], why=f"{NAMES['look']}来电 {TELEPHONE}", actor=world.wu, now=NOW,
        paced_at=NOW,
    )  # fmt: skip
    services.cancel_claim(claim=wrong.id, actor=world.wu, now=NOW)
    return {"proxy": proxy.id, "wrong": wrong.id, "brought": brought.id, "shop": right.id}


def told_of(claims: dict[str, UUID]) -> str:
    """What the house shows of these claims' handovers, and of what its staff gave as reasons."""
    holds = [hold for hold in Claim.objects.filter(id__in=claims.values()).values_list("hold", flat=True) if hold]
    moves = [move.id for move in book.movements(holds=holds, reasons=[Reason.HANDOVER])]
    pieces = [(one.kind, one.text, one.by_name) for one in evidence_of(moves)]
    return str((pieces, [one.data for one in events(limit=None)], [one.why for one in reads(limit=500)]))


def test_after_forgetting_nobody_who_signed_saw_it_or_was_written_about_is_named(drill: World) -> None:
    world = drill
    claims = named(world)
    needles = [*(name for key, name in NAMES.items() if key != "cluster"), TELEPHONE, PROXY_FOUR]
    assert not [one for one in needles if one in stored()], "not in clear while the city lasts either"
    shown = told_of(claims)
    lost = [one for one in needles if one not in shown and one not in (NAMES["signer"],)]
    assert not lost, "who works there reads them as before"
    before = {one.id: bytes(one.sha256) for one in Evidence.objects.all()}
    close_all(world, NOW + timedelta(days=30))
    services.expire_unclaimed(now=NOW + timedelta(days=30))
    forget(world)
    assert not [one for one in needles if one in stored() or one in told_of(claims)]
    assert {one.id: bytes(one.sha256) for one in Evidence.objects.all()} == before, "no row was changed"
    for piece in Evidence.objects.exclude(sealed=""):
        kept = bytes(piece.payload) if piece.payload is not None else piece.sealed.encode()
        assert sha256(kept).digest() == bytes(piece.sha256), "and each hash still holds"
        if piece.payload is not None:
            with pytest.raises(NotFound):
                evidence_payload(piece.id, world.cast.lin)
    assert book.verify_book().ok


def test_a_reason_given_for_a_cluster_goes_with_the_city(world: World) -> None:
    tranche = world.tranche(50, quotas=[])
    claim_all([asked(tranche, name, phone=tag("one telephone")) for name in ("zhang", "li", "wang")])
    (found,) = clusters(queries.tranche(tranche).release, least=3)
    services.judge_cluster(
        release=queries.tranche(tranche).release, kind=found.kind, tag=found.tag, verdict="CANCELLED",
        why=f"{NAMES['cluster']}一人代多人登记", actor=world.lin, now=NOW,
    )  # fmt: skip
    assert NAMES["cluster"] in str([one.data for one in events(limit=None)])
    close_all(world)
    forget(world)
    assert NAMES["cluster"] not in stored()
