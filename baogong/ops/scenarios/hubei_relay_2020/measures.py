"""What must hold, each read from the book (movements, balances, documents), never from a plan's own output."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from baogong.catalogue.queries import item, items
from baogong.engine.fairshare import FairnessRule, Lot, Need, Problem, Requester, solve
from baogong.freight import queries as freight_
from baogong.freight.queries import WaybillRow
from baogong.journal import queries as journal_
from baogong.ledger import queries as book
from baogong.ledger.queries import MovementView
from baogong.ledger.states import Reason, State
from baogong.needs import queries as needs_
from baogong.ops.scenarios.consigned import pieces_of_another_owner
from baogong.ops.scenarios.hubei_relay_2020.cast import HUB, OWN
from baogong.ops.scenarios.losses import undocumented
from baogong.ops.scenarios.stage import LOCAL, Stage, local
from baogong.places.queries import is_sealed, lanes, sites
from baogong.supply import queries as supply_

ALL = 100_000
REPORTED_START = {
    "成都仓": local("2020-01-24 01:30"),
    "嘉兴仓": local("2020-01-24 01:30"),
    "清远仓": local("2020-01-24 01:30"),
    "天津伙伴仓": local("2020-01-24 06:00"),
    "廊坊仓": local("2020-01-24 06:00"),
    "鄂州仓": local("2020-01-24 06:00"),
    HUB: local("2020-01-25 12:00"),
}


def moment_text(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(LOCAL).isoformat()


def signed(stage: Stage, receiver: str, code: str | None = None) -> list[MovementView]:
    """What the receiver took over, in order; of one item, or of all."""
    found = book.movements(holders=[stage.party(receiver)], limit=ALL)
    lots = {lot.id for lot in book.lots({move.lot for move in found}) if code is None or lot.item == item(code).id}
    return [
        move for move in found if move.tense == "POSTED" and move.target.state is State.HANDED_OVER and move.lot in lots
    ]


def handed(receiver: str, code: str | None = None) -> Any:
    return lambda stage: sum(move.amount for move in signed(stage, receiver, code))


def off_sale_pieces(stage: Stage) -> int:
    """Counted in the five own warehouses: all of it went off sale, paid orders and relief alike."""
    return sum(row.counted for row in supply_.stock_board(sites=[stage.party(name) for name in OWN]))


def _own_sums(stage: Stage) -> dict[UUID, list[int]]:
    """Site → [counted, sold, taken for relief], from movements of the company's own goods only."""
    homes = {stage.party(name) for name in OWN}
    lots = {lot.id for lot in book.lots(_lots_at(homes)) if lot.donor is None and lot.earmark is None}
    sums: dict[UUID, list[int]] = {home: [0, 0, 0] for home in homes}
    for move in book.movements(holders=list(homes), limit=ALL):
        if move.tense != "POSTED" or move.lot not in lots:
            continue
        for end, sign in ((move.source, -1), (move.target, 1)):
            if end.holder not in homes:
                continue
            if end.state is State.OUTSIDE:
                sums[end.holder][0] -= sign * move.amount
            elif end.state is State.SOLD:
                sums[end.holder][1] += sign * move.amount
        if move.reason is Reason.FREEZE:
            sums[move.source.holder][2] += move.amount
        elif move.reason is Reason.LIFT:
            sums[move.source.holder][2] -= move.amount
    return sums


def _lots_at(holders: set[UUID]) -> set[UUID]:
    return {move.lot for move in book.movements(holders=list(holders), limit=ALL)}


def committed_is_counted_minus_sold(stage: Stage) -> int:
    return sum(abs(counted - sold - relief) for counted, sold, relief in _own_sums(stage).values())


def first_batch_pieces(stage: Stage) -> int:
    return sum(relief for _counted, _sold, relief in _own_sums(stage).values())


def first_batch_settled(_stage: Stage) -> int:
    """Documents signed by a person that choose the printed 13,000 against the retold 130,000."""
    return sum(
        document.is_in_force
        and any(signature.person for signature in document.signatures)
        and {figure["amount"] for figure in document.body["figures"]} == {13_000, 130_000}
        and document.body["chosen"] == 13_000
        for document in journal_.documents(kind="DOUBT")
    )


def options_on_record(_stage: Stage) -> int:
    return max((len(document.body.get("options", ())) for document in journal_.documents(kind="FREEZE")), default=0)


def nothing_left_early(stage: Stage) -> int:
    """Batches loaded away or departed from an origin or the hub before the reported moment."""
    return sum(
        row.departed_at is not None
        and row.origin_name in REPORTED_START
        and row.departed_at < REPORTED_START[row.origin_name]
        for row in freight_.waybills(now=stage.now, limit=ALL)
    )


def first_arrival_at_hub(stage: Stage) -> str:
    hub = stage.party(HUB)
    moments = [
        move.at
        for move in book.movements(holders=[hub], limit=ALL)
        if move.tense == "POSTED" and move.source.state is State.ABOARD and move.target.holder == hub
    ]
    return moment_text(min(moments, default=None))


def command_office_reached(stage: Stage) -> str:
    moves = signed(stage, "武汉市疫情防控指挥部")
    promised = [
        promise for promise in needs_.allotments(receiver=stage.party("武汉市疫情防控指挥部")) if promise.committed
    ]
    return "" if promised else moment_text(max((move.at for move in moves), default=None))


def outside_vehicles_across_the_seal(stage: Stage) -> int:
    """
    Times that goods were put down inside the seal out of a vehicle based outside or without a valid pass at that moment.

    A receiver that is no site, as a visiting team, is met where its waybills end.
    """
    fleet = {vehicle.id: vehicle for vehicle in freight_.vehicles()}
    areas = {site.id: site.area for site in sites() if site.area is not None}
    met_at = {site: {site} for site in areas}
    for row in freight_.waybills(now=stage.now, limit=ALL):
        if row.receiver is not None and row.target in areas:
            met_at.setdefault(row.receiver, set()).add(row.target)
    wrong = 0
    for move in book.movements(holders=list(met_at), limit=ALL):
        if move.tense != "POSTED" or move.source.state is not State.ABOARD:
            continue
        sealed = {areas[site] for site in met_at.get(move.target.holder, ()) if is_sealed(site, move.at)}
        vehicle = fleet[move.source.holder]
        allowed = {paper.area for paper in vehicle.passes if vehicle.is_inside and paper.is_valid(move.at)}
        wrong += not sealed <= allowed
    return wrong


def air_and_outside_vehicle_rejected(stage: Stage) -> int:
    """
    Kinds of alternative that the signed approval of the first convoy rejects with a reason, and that the registers
    and the movements of the book bear out.
    """
    borne_out: set[str] = set()
    for document in journal_.documents(kind="PLAN_APPROVAL", subject=stage.ids["convoy 24"]):
        if not document.is_in_force:
            continue
        said = {
            entry["what"].partition(":")[0]
            for entry in document.body.get("rejected", ())
            if entry["why_zh"] and entry["why_en"]
        }
        if "AIR" in said and _air_would_have_been_later(stage, document.drawn_at):
            borne_out.add("AIR")
        if "SEAL" in said and _no_outside_vehicle_had_a_pass(document.drawn_at):
            borne_out.add("SEAL")
    return len(borne_out)


def _air_would_have_been_later(stage: Stage, decided_at: datetime) -> bool:
    """Every flight, booked when the plan was approved, lands after the command office had signed for its goods."""
    signed_at = max((move.at for move in signed(stage, "武汉市疫情防控指挥部")), default=None)
    landings = [
        decided_at + timedelta(seconds=lane.lead_time_s + lane.duration_s) for lane in lanes() if lane.mode == "AIR"
    ]
    return bool(landings) and (signed_at is None or min(landings) > signed_at)


def _no_outside_vehicle_had_a_pass(at: datetime) -> bool:
    outside = [vehicle for vehicle in freight_.vehicles() if not vehicle.is_inside]
    return bool(outside) and not any(paper.is_valid(at) for vehicle in outside for paper in vehicle.passes)


def late_truck_replanned(stage: Stage) -> int:
    """
    Approvals, after the Langfang truck was reported late, that took back waybills still at the hub and whose own
    waybills brought the goods of those to their receivers, while every waybill that had left ended as it was drawn up.
    """
    rows = freight_.waybills(now=stage.now, limit=ALL)
    told = {event.subject: event.at for event in journal_.events(kinds=["freight.waybill.delayed"], limit=ALL)}
    cancelled = {event.subject: event.at for event in journal_.events(kinds=["freight.waybill.cancelled"], limit=ALL)}
    count = 0
    for late in rows:
        if late.id not in told or late.origin_name != "廊坊仓":
            continue
        for approval in journal_.documents(kind="PLAN_APPROVAL", limit=ALL):
            if not approval.is_in_force or approval.drawn_at < told[late.id]:
                continue
            of_the_wave = [row for row in rows if row.plan == late.plan]
            taken_back = [row for row in of_the_wave if cancelled.get(row.id) == approval.drawn_at]
            left = [row for row in of_the_wave if row.departed_at and row.departed_at < approval.drawn_at]
            fresh = [row for row in rows if row.plan in approval.subjects and row.state == "CLOSED"]
            count += (
                bool(taken_back)
                and late in left
                and all(row.state == "CLOSED" for row in left)
                and _carried(stage, taken_back) <= _carried(stage, fresh)
            )
    return count


def _carried(stage: Stage, rows: list[WaybillRow]) -> set[tuple[UUID, UUID]]:
    """What these waybills carry to whom: (lot, receiver)."""
    return {(line.lot, line.receiver) for row in rows for line in freight_.waybill(row.id, now=stage.now).lines}


def signed_on_the_givers_page(giver: str) -> Any:
    return lambda stage: sum(line.signed_for for path in supply_.giver_page(stage.party(giver)) for line in path.lines)


def leishenshan_before_the_command_office(stage: Stage) -> int:
    """Thermometers the building site had signed for before the command office's last signature."""
    office = max((move.at for move in signed(stage, "武汉市疫情防控指挥部")), default=None)
    return sum(
        move.amount for move in signed(stage, "雷神山医院工地", "thermometer") if office is None or move.at < office
    )


def reached(receiver: str, *codes: str) -> Any:
    """When the receiver had signed for the last of these goods; empty while something is still promised."""

    def measure(stage: Stage) -> str:
        if any(promise.committed for promise in needs_.allotments(receiver=stage.party(receiver))):
            return ""
        moments = [move.at for code in codes for move in signed(stage, receiver, code)]
        return moment_text(max(moments, default=None))

    return measure


def signed_on(day: str, wanted: dict[str, tuple[str, ...]]) -> Any:
    """How many of the receivers signed for each of these goods (none named: for all they got) on that local day alone."""

    def measure(stage: Stage) -> int:
        count = 0
        for receiver, codes in wanted.items():
            found = [
                {move.at.astimezone(LOCAL).date() for move in signed(stage, receiver, code)}
                for code in codes or (None,)
            ]
            count += all(days == {local(f"{day} 00:00").date()} for days in found)
        return count

    return measure


def worst_share_within_a_carton(stage: Stage) -> int:
    """
    Receivers of the 28th that signed for amounts more than one carton from the exact fair share.

    The exact shares are computed afresh from what was asked and what the hub was given, by the engine alone.
    """
    wrong = 0
    for code, standard in (("isolation-gown", ""), ("n95-mask", "GB 19083")):
        goods = item(code).id
        asked = [
            need
            for need in needs_.needs_board(stage.now)
            if need.item == goods and need.quantity and need.asked_at >= local("2020-01-27 00:00")
        ]
        stock = [
            (line.arrived, line.pieces_per_carton or 1)
            for gift in supply_.gifts()
            for line in gift.lines
            if line.item == goods and line.site == stage.party(HUB) and line.arrived
        ]
        if not asked or not stock:
            return len(asked) or 1
        exact = solve(
            Problem(
                requesters=tuple(Requester(str(need.id)) for need in asked),
                lots=tuple(
                    Lot(f"lot {number}", code, amount, "hub", standard=standard)
                    for number, (amount, _carton) in enumerate(stock)
                ),
                needs=tuple(
                    Need(str(need.id), code, need.quantity or 0, frozenset({standard} - {""})) for need in asked
                ),
            ),
            rule=FairnessRule(whole_cartons=False),
        )
        carton = max(carton for _amount, carton in stock)
        for met in exact.met:
            need = next(need for need in asked if str(need.id) == met.requester)
            got = sum(move.amount for move in book_of(stage, need.receiver, goods))
            wrong += abs(got - met.exact) > carton
    return wrong


def book_of(stage: Stage, receiver: UUID, goods: UUID) -> list[MovementView]:
    lots = {lot.id for lot in book.lots(_lots_at({receiver})) if lot.item == goods}
    return [
        move
        for move in book.movements(holders=[receiver], limit=ALL)
        if move.tense == "POSTED" and move.target.state is State.HANDED_OVER and move.lot in lots
    ]


def _written_off() -> dict[UUID | None, int]:
    """The document under which it was, None for none → pieces lost or spoiled."""
    found: dict[UUID | None, int] = {}
    for move in book.movements(limit=ALL):
        if move.tense == "POSTED" and move.target.state in (State.LOST, State.SPOILED):
            found[move.document] = found.get(move.document, 0) + move.amount
    return found


def _reported() -> dict[UUID, int]:
    """Loss or damage report → the pieces it states."""
    return {
        document.id: sum(line["amount"] for line in document.body["lines"])
        for kind in ("LOSS_REPORT", "DAMAGE_REPORT")
        for document in journal_.documents(kind=kind, limit=ALL)
        if document.is_in_force
    }


def loss_on_the_road_has_a_document(_stage: Stage) -> int:
    """Loss and damage reports whose pieces equal what the book wrote off under them."""
    written_off = _written_off()
    return sum(stated > 0 and stated == written_off.get(document) for document, stated in _reported().items())


def _counted_away(moves: Sequence[MovementView], lots: Collection[UUID]) -> int:
    """
    Units that left the book again because a recount found fewer, or by a correction under no document. What a later
    recount of the same place found again is there.
    """
    out = [move for move in moves if move.tense == "POSTED" and move.lot in lots and move.target.state is State.OUTSIDE]
    papers = {
        paper.id: paper.kind for paper in journal_.documents_by_id({move.document for move in out if move.document})
    }
    away: dict[tuple[UUID, UUID], int] = {}
    for move in out:
        if move.document is None or papers[move.document] == "COUNT":
            away[move.source.holder, move.lot] = away.get((move.source.holder, move.lot), 0) + move.amount
    for move in moves:
        place = move.target.holder, move.lot
        if move.tense == "POSTED" and move.source.state is State.OUTSIDE and move.reason is Reason.CORRECTION:
            away[place] = away.get(place, 0) - move.amount
    return sum(max(0, amount) for amount in away.values())


def units_unaccounted_for(_stage: Stage) -> int:
    """
    Units that were put aboard and never put down, promised or not, units written off that no report states, and units
    that a count or a correction let vanish.
    """
    goods = {good.id for good in items() if good.unit != "FEN"}
    moves = book.movements(limit=ALL)
    lots = {lot.id for lot in book.lots({move.lot for move in moves}) if lot.item in goods}
    aboard: dict[tuple[UUID, UUID], int] = {}
    for move in moves:
        if move.tense != "POSTED" or move.lot not in lots:
            continue
        for end, sign in ((move.source, -1), (move.target, 1)):
            if end.state is State.ABOARD:
                aboard[end.holder, move.lot] = aboard.get((end.holder, move.lot), 0) + sign * move.amount
    return sum(map(abs, aboard.values())) + undocumented(moves) + _counted_away(moves, lots)


def shop_page_says_where(stage: Stage) -> int:
    """Items of the shops that receivers signed for, whose public page gives another amount than the book."""
    homes = {stage.party(name) for name in OWN}
    own = {lot.id: lot.item for lot in book.lots(_lots_at(homes)) if lot.donor is None and lot.earmark is None}
    given: dict[UUID, int] = {}
    for move in book.movements(lots=list(own), limit=ALL):
        if move.tense == "POSTED" and move.target.state is State.HANDED_OVER:
            given[own[move.lot]] = given.get(own[move.lot], 0) + move.amount
    return sum(
        (page := supply_.where_it_went(goods)).handed_over != amount or not page.to or not page.decisions
        for goods, amount in given.items()
    )


MEASURES: dict[str, Any] = {
    "off_sale_pieces": off_sale_pieces,
    "committed_is_counted_minus_sold": committed_is_counted_minus_sold,
    "first_batch_pieces": first_batch_pieces,
    "doubt_of_first_batch_settled_by_a_person": first_batch_settled,
    "options_on_record": options_on_record,
    "nothing_left_early": nothing_left_early,
    "first_arrival_at_hub": first_arrival_at_hub,
    "command_office_reached": command_office_reached,
    "thermometers_at_leishenshan": handed("雷神山医院工地", "thermometer"),
    "leishenshan_before_the_command_office": leishenshan_before_the_command_office,
    "leishenshan_reached": reached("雷神山医院工地", "thermometer"),
    "outside_vehicles_across_the_seal": outside_vehicles_across_the_seal,
    "air_and_outside_vehicle_rejected": air_and_outside_vehicle_rejected,
    "late_truck_replanned": late_truck_replanned,
    "masks_at_zhongnan": handed("武汉大学中南医院", "surgical-mask"),
    "glove_pairs_at_zhongnan": lambda stage: handed("武汉大学中南医院", "gloves")(stage) // 2,
    "walkie_talkies_at_third_hospital": handed("武汉市第三医院", "walkie-talkie"),
    "suitcases_with_the_beijing_team": handed("北京协和医院援鄂医疗队", "suitcase"),
    "tape_with_the_beijing_team": handed("北京协和医院援鄂医疗队", "water-soluble-tape"),
    "three_receivers_on_the_26th": signed_on(
        "2020-01-26",
        {
            "武汉市第三医院": ("walkie-talkie",),
            "北京协和医院援鄂医疗队": ("suitcase", "water-soluble-tape"),
            "武汉大学中南医院": ("surgical-mask", "gloves"),
        },
    ),
    "anything_at_wuhan_union": handed("华中科技大学同济医学院附属协和医院"),
    "alumni_suits_signed_for": signed_on_the_givers_page("武汉大学校友会"),
    "fan_club_shields_signed_for": signed_on_the_givers_page("明星粉丝会"),
    "consigned_owner_changed": lambda _stage: pieces_of_another_owner(),
    "xiantao_first_hospital_reached": reached("仙桃市第一人民医院", "isolation-gown", "n95-mask"),
    "jingmen_reached": reached("荆门市卫生健康委员会", "isolation-gown", "n95-mask"),
    "three_cities_same_day": signed_on(
        "2020-01-28", dict.fromkeys(("荆州市卫生健康委员会", "黄冈市中心医院", "孝感市中心医院"), ())
    ),
    "worst_share_within_a_carton": worst_share_within_a_carton,
    "mattresses_arrived": handed("武汉市第五医院", "mattress"),
    "purifiers_arrived": handed("武汉市第五医院", "air-purifier"),
    "loss_on_the_road_has_a_document": loss_on_the_road_has_a_document,
    "units_unaccounted_for": units_unaccounted_for,
    "shop_page_says_where": shop_page_says_where,
}

FACTS: dict[str, Any] = {
    "counted_pieces": off_sale_pieces,
    "sold_pieces": lambda stage: sum(sold for _counted, sold, _relief in _own_sums(stage).values()),
    "waybills": lambda stage: len(freight_.waybills(now=stage.now, limit=ALL)),
    "handed_over_units": lambda _stage: sum(b.posted for b in book.balances(states=[State.HANDED_OVER])),
    "documents": lambda _stage: len(journal_.documents(limit=ALL)),
}
