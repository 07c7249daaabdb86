"""
Every page as a screen reader and weak eyes meet it: axe-core finds nothing serious, in either language.

In `make test` each page is looked at in one of the two: which one is its name's affair. In `make soak` in both.

The pages come from Django's test client through the browser's own router: no site has to run, nothing is committed.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID
from zlib import crc32

import axe_playwright_python
import pytest
from django.contrib.staticfiles import finders
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from playwright.sync_api import Browser, Page, Route, ViewportSize

from baogong.delivery import queries as delivery
from baogong.delivery.models import Parcel, Round
from baogong.delivery.services.residents import make_parcels_link
from baogong.delivery.services.rounds import plan_rounds
from baogong.delivery.services.ways import save_way_of_working
from baogong.freight import queries as freight
from baogong.freight import services as freight_
from baogong.journal.clock import house_day, mark_drill, set_clock, tell_step
from baogong.journal.queries.imports import import_run, waiting_lines
from baogong.journal.services import add_task, sign
from baogong.journal.services.imports import apply as apply_import
from baogong.kernel.actor import Duty
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.states import Reason
from baogong.needs.services import set_pack_rule
from baogong.needs.services.households import Counts, count_household
from baogong.orders.queries import shops as shops_of_quarter
from baogong.orders.queries.shop_orders import order as order_of_quarter
from baogong.orders.services.lessons import announce_lesson
from baogong.orders.services.organisers import link_organiser
from baogong.orders.services.shop_orders import link_to
from baogong.orders.services.shop_picking import pick_order
from baogong.orders.services.shops import say_approved
from baogong.people.queries.access import log_ins
from baogong.people.services import links
from baogong.people.services.parties import register_party
from baogong.places import queries as communities
from baogong.places import services as places
from baogong.release import offers
from baogong.release.models import WinnerList
from baogong.release.services import close_draw, declare_missing
from baogong.supply import queries as supply
from baogong.tower.bulletins.measures import Audience
from baogong.tower.queries import alerts
from baogong.tower.services import bulletins, close_alert, recount, rehearsals, take_alert
from baogong.tower.stories import cards
from tests.apps.crew import test_crew as crew
from tests.apps.crew.inside import Night, make_inside, make_night
from tests.apps.delivery.world import NOW as GROUND_NOW
from tests.apps.freight.world import NOW
from tests.apps.needs.test_sourcing import make_market
from tests.apps.orders.neighbourhood import AFTER as AFTER_CUT_OFF
from tests.apps.orders.neighbourhood import NOW as QUARTER_NOW
from tests.apps.orders.neighbourhood import make_neighbourhood
from tests.apps.orders.test_baskets import SHORT
from tests.apps.orders.test_chains import DOUBTFUL
from tests.apps.orders.world import NOW as BASKETS_NOW
from tests.apps.orders.world import make_world as make_baskets_world
from tests.apps.places.test_communities import NOW as PLACES_NOW
from tests.apps.places.test_communities import SQUARE
from tests.apps.release.test_draws import CLOSES as LOTS_CLOSE
from tests.apps.release.test_draws import DRAWN as LOTS_DRAWN
from tests.apps.release.test_draws import announced
from tests.apps.release.test_draws import run as run_lots
from tests.apps.release.test_draws import source as lots_source
from tests.apps.release.test_winners import as_file
from tests.apps.release.test_winners import line as sheet_line
from tests.apps.release.test_winners import read as read_list
from tests.apps.release.test_winners import second as second_signer
from tests.apps.release.world import NOW as CITY_NOW
from tests.apps.release.world import World as City
from tests.apps.release.world import make_world as make_city
from tests.apps.supply import packs
from tests.apps.supply import test_loans as loans
from tests.apps.supply import test_weighing as weighing
from tests.apps.supply.test_carriage import ask
from tests.apps.supply.world import World
from tests.apps.tower.test_replay import make_relay
from tests.cast import NOW as NIGHT
from tests.cast import log_in_as, make_cast
from tests.web.command.conftest import give, make_stage
from tests.web.command.test_pages import PAGES, address
from tests.web.donor.test_giver import given, sign_for
from tests.web.ground import make_ground, make_the_morning_busy
from tests.web.release.visitors import NUMBER, OTHER, OTHER_STILL, PERSON, code_on, press, register, resident
from tests.web.visits import form_of, make_world_in_drill, read, send, story_of, visit

SITE = "http://house.test"
AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
# Names of addresses that show no page of their own.
NO_PAGE = {
    "account:start": "leads on",
    "account:logout": "a form's target",
    "account:language": "a form's target",
    "account:clock": "a form's target",
    "account:authority": "a file",
    "stories:frames": "a file",
    "command:ship_orders": "a form's target",
    "command:waybill_numbered": "leads on",
    "clerk:apply": "a form's target",
    "clerk:next_call": "leads on",
    "command:proof_picture": "a picture",
    "station:photo": "a picture",
    "station:kept_photo": "a picture",
    "command:gift_thanks": "a form's target",
    "command:public_contact": "a form's target",
    "clerk:settle": "a form's target",
    "clerk:new_place": "a form's target",
    "clerk:left_out": "a file",
    "clerk:template": "a file",
    "command:volunteer_hours": "a file",
    "orders:xlsx": "a file",
    "orders:day_xlsx": "a file",
    "orders:trucks_xlsx": "a file",
    "orders:stations_xlsx": "a file",
    "station:list_xlsx": "a file",
    "shops:approved_xlsx": "a file",
    "shop:lessons_xlsx": "a file",
    "shop:lesson_xlsx": "a file",
    "courier:worker": "a script",
    "courier:manifest": "a file",
    **dict.fromkeys((f"courier:{name}" for name in ("pair", "sheet", "acts", "help")), "asked by the page's script"),
    "donor:card": "a picture",
    "public:bulletin_file": "a file",
    "public:bulletin_text": "a file",
    "tower:bulletin_file": "a file",
    "public:day_file": "a file",
    "public:lines_file": "a file",
    "public:needs_file": "a file",
    "public:proof_file": "a file",
    "public:stamps_file": "a file",
    "offers:forget": "a form's target",
    "offers:proof": "a file",
    "offers:draw_file": "a file",
    "offers:drawn": "a file",
    "release:settlement_file": "a file",
    "release:drill_key": "a form's target",
    "release:start": "leads on",
    "account:my_order": "leads on",
    "shop:picking_file": "a file",
    "shop:calendar": "a file",
    "shops:photo": "a picture",
}
LANGUAGES = ("zh-hans", "en")
DESK: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
ROAD = {
    *(f"carrier:{name}" for name in ("home", "ask", "trip", "vehicles", "offer")),
    *(f"driver:{name}" for name in ("home", "trip", "gate", "loss", "hand_over")),
    *(f"keeper:{name}" for name in ("home", "site", "load", "receive", "waybill", "packing_list", "note", "surpluses")),
    *(f"keeper:{name}" for name in ("goods", "count", "scan", "card", "equipment")),
}
CREW = {
    *(f"crew:{name}" for name in ("home", "call", "muster", "tonight", "assign", "stand_in", "gate", "roll", "keep")),
    "crew:couriers",
    "crew:kit",
    *(f"crew:{name}" for name in ("rules", "person", "join", "own")),
}
PLACES = {
    *(f"command:{name}" for name in ("places", "open_place", "place", "place_paper", "place_footprints")),
    "command:place_doors",
    "command:place_stations",
    "command:parcel_kinds",
    *(f"command:{name}" for name in ("zones", "zone_notice")),
}
GROUND = {
    *(
        f"station:{name}"
        for name in (
            "home",
            "board",
            "receive",
            "returns",
            "counter",
            "sealed",
            "disinfection",
            "parcel",
            "carts",
            "cart",
        )
    ),
    *(
        f"station:{name}"
        for name in ("couriers", "buildings", "run_sheet", "building_list", "call_list", "labels", "list_chat")
    ),
    *(f"station:{name}" for name in ("rounds_home", "rounds", "plan_rounds", "rounds_plan", "rounds_map", "trips")),
    *("station:compare_rounds", "command:ways", "command:way", "command:compare_ways", "command:household_link"),
    *("courier:home", "resident:parcels"),
}
RELEASE = {
    *(f"offers:{name}" for name in ("home", "offer", "step", "claim", "mine", "answer", "slip")),
    *(
        f"release:{name}"
        for name in ("office", "release", "counter", "desk", "offer", "step", "claim", "answer", "slip")
    ),
    *("release:pickup", "release:hand_over", "release:brought", "release:shop", "release:orders"),
    *("release:cities", "release:ending"),
    *("release:pickup", "release:hand_over", "release:reword", "release:settlement", "release:clusters"),
}
TOWER = {
    f"tower:{name}"
    for name in ("board", "late", "promises", "goods", "load", "map", "ground", "alerts", "alert", "watch")
}
STORIES = {"stories:gallery", "stories:theatre"}
FIRST = {"account:first"}
LOTS = {
    *(f"offers:{name}" for name in ("home", "offer", "enter", "entry", "receipt", "draw", "stage", "check", "mine")),
    "offers:right",
    *(f"release:{name}" for name in ("release", "announce", "draw", "winners", "offer", "enter", "entry", "receipt")),
    "release:right",
}
BASKETS = {
    *(f"orders:{name}" for name in ("day", "draft", "trucks", "stations", "basket", "chain", "queue", "text")),
    *(f"orders:{name}" for name in ("arrival", "households", "answers", "sheet", "chat", "day_chat", "trucks_chat")),
    "orders:stations_chat",
    "baskets:own",
}
SHOPS = {
    *(
        f"shop:{name}"
        for name in ("home", "open", "shop", "change", "open_day", "tomorrow", "day", "picking", "message", "order")
    ),
    *("shop:office", "shop:lessons", "shop:lesson", "shop:forgetting"),
    *("shop:lessons_chat", "shop:lesson_chat", "shops:approved_chat"),
    *(f"shops:{name}" for name in ("approved", "page", "find", "order")),
}
LATE = {"zh-hans": "110105194912310038", "en": "110105194912310054"}  # who comes by telephone when little is left
OFFICE = {
    *(f"command:{name}" for name in PAGES),
    *("command:gift", "public:share", "tower:rehearsals", "tower:rehearsal"),
    *(f"{room}:{name}" for room in ("tower", "public") for name in ("bulletins", "bulletin", "figure")),
}
HOUSE = {
    *(
        f"command:{name}"
        for name in (
            "offers",
            "sourcing",
            "basket",
            "funds",
            "fund",
            "move_earmark",
            "money_gift",
            "purchases",
            "purchase",
        )
    ),
    *(f"clerk:{name}" for name in ("drop", "choose", "run", "waiting")),
    "command:document",
    *(f"account:{name}" for name in ("people", "person", "webhooks", "identity", "doors", "login", "trust")),
    *(f"public:{name}" for name in ("day", "why", "needs", "check", "stamps", "proof")),
    *("keeper:gifts", "keeper:gift", "keeper:certificate", "donor:page", "donor:money"),
    *("receiver:thanks", "receiver:still_needed"),
    *(f"command:{name}" for name in ("packs", "write_kit", "kit", "packing_run", "run_origins", "packs_by_need")),
    *("keeper:packing", "keeper:packing_run", "keeper:scales", "keeper:loans"),
    *("command:weighing", "command:loans", "command:loan_unit", "command:volunteers", "keeper:volunteers"),
    *("clerk:calls", "clerk:call", "command:carriage", "command:carriage_request", "donor:ask"),
    *(f"command:{name}" for name in ("doubles", "houses", "uses", "communities", "community", "community_households")),
}


@dataclass
class Look:
    """One browser window; `client` is who sits before it, `shown` the page before them, `beside` what its script reads."""

    page: Page
    is_whole: bool
    complaints: list[str]
    seen: set[str]
    beside: dict[str, bytes] = field(default_factory=dict)

    def at(self, who: str, *paths: str) -> None:
        """Each page in its languages; what axe finds is kept, so that one page does not hide the next."""
        for language in LANGUAGES:
            spoken = [path for path in paths if self.is_whole or language_of(path) == language]
            if spoken:
                client = visit(who, language) if who else Client()
                client.cookies["baogong_language"] = language
                self._look(client, *spoken)

    def with_client(self, client: Client, *paths: str) -> None:
        """The same in the one language that this browser speaks; a page not seen before in any case."""
        language = client.cookies["baogong_language"].value
        for path in paths:
            if (
                self.is_whole
                or language_of(path) == language
                or resolve(urlsplit(path).path).view_name not in self.seen
            ):
                self._look(client, path)

    def _look(self, client: Client, *paths: str) -> None:
        self.client, language = client, client.cookies["baogong_language"].value
        with_colours = not self.is_whole or language == LANGUAGES[0]  # they are the same in both
        for path in paths:
            got = client.get(path)
            assert got.status_code == 200, f"{path}: {got.status_code}"
            self.shown = got.content
            self.page.goto(SITE + path, wait_until="networkidle" if self.beside else "load")
            self.seen.add(resolve(urlsplit(path).path).view_name)
            self.check(f"{path} {language}", contrast=with_colours)
            self.fit(f"{path} {language}")

    def check(self, where: str, *, contrast: bool = True) -> None:
        found = self.page.evaluate(
            "contrast => axe.run(document, {resultTypes: ['violations'], rules: {'color-contrast': {enabled: contrast}},"
            " runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']}})",
            contrast,
        )
        for broken in found["violations"]:
            if broken["impact"] not in ("serious", "critical"):
                continue
            nodes = [
                node["html"][:200] + " ← " + node["failureSummary"].replace("\n", " ")[:200]
                for node in broken["nodes"][:2]
            ]
            self.complaints.append(f"{where}: {broken['impact']} {broken['id']} ({len(broken['nodes'])}×) {nodes}")

    def fit(self, where: str) -> None:
        """The page as it stands, made as narrow as a phone: nothing is pushed out of it sideways."""
        self.page.set_viewport_size(PHONE)
        wide = self.page.evaluate(
            "() => {const room = document.documentElement.clientWidth;"
            " if (document.documentElement.scrollWidth <= room) return null;"
            " const out = [...document.querySelectorAll('main *, header *, footer *')]"
            "  .filter(each => each.getBoundingClientRect().right > room + 1 && !each.closest('.scroll'));"
            " return [document.documentElement.scrollWidth - room, out.slice(-2).map(each => each.outerHTML.slice(0, 160))]}"
        )
        if wide is not None:
            self.complaints.append(f"{where}: {wide[0]} px too wide for a phone: {wide[1]}")
        self.page.set_viewport_size(DESK)

    def answer(self, route: Route) -> None:
        """In a greenlet of the browser's own, on another connection: nothing here may ask the book."""
        address = urlsplit(route.request.url)
        if address.path.startswith("/static/"):
            file = finders.find(address.path.removeprefix("/static/"))
            assert isinstance(file, str), address.path
            route.fulfill(path=file, content_type=mimetypes.guess_type(file)[0] or "")
            return
        if address.path in self.beside:
            route.fulfill(content_type="application/json", body=self.beside[address.path])
        elif route.request.is_navigation_request():
            route.fulfill(content_type="text/html; charset=utf-8", body=self.shown)
        else:
            route.fulfill(status=204)


def language_of(path: str) -> str:
    """The one a page is looked at in, where it is one."""
    return LANGUAGES[crc32(resolve(urlsplit(path).path).view_name.encode()) % 2]


@pytest.fixture
def look(chromium: Browser, db: None, settings: Any, is_whole: bool) -> Iterator[Look]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    context = chromium.new_context(viewport=DESK, reduced_motion="reduce")
    context.add_init_script(path=AXE)
    looking = Look(context.new_page(), is_whole, [], set())
    context.route("**/*", looking.answer)
    yield looking
    context.close()
    assert not looking.complaints, "\n".join(looking.complaints)


def test_a_page_that_cannot_be_read_aloud_is_found(look: Look) -> None:
    look.page.goto("about:blank")
    look.page.set_content("<p style='color: #ccc'>pale</p><input><img src='data:,'>")
    look.check("a bad page")
    found, look.complaints = "\n".join(look.complaints), []
    for rule in ("color-contrast", "label", "image-alt", "html-has-lang"):
        assert f" {rule} (" in found


def test_a_page_too_wide_for_a_phone_is_found(look: Look) -> None:
    look.page.goto("about:blank")
    look.page.set_content(f"<main><p>{'f' * 200}</p></main>")
    look.fit("a wide page")
    look.page.set_content("<main><p>short</p></main>")
    look.fit("a slim page")
    found, look.complaints = look.complaints, []
    assert len(found) == 1
    assert "a wide page: " in found[0]


@pytest.mark.sampled
def test_pages_of_the_road(look: Look) -> None:
    """Loading, driving, receiving, handing over, each while it is somebody's turn."""
    world = make_world_in_drill()
    world.allot("langfang masks", world.hospital, 600)
    world.allot("langfang suits", world.hospital, 150)
    plan = world.plan()
    world.approve(plan)
    (offer, *_) = freight_.ask_carriers(plan=plan, code="4711", actor=world.lin, now=NOW)
    look.at("", f"/carrier/offer/{offer.token}/")
    world.agree(plan)
    story = story_of(world)
    first, second = story.first, story.second
    (ask,) = [ask.id for ask in freight.asks(carrier=world.haulier)]
    look.at("fang", f"/site/load/{first.id}/", f"/site/{world.langfang}/goods/", f"/site/{world.langfang}/count/")
    look.at("fang", f"/site/{world.langfang}/scan/?code=95012346", f"/site/{world.langfang}/card/{world.masks}/")
    look.at("dispatcher", "/carrier/", f"/carrier/asks/{ask}/", f"/carrier/trips/{first.trip}/", "/carrier/vehicles/")
    story.arrive_at_hub()
    log_in_as("Two", [(Duty.KEEPER, world.hub), (Duty.KEEPER, world.langfang)], NOW)
    look.at("two", "/site/")
    look.at("bao", f"/site/{world.hub}/", f"/site/receive/{first.id}/", "/site/surpluses/")
    freight_.receive(waybill=first.id, actor=world.bao, now=first.planned_arrive_at, request_id=new_id())
    story.at(world.bring(second))
    look.at("tao", "/drive/", *(f"/drive/{second.id}/{step}" for step in ("", "gate/", "loss/", "hand-over/")))
    paper = f"/site/paper/{first.number}/"
    look.at("bao", paper, f"{paper}packing/", f"{paper}note/", f"/site/{world.hub}/equipment/")
    assert look.seen == ROAD


@pytest.mark.sampled
def test_pages_of_the_ground(look: Look) -> None:
    """A station on a busy morning: something contested, something tried in vain, a cart, a household's own page."""
    ground = make_ground()
    world = ground.world
    trip = make_the_morning_busy(ground)
    log_in_as("Two", [(Duty.KEEPER, world.inner), (Duty.KEEPER, world.outer)], GROUND_NOW)
    look.at("two", "/station/")
    pages = (
        "",
        "receive/",
        f"receive/?sorted={ground.shelved[1]}",
        "returns/",
        "disinfection/",
        "carts/",
        "couriers/",
        "counter/",
        "sealed/",
    )
    papers = (f"round/{ground.mei}", f"buildings/{world.east}", f"calls/{world.east}", "labels")
    here = f"/station/{world.inner}/"
    look.at("bao", *(here + page for page in pages), f"{here}buildings/{world.east}/", f"{here}carts/{trip}/")
    look.at("bao", f"{here}parcel/?code={ground.medicine}", *(f"{here}paper/{paper}/" for paper in papers))
    look.at("bao", f"{here}list/calls/{world.east}/message/")
    look.at("fang", f"/station/{world.outer}/carts/{trip}/")
    world.here(6)
    plan = plan_rounds(
        station=world.inner, from_at=GROUND_NOW, until_at=GROUND_NOW + timedelta(hours=8), actor=world.lin,
        now=GROUND_NOW, request_id=new_id(),
    )  # fmt: skip
    rounds = f"/station/rounds/{plan}/"
    look.at("bao", f"{here}rounds/", f"{here}rounds/plan/", rounds, f"{rounds}map/{world.east}/")
    look.at("lin", "/station/rounds/", f"/station/rounds/compare/?a={plan}&b={plan}")
    world.receive(world.expect(3, at=world.outer), at=world.outer)
    asked = "cart=三轮 1&kg=200&pieces=40&from_at=2022-04-13T09:00&until_at=2022-04-13T16:00"
    look.at("fang", f"/station/{world.outer}/trips/?{asked}")
    way = save_way_of_working(name="酒仙桥模式", community=world.east, actor=world.lin, now=GROUND_NOW)
    ways = "/command/places/ways/"
    look.at("lin", ways, f"{ways}{way}/", f"{ways}compare/?a={way}&b=now:{world.west}")
    look.at("lin", f"/command/places/{world.east}/link/?code={ground.shelved[0]}")
    token = make_parcels_link(
        subject=delivery.parcel(ground.shelved[0]).door or world.east, code="4711", actor=world.lin, now=GROUND_NOW
    )
    look.at("", f"/receiver/parcels/{token}/", "/courier/")
    assert look.seen == GROUND


@pytest.mark.sampled
def test_pages_of_the_tower(look: Look) -> None:
    """A round that should be back, a task past its time, a courier beyond a day's work, parcels whose promise is near."""
    ground = make_ground()
    at = GROUND_NOW + timedelta(hours=4)
    set_clock(at)
    Round.objects.update(state=Round.State.STARTED, work_s=9 * 3600)
    Parcel.objects.update(due_until_at=at)
    add_task(title="问 · ask", duty=Duty.COMMAND, due_at=GROUND_NOW, actor=ground.world.lin, now=GROUND_NOW, request_id=new_id())  # fmt: skip
    recount(now=at)
    (first, second, *_more) = alerts()
    take_alert(alert=first.id, actor=ground.world.lin, now=at)
    close_alert(alert=second.id, why="看过了", actor=ground.world.lin, now=at)
    pages = ("", "late/", "promises/", "goods/", "load/", "map/", "ground/", "alerts/", "watch/")
    look.at("lin", *(f"/tower/{page}" for page in pages), f"/tower/alerts/{first.id}/", f"/tower/alerts/{second.id}/")
    assert look.seen == TOWER


@pytest.mark.sampled
def test_pages_of_the_stories(look: Look) -> None:
    """Told in a drill, with and without a story in its book."""
    make_relay()
    look.at("lin", "/stories/theatre/?from_at=2031-01-01T00:00")
    tell_step(number=1, at=NOW, title="夜里发车 · through the night")
    mark_drill(name=cards()[0].title_en, at=NOW)
    look.beside["/stories/theatre/frames.json"] = visit("lin").get("/stories/theatre/frames.json").content
    look.at("lin", "/stories/theatre/")
    assert look.page.locator("[data-check].good").is_visible(), "with what its script shows"
    look.at("", "/stories/")
    assert look.seen == STORIES


def test_the_first_page_of_an_empty_house(look: Look) -> None:
    mark_drill(name="empty", at=NOW)
    look.at("", f"/first/{links.first_administrator_link(now=NOW)}/")
    assert look.seen == FIRST


@pytest.mark.sampled
def test_pages_of_the_office(look: Look) -> None:
    world = make_world_in_drill()
    log_in_as("Zhen", [(Duty.ADMIN, None)], NOW)
    stage = make_stage(world)
    give(world)
    (gift,) = supply.gifts(giver=world.team)
    night: dict[str, Any] = {
        "from_at": NOW,
        "until_at": NOW + timedelta(days=9),
        "runs_count": 20,
        "actor": world.lin,
        "now": NOW,
    }
    played, waits = (rehearsals.ask(**night, is_for_worker=False, request_id=new_id()) for _ in range(2))
    rehearsals.play(rehearsal=played, now=lambda: NOW, workers=1)
    of: dict[str, Any] = {"day": house_day(NOW), "actor": world.lin, "now": NOW}
    day, out = (bulletins.draw(audience=each, request_id=new_id(), **of) for each in reversed(Audience))
    bulletins.publish(bulletin=out, alone=True, actor=world.lin, now=NOW, request_id=new_id())
    look.at(
        "lin",
        *("/tower/bulletins/", f"/tower/bulletins/{day}/", f"/tower/bulletins/{day}/figures/1/"),
        *("/book/bulletins/", f"/book/bulletins/{out}/", f"/book/bulletins/{out}/figures/1/"),
        *("/tower/rehearsals/", f"/tower/rehearsals/{played}/", f"/tower/rehearsals/{waits}/"),
        *(address(name, stage) for name in PAGES),
        f"/command/shares/compare/?a={stage.share}&b={stage.later_share}",
        f"/command/convoys/{stage.replan}/",
        f"/command/shares/{stage.later_share}/",
        f"/command/gifts/{gift.id}/",
    )
    look.at("mei", f"/command/shares/{stage.later_share}/", f"/command/convoys/{stage.replan}/")
    look.at("", f"/book/shares/{stage.share}/")
    assert look.seen == OFFICE


@pytest.mark.sampled
def test_pages_of_the_house_its_givers_and_everyone(look: Look) -> None:
    mark_drill(name="market", at=NOW)
    market = make_market()
    house = market.purses.world
    log_in_as("Zhen", [(Duty.ADMIN, None)], NOW)
    sign_for(house, given(house, house.alumni, "goggles", 400), 100, "周护士长")
    (gift,) = supply.gifts(giver=house.alumni)
    market.need(market.purses.union, 1_500)
    basket = market.plan()
    ledger.stamp_days(now=NOW, today_too=True)
    look.at(
        "lin",
        "/command/offers/",
        "/command/sourcing/",
        f"/command/sourcing/{basket}/",
    )
    market.approve(basket)
    look.at("mei", f"/command/sourcing/{basket}/")
    fund = supply.fund(market.tight)
    (bought, *_) = supply.purchases()
    own = (f"gifts/{fund.gift}/", f"funds/{fund.id}/", f"funds/{fund.id}/move/", f"purchases/{bought.id}/")
    money = ("", "purchases/", *own)
    look.at("lin", *(f"/command/money/{page}" for page in money))
    trust = [f"/command/needs/{name}/" for name in ("asked-twice", "one-house", "assumptions", "communities")]
    community = register_party(kind="ORGANISATION", name="幸福里社区", city="武汉", now=NOW)
    count_household(community=community, code="3-2-501", counts=Counts(adults=2, old=1), actor=house.cast.wu, now=NOW)
    log_in_as("Ning", [(Duty.CLERK, community)], NOW)
    look.at("lin", *trust, f"{trust[-1]}{community}/")
    look.at("ning", f"{trust[-1]}{community}/households/")
    look.at("wu", "/lists/calls/", f"/lists/calls/{market.purses.union}/")

    asked = ask(house)
    look.at("lin", "/command/carriage/", f"/command/carriage/{asked}/")

    look_at_packs(look, house, community)

    wu = visit("wu")
    rows = (
        "仓库,物资名称,数量,单位,盘点时间\n廊坊仓,医用外科口罩,3000,只,2020-01-22\n廊坊仓库,护目镜,20,只,2020-01-22\n"
    )
    run = wu.post("/lists/", {"file": SimpleUploadedFile("stock.csv", rows.encode()), "kind": "stock"}).headers[
        "Location"
    ]
    look.at("wu", "/lists/", run, f"/lists/choose/?run={run.split('/')[-2]}")
    wu.post(f"{run}apply/", {"request_id": new_id()})
    assert waiting_lines()
    look.at("wu", run, "/lists/waiting/")
    look.at("lin", f"/command/documents/{import_run(UUID(run.split('/')[-2])).document}/")
    look.at(
        "bao",
        f"/site/{house.cast.hub}/gifts/",
        f"/site/{house.cast.hub}/gifts/{gift.id}/",
        f"/site/paper/gift/{gift.id}/",
    )

    someone = next(login.id for login in log_ins(now=NOW) if login.username == "wu")
    look.at("zhen", "/people/", f"/people/{someone}/", "/webhooks/", "/identity/", "/doors/")
    look.at("wu", "/identity/")
    look.at(
        "",
        f"/giver/{link('GIVER', house.alumni, house)}/",
        f"/giver/{link('GIVER', house.alumni, house)}/money/",
        f"/giver/{link('GIVER', house.alumni, house)}/ask/",
        f"/receiver/thanks/{link('THANKS', house.cast.hospital, house)}/",
        f"/receiver/needs/{link('RENEW_NEED', market.purses.union, house)}/",
    )
    (handed, *_) = book.movements(reasons=[Reason.HANDOVER])
    public = ("", "why/", "needs/", "check/", "stamps/", f"proof/{handed.id}/")
    look.at("", "/log-in/", "/trust/", *(f"/book/{page}" for page in public))
    assert look.seen == HOUSE


@pytest.mark.sampled
def test_pages_of_the_crew(look: Look) -> None:
    """Signing up, the list, the night with somebody lapsed, the gate that refuses, the roll."""
    mark_drill(name="crew", at=NIGHT)
    night = make_night(make_inside())
    set_clock(NIGHT)
    look.at("lin", "/crew/", f"/crew/calls/{night.call}/")
    look.at("", f"/crew/join/{night.call_token}/", f"/crew/me/{night.own_token}/")
    set_clock(Night.NOW)
    here = f"/crew/{night.inside.place}/"
    look.at("lin", f"{here}rules/", f"{here}people/{night.zhao}/", f"/crew/calls/{night.call}/muster/")
    look.at(
        "gao", here, *(f"{here}{page}/" for page in ("assign", "roll", "keep", "kit", f"stand-in/{night.assignment}"))
    )
    look.at("gao", f"{here}couriers/")
    look.at("gao", f"{here}gate/?seen={night.entry}")
    assert look.seen == CREW


@pytest.mark.sampled
def test_pages_of_communities_and_zones(look: Look) -> None:
    """One community drawn and one laid out; a notice of which one name is in doubt."""
    mark_drill(name="places", at=PLACES_NOW)
    cast = make_cast()
    by_wu: dict[str, Any] = {"actor": cast.wu, "now": PLACES_NOW}
    community = places.open_community(name="高家园小区", street="高家园路", lat=39.97, lon=116.49, **by_wu)
    given = [places.BuildingGiven(str(n), units=(places.UnitGiven("1", 12),)) for n in range(1, 13)]
    places.add_buildings(community=community, buildings=[*given, places.BuildingGiven("13", footprint=SQUARE)], **by_wu)
    places.set_gate(community=community, name="南门", lat=39.97, lon=116.489, **by_wu)
    unit = communities.community_plan(community, PLACES_NOW).buildings[0].units[0]
    said = {"text": "封控区\n高家园小区3号、高家圆小区\n管控区\n高家园小区7-9号楼", "issuer": "上海市", "title": "名单"}
    sent = said | {"published_at": "2022-04-12T08:00", "state": "", "act": "keep"}
    visit("lin").post("/command/places/zones/", sent)
    (kept,) = (row.id for row in communities.notices())
    here = f"/command/places/{community}/"
    places.set_shelf(community=community, name="一号架", units=[unit.id], **by_wu)
    door = places.DoorGiven(unit.id, "301", takes_at_door=True, why="独居老人", note="敲门大声")
    places.set_doors(community=community, doors=[door], **by_wu)
    look.at(
        "lin", "/command/places/", "/command/places/open/", here, f"{here}paper/", f"{here}footprints/", f"{here}doors/"
    )
    look.at("lin", f"{here}stations/", "/command/places/kinds/")
    look.at("lin", "/command/places/zones/", f"/command/places/zones/{kept}/")
    assert look.seen == PLACES


@pytest.mark.sampled
def test_pages_of_baskets(look: Look) -> None:
    """A chain with doubtful lines, pasted twice; a basket that came short, was shared out and handed over."""
    mark_drill(name="the neighbourhood", at=BASKETS_NOW)
    here = make_baskets_world()
    doubtful = here.open()
    here.paste(doubtful, DOUBTFUL)
    first = f"/orders/baskets/{doubtful}/"
    look.at("Wu", "/orders/baskets/?on=2022-04-27", "/orders/baskets/new/", first, f"{first}chain/", f"{first}queue/")
    look.at("Wu", f"{first}text/1/", f"{first}chat/menu/")
    look.at("Lin", "/orders/baskets/trucks/?on=2022-04-27", "/orders/baskets/stations/", "/orders/baskets/")
    look.at("Lin", "/orders/baskets/trucks/chat/?on=2022-04-27", "/orders/baskets/stations/chat/")
    token = link_organiser(basket=doubtful, code="1", actor=here.wu, now=BASKETS_NOW)
    look.at("", f"/baskets/{token}/")
    short = here.ordered(SHORT)
    second = f"/orders/baskets/{short}/"
    look.at("Wu", second, f"{second}chat/total/")
    here.check_in(short, ("A", 5, 0))
    set_clock(BASKETS_NOW + timedelta(hours=24))
    look.at("Bao", second, f"{second}arrival/")
    here.share(short)
    look.at("Wu", "/orders/baskets/?on=2022-04-27", "/orders/baskets/day/chat/baskets/?on=2022-04-27")
    here.hand_over(short)
    look.at("Wu", second)
    look.at("Bao", *(f"{second}{page}" for page in ("", "households/", "answers/", "print/", "chat/answers/")))
    assert look.seen == BASKETS


@pytest.mark.sampled
def test_pages_of_shops(look: Look) -> None:
    """A day with more promised than its riders bring, picked and short; a neighbour's own page; a lesson."""
    mark_drill(name="the quarter", at=QUARTER_NOW)
    here = make_neighbourhood(make_cast())
    day = here.open_day({"蔬菜包": 500, "肉蛋包": 9}, slots=(200, 200, 200), riders=1)
    orders = [here.place(day, {"蔬菜包": 2}, at=at, instead={"蔬菜包": "肉蛋包"}) for at in range(2)]
    lesson = announce_lesson(
        office=here.office, title="开店第一课", teacher="林老师", where="直播间 8", from_at=QUARTER_NOW + timedelta(hours=1),
        until_at=QUARTER_NOW + timedelta(hours=2), actor=here.cast.lin, now=QUARTER_NOW, request_id=new_id(),
    )  # fmt: skip
    say_approved(
        shop=here.shop, is_approved=True, why="执照已核", actor=here.cast.wu, now=QUARTER_NOW, request_id=new_id()
    )
    code = shops_of_quarter.shop(here.shop).code
    token = link_to(order=orders[0], now=QUARTER_NOW)
    look.at("", "/shops/", "/shops/approved/message/", f"/shops/{code}/", "/shops/find/", f"/shops/order/{token}/")
    look.at(
        "Chen", "/shop/", "/shop/open/", *(f"/shop/{here.shop}/{page}" for page in ("", "page/", "day/", "tomorrow/"))
    )
    set_clock(AFTER_CUT_OFF)
    line = order_of_quarter(orders[0]).lines[0].id
    pick_order(order=orders[0], got={line: 1}, actor=here.chen, now=AFTER_CUT_OFF, request_id=new_id())
    look.at("", f"/shops/{code}/", f"/shops/order/{token}/")
    look.at("Chen", "/shop/lessons/", *(f"/shop/days/{day}/{page}" for page in ("", "picking/", "message/")))
    look.at("Chen", *(f"/shop/orders/{one}/" for one in orders))
    look.at("Wu", "/shop/", "/shop/office/", "/shop/lessons/", f"/shop/lessons/{lesson}/")
    look.at("Wu", "/shop/lessons/message/", f"/shop/lessons/{lesson}/message/")
    log_in_as("Ada", [(Duty.ADMIN, None)], QUARTER_NOW)
    look.at("Ada", "/shop/forgetting/")
    assert look.seen == SHOPS


@pytest.mark.sampled
def test_pages_of_a_release(look: Look) -> None:
    """An offer before its opening, open, exhausted; a resident at each step, then at each answer."""
    mark_drill(name="the city", at=CITY_NOW)
    world = make_city(make_cast())
    tranche = world.tranche(25, standby_max=5, shuffle_s=0, eligibility={"regions": ["511602", "511603"]})
    coming = world.tranche(10, code="later", opens="18:00", shuffle_s=60)
    appointed = world.tranche(10, code="booked", mode="APPOINTMENT", slots=["14:00", "15:00"], fulfilment="PICKUP")
    clients = {language: resident(language) for language in LANGUAGES}
    for client, number in zip(clients.values(), (NUMBER, OTHER), strict=True):
        look.with_client(client, "/offers/", f"/offers/{coming}/", *(f"/offers/{tranche}/step/{n}/" for n in (1,)))
        register(client, tranche, number=number, region="511602")
        look.with_client(
            client, "/offers/", f"/offers/{tranche}/", *(f"/offers/{tranche}/step/{n}/" for n in (1, 2, 3))
        )
        look.with_client(client, *(f"/offers/{one}/claim/" for one in (tranche, coming, appointed)))
        got, _page = press(client, tranche)
        refused, _page = press(client, tranche)
        look.with_client(client, "/offers/mine/", *(f"/offers/mine/{one}/" for one in (got, refused)))
        look.with_client(client, f"/offers/mine/{got}/slip/")
    late = resident("en")
    register(late, tranche, number=OTHER_STILL, region="511602")
    standing, _page = press(late, tranche)
    look.with_client(late, f"/offers/mine/{standing}/")
    look.at(
        "lin of 广安",
        "/release/office/",
        *(f"/release/office/{offers.offer(tranche).release}/{page}" for page in ("", "counter/")),
        *("/release/brought/", "/release/shop/", f"/release/shop/{tranche}/"),
    )
    draft = world.release(is_open=False, code="draft")
    look.at("lin of 广安", f"/release/office/{draft}/rule/")
    here = f"/release/office/{offers.offer(tranche).release}/"
    look.at("lin of 广安", f"{here}settlement/", f"{here}clusters/?least=2")
    look_at_desk(look, tranche)
    log_in_as("Ada", [(Duty.ADMIN, None)], CITY_NOW)
    look.at("Ada", "/release/ending/", f"/release/ending/{world.office}/")
    assert look.seen == RELEASE


def look_at_a_right(look: Look, world: City, tranche: UUID) -> None:
    """Chosen by another office: found, not found, and ordered."""
    row = sheet_line(1, 投放代号="elsewhere", 证件号码=NUMBER, 手机号=PERSON["phone"], 签署人数=1, 签署数量=5)
    run = read_list(world, "winners", as_file([row]))
    apply_import(run=run.id, actor=world.wu, now=CITY_NOW)
    sign(document=WinnerList.objects.get().document, actor=second_signer(world), now=CITY_NOW)
    for number in (OTHER, NUMBER):
        for language in LANGUAGES:
            client = resident(language)
            register(client, tranche, number=number)
            look.with_client(client, f"/offers/{tranche}/", "/offers/mine/", f"/offers/{tranche}/right/")
            look_at_a_right_for_somebody(look, tranche, LATE[language] if number == OTHER else number, language)


def look_at_a_right_for_somebody(look: Look, tranche: UUID, number: str, language: str) -> None:
    """At the counter, where the document is seen, and on the telephone."""
    here = f"/release/desk/{tranche}/"
    for channel in ("CLERK", "PHONE"):
        clerk = visit("wu of 广安", language)
        send(clerk, here, {"channel": channel})
        register(clerk, tranche, base=here, number=number)
        look.with_client(clerk, here, f"{here}right/")


@pytest.mark.sampled
def test_pages_of_a_draw(look: Look) -> None:
    """
    Before it is announced, entered by a resident and by a clerk, closed, its source declared missing, drawn; another
    office's lists.
    """
    mark_drill(name="the city", at=CITY_NOW)
    world = make_city(make_cast())
    lots = world.release(mode="DRAW", standby_max=1, quotas=[], fulfilment="PICKUP", code="lots")
    tranche, announced_not = world.put_out(lots, 5), world.put_out(lots, 5)
    elsewhere = world.release(mode="IMPORTED", code="elsewhere")
    chosen = world.put_out(elsewhere, 5)
    look_at_a_right(look, world, chosen)
    here = f"/offers/{tranche}/"
    look.at("lin of 广安", f"/release/office/tranches/{announced_not}/draw/")
    draw = announced(world, tranche, fallback=lots_source(LOTS_DRAWN + timedelta(hours=1)))
    shown = [f"/offers/draws/{draw}/{page}" for page in ("", "stage/", "check/")]
    people = {}
    for language, number in zip(LANGUAGES, (NUMBER, OTHER), strict=True):
        client = people[language] = resident(language)
        look.with_client(client, "/offers/", here)
        register(client, tranche, number=number)
        look.with_client(client, f"{here}enter/")
        send(client, f"{here}enter/", form_of(read(client, f"{here}enter/")))
        clerk = visit("wu of 广安", language)
        send(clerk, f"/release/desk/{tranche}/", {"channel": "PHONE"})
        register(clerk, tranche, base=f"/release/desk/{tranche}/", number=LATE[language])
        look.with_client(clerk, f"/release/desk/{tranche}/", f"/release/desk/{tranche}/enter/")
        send(clerk, f"/release/desk/{tranche}/enter/", form_of(read(clerk, f"/release/desk/{tranche}/enter/")))
        entry = own_entry(clerk)
        look.with_client(clerk, f"/release/desk/entries/{entry}/", f"/release/desk/entries/{entry}/receipt/")
    office = (f"/release/office/{lots}/", f"/release/office/draws/{draw}/", f"/release/office/{elsewhere}/winners/")
    look.at("lin of 广安", *office)
    set_clock(LOTS_CLOSE)
    close_draw(draw=draw, actor=world.lin, now=LOTS_CLOSE)
    look.at("lin of 广安", f"/release/office/draws/{draw}/")
    look.at("", *shown)
    set_clock(LOTS_DRAWN)
    look.at("lin of 广安", f"/release/office/draws/{draw}/")
    declare_missing(draw=draw, actor=world.lin, now=LOTS_DRAWN)
    look.at("lin of 广安", f"/release/office/draws/{draw}/")
    look.at("", *shown)
    for client in people.values():
        look.with_client(client, f"/offers/entries/{own_entry(client)}/")
    run_lots(world, draw)
    look.at("lin of 广安", f"/release/office/draws/{draw}/")
    look.at("", *shown)
    for client in people.values():
        entry = own_entry(client)
        look.with_client(client, "/offers/mine/", f"/offers/entries/{entry}/", f"/offers/entries/{entry}/receipt/")
    assert look.seen == LOTS


def own_entry(client: Client) -> UUID:
    """The one entry that this browser has made."""
    (entry,) = client.session["claims"]
    return UUID(entry)


def look_at_desk(look: Look, tranche: UUID) -> None:
    """A clerk with somebody on the telephone, then the same person's claim at the pickup desk."""
    for language in LANGUAGES:
        clerk = visit("wu of 广安", language)
        look.with_client(clerk, "/release/desk/", f"/release/desk/{tranche}/")
        send(clerk, f"/release/desk/{tranche}/", {"channel": "PHONE"})
        here = f"/release/desk/{tranche}/"
        look.with_client(clerk, f"{here}step/1/")
        register(clerk, tranche, base=here, number=LATE[language], region="511602")
        look.with_client(clerk, f"{here}step/2/", f"{here}step/3/", f"{here}claim/")
        claim, page = press(clerk, tranche, base=here)
        look.with_client(
            clerk, f"/release/desk/claims/{claim}/", f"/release/desk/claims/{claim}/slip/", "/release/pickup/"
        )
        send(clerk, "/release/pickup/", {"code": code_on(page), "last_four": LATE[language][-4:]})
        look.with_client(clerk, f"/release/pickup/{claim}/")


def look_at_packs(look: Look, house: World, community: UUID) -> None:
    packs.give(house, "potato", 30_000)
    packs.give(house, "carrot", 14_000)
    kit = packs.vegetable_kit(house)
    run = packs.run_of(house, 10, kit)
    packs.tally(house, run, 4)
    packs.throw_away(house, run, "carrot", 200)
    set_pack_rule(kit="vegetable-pack-5kg", group="OLD", actor=house.cast.lin, now=NOW)
    hub = house.cast.hub
    look.at("lin", *(f"/command/packs/{page}" for page in ("", "write/", "by-need/", f"runs/{run}/origins/")))
    look.at("lin", f"/command/packs/runs/{run}/", f"/command/packs/kits/{kit}/?site={hub}&packs=9")
    weighing.state(house, [weighing.truck(house)])
    (unit, _other) = loans.take_in(house, "PC-001", "PC-002")
    loans.lend(house, [unit])
    look.at("lin", *(f"/command/packs/{page}/" for page in ("weighing", "loans", f"loans/{unit}")))
    crew.on(house, crew.volunteer(), 2, 10)
    crew.on(house, crew.volunteer("王志愿"), 20, start_at=NOW)
    look.at("lin", "/command/packs/volunteers/")
    look.at("bao", *(f"/site/{hub}/{page}/" for page in ("scales", "loans", "volunteers")))
    look.at("bao", f"/site/{hub}/packing/?kit={kit}&packs=9", f"/site/{hub}/packing/{run}/")


def link(purpose: str, party: UUID, house: World) -> str:
    return links.make_link(
        purpose=purpose,
        subject=party,
        party=party,
        code="20200126",
        expires_at=NOW + timedelta(days=1),
        actor=house.cast.lin,
        now=NOW,
    )


def test_no_page_is_forgotten() -> None:
    """A new page: look at it in one of the books above, and name it there."""
    assert (
        all_pages()
        - ROAD
        - OFFICE
        - HOUSE
        - CREW
        - PLACES
        - GROUND
        - RELEASE
        - LOTS
        - BASKETS
        - SHOPS
        - TOWER
        - STORIES
        - FIRST
        == set(NO_PAGE)
    )


def all_pages() -> set[str]:
    def walk(resolver: URLResolver, space: str = "") -> Iterator[str]:
        for each in resolver.url_patterns:
            if isinstance(each, URLPattern):
                yield space + str(each.name)
            else:
                yield from walk(each, f"{space}{each.namespace}:" if each.namespace else space)

    return {name for name in walk(get_resolver()) if not name.startswith("api-v1:")}
