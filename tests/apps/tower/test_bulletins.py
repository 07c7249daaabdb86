"""Bulletins: every figure is the sum of its lines, what is published stays, and nobody is pointed at."""

from __future__ import annotations

import io
import json
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import openpyxl
import pytest
from django.db import InternalError, ProgrammingError, connection, transaction

from baogong.delivery import queries as delivery
from baogong.delivery.models import ParcelAct
from baogong.delivery.queries import history
from baogong.delivery.services import stations, sync
from baogong.freight import services as freight
from baogong.journal import queries as journal
from baogong.journal import services as papers
from baogong.journal.clock import house_day
from baogong.kernel.actor import THE_HOUSE, Actor
from baogong.kernel.errors import NotFound, NotYourPlace, RequestIdReused, UnusableInput
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.states import Reason, State
from baogong.needs.services import Asked, ask, cancel
from baogong.people.queries.parties import parties
from baogong.people.services.parties import register_party
from baogong.places.services.communities import open_community
from baogong.tower.bulletins import content
from baogong.tower.bulletins.content import FEW, draw_content
from baogong.tower.bulletins.measures import IN, INSIDE, OUT, STANDS, Audience
from baogong.tower.bulletins.rows import COLUMNS
from baogong.tower.bulletins.sheets import sheets_of, workbook_of
from baogong.tower.models import Bulletin
from baogong.tower.queries import bulletins as queries
from baogong.tower.queries.bulletins import (
    BulletinView,
    Figure,
    Later,
    bulletin,
    bulletins,
    later_lines,
    lines_of,
    text_of,
)
from baogong.tower.services import bulletins as services
from baogong.tower.services.bulletins import BulletinClosed, BulletinNotThere
from tests.access import books
from tests.access.rows import Book
from tests.apps.delivery import world as street
from tests.apps.freight import world as road
from tests.apps.orders import neighbourhood as shop_street
from tests.apps.orders import world as compound
from tests.apps.supply import world as market
from tests.books import Built
from tests.races import race

PUBLIC, SUPERIORS = Audience.PUBLIC, Audience.SUPERIORS
LATER = timedelta(days=30)


@pytest.fixture
def relay(built: Built) -> road.World:
    return built(road.make_world)


def draw(world: road.World, *, now: datetime = road.NOW, day: date | None = None, **more: Any) -> UUID:
    given: dict[str, Any] = {
        "day": day or house_day(now), "audience": PUBLIC, "actor": world.lin, "now": now, "request_id": new_id(),
    }  # fmt: skip
    return services.draw(**given | more)


def publish(world: road.World, made: UUID, now: datetime = road.NOW) -> None:
    """Signed by Lin and, where two are asked for, by Mei."""
    paper = services.publish(bulletin=made, actor=world.lin, now=now, request_id=new_id())
    if journal.document(paper).state == "WAITING":
        papers.sign(document=paper, actor=world.mei, now=now)


def seen(made: UUID) -> BulletinView:
    return bulletin(made, seen_by=THE_HOUSE)


def drawn(day: date, audience: Audience, now: datetime) -> BulletinView:
    """As it would be drawn, without a row."""
    found = draw_content(day, audience, now=now)
    row = Bulletin(
        day=day, audience=audience, version=1, content=found.text, content_hash=b"", upto_seq=found.upto_seq, drawn_at=now
    )  # fmt: skip
    content = json.loads(found.text)
    return BulletinView(queries._heads([row])[0], content, tuple(queries._figure(each) for each in content["figures"]))


def all_lines(view: BulletinView, figure: Figure, limit: int = 7) -> tuple[int, int]:
    """What the pages of its lines make (added up; of prices the lowest or highest), and how many; asked for a few at a time."""
    amounts: list[int] = []
    after = 0
    while True:
        page = lines_of(view, figure.number, after=after, limit=limit)
        amounts += [line.amount for line in page.lines]
        if page.next_after is None:
            made: Callable[[list[int]], int] = COLUMNS[figure.what].made if figure.is_of_rows else sum
            return made(amounts), len(amounts)
        after = page.next_after


WORLDS: tuple[Callable[[], Book], ...] = (books.road, books.street, books.city, books.neighbourhood, books.quarter)


@pytest.mark.parametrize("make", WORLDS, ids=lambda make: make.__name__)
def test_every_figure_of_every_day_is_the_sum_of_its_lines(built: Built, make: Callable[[], Book]) -> None:
    """By another way: sums are made by the database of the whole book, lines are read one by one, a page at a time."""
    built(make)
    days = book.days_of(list(Reason), zone="Asia/Shanghai")
    assert days
    now = datetime.combine(days[0], datetime.min.time()).astimezone() + LATER
    told: Counter[str] = Counter()
    for day in days[:3]:
        for audience in Audience:
            view = drawn(day, audience, now)
            for figure in view.figures:
                assert all_lines(view, figure, limit=7 if figure.lines < 100 else 500) == (
                    (figure.amount, figure.lines)
                    if not figure.is_rest
                    else (figure.amount, all_lines(view, figure, 500)[1])
                ), figure
                told[figure.what] += 1
            _adds_up(view)
            _told_apart_adds_up(view)
    assert told
    _stands_as_the_book_has_it(drawn(days[0], SUPERIORS, now))


def _adds_up(view: BulletinView) -> None:
    """What stood and came in, less what went out, is what stands: of every item, whatever happened."""
    if view.is_public:
        return
    sums: dict[UUID | None, Counter[str]] = {}
    for figure in view.figures:
        if not figure.by and figure.item:
            sums.setdefault(figure.item, Counter())[figure.what] += figure.amount
    for of in sums.values():
        came, went = sum(of[what] for what in IN), sum(of[what] for what in OUT)
        assert of["stood"] + came - went == sum(of[what] for what in STANDS)


def _told_apart_adds_up(view: BulletinView) -> None:
    whole = {(each.what, each.item): each.amount for each in view.figures if not each.by}
    apart: Counter[tuple[str, UUID | None, str]] = Counter()
    for each in view.figures:
        if each.by:
            apart[each.what, each.item, each.by] += each.amount
    assert all(amount == whole.get((what, item), 0) for (what, item, _by), amount in apart.items())


def _stands_as_the_book_has_it(view: BulletinView) -> None:
    """The newest day against the book's own balances and open holds, which no bulletin reads."""
    stands, promised = Counter[UUID](), Counter[UUID]()
    for balance in book.balances():
        if balance.state in INSIDE:
            stands[balance.lot.item] += balance.posted
    lots = {balance.lot.id: balance.lot.item for balance in book.balances(nonzero=False)}
    for hold in book.open_holds():
        if hold.target.state is not State.SOLD:
            promised[lots[hold.lot]] += hold.open
    told_stands, told_promised = Counter[UUID | None](), Counter[UUID | None]()
    for figure in view.figures:
        if not figure.by and figure.what in STANDS:
            told_stands[figure.item] += figure.amount
        if not figure.by and figure.what == "promised":
            told_promised[figure.item] += figure.amount
    assert told_stands == +stands
    assert told_promised == +promised


def test_whatever_moves_adds_up(relay: road.World) -> None:
    """Three hundred lines at random between all states of two holders, over three days."""
    random_ = random.Random(20220412)
    lot = relay.lots["langfang masks"]
    holders = (relay.langfang, relay.hub)
    states = [
        State.AVAILABLE,
        State.FROZEN,
        State.ABOARD,
        State.SHELF,
        State.LOST,
        State.SPOILED,
        State.USED,
        State.HANDED_OVER,
    ]
    reasons = [Reason.GIFT, Reason.LOAD, Reason.UNLOAD, Reason.LOSS, Reason.CORRECTION, Reason.HANDOVER]
    outside = book.AccountRef(relay.langfang, State.OUTSIDE)
    standing: Counter[tuple[UUID, State]] = Counter()
    with transaction.atomic():
        for turn in range(300):
            can = [place for place, amount in standing.items() if amount > 0]
            source = random_.choice(can) if can and random_.random() < 0.7 else None
            target = random_.choice(holders), random_.choice(states)
            if source == target:
                continue
            amount = random_.randint(1, standing[source]) if source else random_.randint(1, 90)
            ledger.post(
                lines=[
                    ledger.post_line(
                        book.AccountRef(*source) if source else outside, book.AccountRef(*target), lot, amount
                    )
                ],
                actor=THE_HOUSE,
                reason=random_.choice(reasons),
                document=None,
                request_id=new_id(),
                now=road.NOW + timedelta(minutes=10 * turn),
            )
            if source:
                standing[source] -= amount
            standing[target] += amount
    for days in range(3):
        view = drawn(house_day(road.NOW + timedelta(days=days)), SUPERIORS, road.NOW + LATER)
        _adds_up(view)
        _told_apart_adds_up(view)
        for figure in view.figures:
            assert all_lines(view, figure, limit=100)[0] == figure.amount, figure


def hand_over(world: road.World, receiver: UUID, amount: int, now: datetime = road.NOW) -> UUID:
    with transaction.atomic():
        ledger.post(
            lines=[
                ledger.post_line(
                    book.AccountRef(world.langfang, State.FROZEN),
                    book.AccountRef(receiver, State.HANDED_OVER),
                    world.lots["langfang masks"],
                    amount,
                )
            ],
            actor=THE_HOUSE, reason=Reason.HANDOVER, document=None, request_id=new_id(), now=now,
        )  # fmt: skip
    return book.movements(receivers=[receiver], limit=1_000)[-1].id


def signed_for(view: BulletinView) -> int:
    return sum(figure.amount for figure in view.figures if figure.what == "handed_over" and not figure.by)


def test_what_is_published_stays_and_what_comes_later_is_told_beside_it(
    relay: road.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = hand_over(relay, relay.hospital, 30)
    made = draw(relay)
    publish(relay, made)
    published, text = seen(made), text_of(made)
    assert signed_for(published) == 30
    assert later_lines(published) == Later((), has_more=False)
    late = hand_over(relay, relay.hospital, 7)
    with transaction.atomic():
        ledger.post(
            lines=[
                ledger.post_line(
                    book.AccountRef(relay.hospital, State.HANDED_OVER),
                    book.AccountRef(relay.langfang, State.FROZEN),
                    relay.lots["langfang masks"],
                    4,
                    corrects=first,
                )
            ],
            actor=THE_HOUSE, reason=Reason.CORRECTION, document=None, request_id=new_id(), now=road.NOW + 2 * road.DAY,
        )  # fmt: skip
    assert text_of(made) == text
    view = seen(made)
    assert view == published
    for figure in view.figures:
        assert all_lines(view, figure) == (figure.amount, figure.lines), "its lines are still those it was drawn from"
    told = later_lines(view).lines
    assert [(each.amount, each.what) for each in told] == [(7, ("handed_over",)), (4, ("handed_over",))]
    assert told[0].id == late
    monkeypatch.setattr(queries, "LATER_MAX", 1)
    assert later_lines(view) == Later(told[:1], has_more=True)
    again = draw(relay, why="后来又签收了 7 只")
    publish(relay, again)
    assert (signed_for(seen(again)), signed_for(seen(made))) == (37, 30)
    assert seen(made).head.corrected_by == again
    assert [(head.version, head.why) for head in bulletins(audience=PUBLIC)] == [(2, "后来又签收了 7 只"), (1, "")]


@pytest.mark.parametrize(
    "change", ["content = '{}'", "words_zh = 'x'", "state = 'DRAWN', published_at = NULL", "day = day - 1"]
)
def test_the_database_refuses_to_change_what_is_published(relay: road.World, change: str) -> None:
    made = draw(relay)
    publish(relay, made)
    with (
        pytest.raises((ProgrammingError, InternalError)),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE tower_bulletin SET {change}")
    with pytest.raises((ProgrammingError, InternalError)), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM tower_bulletin")


def test_two_persons_publish_what_everyone_reads_and_one_what_superiors_read(relay: road.World) -> None:
    made = draw(relay)
    services.write_words(bulletin=made, words_zh="全天平稳", words_en="A calm day", actor=relay.lin, now=road.NOW)
    paper = services.publish(bulletin=made, actor=relay.lin, now=road.NOW, request_id=new_id())
    assert seen(made).head.state == "WAITING"
    with pytest.raises(BulletinNotThere):
        bulletin(made)
    for act in (
        lambda: services.write_words(bulletin=made, words_zh="甲", words_en="a", actor=relay.lin, now=road.NOW),
        lambda: services.publish(bulletin=made, actor=relay.lin, now=road.NOW, request_id=new_id()),
        lambda: draw(relay),
    ):
        with pytest.raises(BulletinClosed):
            act()
    papers.sign(document=paper, actor=relay.mei, now=road.NOW)
    head = bulletin(made).head
    assert (head.state, head.words_en, len(head.hash)) == ("PUBLISHED", "A calm day", 64)
    assert journal.document(paper).body["sha256"] == head.hash
    to_superiors = draw(relay, audience=SUPERIORS)
    publish(relay, to_superiors)
    assert seen(to_superiors).head.state == "PUBLISHED"
    with pytest.raises(BulletinNotThere):
        bulletin(to_superiors)


def test_a_refused_paper_leaves_it_drawn_and_alone_on_duty_it_is_out_at_once(relay: road.World) -> None:
    made = draw(relay)
    paper = services.publish(bulletin=made, actor=relay.lin, now=road.NOW, request_id=new_id())
    papers.refuse(document=paper, actor=relay.mei, now=road.NOW, why="数字要再核")
    assert seen(made).head.state == "DRAWN"
    services.write_words(bulletin=made, words_zh="已核", words_en="Checked", actor=relay.lin, now=road.NOW)
    alone = services.publish(bulletin=made, alone=True, actor=relay.lin, now=road.NOW, request_id=new_id())
    assert bulletin(made).head.state == "PUBLISHED"
    assert journal.document(alone).state == "ALONE"


def test_drawn_again_before_it_is_published_it_keeps_its_words_and_is_one(relay: road.World) -> None:
    request = new_id()
    made = draw(relay, request_id=request)
    assert draw(relay, request_id=request) == made
    with pytest.raises(RequestIdReused):
        draw(relay, request_id=request, day=house_day(road.NOW - road.DAY))
    services.write_words(bulletin=made, words_zh="平稳", words_en="Calm", actor=relay.lin, now=road.NOW)
    again = draw(relay, now=road.NOW + timedelta(hours=1))
    assert [(head.id, head.version, head.words_en) for head in bulletins()] == [(again, 1, "Calm")]
    with pytest.raises(BulletinClosed):
        services.publish(bulletin=made, actor=relay.lin, now=road.NOW, request_id=new_id())


def test_what_makes_no_sense_is_refused_and_leaves_nothing(relay: road.World) -> None:
    with pytest.raises(UnusableInput, match="has not"):
        draw(relay, day=house_day(road.NOW + road.DAY))
    with pytest.raises(NotYourPlace):
        draw(relay, actor=Actor(person_id=None, name="Tao", reach={}))
    assert bulletins() == ()
    made = draw(relay)
    for words in (("只有中文", ""), ("", "English only"), ("请打 13800001111", "call"), ("字" * 5_000, "x")):
        with pytest.raises(UnusableInput):
            services.write_words(bulletin=made, words_zh=words[0], words_en=words[1], actor=relay.lin, now=road.NOW)
    assert seen(made).head.words_zh == ""
    publish(relay, made)
    with pytest.raises(UnusableInput, match="what changed"):
        draw(relay)
    with pytest.raises(NotFound):
        lines_of(seen(made), 10_000)


def test_in_public_no_small_community_is_told_apart_and_no_person_named(relay: road.World) -> None:
    """Two communities with three handovers each, one with nine, a hospital with one, a person with one."""
    communities = {
        name: open_community(name=name, actor=relay.lin, now=road.NOW) for name in ("小一社区", "小二社区", "大三社区")
    }
    person = register_party(kind="PERSON", name="张三丰", city="武汉", now=road.NOW)
    for name, times in (("小一社区", 3), ("小二社区", 3), ("大三社区", 9)):
        for _ in range(times):
            hand_over(relay, communities[name], 2)
    hand_over(relay, relay.hospital, 5)
    hand_over(relay, person, 1)
    view = seen(draw(relay))
    _told_apart_adds_up(view)
    told = {figure.amount: figure for figure in view.figures if (figure.what, figure.by) == ("handed_over", "place")}
    named = {at for figure in told.values() if not figure.is_rest for at in figure.at}
    assert named == {communities["大三社区"], relay.hospital}
    assert told[2 * 6 + 1].is_rest
    hidden = ("小一社区", "小二社区", "张三丰")
    for chinese in (True, False):
        shown = json.dumps(
            [[[cell.plain for cell in row] for row in sheet.rows] for sheet in sheets_of(view, is_chinese=chinese)],
            ensure_ascii=False,
        )
        assert not any(name in shown for name in hidden)
    assert not any(name in text_of(view.id) for name in hidden)
    for figure in view.figures:
        for line in lines_of(view, figure.number).lines:
            assert line.target.zh not in hidden
            assert line.source.zh not in hidden
    superior = seen(draw(relay, audience=SUPERIORS))
    assert communities["小一社区"] in {at for figure in superior.figures if figure.by == "place" for at in figure.at}
    assert "张三丰" not in text_of(superior.id)


def test_one_small_community_alone_takes_the_next_smallest_with_it(relay: road.World) -> None:
    """Else the total less what is told apart is the small one."""
    times = {"甲社区": FEW - 1, "乙社区": FEW, "丙社区": FEW + 4}
    found = {}
    for name, count in times.items():
        found[name] = open_community(name=name, actor=relay.lin, now=road.NOW)
        for _ in range(count):
            hand_over(relay, found[name], 1)
    view = seen(draw(relay))
    named = {at for each in view.figures if each.by == "place" and not each.is_rest for at in each.at}
    assert named == {found["丙社区"]}


@pytest.mark.parametrize("make", [books.street, books.city], ids=lambda make: make.__name__)
def test_nobody_who_lives_there_is_in_what_the_public_reads(built: Built, make: Callable[[], Book]) -> None:
    """Names of all persons and every telephone of the world, looked for in text and workbook."""
    built(make)
    days = book.days_of(list(Reason), zone="Asia/Shanghai")
    persons = {party.name for party in parties(kinds=["PERSON"]) if len(party.name) > 1}
    assert persons
    view = drawn(days[0], PUBLIC, datetime.combine(days[0], datetime.min.time()).astimezone() + LATER)
    shown = []
    for chinese in (True, False):
        sheets = openpyxl.load_workbook(io.BytesIO(workbook_of(view, is_chinese=chinese)))
        shown += [str(cell.value) for sheet in sheets for row in sheet.iter_rows() for cell in row if cell.value]
    text = "\n".join([*shown, json.dumps(view.content, ensure_ascii=False)])
    assert not [name for name in persons if name in text]
    assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", "\n".join(shown))


def test_loading_and_unloading_are_told_apart_and_a_correction_takes_back(relay: road.World) -> None:
    """600 masks loaded in Langfang, unloaded at the hub on another day; then a load of 50 that was a mistake."""
    relay.allot("langfang masks", relay.hospital, 600)
    relay.convoy()
    bill = relay.bill(target=relay.hub)
    arrived_at = relay.bring(bill)
    freight.receive(waybill=bill.id, actor=relay.bao, now=arrived_at, request_id=new_id())
    truck, stock = book.AccountRef(relay.vehicle(bill), State.ABOARD), book.AccountRef(relay.langfang, State.FROZEN)
    lot, first = relay.lots["langfang masks"], new_id()
    for source, target, reason, more in (
        (stock, truck, Reason.LOAD, {"id": first}),
        (truck, stock, Reason.CORRECTION, {"corrects": first}),
    ):
        with transaction.atomic():
            ledger.post(
                lines=[ledger.post_line(source, target, lot, 50, **more)],
                actor=THE_HOUSE, reason=reason, document=None, request_id=new_id(), now=arrived_at,
            )  # fmt: skip

    def told(moment: datetime) -> dict[str, tuple[int, int]]:
        view = drawn(house_day(moment), PUBLIC, road.NOW + LATER)
        return {each.what: (each.amount, each.lines) for each in view.figures if not each.by and each.lines}

    loaded, unloaded = told(bill.load_start_at), told(arrived_at)
    assert loaded["on_vehicles"] == (600, 1)
    assert not {"shipped", "arrived", "off_vehicles", "in_bags"} & loaded.keys()
    assert unloaded["on_vehicles"] == (0, 2)
    assert unloaded["off_vehicles"] == (600, 1)


def test_an_act_written_after_drawing_is_none_of_its_lines_whatever_its_moment(built: Built) -> None:
    """Under a standing clock too: the third parcel's moments are the very ones at which the bulletin was drawn."""
    world = built(street.make_world)
    now, device, codes = street.NOW + street.HOUR, world.device(world.mei), world.here(3)

    def hand_out(*some: str) -> None:
        told = sync.sync(device=device, acts=[street.act("HANDED_OVER", code, now) for code in some], now=now)
        assert all(each.state == "HANDED_OVER" for each in told), told

    def parcels(view: BulletinView) -> dict[str, tuple[int, int]]:
        found = {}
        for figure in view.figures:
            if figure.is_of_parcels:
                assert all_lines(view, figure, limit=1) == (figure.amount, figure.lines), figure
                found[f"{figure.what} {figure.by}"] = figure.amount, figure.lines
        return found

    hand_out(*codes[:2])
    first = drawn(house_day(now), SUPERIORS, now)
    assert parcels(first) == {"parcels.HANDED_OVER ": (2, 2), "parcels.HANDED_OVER place": (2, 2)}
    hand_out(codes[2])
    assert parcels(first)["parcels.HANDED_OVER "] == (2, 2)
    assert parcels(drawn(house_day(now), SUPERIORS, now))["parcels.HANDED_OVER "] == (3, 3)


def test_what_comes_by_cart_and_is_carried_on_counts_once_in_each(built: Built) -> None:
    """Four parcels by cart to the inner station, three of them on in a courier's bag, one of these put on a shelf."""
    world, now = built(street.make_world), street.NOW
    codes = world.expect(4, at=world.outer)
    world.receive(codes, at=world.outer)
    trip = stations.plan_shuttle(
        cart=world.cart, origin=world.outer, target=world.inner, road_zone=world.plan(world.east).road_zone,
        leaves_at=now, arrives_at=now + street.HOUR, actor=world.fang, now=now, request_id=new_id(),
    )  # fmt: skip
    stations.load_cart(shuttle=trip, scans=codes, actor=world.fang, now=now, request_id=new_id())
    stations.unload_cart(shuttle=trip, actor=world.bao, now=now, request_id=new_id())
    stations.load_round(round=world.give_round(world.mei, codes[:3]), actor=world.bao, now=now, request_id=new_id())
    put = street.act("ON_SHELF", codes[0], now + street.HOUR, shelf=world.shelf(world.east))
    sync.sync(device=world.device(world.mei), acts=[put], now=now + street.HOUR)
    view = drawn(house_day(now), PUBLIC, now + LATER)
    told = {each.what: each for each in view.figures if not each.by}
    assert not {"shipped", "arrived"} & told.keys()
    for what, amount in (("on_vehicles", 4), ("off_vehicles", 4), ("in_bags", 3), ("out_of_bags", 1)):
        assert (told[what].amount, all_lines(view, told[what])[0]) == (amount, amount), what


def test_a_bulletin_of_a_day_that_is_over_tells_nothing_of_now(relay: road.World) -> None:
    """What is late, what runs out and who is there stands so as it is drawn, not on the day before."""
    hand_over(relay, relay.hospital, 3)
    lists = {"causes", "running_out"}
    assert lists <= drawn(house_day(road.NOW), SUPERIORS, road.NOW).content.keys()
    later = drawn(house_day(road.NOW), SUPERIORS, road.NOW + road.DAY)
    assert not lists & later.content.keys()
    assert not {"late", "running"} & {sheet.key for sheet in sheets_of(later, is_chinese=False)}


def test_no_page_of_lines_reads_more_than_it_may_nor_outside_the_figures_lines(
    relay: road.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for amount in (3, 4, 5):
        hand_over(relay, relay.hospital, amount)
    hand_over(relay, relay.hospital, 9, now=road.NOW + 3 * road.DAY)
    view = drawn(house_day(road.NOW), SUPERIORS, road.NOW + LATER)
    asked: list[dict[str, Any]] = []
    movements = book.movements

    def counted(**given: Any) -> Any:
        asked.append(given)
        return movements(**given)

    monkeypatch.setattr(book, "movements", counted)
    monkeypatch.setattr(queries, "READ_AT_ONCE", 2)
    monkeypatch.setattr(queries, "READS_MAX", 1)
    for figure in view.figures:
        asked.clear()
        lines_of(view, figure.number)
        assert len(asked) == 1
        assert all_lines(view, figure)[0] == figure.amount, figure
        for given in asked:
            assert figure.first_seq - 1 <= given["since_seq"] <= given["upto_seq"] == figure.last_seq
    signed = next(each for each in view.figures if each.what == "handed_over" and not each.by)
    assert signed.last_seq < view.head.upto_seq, "what was signed for three days later is not even looked at"


@pytest.mark.parametrize("audience", Audience)
def test_sums_are_of_all_needs_however_few_are_listed(
    built: Built, audience: Audience, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = built(market.make_world)
    for receiver, amount in ((world.cast.hospital, 1_000), (world.union, 250)):
        asked = Asked(receiver=receiver, item=world.item("surgical-mask"), quantity=amount)
        ask(need=asked, actor=world.cast.wu, now=road.NOW, request_id=new_id(), is_verified=True)

    def told(view: BulletinView) -> tuple[Any, int, int]:
        sheets = {sheet.key: sheet for sheet in sheets_of(view, is_chinese=False)}
        assert ("not listed" in sheets["receivers"].left_out) == bool(view.content["left_out"]["needs"])
        return sheets["needs"].rows, len(sheets["receivers"].rows), view.content["left_out"]["needs"]

    sums, listed, left_out = told(drawn(house_day(road.NOW), audience, road.NOW))
    assert (listed, left_out) == (2, 0)
    assert 1_250 in [cell.amount for row in sums for cell in row]
    monkeypatch.setattr(content, "ROWS_MAX", 1)
    assert told(drawn(house_day(road.NOW), audience, road.NOW)) == (sums, 1, 1)


def test_what_nobody_confirmed_for_too_long_is_told_as_such_and_its_figure_opens_the_needs_as_they_stood(
    built: Built,
) -> None:
    world = built(market.make_world)
    act: dict[str, Any] = {"actor": world.cast.wu, "is_verified": True}
    for receiver, amount, days in ((world.cast.hospital, 1_000, 3), (world.union, 250, 0)):
        asked = Asked(receiver=receiver, item=world.item("surgical-mask"), quantity=amount)
        made = ask(need=asked, now=road.NOW - days * road.DAY, request_id=new_id(), **act)
    for audience in Audience:
        view = drawn(house_day(road.NOW), audience, road.NOW)
        told = {each.what: each for each in view.figures if each.is_of_rows}
        assert (told["needs.asked"].amount, told["needs.unconfirmed"].amount) == (1_250, 1_000)
        lines = lines_of(view, told["needs.asked"].number)
        assert lines.is_whole
        assert sorted(bool(line.about_en) for line in lines.lines) == [False, True]
        (old,) = lines_of(view, told["needs.unconfirmed"].number).lines
        assert old.about_en.startswith("not confirmed since 2020-01-2")
        assert "自" in old.about_zh
        assert (old.subject is None) == (audience is PUBLIC), "the office opens the need, the public its list"
        sheets = {sheet.key: sheet for sheet in sheets_of(view, is_chinese=False)}
        assert "of it not confirmed again" in sheets["needs"].heads
        assert any("not confirmed since" in cell.text for row in sheets["receivers"].rows for cell in row)
    cancel(need=made, why="不要了", actor=world.cast.wu, now=road.NOW)
    assert lines_of(view, told["needs.asked"].number) == lines


def test_baskets_and_shops_of_a_day_open_what_they_are_made_of_and_point_at_nobody(built: Built) -> None:
    """Of a community in which too few take part the public is told no name; superiors open the basket itself."""
    world = built(books.neighbourhood)
    day, now = world.things["on"], compound.NOW
    for audience in Audience:
        view = drawn(day, audience, now)
        told = {each.what: each for each in view.figures if each.is_of_rows}
        assert told["baskets.count"].amount == 1
        (line,) = lines_of(view, told["baskets.packs"].number).lines
        assert line.amount == told["baskets.packs"].amount > 0
        assert "朝阳菜篮子公司" in line.about_zh
        is_public = audience is PUBLIC
        assert (line.subject, line.source.zh) == ((None, "") if is_public else (world.things["basket"], "滨江苑"))
        prices = {each.name: each.amount for each in view.figures if each.what == "prices.lowest"}
        assert prices == {"蔬菜套餐": 6_000, "鸡蛋": 2_500}
        assert not any(name in json.dumps(view.content, ensure_ascii=False) for name in ("云朵", "赵师傅"))


def test_orders_at_shops_and_their_prices_open_the_shops_page(built: Built) -> None:
    built(books.quarter)
    for audience in Audience:
        view = drawn(shop_street.TODAY, audience, shop_street.NOW)
        told = {each.what: each for each in view.figures if each.is_of_rows}
        assert (told["shops.orders"].amount, told["shops.packs"].amount) == (1, 1)
        assert ("shops.worth" in told) == (audience is SUPERIORS), "what a shop earns is nobody's business outside"
        ordered = [each for each in view.figures if each.what == "ordered" and not each.by]
        assert [(each.amount, each.lines) for each in ordered] == [(1, 1)], "a line of the book"
        (price,) = lines_of(view, told["prices.lowest"].number).lines
        assert (price.source.zh, price.amount) == ("陈记生鲜", told["prices.highest"].amount)
        assert price.shop_code
        assert "5,000 g a pack" in price.about_en
        sheets = {sheet.key for sheet in sheets_of(view, is_chinese=True)}
        assert {"shops", "prices", "price_list"} <= sheets


def test_asked_twice_under_one_request_it_is_published_once(relay: road.World) -> None:
    made, request = draw(relay), new_id()

    def sign(**more: Any) -> UUID:
        return services.publish(bulletin=made, now=road.NOW, request_id=request, **{"actor": relay.lin, **more})

    paper = sign()
    assert sign() == paper
    papers.sign(document=paper, actor=relay.mei, now=road.NOW)
    assert sign() == paper
    assert len(journal.documents(kind="BULLETIN")) == 1
    assert bulletin(made).head.document == paper
    with pytest.raises(RequestIdReused):
        sign(alone=True)
    with pytest.raises(BulletinClosed):
        services.publish(bulletin=made, actor=relay.lin, now=road.NOW, request_id=new_id())


@pytest.mark.parametrize("act", ["publish", "words"])
@pytest.mark.parametrize("is_guarded", [False, True])
def test_what_is_signed_or_worded_while_it_is_drawn_again_waits_for_the_drawing(
    fresh_book: str, monkeypatch: pytest.MonkeyPatch, act: str, is_guarded: bool
) -> None:
    """Without the day's word a bulletin that waits for its second signature is dropped, and words are lost."""
    world = road.make_world()
    made, is_drawing = draw(world), threading.Event()
    if not is_guarded:
        monkeypatch.setattr(services, "_lock_day", lambda day, audience: None)

    def meanwhile() -> Any:
        assert is_drawing.wait(20)
        if act == "publish":
            return services.publish(bulletin=made, actor=world.lin, now=road.NOW, request_id=new_id())
        return services.write_words(bulletin=made, words_zh="平稳", words_en="Calm", actor=world.lin, now=road.NOW)

    def slowly(*given: Any, **more: Any) -> content.Drawn:
        is_drawing.set()
        time.sleep(1.5)
        return draw_content(*given, **more)

    monkeypatch.setattr(services, "draw_content", slowly)
    again, other = race(lambda: draw(world), meanwhile)
    assert seen(made).head.state == "DROPPED"
    assert seen(again).head.words_en == ""
    if is_guarded:
        assert isinstance(other, BulletinClosed)
    else:
        assert not isinstance(other, Exception)


class TestAnActThatIsStillBeingWritten:
    """Somebody has drawn a smaller number and not committed when the last act is asked for."""

    def race(self, world: street.World) -> tuple[int, int]:
        """How many acts stood up to the answer when it came, and in the end."""
        (code,) = world.here(1)
        kept = ParcelAct.objects.filter(parcel__code=code, kind="RECEIVED").values().get()
        del kept["id"], kept["seq"]
        answers: list[tuple[int, int]] = []

        def write() -> None:
            ParcelAct.objects.create(**kept | {"kind": "DISINFECTED"})

        def ask() -> None:
            upto = delivery.settled_act()
            answers.append((upto, ParcelAct.objects.filter(seq__lte=upto).count()))
            connection.close()

        def quickly() -> None:
            write()
            connection.close()

        asker, quick = threading.Thread(target=ask), threading.Thread(target=quickly)
        with transaction.atomic():
            write()
            quick.start()
            quick.join(timeout=10)
            asker.start()
            asker.join(timeout=0.7)
        asker.join(timeout=30)
        ((upto, stood),) = answers
        return stood, ParcelAct.objects.filter(seq__lte=upto).count()

    def test_without_the_word_an_act_appears_that_was_not_there(
        self, fresh_book: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(history, "ACTS", "another word")
        stood, stands = self.race(street.make_world())
        assert stands == stood + 1

    def test_with_it_the_answer_waits(self, fresh_book: str) -> None:
        stood, stands = self.race(street.make_world())
        assert stands == stood
