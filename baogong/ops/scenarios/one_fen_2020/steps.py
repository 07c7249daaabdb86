"""The story in order of time. Each act may be run again: its requests carry the same ids."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from baogong.catalogue.services import seed_catalogue
from baogong.journal.services import EvidenceIn
from baogong.ops.scenarios.lists import drop_in
from baogong.ops.scenarios.logins import OFFICE as HOUSE
from baogong.ops.scenarios.logins import make_log_ins
from baogong.ops.scenarios.one_fen_2020.cast import (
    ADDRESSES,
    BLEACH,
    CARRIER,
    FIELD,
    LIST,
    NOWHERE,
    OFFICE,
    ON,
    ON_THE_NET,
    OPENED,
    PROVINCE,
    SHOP,
    STORE,
    TELEPHONE,
    WIPES,
    Good,
    opened,
    user,
    verified_rows,
)
from baogong.ops.scenarios.rationed import book, office, roads
from baogong.ops.scenarios.rationed.people import written
from baogong.ops.scenarios.stage import Stage, Step, local
from baogong.release import services
from baogong.release.facts import ClaimIn
from baogong.release.queries import ClaimRow, waiting_for_the_way
from baogong.release.services import AddressIn

BROUGHT_EVERY = 20  # of the net's parcels, brought within the story; the others are on their way at its end


def open_the_office(stage: Stage) -> None:
    make_log_ins(stage, HOUSE)
    seed_catalogue(now=stage.now)
    drop_in(stage, "items", "03-items.csv", by="lin", decide=lambda _line: {"new": True})
    office.open_registers(stage, FIELD)
    for good in (WIPES, BLEACH):
        stage.ids[good.item] = office.open_release(stage, office=OFFICE, item_code=good.item, rule_file=good.rule)
        office.put_out(stage, stage.ids[good.item], ON, good.put_out, source=STORE, shop=SHOP)


def verify_addresses(stage: Stage) -> None:
    """The carrier says which addresses there are, in which region, and where nothing can be brought now."""
    roads.by_list(stage, "addresses", ADDRESSES)
    if stage.broken("outside_the_province", "addresses of the next province were written down as Wuhan's"):
        wrong = [
            row.cells["收货地址"] for row in verified_rows(stage) if not row.cells["地区代码"].startswith(PROVINCE)
        ]
        services.verify_addresses(
            office=stage.party(OFFICE),
            addresses=[AddressIn(one, "420106") for one in wrong],
            actor=stage.actors["wu"],
            now=stage.now,
        )


def claim_on_the_net(stage: Stage) -> None:
    """Every user for the wipes, four in five for the bleach as well; one in ten once more from another device."""
    party, rows = stage.party(OFFICE), verified_rows(stage)
    users = [user(party, one, rows) for one in range(ON_THE_NET)]

    def asks(good: Good, device: str, of: Iterable[int]) -> list[ClaimIn]:
        tranche = office.tranche_on(stage.ids[good.item], ON)
        return [roads.ask(stage, tranche, users[one][0], 1, good.item, device, one, region=users[one][1]) for one in of]

    roads.by_web(stage, asks(WIPES, "", range(ON_THE_NET)))
    roads.by_web(stage, asks(BLEACH, "", (one for one in range(ON_THE_NET) if one % 5)))
    roads.by_web(stage, asks(WIPES, "again", range(0, ON_THE_NET, 10)))
    if stage.broken("one_good_twice", "a second offer of the same wipes was opened that does not count with the first"):
        other = office.open_release(stage, office=OFFICE, item_code=WIPES.item, rule_file=WIPES.rule, key="-staff")
        # out of what the first has left
        tranche = office.put_out(stage, other, ON, 100, source=STORE, shop=SHOP)
        some = range(NOWHERE, NOWHERE + 50)
        roads.by_web(
            stage, [roads.ask(stage, tranche, users[one][0], 1, "staff", one, region=users[one][1]) for one in some]
        )


def claim_by_telephone(stage: Stage) -> None:
    """Who has no app rings up; a clerk types what they say."""
    if stage.broken("asked_by_several_roads", "the line was dead, and nobody got through"):
        return
    rows = written(stage, TELEPHONE)
    for good in (WIPES, BLEACH):
        wanted = [row for row in rows if row.cells["要什么"] == good.word]
        tranche = office.tranche_on(stage.ids[good.item], ON)
        roads.at_the_desk(stage, tranche, wanted, 1, region="420100", channel="PHONE")


def claim_by_list(stage: Stage) -> None:
    if not stage.broken("rows_refused", "the communities' list was left in a drawer"):
        roads.by_list(stage, "claims", LIST)


def send_off(stage: Stage) -> None:
    """The shop accepts all that can be brought; the rest waits, each with its reason."""
    waiting = _waiting(stage)
    stage.say(f"    {len(waiting)} rights wait for the way")
    roads.accept(stage, [one for one in book.claims_now(stage, OFFICE) if one.id not in waiting], by="bao")
    if stage.broken("vanished", "somebody struck off what could not be brought"):
        for right in sorted(waiting)[:3]:
            services.cancel_claim(claim=right, actor=stage.actors["lin"], now=stage.now)


def bring(stage: Stage) -> None:
    """What was claimed by telephone and by list, and some of the net's."""
    accepted = [one for one in book.claims_now(stage, OFFICE) if one.state == "ACCEPTED"]
    due = [one for one in accepted if one.channel != "WEB" or one.id.int % BROUGHT_EVERY == 0]
    for number, row in enumerate(due):
        if number == 0 and stage.broken("units_handed_over", "one parcel stayed in the van"):
            continue
        _bring(stage, row)


def open_the_way(stage: Stage) -> None:
    """A week later the mountain road is open: those addresses are verified again, without a reason."""
    roads.by_list(stage, "addresses", OPENED)


def bring_what_waited(stage: Stage) -> None:
    """What waited there is accepted and brought; what waits elsewhere waits on."""
    waiting, ways = _waiting(stage), opened(stage)
    found = [one for one in book.claims_now(stage, OFFICE) if one.address in ways and one.id not in waiting]
    forgotten = stage.broken("brought_once_the_way_was_open", "one of those who had waited was forgotten")
    due = [one for one in found if one.state in ("ADMITTED", "ACCEPTED")][int(forgotten) :]
    roads.accept(stage, due, by="bao")
    for row in due:
        _bring(stage, row)
    if stage.broken(
        "still_waiting", "a packet for the village behind the barrier was given to somebody who stood there"
    ):
        _bring(stage, next(one for one in book.claims_now(stage, OFFICE) if one.id in waiting))


def post_costs(stage: Stage) -> None:
    """What of each handover is the giver's, to whom it is owed."""
    for good in (WIPES, BLEACH):
        services.post_givers_costs(
            release=stage.ids[good.item],
            payees={"CARRIER": stage.party(CARRIER)},
            actor=stage.actors["lin"],
            now=stage.now,
            request_id=stage.request_id("costs", good.item, stage.now.date()),
        )


def post_the_last_costs(stage: Stage) -> None:
    if not stage.broken("fen_handed_over_and_not_posted", "what was brought in the second week was never posted"):
        post_costs(stage)


def count_up(stage: Stage) -> None:
    if stage.broken("fen_owed_by_the_giver", "a bill of the carrier's was posted to the giver by hand"):
        book.owe_by_hand(stage, OFFICE, CARRIER, 600)
    if stage.broken("promised_without_a_claim", "somebody promised a neighbour a packet past the offer"):
        book.promise_one_by_hand(stage, OFFICE, 1)
    if stage.broken("units_unaccounted_for", "a packet is gone from the store, under no document"):
        book.lose_one_by_hand(stage, OFFICE, STORE)


def _bring(stage: Stage, row: ClaimRow) -> None:
    roads.hand_over(stage, row, by="bao", evidence=EvidenceIn("NOTE", text="送到门口，本人电话确认"), is_brought=True)


def _waiting(stage: Stage) -> set[UUID]:
    return {one.claim for release in office.releases_of(stage, OFFICE) for one in waiting_for_the_way(release)}


STEPS = (
    Step(local("2020-01-25 20:00"), "登记、两种货、规则、投放 · registers, two goods, rules, stock", open_the_office),
    Step(local("2020-01-25 22:00"), "核实地址 · addresses verified", verify_addresses),
    Step(local("2020-01-26 10:00"), "网上领 · claimed on the net", claim_on_the_net),
    Step(local("2020-01-26 15:00"), "电话领 · by telephone", claim_by_telephone),
    Step(local("2020-01-26 18:00"), "社区代办 · by list", claim_by_list),
    Step(local("2020-01-27 09:00"), "接单；送不到的等 · accepted; what cannot be brought waits", send_off),
    Step(local("2020-01-28 09:00"), "送达 · brought", bring),
    Step(local("2020-01-28 20:00"), "捐赠方应付记账 · the giver's part posted", post_costs),
    Step(local("2020-02-02 09:00"), "山路通了 · the mountain road is open", open_the_way),
    Step(local("2020-02-03 09:00"), "把等着的送到 · what waited is brought", bring_what_waited),
    Step(local("2020-02-03 20:00"), "再记账 · posted again", post_the_last_costs),
    Step(local("2020-02-03 21:00"), "清点 · counted up", count_up),
)
