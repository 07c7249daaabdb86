"""The story in order of time. Each act may be run again: its requests carry the same ids."""

from __future__ import annotations

from datetime import timedelta

from baogong.engine.sheets.kinds import Status
from baogong.journal import queries as journal_
from baogong.journal.queries.imports import import_run
from baogong.journal.services import EvidenceIn, imports, sign
from baogong.ops.scenarios.imported_winners_2020 import rights
from baogong.ops.scenarios.imported_winners_2020.cast import (
    CORRECTED,
    FIELD,
    FIRST_LIST,
    MASKS,
    OFFICE,
    ON,
    ON_PAPER,
    PUT_OUT,
    RULE,
    SHOP,
    STORE,
    UNITS,
)
from baogong.ops.scenarios.rationed import book, office, roads
from baogong.ops.scenarios.rationed.people import people_of
from baogong.ops.scenarios.stage import Stage, Step, local
from baogong.release import services
from baogong.release.errors import WinnersUnusable


def open_the_office(stage: Stage) -> None:
    office.open_registers(stage, FIELD)
    stage.ids["release"] = office.open_release(stage, office=OFFICE, item_code=MASKS, rule_file=RULE)
    office.put_out(stage, stage.ids["release"], ON, PUT_OUT, source=STORE, shop=SHOP)


def read_the_first_list(stage: Stage) -> None:
    """Thirty rows are wrong, so rows and signed count differ: none is taken, every problem is told, back it goes."""
    name = CORRECTED if stage.broken("problems_listed", "the corrected list was brought first") else FIRST_LIST
    roads.by_list(stage, "winners", name)
    stage.ids["first list"] = stage.ids[f"run {name}"]


def bring_the_corrected_list(stage: Stage) -> None:
    """What is brought is signed once; nobody has anything of it yet."""
    roads.by_list(stage, "winners", CORRECTED)
    if stage.broken(
        "promised_before_the_second_signature", "six masks were promised before anybody had looked at the list"
    ):
        book.promise_one_by_hand(stage, OFFICE, UNITS)


def bring_it_again(stage: Stage) -> None:
    """By mistake, once more; and once more as another program has saved it."""
    again = imports.preview(
        kind="winners",
        file_name=CORRECTED,
        data=stage.data(CORRECTED),
        profile=None,
        actor=stage.actors["wu"],
        now=stage.now,
    )
    imports.apply(run=again.id, actor=stage.actors["wu"], now=stage.now)
    stage.say(f"    the same file: {again.summary['unchanged']} known")
    saved = stage.data(CORRECTED).decode("utf-8-sig").replace("\r\n", "\n").encode()
    other = imports.preview(
        kind="winners", file_name=CORRECTED, data=saved, profile=None, actor=stage.actors["wu"], now=stage.now
    )
    if any(line.outcome.status is Status.ADDED for line in import_run(other.id).lines):
        try:
            imports.apply(run=other.id, actor=stage.actors["wu"], now=stage.now)
        except WinnersUnusable as error:
            stage.say(f"    saved anew: {error.data['problems'][0]}")


def sign_the_second_time(stage: Stage) -> None:
    """In the evening another person has compared it with the notary's paper."""
    for paper in journal_.documents(kind="WINNERS"):
        if paper.state == "WAITING":
            sign(document=paper.id, actor=stage.actors["zhao"], now=stage.now)
    if stage.broken("people_with_two_rights", "the list was brought for a second day's stock as well"):
        _bring_for_another_day(stage)
    if stage.broken("winners_admitted", "a winner was struck off the list without a reason"):
        last = book.claims_now(stage, OFFICE)[-1]
        services.cancel_claim(claim=last.id, actor=stage.actors["lin"], now=stage.now)


def _bring_for_another_day(stage: Stage) -> None:
    on = ON + timedelta(days=4)
    office.put_out(stage, stage.ids["release"], on, PUT_OUT, source=STORE, shop=SHOP)
    data = stage.data(CORRECTED).decode("utf-8-sig").replace("2020-02-10", f"{on}").encode()
    run = imports.preview(
        kind="winners", file_name="another day", data=data, profile=None, actor=stage.actors["wu"], now=stage.now
    )
    imports.apply(run=run.id, actor=stage.actors["wu"], now=stage.now)
    stage.move_to(local("2020-02-11 08:00"))  # a day on which the turn of the first list is over
    for paper in journal_.documents(kind="WINNERS"):
        if paper.state == "WAITING":
            sign(document=paper.id, actor=stage.actors["zhao"], now=stage.now)


def use_the_rights(stage: Stage) -> None:
    """11 February: at the shop, on the net, twenty in the one and then the other, ten in both at the same second."""
    found = rights.tries(stage)
    pairs = rights.at_once(found)
    left_out: list[rights.Try] = []
    if stage.broken("used_in_the_same_second", "two who would have come in the same second did not come"):
        left_out = [one for pair in pairs[:2] for one in pair]
    if stage.broken("wanted_twice_used_once", "somebody who was to come to both channels came to neither"):
        left_out = [one for one in found if one.tag == found[0].tag]
    on_paper = set(people_of(stage, stage.party(OFFICE), [ON_PAPER]))
    if stage.broken("late_rows_refused", "nobody on the shop's paper had bought online meanwhile"):
        left_out = [one for one in found if one.tag in on_paper and one.channel == "ONLINE"]
    rights.use_all(stage, without=lambda one: one in left_out)


def read_the_shops_paper(stage: Stage) -> None:
    """The shop's line was down until the afternoon: what it gave comes on paper in the evening."""
    if stage.broken("late_rows_taken", "the shop's paper was left at the shop"):
        stage.ids[f"run {ON_PAPER}"] = stage.ids["first list"]
        return
    roads.by_list(stage, "redeemed", ON_PAPER, by="bao")


def deliver(stage: Stage) -> None:
    ordered = [one for one in book.claims_now(stage, OFFICE) if one.used_in == "ONLINE"]
    for number, row in enumerate(ordered):
        if number == 0 and stage.broken("units_handed_over", "one parcel stayed in the van"):
            continue
        told = EvidenceIn("NOTE", text="送到门口，本人电话确认")
        roads.hand_over(stage, row, by="mei", evidence=told, is_brought=True)


def let_run_out(stage: Stage) -> None:
    """Whose right nobody used by the end of its days has it no more."""
    if stage.broken("rights_run_out", "nobody looked after what was not fetched"):
        return
    while services.expire_unclaimed(now=stage.now):
        pass


def count_up(stage: Stage) -> None:
    if stage.broken("given_without_a_right", "a neighbour got six masks over the counter, on nobody's number"):
        book.give_by_hand(stage, OFFICE, UNITS)
    if stage.broken("units_unaccounted_for", "a mask is gone from the store, under no document"):
        book.lose_one_by_hand(stage, OFFICE, STORE)


STEPS = (
    Step(local("2020-02-09 18:00"), "登记、规则、投放 · registers, the rule, stock put out", open_the_office),
    Step(
        local("2020-02-10 09:30"),
        "公证处的名单：三十行有误 · the notary's list, thirty rows wrong",
        read_the_first_list,
    ),
    Step(local("2020-02-10 15:00"), "更正后的名单 · the corrected list", bring_the_corrected_list),
    Step(local("2020-02-10 16:00"), "误导入第二次 · brought again by mistake", bring_it_again),
    Step(local("2020-02-10 20:00"), "第二人签字 · a second person signs", sign_the_second_time),
    Step(local("2020-02-11 08:30"), "门店、线上 · at the shop and on the net", use_the_rights),
    Step(local("2020-02-11 19:00"), "门店的纸单晚到 · the shop's paper comes late", read_the_shops_paper),
    Step(local("2020-02-12 00:05"), "过期 · what nobody used runs out", let_run_out),
    Step(local("2020-02-12 14:00"), "送到家 · brought home", deliver),
    Step(local("2020-02-12 20:00"), "清点 · counted up", count_up),
)
