"""The failures that `--break` plants: each a real wrong movement or a real omission, one for every expectation."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import transaction

from baogong.catalogue.queries import item
from baogong.engine.sheets.kinds import LineOutcome
from baogong.ledger import services as ledger
from baogong.ledger.services import AccountRef
from baogong.ledger.states import Reason, State
from baogong.ops.scenarios.by_hand import empty_report, move_by_hand
from baogong.ops.scenarios.earmarked_funds_2020.cast import (
    JINYINTAN,
    RENMIN,
    STORE,
    TONGJI,
    TRUSTEE,
    ZHONGNAN,
)
from baogong.ops.scenarios.lists import Decide
from baogong.ops.scenarios.stage import Stage
from baogong.people.services.parties import register_party
from baogong.supply import queries as supply_
from baogong.supply import services as supply
from baogong.supply.views import ReliefStock

CITIZENS = "市民联合募捐"
MEAN_FEN = 165_000_000  # between 3,000,000 and 300,000 yuan


def announcement(stage: Stage, file_name: str) -> str:
    if stage.broken("hospitals_of_the_earmark", "Renmin's row was typed as Zhongnan's"):
        return "10-gift-announced-misread.csv"
    return file_name


def nobody_decides(stage: Stage) -> bool:
    return stage.broken("doubts_settled_by_a_person", "nobody decided between the announcement and its retelling")


def retold(stage: Stage, decide: Decide) -> Decide:
    if not stage.broken("goods_worth_fen", "the retelling's 300,000 was taken for the worth of the goods"):
        return decide

    def believe_it(line: LineOutcome) -> dict[str, Any] | None:
        if "300,000" in line.found:
            return {"candidate": next(one.key for one in line.candidates if one.key == "own:30000000")}
        return decide(line)

    return believe_it


def after_the_retelling(stage: Stage) -> None:
    if stage.broken("figures_averaged", "the worth of the goods was written down as the mean of both figures"):
        told = next(gift for gift in supply_.money_gifts() if gift.form == "GOODS_WORTH")
        supply.register_money_gift(
            donor=told.donor,
            trustee=told.trustee,
            slices=[supply.Slice(MEAN_FEN)],
            form="GOODS_WORTH",
            corrects=told.id,
            actor=stage.actors["wu"],
            now=stage.now,
            request_id=stage.request_id("break", "mean"),
        )


def gifts_of_others(stage: Stage, file_name: str) -> str:
    if stage.broken("earmark_beside_the_giver_kept", "the list was typed anew without the words in the giver's cell"):
        return "12-gifts-of-others-retyped.csv"
    return file_name


def doubled(stage: Stage, decide: Decide) -> Decide:
    if stage.broken("school_gift_fen", "the line written twice was entered twice"):
        return lambda _line: {"accept": True}
    return decide


def correction_ignored(stage: Stage) -> bool:
    return stage.broken("corrected_notice_on_record", "nobody entered the corrected notice")


def second_part(stage: Stage, parts: dict[int, int]) -> dict[int, int]:
    if stage.broken("money_in_trust_fen", "the second part of Renmin's money was never entered"):
        return {no: fen for no, fen in parts.items() if no != 4}
    return parts


def masks_last(stage: Stage) -> bool:
    return stage.broken("greedy_refuses_lines", "masks were ordered last: then even greed refuses nothing")


def not_ordered(stage: Stage, name: str) -> bool:
    return name == "16" and stage.broken("purchases_of_the_trustee", "the purifiers for Renmin were forgotten")


def chosen(stage: Stage, name: str) -> Collection[UUID]:
    if name == "4" and stage.broken("tight_money_stranded_fen", "masks were ordered from the citizens' free money"):
        return [_free_fund(stage).id]
    return ()


def renamed(stage: Stage, lines: list[supply.PurchaseLine]) -> list[supply.PurchaseLine]:
    if stage.broken("refused_purchase_names_its_funds", "the mattresses were ordered under the name of masks"):
        return [replace(line, item=item("surgical-mask").id) for line in lines]
    return lines


def only_one_signs(stage: Stage) -> bool:
    return stage.broken("earmark_moved_by_two", "nobody gave the second signature")


def called_off(stage: Stage, name: str) -> bool:
    if name != "O4" or not stage.broken("own_purchases_fen", "the company called its thermometers off"):
        return False
    if "called off" not in stage.ids:
        stage.ids["called off"] = supply.cancel_purchase(
            purchase=stage.ids["order O4"],
            why="planted",
            actor=stage.actors["lin"],
            now=stage.now,
            request_id=stage.request_id("break", "call off"),
        )
    return True


def unpaid(stage: Stage, name: str) -> bool:
    return name == "20" and stage.broken("owed_to_suppliers_fen", "the bill for the last masks was never paid")


def undecided(stage: Stage) -> bool:
    return stage.broken("bill_over_the_order_settled", "nobody decided about the bill above the order")


def after_payments(stage: Stage) -> None:
    if stage.broken("own_money_mixed_fen", "50,000 yuan of the trust went to the company's own supplier"):
        _from_the_free_fund(stage, AccountRef(stage.party("东联商贸"), State.AVAILABLE), stage.ids["early delivery O1"])


def refunded_by_hand(stage: Stage, delivery: UUID) -> bool:
    if not stage.broken("refund_back_in_its_funds_fen", "the refund was booked to the citizens' money"):
        return False
    supplier = stage.party("康护防护用品")
    fund = _free_fund(stage)
    outside, there = AccountRef(supplier, State.OUTSIDE), AccountRef(supplier, State.AVAILABLE)
    home = AccountRef(stage.party(TRUSTEE), State.AVAILABLE)
    move_by_hand(stage, "back", outside, there, fund.lot, 3_600_000, Reason.CORRECTION)
    move_by_hand(stage, "home", there, home, fund.lot, 3_600_000, Reason.CORRECTION)
    return True


def before_promises(stage: Stage) -> None:
    if stage.broken("earmark_broken_pieces", "one person alone marked Jinyintan's suits for Zhongnan"):
        _mark_anew(stage)
    if stage.broken("boxes_without_a_signature", "purifiers were left at Renmin's gate: nobody signed"):
        _carry_off(stage, "gate", "air-purifier", RENMIN, 200, AccountRef(stage.party(RENMIN), State.HANDED_OVER))
    if stage.broken("bought_units_unaccounted_for", "thirty suits vanished under a report that states nothing"):
        gone = AccountRef(stage.party(STORE), State.LOST)
        report = empty_report(stage)
        _carry_off(stage, "gone", "protective-suit", JINYINTAN, 30, gone, Reason.LOSS, report)


def _mark_anew(stage: Stage) -> None:
    """The book lets goods change their earmark under RE_EARMARK; two signatures are the house's rule, left out here."""
    suits, wanted = item("protective-suit").id, (stage.party(JINYINTAN),)
    for stock in supply_.relief_stock(sites=[stage.party(STORE)], items=[suits]):
        if stock.earmark_parties != wanted or "astray" in stage.ids:
            continue
        with transaction.atomic():
            made = ledger.open_lot(
                item=suits,
                owner=stock.owner,
                donor=stock.donor,
                earmark=ledger.open_earmark(
                    parties=[stage.party(ZHONGNAN)],
                    items=[],
                    purpose="planted",
                    request_id=stage.request_id("break", "mark"),
                ),
                pieces_per_carton=stock.pieces_per_carton,
                label="planted",
                now=stage.now,
            )
            ledger.convert(
                at_holder=stock.site,
                parts=[(stock.lot, 100)],
                into=[(made, 100)],
                actor=stage.actors["lin"],
                document=supply_.purchase(stage.ids["order 8"]).document,
                request_id=stage.request_id("break", "convert"),
                now=stage.now,
                reason=Reason.RE_EARMARK,
            )
        stage.ids["astray"] = made


def _carry_off(
    stage: Stage,
    what: str,
    code: str,
    receiver: str,
    amount: int,
    to: AccountRef,
    reason: Reason = Reason.HANDOVER,
    document: UUID | None = None,
) -> None:
    wanted, goods = (stage.party(receiver),), item(code).id
    stocks = supply_.relief_stock(sites=[stage.party(STORE)], items=[goods])
    for stock in [stock for stock in stocks if stock.earmark_parties == wanted and stock.free >= amount][:1]:
        if what not in stage.ids:
            stage.ids[what] = stock.lot
            here = AccountRef(stock.site, State(stock.state))
            move_by_hand(stage, what, here, to, stock.lot, amount, reason, document)


def left_behind(stage: Stage, stock: ReliefStock) -> bool:
    if stock.earmark_parties == (stage.party(RENMIN),):
        return stage.broken("hospitals_that_signed", "nothing was ever sent to Renmin")
    if stock.earmark_parties == (stage.party(TONGJI),) and stock.item == item("nebuliser").id:
        return stage.broken("company_money_signed_for_fen", "the nebulisers for Tongji stayed in the store")
    return False


def at_the_end(stage: Stage) -> None:
    if stage.broken("events_that_do_not_add_up", "50,000 yuan left the citizens' money for a private purse"):
        person = register_party(kind="PERSON", name="某经手人", now=stage.now)
        _from_the_free_fund(stage, AccountRef(person, State.AVAILABLE), None)


def _from_the_free_fund(stage: Stage, to: AccountRef, delivery: UUID | None) -> None:
    paper = None
    if delivery is not None:
        purchase = supply_.purchase(stage.ids["order O1"])
        paper = next(one.document for one in purchase.deliveries if one.id == delivery)
    home = AccountRef(stage.party(TRUSTEE), State.AVAILABLE)
    move_by_hand(stage, "free fund", home, to, _free_fund(stage).lot, 5_000_000, Reason.PURCHASE, paper)


def _free_fund(stage: Stage) -> supply_.FundView:
    return supply_.funds(donor=stage.party(CITIZENS))[-1]
