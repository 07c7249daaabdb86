"""The failures that `--break` plants: each a real wrong movement or a real omission, one for every expectation."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from baogong.catalogue.queries import item
from baogong.engine.sheets.kinds import LineOutcome
from baogong.freight.queries import WaybillRow
from baogong.journal.services import draw_up
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.services import AccountRef
from baogong.ledger.states import Reason, State
from baogong.needs import queries as needs_queries
from baogong.needs import services as needs_services
from baogong.ops.scenarios.by_hand import empty_report, move_by_hand
from baogong.ops.scenarios.stage import Stage
from baogong.ops.scenarios.vegetable_packs_2022.cast import COMPANY, FARM, STORE, VOLUNTEERS
from baogong.people.services.parties import register_party
from baogong.supply import queries as supply_
from baogong.supply import services as supply
from baogong.supply.views import GiftView, OptionConsidered

ONION_GROWER, POTATO_GROWER = "元谋洋葱合作社", "会泽土豆合作社"
LAST_PAGE_FROM = 41
LOST_SERIAL = "PF3K20410"
AT_TWO_PLACES, SPACED = "徐俊", "徐 俊"
BASKET_G = 400
LEFT_WITHOUT, ASKED_LOUDER = "逸仙二村", "菊泉新城"


# Vegetables and packs


def growers(stage: Stage, file_name: str) -> str:
    if stage.broken("growers_behind_the_packs", "the farmers' radishes were typed under the carrot growers' name"):
        return "20-growers-misread.csv"
    return file_name


def entered_as_a_gift(stage: Stage, name: str) -> bool:
    if name != "potato" or not stage.broken(
        "money_in_the_packs_fen", "the potatoes that were bought came in as a gift"
    ):
        return False
    supply.offer_gift(
        terms="GIFT",
        donor=stage.party(POTATO_GROWER),
        lines=[supply.Offered(item("potato").id, 6_100_000, site=stage.party(FARM))],
        actor=stage.actors["wu"],
        now=stage.now,
        request_id=stage.request_id("break", "gift"),
    )
    return True


def counted_instead(stage: Stage, gift: GiftView) -> bool:
    """The onions are found in the shed and counted; nobody writes down who brought them."""
    if gift.donor != stage.party(ONION_GROWER) or not stage.broken(
        "packs_without_a_grower", "the onions were counted as found goods, not as their grower's"
    ):
        return False
    if "found" in stage.ids:
        return True
    onion, farm = item("onion").id, stage.party(FARM)
    stage.ids["found"] = supply.count_stock(
        site=farm,
        lines=[supply.Counted(item=onion, amount=4_050_000, owner=stage.party(COMPANY))],
        counted_at=stage.now,
        actor=stage.actors["duan"],
        now=stage.now,
        request_id=stage.request_id("break", "count"),
    )
    supply.freeze_stock(
        scopes=[supply.Scope(site=farm, item=onion)],
        decided_by=stage.party(COMPANY),
        basis="OWN_DECISION",
        reason="planted",
        options=[OptionConsidered(text="planted", is_chosen=True, why="planted")],
        actor=stage.actors["lin"],
        now=stage.now,
        request_id=stage.request_id("break", "freeze"),
    )
    return True


def open_to_all(stage: Stage) -> bool:
    return stage.broken(
        "better_than_pro_rata_permille", "the packs promised to Songnan by name were opened to everybody"
    )


def last_tally_forgotten(stage: Stage, name: str, number: int) -> bool:
    return (name, number) == ("all", 3) and stage.broken("packs_made", "the last 700 packs were never counted")


def before_closing(stage: Stage) -> None:
    farm = stage.party(FARM)
    if stage.broken("vegetables_unaccounted_g", "thirty kilograms of potatoes were carried off under no document"):
        potatoes = next(row for row in supply_.relief_stock(sites=[farm], items=[item("potato").id]))
        here = AccountRef(farm, State(potatoes.state))
        move_by_hand(stage, "potatoes", here, AccountRef(farm, State.LOST), potatoes.lot, 30_000, Reason.LOSS)
    if stage.broken("packs_unaccounted_for", "24 packs vanished from the shed under a report that does not name them"):
        packs = max(
            supply_.relief_stock(sites=[farm], items=[item("vegetable-pack").id]), key=lambda row: (row.free, row.lot)
        )
        here = AccountRef(farm, State(packs.state))
        move_by_hand(
            stage, "packs", here, AccountRef(farm, State.LOST), packs.lot, 24, Reason.LOSS, empty_report(stage)
        )


# Asked and shared


def needs(stage: Stage, file_name: str) -> str:
    if stage.broken("left_empty_by_first_come", "one community's number was typed without its last digit"):
        return "40-needs-misread.csv"
    return file_name


def left_out(stage: Stage, code: str) -> bool:
    return code == "thermometer" and stage.broken("medical_items_signed_for", "nobody shared the thermometers")


def after_the_share(stage: Stage) -> None:
    taken_back = stage.broken("packs_signed_for", "what one community had been promised was taken back")
    turned_over = stage.broken("worst_community_permille", "one community's packs were promised to another by hand")
    if not taken_back and not turned_over:
        return
    for promise in needs_queries.allotments(receiver=stage.party(LEFT_WITHOUT)):
        if promise.is_undone:
            continue
        needs_services.undo_allotment(
            allotment=promise.id,
            why="planted",
            actor=stage.actors["lin"],
            now=stage.now,
            request_id=stage.request_id("break", promise.id),
        )
        if turned_over:
            needs_services.allot(
                promise=needs_services.Promise(
                    receiver=stage.party(ASKED_LOUDER),
                    lot=promise.lot,
                    site=promise.at_site,
                    amount=promise.amount,
                    due_at=promise.due_at,
                    urgency=promise.urgency,
                ),
                reason="planted",
                actor=stage.actors["lin"],
                now=stage.now,
                request_id=stage.request_id("break", "turned over", promise.id),
            )


def second_batch(stage: Stage, file_name: str) -> str:
    if stage.broken("second_batch_signed_for", "the second batch's 5,000 pairs of gloves were typed as pieces"):
        return "50-second-batch-misread.csv"
    return file_name


def bring_the_second_batch_early(stage: Stage) -> bool:
    return stage.broken(
        "second_batch_before_the_first", "masks of the second batch were carried to the volunteers before any pack came"
    )


def carry_masks(stage: Stage) -> None:
    masks = next(row for row in supply_.relief_stock(items=[item("surgical-mask").id], sites=[stage.party(STORE)]))
    here, door = (
        AccountRef(masks.site, State(masks.state)),
        AccountRef(stage.party(VOLUNTEERS[0]), State.HANDED_OVER),
    )
    move_by_hand(stage, "masks", here, door, masks.lot, 200, Reason.HANDOVER)


def give_away_what_is_carried(stage: Stage) -> None:
    """Two more of the carried masks come, are freed under a paper nobody else signed, and go to the volunteers."""
    if not stage.broken(
        "consigned_or_lent_in_strange_hands", "two of the masks carried for the hospital went to volunteers"
    ):
        return
    gift = supply_.gifts(terms="CONSIGNMENT")[0]
    lot = book.lot(gift.lines[0].lot or UUID(int=0))
    store = AccountRef(stage.party(STORE), State.AVAILABLE)
    move_by_hand(stage, "more", AccountRef(lot.owner, State.OUTSIDE), store, lot.id, 2, Reason.CONSIGNMENT)
    with transaction.atomic():
        free = ledger.open_lot(item=lot.item, owner=lot.owner, donor=lot.donor, label="放开", now=stage.now)
        ledger.convert(
            at_holder=store.holder,
            parts=[(lot.id, 2)],
            into=[(free, 2)],
            actor=stage.actors["lin"],
            document=draw_up(
                kind="REPACK",
                title="planted",
                body={},
                actor=stage.actors["lin"],
                now=stage.now,
                request_id=stage.request_id("break", "paper"),
            ),
            request_id=stage.request_id("break", "free"),
            now=stage.now,
            reason=Reason.RE_EARMARK,
        )
    door = AccountRef(stage.party(VOLUNTEERS[0]), State.HANDED_OVER)
    move_by_hand(stage, "door", store, door, free, 2, Reason.HANDOVER)


# On the road and on the bridge


def due(stage: Stage, row: WaybillRow, moment: datetime) -> datetime:
    """When it is done, in a play where somebody does it at another time."""
    if row.origin_name == FARM and row.departed_at is not None and row.state == "DEPARTED":
        return row.departed_at + timedelta(hours=6) if insists_on_being_there(stage) else moment
    return moment


def insists_on_being_there(stage: Stage) -> bool:
    return stage.broken("hours_on_the_road", "the trucks were signed in after six hours, against the page's doubt")


def slips(stage: Stage, text: str) -> str:
    """The bridge's list, without the truck that drove past it."""
    if stage.broken("delivered_g", "the first truck drove past the weighbridge"):
        return _without(text, "淞南-0415-01")
    return text


def weights(stage: Stage, text: str) -> str:
    """The sample's list; a scale not set to zero adds the basket to every pack."""
    if stage.broken("sample_off_permille", "the scale was not set to zero: every pack weighed its basket too"):
        return re.sub(r"(?<=,)5\d{3}(?=,)", lambda found: str(int(found[0]) + BASKET_G), text)
    return text


def pallets_forgotten(stage: Stage) -> bool:
    return stage.broken("unexplained_permille", "nobody thought of the pallets")


# Lent, and on duty


def serials(stage: Stage, text: str) -> str:
    """The list of computers, without the one that nobody wrote down."""
    if stage.broken("serials_out", "one computer went out without being written down"):
        return _without(text, LOST_SERIAL)
    return text


def nobody_looks_again(stage: Stage) -> bool:
    return stage.broken("look_alikes_looked_at", "two numbers that look alike were taken in unlooked at")


def one_not_set_up(stage: Stage, borrower: str) -> bool:
    return borrower.startswith("淞南镇") and stage.broken("serials_set_up", "one computer stayed in its box")


def all_written_down_in_order(stage: Stage) -> bool:
    return stage.broken("late_or_broken_on_paper", "the broken and the late one were written down as in order")


def never_brought_back(stage: Stage) -> bool:
    return stage.broken("serials_home", "the last computer was never brought back")


def sheet(stage: Stage, text: str) -> str:
    """The volunteers' sheet: its second page lost, or a name with a space in it."""
    rows = text.splitlines(keepends=True)
    if stage.broken("volunteer_minutes", "the second page of the sheet was never typed"):
        return "".join(rows[:LAST_PAGE_FROM])
    if stage.broken("at_two_places_at_once", "a volunteer was registered a second time with a space"):
        register_party(kind="PERSON", name=SPACED, now=stage.now)
        return "".join(row.replace(AT_TWO_PLACES, SPACED) if "15:00" in row else row for row in rows)
    return text


def registered_twice(line: LineOutcome) -> dict[str, Any]:
    """The clerk takes what is written for what is meant."""
    name = SPACED if line.payload["person_text"] == SPACED else AT_TWO_PLACES
    return {"candidate": next(one.key for one in line.candidates if one.text.split(" 上海")[0] == name)}


def _without(text: str, word: str) -> str:
    return "".join(row for row in text.splitlines(keepends=True) if word not in row)
