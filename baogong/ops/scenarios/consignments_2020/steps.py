"""The story in order of time. Each act may be run again: its requests carry the same ids."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from baogong.catalogue.queries import item
from baogong.catalogue.services import seed_catalogue
from baogong.engine.sheets.kinds import LineOutcome
from baogong.freight import queries as freight_
from baogong.freight import services as freight
from baogong.freight.queries import WaybillRow
from baogong.journal import queries as journal_
from baogong.journal.services import EvidenceIn, draw_up, sign
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.services import AccountRef
from baogong.ledger.states import Reason, State
from baogong.needs import services as needs
from baogong.ops.scenarios import driving
from baogong.ops.scenarios.consignments_2020.cast import CARRIER, DRIVERS, WAREHOUSE, open_cast, owner
from baogong.ops.scenarios.driving import Ways
from baogong.ops.scenarios.lists import choose, drop_in
from baogong.ops.scenarios.stage import Stage, Step, local
from baogong.people.services.parties import register_party
from baogong.planning import services as planning
from baogong.supply import queries as supply_
from baogong.supply import services as supply
from baogong.supply.services import Taken, ToCarry
from baogong.supply.views import GiftLineView, GiftView

ALUMNI, FAILED_OWNER, COMMUNITY = "武汉大学校友会", "浙江校友联合会", "百步亭社区服务站"
LOST_OWNER, LOST = "同济医学院校友会", 40
TEAM, TEAMS_DOOR = "北京协和医院援鄂医疗队", "武汉大学中南医院"


def open_registers(stage: Stage) -> None:
    open_cast(stage, "lin", "zhao", "wu")
    seed_catalogue(now=stage.now)
    drop_in(stage, "parties", "01-parties.csv", by="wu")
    drop_in(stage, "sites", "02-sites.csv", by="wu", decide=lambda _line: {"new": True})
    open_cast(stage, "qian", "tao", "sun")


def read_the_list(stage: Stage) -> None:
    """Eleven consignors' list. “北京协和” waits for a person, who has rung up: it is the visiting team."""
    wrong = stage.broken(
        "suitcases_with_the_beijing_team", "the line for “北京协和” was dropped instead of asked about"
    )

    def decide(line: LineOutcome) -> dict[str, Any] | None:
        if "北京协和" in line.found:
            return {"drop": True} if wrong else choose("援鄂医疗队")(line)
        return {"accept": True}  # 1万2 is 12,000, as the sender says on the telephone

    drop_in(stage, "consignments", "30-consignments.csv", by="wu", decide=decide)


def ask_by_private_link(stage: Stage) -> None:
    supply.ask_for_carriage(
        consignor=stage.party(ALUMNI),
        lines=[
            ToCarry("医用防护服", "1600套，50套/箱", "武汉大学中南医院", standard="GB 19082-2009", lies_at=WAREHOUSE),
            ToCarry("护目镜", "160个，80个/箱", "武汉大学人民医院", lies_at=WAREHOUSE),
            ToCarry("N95口罩", "400只", "武汉市金银潭医院", standard="GB 19083-2010", lies_at=WAREHOUSE),
            ToCarry("旧衣物", "3箱", "灾区群众"),
        ],
        words="校友捐给母校医院，请代运",
        papers=[EvidenceIn("NOTE", text="检测报告 2020-0112")],
        actor=owner(stage, ALUMNI),
        now=stage.now,
        request_id=stage.request_id("ask"),
    )


def answer_the_request(stage: Stage) -> None:
    """Three lines mean one thing each; old clothes are left, with the reason."""
    (request,) = supply_.carriage_requests(consignor=stage.party(ALUMNI))
    taken, left = [], {}
    for line, hint in zip(request.lines, supply_.carriage_hints(request), strict=True):
        if hint.item is None or hint.amount is None or hint.receiver is None:
            left[line.no] = "不收旧衣物；接收单位也不明确"
            continue
        taken.append(
            Taken(
                no=line.no,
                item=hint.item,
                amount=hint.amount,
                receiver=hint.receiver,
                site=hint.site,
                standard=line.standard,
                pieces_per_carton=hint.pieces_per_carton,
            )
        )
    if stage.broken("refused_with_a_reason", "the line that could not be carried was taken as goggles all the same"):
        goggles = taken[1]
        taken.append(Taken(no=4, item=goggles.item, amount=1, receiver=goggles.receiver, site=goggles.site))
        left = {}
    supply.accept_carriage(
        request=request.id,
        taken=taken,
        refused=left,
        answer="防护服、护目镜、口罩可运",
        actor=stage.actors["wu"],
        now=stage.now,
        request_id=stage.request_id("answer"),
    )


def take_in(stage: Stage) -> None:
    """Every line looked at against its standard and signed for at the warehouse."""
    forgotten = (
        stage.party("江汉同乡会") if stage.broken("consignors", "one consignor's goods stayed at the gate") else None
    )
    late = stage.broken("lots_carried", "one lot stayed at the gate")
    for gift in sorted(supply_.gifts(terms="CONSIGNMENT"), key=lambda gift: gift.number):
        if gift.state == "OFFERED":
            supply.judge_gift(
                gift=gift.id,
                judgements=[supply.Judgement(no=line.no, finding=supply.Finding.PASSES) for line in gift.lines],
                actor=stage.actors["lin"],
                now=stage.now,
                request_id=stage.request_id("judge", gift.number),
            )
        lines = [line for line in gift.lines if not line.arrived and gift.donor != forgotten]
        if late and gift.donor == stage.party("东方家居公司"):
            lines = lines[1:]
        if lines:
            supply.receive_gift(
                gift=gift.id,
                site=stage.party(WAREHOUSE),
                arrivals=[supply.Arrival(no=line.no, arrived=line.offered) for line in lines],
                actor=stage.actors["qian"],
                now=stage.now,
                request_id=stage.request_id("receive", gift.number),
            )


def _failed(stage: Stage) -> tuple[GiftView, GiftLineView]:
    for gift in supply_.gifts(terms="CONSIGNMENT", giver=stage.party(FAILED_OWNER)):
        for line in gift.lines:
            if line.item == item("n95-mask").id:
                return gift, line
    raise AssertionError("the story has a lot that fails")


def find_one_failing(stage: Stage) -> None:
    gift, line = _failed(stage)
    supply.find_failing(
        gift=gift.id,
        no=line.no,
        why="GB 19083 抽检：过滤效率 91%，不合格",
        actor=stage.actors["wu"],
        now=stage.now,
        request_id=stage.request_id("fails"),
    )


def hear_the_owner(stage: Stage) -> None:
    """By its private page: yes, to community use. Two persons sign."""
    gift, line = _failed(stage)
    if stage.broken("community_use_by_word_and_two_hands", "the owner was never asked what shall become of its masks"):
        return
    supply.consent_to_community_use(
        gift=gift.id,
        no=line.no,
        agrees=True,
        by=stage.party(FAILED_OWNER),
        words="同意转社区使用",
        actor=owner(stage, FAILED_OWNER),
        now=stage.now,
        request_id=stage.request_id("word"),
    )
    for paper in journal_.documents(kind="COMMUNITY_USE", states=["WAITING"]):
        for login in ("lin", "zhao"):
            sign(document=paper.id, actor=stage.actors[login], now=stage.now)


def promise(stage: Stage) -> None:
    """Each lot to the one receiver its owner named; what failed to the community."""
    if stage.broken("owner_changed_before_signature", "a fan club's suits were entered as the carrier's own gowns"):
        _steal(stage)
    left_out = None
    if stage.broken("pages_that_end_in_signatures", "a consignor's tape was never promised to anybody"):
        left_out = item("water-soluble-tape").id
    parted = stage.broken("trucks_with_one_item_of_two_owners", "all but one owner of each item were sent home")
    seen: set[UUID] = set()
    for stock in supply_.relief_stock(sites=[stage.party(WAREHOUSE)]):
        receiver = stage.party(COMMUNITY) if stock.is_for_community else stock.earmark_parties[0]
        if stock.item == left_out or (parted and stock.item in seen):
            continue
        seen.add(stock.item)
        needs.allot(
            promise=needs.Promise(
                receiver=receiver, lot=stock.lot, site=stock.site, amount=stock.free, due_at=local("2020-01-26 20:00")
            ),
            reason="代运：物主指定的接收单位" if not stock.is_for_community else "不合标准，物主同意转社区使用",
            actor=stage.actors["lin"],
            now=stage.now,
            request_id=stage.request_id("promise", stock.lot),
        )


def _steal(stage: Stage) -> None:
    suits = next(
        stock
        for stock in supply_.relief_stock(items=[item("protective-suit").id])
        if stock.owner == stage.party("晨光粉丝会")
    )
    lot = book.lot(suits.lot)
    with transaction.atomic():
        gowns = ledger.open_lot(
            item=item("isolation-gown").id,
            owner=stage.party(CARRIER),
            donor=lot.donor,
            earmark=lot.earmark.id if lot.earmark else None,
            label="改主",
            now=stage.now,
        )
        _convert(stage, "owner", suits.lot, gowns, suits.free, Reason.CONVERSION)


def _convert(stage: Stage, what: str, lot: UUID, into: UUID, amount: int, reason: Reason) -> None:
    ledger.convert(
        at_holder=stage.party(WAREHOUSE),
        parts=[(lot, amount)],
        into=[(into, amount)],
        actor=stage.actors["lin"],
        document=draw_up(
            kind="REPACK",
            title="planted",
            body={},
            actor=stage.actors["lin"],
            now=stage.now,
            request_id=stage.request_id("break", what, "paper"),
        ),
        request_id=stage.request_id("break", what),
        now=stage.now,
        reason=reason,
    )


def plan_the_road(stage: Stage) -> None:
    drop_in(stage, "carriers", "50-carriers.csv", by="wu")
    kind = freight_.kinds(carrier=stage.party(CARRIER))[0]
    driver = stage.actors["tao"].person_id
    for number, surname in enumerate(DRIVERS, start=1):
        plate = f"京A{20000 + 31 * number}"
        freight.add_vehicle(
            kind=kind.id,
            plate=plate,
            driver=driver if number == 1 else register_party(kind="PERSON", name=f"司机 {surname}", now=stage.now),
            actor=stage.actors["wu"],
            now=stage.now,
            request_id=stage.request_id("vehicle", plate),
        )
    freight.set_meeting_place(
        party=stage.party(TEAM),
        site=stage.party(TEAMS_DOOR),
        note="由中南医院门口交接",
        actor=stage.actors["lin"],
        now=stage.now,
    )
    plan = freight.plan_convoy(
        from_at=local("2020-01-24 20:00"),
        until_at=local("2020-01-27 00:00"),
        hubs=[],
        actor=stage.actors["lin"],
        now=stage.now,
        request_id=stage.request_id("convoy"),
    )
    for ask in freight.ask_carriers(plan=plan, actor=stage.actors["lin"], now=stage.now):
        if ask.answer != "ACCEPTED":
            freight.answer_ask(
                ask=ask.ask,
                answer="ACCEPTED",
                actor=stage.actors["sun"],
                now=stage.now,
                request_id=stage.request_id("agree", ask.carrier),
            )
    planning.approve(plan=plan, actor=stage.actors["zhao"], now=stage.now, request_id=stage.request_id("approve"))


def drive(stage: Stage) -> None:
    """All that is due, each thing at its own time; one truck loses a part of its load on the way and says so."""
    ways = Ways(
        driver=lambda stage, _row: stage.actors["tao"],
        keeper=lambda stage, _site: stage.actors["qian"],
        signer=lambda row: f"{row.receiver_name} 物资科",
        after_leaving=_lose,
    )
    driving.drive(stage, local("2020-01-26 22:00"), ways)
    if stage.broken("units_with_strangers", "a hospital nobody had named got a lot freed under no owner's word"):
        _free_a_lot(stage)


def _lose(stage: Stage, row: WaybillRow) -> None:
    """Soon after the gate a door comes open: forty masks of one consignor are gone."""
    masks, sender = item("surgical-mask").id, stage.party(LOST_OWNER)
    for line in freight_.waybill(row.id, now=stage.now).lines:
        if line.item != masks or book.lot(line.lot).owner != sender:
            continue
        stage.clock.set(stage.now + timedelta(minutes=5))
        if stage.broken("lost_and_reported", "what fell off was thrown away without a report"):
            return
        freight.report_loss(
            waybill=row.id,
            losses=[freight.Lost(line.id, LOST)],
            where="京港澳高速 K912",
            words="后门松开，散落 40 只",
            actor=stage.actors["tao"],
            now=stage.now,
            request_id=stage.request_id("loss", row.id),
        )


def _free_a_lot(stage: Stage) -> None:
    """Goods of an owner, brought by hand to where it never sent them, under a paper nobody else signed."""
    gift = supply_.gifts(terms="CONSIGNMENT", giver=stage.party("蓝天电器公司"))[0]
    lot = book.lot(gift.lines[0].lot or UUID(int=0))
    with transaction.atomic():
        free = ledger.open_lot(item=lot.item, owner=lot.owner, donor=lot.donor, label="放开", now=stage.now)
        door = AccountRef(stage.party("武汉大学人民医院"), State.HANDED_OVER)
        extra = AccountRef(lot.owner, State.OUTSIDE)
        here = AccountRef(stage.party(WAREHOUSE), State.AVAILABLE)
        post = [ledger.post_line(extra, here, lot.id, 2)]
        ledger.post(
            lines=post,
            actor=stage.actors["lin"],
            reason=Reason.CONSIGNMENT,
            document=None,
            request_id=stage.request_id("break", "more"),
            now=stage.now,
        )
        _convert(stage, "free", lot.id, free, 2, Reason.RE_EARMARK)
        ledger.post(
            lines=[ledger.post_line(here, door, free, 2)],
            actor=stage.actors["lin"],
            reason=Reason.HANDOVER,
            document=None,
            request_id=stage.request_id("break", "door"),
            now=stage.now,
        )


STEPS = tuple(
    Step(local(at), title, act)
    for at, title, act in (
        ("2020-01-24 08:00", "登记 · registers", open_registers),
        ("2020-01-24 09:00", "托运清单 · the consignors' list", read_the_list),
        ("2020-01-24 10:00", "校友会在专属页面请求代运 · asked by private link", ask_by_private_link),
        ("2020-01-24 11:00", "逐行答复 · answered line by line", answer_the_request),
        ("2020-01-24 12:00", "验收入仓 · looked at and taken in", take_in),
        ("2020-01-24 13:00", "一批抽检不合格 · one lot fails GB 19083", find_one_failing),
        ("2020-01-24 14:00", "物主答复，两人签字 · the owner's word, two signatures", hear_the_owner),
        ("2020-01-24 15:00", "各归其主指定的单位 · each to whom its owner named", promise),
        ("2020-01-24 16:00", "车队方案 · the road", plan_the_road),
        ("2020-01-24 18:00", "上路、途中损失、签收 · driven, lost, signed", drive),
    )
)
