"""
The courier's page in a stairwell: over HTTPS on a name that is not localhost, phone-sized, the network cut.

The house's own authority made the certificate; Chromium trusts its key and no other.
"""

from __future__ import annotations

import base64
import json
import re
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
import segno
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import transaction
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from baogong.config import tls
from baogong.config.home import Home
from baogong.config.tls import Certificate, local_certificate
from baogong.delivery import queries as delivery
from baogong.delivery.models import Calling, Device, Parcel, ParcelAct, SyncedAct, Visit, VisitParcel
from baogong.delivery.services import devices, sync
from baogong.delivery.services.pairings import pair
from baogong.delivery.services.sync import Act
from baogong.journal.models import Event, Evidence
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger.states import Reason
from baogong.web.courier import views
from tests.apps.delivery.world import HOUR, MINUTE, NOW, make_fit
from tests.browser.conftest import PHONE, QUIET, Screen, chromium_path
from tests.cast import log_in_as
from tests.web.ground import PHONE as NUMBER
from tests.web.ground import Ground, load, make_ground
from tests.web.ground import expect as expected

NAME = "baogong-house.local"
LANGUAGES = ("zh-hans", pytest.param("en", marks=pytest.mark.long))
ENGLISH_FIRST = ("en", pytest.param("zh-hans", marks=pytest.mark.long))
NARROW = 360  # pixels: the narrowest telephones in use
AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
Hand = Callable[..., "Telephone"]
WORDS = {
    "zh-hans": {
        "seen": "我看到被取走",
        "signed": "签字收下",
        "left": "放在门口",
        "failed": "没有送成",
        "nobody": "没有人应",
    },
    "en": {
        "seen": "I see it taken",
        "signed": "They sign for it",
        "left": "Left at the door",
        "failed": "It did not work",
        "nobody": "Nobody came",
    },
}
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAIAAAACUFjqAAAAEklEQVR4nGP8z4APMOGVHbHSAEEsAROxCnMTAAAAAElFTkSuQmCC"
)


def until(page: Page, expression: str) -> None:
    """Waits until it is true. Asked again from here: the page lets no script evaluate strings, so it cannot ask itself."""
    for _ in range(100):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(200)
    raise AssertionError(expression)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tls, "_local_names", lambda: [NAME])
        return local_certificate(Home(tmp_path_factory.mktemp("house") / "book").make(), datetime.now(UTC))


@pytest.fixture
def secure_site(fresh_book: str, settings: Any, certificate: Certificate) -> Iterator[str]:
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.servers.basehttp import ThreadedWSGIServer
    from django.test.testcases import LiveServerThread, QuietWSGIRequestHandler

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate, certificate.key)

    class SecureServer(ThreadedWSGIServer):
        def server_bind(self) -> None:
            # The greeting happens in each connection's own thread: one that says nothing keeps nobody waiting.
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
            super().server_bind()
            self.base_environ["HTTPS"] = "on"

    class SecureThread(LiveServerThread):
        def _create_server(self, connections_override: Any = None) -> ThreadedWSGIServer:
            return SecureServer((self.host, self.port), QuietWSGIRequestHandler, allow_reuse_address=False)

    settings.ALLOWED_HOSTS = [NAME]
    server = SecureThread("127.0.0.1", StaticFilesHandler)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    assert server.error is None
    yield f"https://{NAME}:{server.port}"
    server.terminate()


class Telephone(Screen):
    """A courier's, with the network on or cut."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        super().__init__(context.new_page(), base)
        self.context = context
        self.stop = ""

    def open(self, address: str = "") -> None:
        self.page.goto(f"{self.base}/courier/{address}")
        self.page.locator("#screen h1").wait_for()

    def set_up(self, code: str) -> None:
        self.open(f"#/pair/{code}")
        self.page.locator("a.card.round").wait_for()
        assert code not in self.page.url
        self.page.evaluate(
            "navigator.serviceWorker.controller ? true :"
            " new Promise((done) => navigator.serviceWorker.addEventListener('controllerchange', () => done(true)))"
        )

    def cut(self) -> None:
        self.context.set_offline(True)
        self.bar("dot-off")

    def connect(self) -> None:
        self.context.set_offline(False)
        self.bar("dot-on")

    def bar(self, mark: str) -> None:
        self.page.locator(f"#standing .{mark}").wait_for()

    def tap(self, selector: str) -> None:
        self.page.locator(selector).first.click()

    def say(self, text: str) -> None:
        self.page.get_by_role("button", name=text, exact=True).first.click()

    def find(self, code: str) -> None:
        """Type the code, as whoever has no camera does."""
        self.page.goto(f"{self.base}/courier/#/scan")
        self.page.fill("#code", code.lower())
        self.tap("#screen button.btn.big")
        expect(self.page.locator("#screen h1")).to_have_text(code)
        self.code = code

    def done(self) -> None:
        """The page has kept what was done and leads on."""
        expect(self.page.locator("#screen h1")).not_to_have_text(self.code)

    def sign(self) -> None:
        pad = self.page.locator("canvas.pad")
        pad.scroll_into_view_if_needed()
        frame = pad.bounding_box()
        assert frame is not None
        mouse = self.page.mouse
        mouse.move(frame["x"] + 30, frame["y"] + 60)
        mouse.down()
        mouse.move(frame["x"] + 120, frame["y"] + 30, steps=5)
        mouse.move(frame["x"] + 200, frame["y"] + 80, steps=5)
        mouse.up()

    def unsent(self) -> int:
        """How many acts wait on this telephone."""
        return int(
            self.page.evaluate(
                "new Promise((done) => { const open = indexedDB.open('baogong-courier'); open.onsuccess = () => {"
                " const all = open.result.transaction('acts').objectStore('acts').getAll();"
                " all.onsuccess = () => { open.result.close(); done(all.result.filter((act) => !act.answer).length); }; }; })"
            )
        )

    def all_sent(self, count: int) -> None:
        """The book has heard of so many acts, and this telephone knows that."""
        for _ in range(100):
            if SyncedAct.objects.count() == count and not self.unsent():
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"{SyncedAct.objects.count()} acts in the book, {self.unsent()} not sent")

    def everything(self) -> str:
        """All that this telephone holds, as text."""
        return str(
            self.page.evaluate(
                "new Promise((done) => { const open = indexedDB.open('baogong-courier'); open.onsuccess = () => {"
                " const found = []; const within = open.result.transaction(['kept', 'acts', 'told']);"
                " ['kept', 'acts', 'told'].forEach((name) => { within.objectStore(name).getAll().onsuccess ="
                " (event) => found.push(event.target.result); });"
                " within.oncomplete = () => { open.result.close(); done(JSON.stringify(found)); }; }; })"
            )
        )

    def kinds(self) -> list[str]:
        """Kinds of the acts on this telephone."""
        return re.findall(r'"kind":"([A-Z_]+)"', self.everything())

    def kept(self) -> dict[str, int]:
        """How many things of each sort this telephone holds."""
        found: dict[str, int] = self.page.evaluate(
            "new Promise((done) => { const open = indexedDB.open('baogong-courier'); open.onsuccess = () => {"
            " const names = ['kept', 'acts', 'told']; const counted = {};"
            " const within = open.result.transaction(names);"
            " names.forEach((name) => { within.objectStore(name).count().onsuccess = (event) => { counted[name] = event.target.result; }; });"
            " within.oncomplete = () => { open.result.close(); done(counted); }; }; })"
        )
        return found


@pytest.fixture(scope="module")
def pinned(certificate: Certificate) -> tuple[str, ...]:
    """With these a browser finds this house by its name and trusts its key, and no other."""
    key = x509.load_pem_x509_certificate(certificate.certificate.read_bytes()).public_key()
    pin = base64.b64encode(sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()).decode()
    return (
        *QUIET,
        f"--host-resolver-rules=MAP {NAME} 127.0.0.1",
        f"--ignore-certificate-errors-spki-list={pin}",
    )


@pytest.fixture(scope="module")
def trusting(playwright: Playwright, pinned: tuple[str, ...]) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(pinned))
    yield browser
    browser.close()


@pytest.fixture
def hand(secure_site: str, trusting: Browser) -> Iterator[Hand]:
    """`hand("en")`: a telephone in this language."""
    opened = []

    def open_telephone(language: str = "zh-hans") -> Telephone:
        context = trusting.new_context(viewport=PHONE, has_touch=True)  # type: ignore[arg-type]
        context.add_cookies([{"name": "baogong_language", "value": language, "url": secure_site}])
        opened.append(context)
        return Telephone(context, secure_site)

    yield open_telephone
    for context in opened:
        context.close()


@pytest.fixture
def ground(trusting: Browser, secure_site: str) -> Ground:
    return make_ground()


@pytest.mark.parametrize("language", LANGUAGES)
def test_three_handovers_and_a_vain_attempt_in_a_stairwell_reach_the_book_once(
    ground: Ground, hand: Hand, language: str
) -> None:
    load(ground, ground.mei)
    words = WORDS[language]
    mei = hand(language)
    mei.set_up(ground.pairing(ground.world.mei))
    mei.check()
    mei.cut()
    mei.page.reload()
    mei.page.locator("a.card.round").wait_for()
    mei.bar("dot-off")
    mei.errors.clear()  # the browser itself writes down that there is no network
    one, _cold, three = ground.shelved

    mei.find(one)
    mei.say(words["left"])
    mei.page.set_input_files("#photo", files={"name": "x.png", "mimeType": "image/png", "buffer": PIXEL})
    mei.tap("form .btn.big")
    mei.done()
    mei.find(ground.medicine)
    assert mei.page.get_by_role("button", name=words["left"]).count() == 0  # in person: never left anywhere
    mei.say(words["seen"])
    mei.tap("section[data-keep] .btn.big")
    mei.done()
    mei.find(ground.door)
    mei.say(words["signed"])
    mei.sign()
    mei.tap("form .btn.big")
    mei.done()
    mei.find(three)
    mei.say(words["failed"])
    mei.say(words["nobody"])
    mei.done()
    mei.page.goto(f"{mei.base}/courier/#/")
    mei.page.reload()
    mei.page.locator("#screen .card.watch").wait_for()  # what has to go back to the station
    assert mei.unsent() == 4
    assert not SyncedAct.objects.exists()

    mei.connect()
    mei.all_sent(4)
    assert ParcelAct.objects.filter(kind="HANDED_OVER").count() == 3
    assert ParcelAct.objects.filter(kind="FAILED").count() == 1
    assert [ground.state(code) for code in (one, ground.medicine, ground.door)] == ["HANDED_OVER"] * 3
    handed = book.movements(reasons=[Reason.HANDOVER])
    assert [move.amount for move in handed] == [1, 1, 1]
    mei.errors.clear()
    mei.check()


def test_an_answer_lost_on_the_way_doubles_nothing(ground: Ground, hand: Hand) -> None:
    load(ground, ground.mei)
    mei = hand("en")
    mei.set_up(ground.pairing(ground.world.mei))

    mei.page.evaluate(
        "() => { const whole = window.fetch; window.mend = () => { window.fetch = whole; };"
        " window.fetch = async (...asked) => { await whole(...asked); throw new TypeError('cut'); }; }"
    )
    mei.find(ground.medicine)
    mei.say("I see it taken")
    mei.tap("section[data-keep] .btn.big")
    mei.done()
    mei.bar("dot-off")
    assert mei.unsent() == 1
    assert ParcelAct.objects.filter(kind="HANDED_OVER").count() == 1
    mei.page.evaluate("window.mend()")
    mei.say("Send now")
    mei.bar("dot-on")
    assert mei.unsent() == 0
    assert ParcelAct.objects.filter(kind="HANDED_OVER").count() == 1
    assert SyncedAct.objects.count() == 1


@pytest.mark.parametrize("language", ENGLISH_FIRST)
def test_the_second_of_two_couriers_reads_who_was_first(ground: Ground, hand: Hand, language: str) -> None:
    load(ground, ground.mei)
    mei, tao = hand(language), hand(language)
    mei.set_up(ground.pairing(ground.world.mei))
    tao.set_up(ground.pairing(ground.world.tao))
    tao.cut()
    mei.cut()
    for each in (mei, tao):
        each.find(ground.medicine)
        each.say(WORDS[language]["seen"])
        each.tap("section[data-keep] .btn.big")
        each.done()
        assert each.unsent() == 1
    mei.connect()
    mei.all_sent(1)
    tao.connect()
    tao.tap("a.notice.tellings")
    article = tao.page.locator("article.card").inner_text()
    assert "Mei" in article
    assert ground.medicine in article
    assert ParcelAct.objects.filter(kind="HANDED_OVER").count() == 1
    assert [view.answer for view in delivery.to_look_at(ground.world.inner)] == ["CONFLICT"]
    tao.tap("article.card button")
    tao.page.locator("#screen .empty").wait_for()
    assert tao.page.locator("a.notice.tellings").count() == 0


def test_the_shelf_the_call_list_and_the_end_leave_nothing_behind(ground: Ground, hand: Hand) -> None:
    load(ground, ground.mei)
    mei = hand("en")
    mei.set_up(ground.pairing(ground.world.mei))
    mei.tap("a.card.next")
    mei.tap("#screen > button.btn.big")  # all three on the shelf
    mei.page.locator("#screen details summary").wait_for()
    mei.all_sent(3)
    assert [ground.state(code) for code in ground.shelved] == ["ON_SHELF"] * 3
    mei.page.goto(f"{mei.base}/courier/#/calls")
    assert mei.page.locator("a[href='tel:13800001111']").count() == 1
    mei.say("Comes")
    mei.page.locator("article.done").wait_for()
    mei.all_sent(4)
    (call,) = delivery.call_list(shelves=[ground.shelf])
    assert (call.outcome, call.called_by_name) == ("COMES", "Mei")
    mei.page.goto(f"{mei.base}/courier/#/end")
    for code in (ground.medicine, ground.door):
        expect(mei.page.locator("#screen .card.watch")).to_contain_text(code)
    assert mei.page.locator("button.danger").count() == 0  # first it is said what is still in hand
    mei.tap("a[href='#/end/sure']")
    mei.tap("button.danger")
    mei.page.locator("#code").wait_for()
    assert mei.kept() == {"kept": 0, "acts": 0, "told": 0}
    assert Device.objects.count() == 1
    (ended,) = Event.objects.filter(kind="delivery.shift.ended")
    assert ended.data["in_hand"] == [ground.medicine, ground.door]
    mei.check()


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_network_too_the_telephone_asks_down_no_more_than_the_shelf_takes(
    ground: Ground, hand: Hand, language: str
) -> None:
    """Cap two. Five households whose time is over: two come at once, two when those are gone, who did not answer last."""
    with transaction.atomic():
        shelf, planned = ground.shelf, {"from_at": NOW - HOUR, "until_at": NOW - HOUR + 10 * MINUTE}
        rows = [Calling.objects.create(shelf_id=shelf, household=f"{n}", **(planned if n else {})) for n in range(4)]
        more = expected(ground.world, [ground.world.plan(ground.world.east).doors[n] for n in range(4)], ["parcel"] * 4)
        ground.world.receive(more)
        Calling.objects.filter(pk=ground.calling).update(**planned)
        for row, code in zip(rows, more, strict=True):
            Parcel.objects.filter(code=code).update(calling=row)
        Visit.objects.get(round=ground.mei, shelf=shelf).parcels.bulk_create(
            VisitParcel(visit=Visit.objects.get(round=ground.mei, shelf=shelf), parcel=each)
            for each in Parcel.objects.filter(code__in=more)
        )
    load(ground, ground.mei)
    mei = hand(language)
    mei.set_up(ground.pairing(ground.world.mei))
    mei.cut()
    mei.page.goto(f"{mei.base}/courier/#/calls")
    cards = mei.page.locator("article.card:not(.done)")
    expect(cards).to_have_count(5)
    words = {"en": ("No answer", "Comes", "Full until"), "zh-hans": ("没人接", "会来取", "之前已满")}[language]
    mei.say(words[0])
    for left in (5, 4, 3, 2):
        expect(cards).to_have_count(left)
        assert cards.first.get_by_text(words[2]).count() == (left < 4), (
            "whoever is held back until those before are gone"
        )
        mei.say(words[1])
    expect(cards).to_have_count(1)
    mei.connect()
    mei.all_sent(5)
    assert not delivery.to_look_at(ground.world.inner)
    told = sorted(delivery.comings([ground.shelf], since=NOW)[ground.shelf].values())
    assert len(told) == 4
    assert told[1] < told[0] + 10 * MINUTE <= told[2]
    (waits,) = [call for call in delivery.call_list(shelves=[ground.shelf]) if call.outcome != "COMES"]
    assert waits.outcome == "NO_ANSWER"


def test_what_is_asked_for_at_the_door_after_it_was_shelved_is_taken_up_from_there(ground: Ground, hand: Hand) -> None:
    load(ground, ground.mei)
    mei = hand("en")
    mei.set_up(ground.pairing(ground.world.mei))
    mei.tap("a.card.next")
    mei.tap("#screen > button.btn.big")  # all three on the shelf
    mei.page.locator("#screen details summary").wait_for()
    mei.all_sent(3)
    mei.cut()
    mei.page.goto(f"{mei.base}/courier/#/calls")
    mei.say("Wants it at the door")
    mei.page.locator("article.done").wait_for()
    first, second, other = ground.shelved
    mei.find(first)
    expect(mei.page.locator("#screen")).to_contain_text("bring it up")
    mei.page.get_by_role("button", name="I took it off shelf").click()
    mei.say(WORDS["en"]["seen"])
    mei.tap("section[data-keep] .btn.big")
    mei.done()
    mei.find(other)  # of another household
    assert mei.page.get_by_role("button", name="I took it off shelf").count() == 0
    mei.connect()
    mei.all_sent(6)
    assert [ground.state(code) for code in (first, second, other)] == ["HANDED_OVER", "ON_SHELF", "ON_SHELF"]
    assert not delivery.to_look_at(ground.world.inner)


@pytest.mark.parametrize("language", ENGLISH_FIRST)
def test_a_stop_tried_in_vain_is_told_as_failed_before_and_after_the_house_knows(
    ground: Ground, hand: Hand, language: str
) -> None:
    load(ground, ground.mei)
    words = WORDS[language]
    mei = hand(language)
    mei.set_up(ground.pairing(ground.world.mei))
    mei.cut()
    mei.find(ground.door)
    mei.say(words["failed"])
    mei.say(words["nobody"])
    mei.done()
    goes_back = {"zh-hans": "1 件没送成：带回站点", "en": "1 failed: back to the station"}[language]

    def shows_it_failed() -> None:
        mei.page.goto(f"{mei.base}/courier/#/round/{ground.mei}")
        card = mei.page.locator("ol.stops a.card").last
        expect(card).to_contain_text(goes_back)
        expect(card).not_to_contain_text("✓")
        expect(card).to_have_class("card late")
        mei.page.goto(f"{mei.base}/courier/#/")
        expect(mei.page.locator("#screen section.card.watch")).to_contain_text(ground.door)

    shows_it_failed()
    mei.connect()
    mei.all_sent(1)
    mei.page.reload()
    mei.page.locator("a.card.round").wait_for()
    assert mei.kept()["acts"] == 0  # what it shows now is the house's word
    shows_it_failed()
    mei.page.goto(f"{mei.base}/courier/#/parcel/{ground.door}")
    mei.say({"zh-hans": "已带回站点", "en": "It is back at the station"}[language])
    mei.all_sent(2)
    mei.page.goto(f"{mei.base}/courier/#/round/{ground.mei}")
    expect(mei.page.locator("ol.stops a.card").last).to_contain_text("✗")
    assert ground.state(ground.door) == "AT_STATION"


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_is_free_is_answered_without_network_and_takes_over_once(ground: Ground, hand: Hand, language: str) -> None:
    """Of three parcels of one building Mei takes one meanwhile: the helper hears of it, and nothing is doubled."""
    with transaction.atomic():
        helper = log_in_as("Sun", [], NOW)
        make_fit(ground.world, helper)
    sun = hand(language)
    sun.open(f"#/pair/{ground.pairing(helper)}")
    sun.page.locator("#screen .empty").wait_for()  # no round of its own
    until(
        sun.page,
        "navigator.serviceWorker.controller !== null"
        " && new Promise((done) => { const open = indexedDB.open('baogong-courier'); open.onsuccess = () => {"
        " open.result.transaction('kept').objectStore('kept').get('help').onsuccess ="
        " (event) => { open.result.close(); done(Boolean(event.target.result)); }; }; })",
    )
    sun.cut()
    sun.page.reload()
    sun.page.goto(f"{sun.base}/courier/#/free")
    sun.tap("#screen button.btn.big")
    card = sun.page.locator("#screen section.card.good")
    expect(card).to_contain_text("Mei")
    for code in ground.shelved:
        expect(card).to_contain_text(code)
    expect(card).not_to_contain_text("101")  # no room of anybody
    expect(card.locator("article")).to_have_count(2)  # two kinds of goods, taken one after the other
    card.locator("button.btn.big").first.click()
    expect(card.locator("article")).to_have_count(1)
    card.locator("button.btn.big").first.click()
    expect(card).not_to_contain_text(ground.shelved[-1])
    expect(card).not_to_contain_text(ground.shelved[1])
    assert sun.kinds().count("TAKEN") == len(ground.shelved)
    assert sun.unsent() == 1 + len(ground.shelved)  # and that somebody is free

    mei = devices.recognise(pair(code=ground.pairing(ground.world.mei), now=NOW), NOW, to_read=True)
    first, *others = ground.shelved
    sync.sync(device=mei, acts=[Act(id=new_id(), kind="TAKEN", at=NOW, parcel=first)], now=NOW)
    sun.connect()
    sun.tap("a.notice.tellings")
    expect(sun.page.locator("article.card").filter(has_text=first)).to_contain_text("Mei")
    held = {code: delivery.parcel(code).holder_name for code in ground.shelved}
    assert held == {first: "Mei", **dict.fromkeys(others, "Sun")}
    assert ParcelAct.objects.filter(kind="TAKEN").count() == 3
    sun.page.reload()
    sun.page.goto(f"{sun.base}/courier/#/round/besides")
    stop = sun.page.locator("ol.stops a.card")
    expect(stop).to_have_count(1)
    stop.click()
    sun.tap("#screen > button.btn.big")  # both lie on the shelf they were planned for
    sun.page.locator("#screen details summary").wait_for()
    for _ in range(100):
        if not sun.unsent():
            break
        sun.page.wait_for_timeout(100)
    assert [ground.state(code) for code in others] == ["ON_SHELF"] * 2


READER = """
// Stands for the browser's own reader: it compares the camera's frame with the codes that may be before it.
window.BarcodeDetector = class {
  static async getSupportedFormats() { return FORMATS; }
  async detect(view) {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [view.videoWidth, view.videoHeight];
    if (!canvas.width) return [];
    const pen = canvas.getContext("2d");
    pen.drawImage(view, 0, 0);
    const { data, width } = pen.getImageData(0, 0, canvas.width, canvas.height);
    const isDark = (row, column) => data[4 * ((MARGIN + row * SIDE + SIDE / 2) * width + MARGIN + column * SIDE + SIDE / 2)] < 128;
    const met = Object.entries(CODES).find(([, rows]) => rows.every((row, y) => [...row].every((one, x) => (one === "1") === isDark(y, x))));
    return met ? [{ rawValue: met[0] }] : [];
  }
};
"""
SIDE, MARGIN = 12, 40  # pixels of one module of the code, and around it


def modules(code: str) -> list[str]:
    """As the label bears it: a row of 1 (dark) and 0 for each row of the QR code."""
    return ["".join("1" if one else "0" for one in row) for row in segno.make(code, micro=False).matrix]


def film_of(code: str, path: Path) -> Path:
    """What a camera sees that is held at the label: two frames of 640 × 480, as Chromium's stand-in for a camera reads them."""
    image = Image.new("L", (640, 480), 255)
    pen = ImageDraw.Draw(image)
    for y, row in enumerate(modules(code)):
        for x, one in enumerate(row):
            if one == "1":
                left, top = MARGIN + x * SIDE, MARGIN + y * SIDE
                pen.rectangle((left, top, left + SIDE - 1, top + SIDE - 1), fill=0)
    frame = b"FRAME\n" + image.tobytes() + bytes([128]) * (640 * 480 // 2)
    path.write_bytes(b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420jpeg\n" + frame * 2)
    return path


@pytest.fixture
def at_the_label(
    ground: Ground, playwright: Playwright, pinned: tuple[str, ...], secure_site: str, tmp_path: Path
) -> Iterator[Callable[..., Telephone]]:
    """
    `at_the_label("en", formats=["qr_code"])`: a telephone whose camera is held at the label of Mei's parcel `door`.

    formats  what the browser's own reader knows; None: it has none
    """
    film = film_of(ground.door, tmp_path / "label.y4m")
    camera = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
    browser = playwright.chromium.launch(
        executable_path=chromium_path(), args=[*pinned, *camera, f"--use-file-for-fake-video-capture={film}"]
    )

    def open_telephone(language: str, formats: list[str] | None) -> Telephone:
        context = browser.new_context(viewport=PHONE, has_touch=True)  # type: ignore[arg-type]
        context.add_cookies([{"name": "baogong_language", "value": language, "url": secure_site}])
        if formats is None:
            context.add_init_script("delete window.BarcodeDetector;")
            return Telephone(context, secure_site)
        codes = {code: modules(code) for code in (*ground.shelved, ground.door, ground.medicine, *ground.taos)}
        facts = {"FORMATS": formats, "SIDE": SIDE, "MARGIN": MARGIN, "CODES": codes}
        said = "".join(f"const {name} = {json.dumps(value)};" for name, value in facts.items())
        context.add_init_script(f"{{{said}{READER}}}")
        return Telephone(context, secure_site)

    yield open_telephone
    browser.close()


@pytest.mark.parametrize("language", ENGLISH_FIRST)
def test_a_label_before_the_camera_ends_in_a_handover_without_network(
    ground: Ground, at_the_label: Callable[..., Telephone], language: str
) -> None:
    load(ground, ground.mei)
    mei = at_the_label(language, ["code_128", "qr_code"])
    mei.set_up(ground.pairing(ground.world.mei))
    mei.cut()
    mei.page.reload()
    mei.page.locator("a.card.round").wait_for()
    mei.page.goto(f"{mei.base}/courier/#/scan")
    mei.say({"zh-hans": "用相机扫", "en": "Scan with the camera"}[language])
    expect(mei.page.locator("#screen h1")).to_have_text(ground.door)
    mei.code = ground.door
    mei.say(WORDS[language]["left"])
    mei.tap("form .btn.big")
    mei.done()
    mei.connect()
    mei.all_sent(1)
    assert ground.state(ground.door) == "HANDED_OVER"
    (shown,) = Evidence.objects.filter(kind="CODE")
    assert (shown.text, shown.by_name) == (ground.door, "SCANNED")


@pytest.mark.parametrize("formats", [None, []])
def test_a_browser_without_a_reader_reads_the_label_with_ours_and_without_network(
    ground: Ground, at_the_label: Callable[..., Telephone], formats: list[str] | None
) -> None:
    """As iPhones are, which know no reader's name; and where the name is known and nothing stands behind it."""
    load(ground, ground.mei)
    mei = at_the_label("en", formats)
    mei.set_up(ground.pairing(ground.world.mei))
    until(mei.page, "navigator.serviceWorker.controller !== null")
    mei.cut()
    mei.page.goto("about:blank")
    mei.page.goto(f"{mei.base}/courier/#/scan")  # opened directly, as a bookmark is
    mei.say("Scan with the camera")
    expect(mei.page.locator("#screen h1")).to_have_text(ground.door)


def test_a_page_without_a_camera_says_so_and_the_typed_code_does_the_same(
    ground: Ground, at_the_label: Callable[..., Telephone]
) -> None:
    load(ground, ground.mei)
    mei = at_the_label("en", None)
    mei.page.add_init_script("Object.defineProperty(navigator, 'mediaDevices', { value: undefined });")
    mei.set_up(ground.pairing(ground.world.mei))
    mei.page.goto(f"{mei.base}/courier/#/scan")
    expect(mei.page.locator("#screen")).to_contain_text("Typing the short code does the same.")
    assert mei.page.get_by_role("button", name="Scan with the camera").count() == 0
    mei.find(ground.door)


def shows_nothing_of_a_round(telephone: Telephone, ground: Ground) -> None:
    """Whatever screen is asked for: no address, no number, no note; nor does the store hold any."""
    secret = (NUMBER, "敲门要重", delivery.parcel(ground.door).address)
    for address in (
        "",
        "calls",
        f"round/{ground.mei}",
        f"stop/{telephone.stop}",
        f"parcel/{ground.door}",
        "scan",
        "free",
    ):
        telephone.page.evaluate("address => { window.location.hash = `#/${address}`; }", address)
        telephone.page.wait_for_timeout(100)
        text = telephone.page.locator("#screen").inner_text()
        assert not [word for word in secret if word in text], (address, text)
    kept = telephone.everything()
    assert not [word for word in secret if word in kept], kept


def with_an_unsent_act(ground: Ground, telephone: Telephone, words: dict[str, str]) -> None:
    """Set up, its first stop known, the network cut, the medicine handed over."""
    telephone.set_up(ground.pairing(ground.world.mei))
    href = telephone.page.locator("a.card.next").get_attribute("href")
    assert href is not None
    telephone.stop = href.rsplit("/", 1)[1]
    telephone.cut()
    telephone.find(ground.medicine)
    telephone.say(words["seen"])
    telephone.tap("section[data-keep] .btn.big")
    telephone.done()
    assert NUMBER in telephone.everything()


def test_a_withdrawn_telephone_says_so_and_shows_what_was_not_sent(ground: Ground, hand: Hand) -> None:
    load(ground, ground.mei)
    mei = hand("zh-hans")
    with_an_unsent_act(ground, mei, WORDS["zh-hans"])
    devices.withdraw_device(device=Device.objects.get().id, actor=ground.world.bao, now=ground.now)
    mei.context.set_offline(False)
    mei.bar("dot-ended")
    mei.page.goto(f"{mei.base}/courier/#/")
    expect(mei.page.locator("#screen")).to_contain_text(ground.medicine)
    assert ground.state(ground.medicine) == "WITH_COURIER"
    shows_nothing_of_a_round(mei, ground)
    assert mei.unsent() == 1
    mei.context.set_offline(True)
    mei.page.reload()
    expect(mei.page.locator("#screen h1")).to_have_text("这部手机已停用")
    shows_nothing_of_a_round(mei, ground)


def test_opened_without_network_after_the_shift_nothing_of_the_round_is_there(ground: Ground, hand: Hand) -> None:
    load(ground, ground.mei)
    mei = hand("en")
    mei.page.clock.install()
    with_an_unsent_act(ground, mei, WORDS["en"])
    mei.page.clock.set_fixed_time(datetime.now(UTC) + 10 * HOUR)
    mei.page.reload()
    expect(mei.page.locator("#screen h1")).to_have_text("Your shift is over")
    shows_nothing_of_a_round(mei, ground)
    assert mei.unsent() == 1
    in_hand = mei.page.locator("#screen .card.watch")
    expect(in_hand).to_contain_text(ground.door)
    expect(in_hand).not_to_contain_text(ground.medicine)


def test_what_was_done_on_the_first_of_two_telephones_comes_in_and_it_shows_nothing(ground: Ground, hand: Hand) -> None:
    load(ground, ground.mei)
    mei, second = hand("en"), hand("en")
    with_an_unsent_act(ground, mei, WORDS["en"])
    second.set_up(ground.pairing(ground.world.mei))
    mei.context.set_offline(False)
    mei.all_sent(1)
    assert ground.state(ground.medicine) == "HANDED_OVER"
    expect(mei.page.locator("#screen h1")).to_have_text("Another telephone is in use")
    shows_nothing_of_a_round(mei, ground)


def test_set_up_anew_a_telephone_still_sends_what_was_done_before(ground: Ground, hand: Hand) -> None:
    load(ground, ground.mei)
    mei = hand("en")
    with_an_unsent_act(ground, mei, WORDS["en"])
    mei.page.route("**/courier/acts/", lambda route: route.abort())
    mei.context.set_offline(False)
    mei.page.goto(f"{mei.base}/courier/#/pair")
    mei.page.fill("#code", ground.pairing(ground.world.mei))
    mei.tap("form .btn.big")
    mei.page.wait_for_url("**/courier/#/")
    assert mei.unsent() == 1
    mei.page.unroute("**/courier/acts/")
    mei.say("Send now")
    mei.all_sent(1)
    assert ground.state(ground.medicine) == "HANDED_OVER"
    assert SyncedAct.objects.get().device_id == Device.objects.order_by("id").first().id  # type: ignore[union-attr]


def test_one_act_that_the_house_does_not_take_holds_no_other_back(ground: Ground, hand: Hand) -> None:
    """The house, as the telephone meets it, refuses every message in which one certain act is."""
    load(ground, ground.mei)
    mei = hand("en")
    with_an_unsent_act(ground, mei, WORDS["en"])
    for code in (ground.door, *ground.shelved):
        mei.find(code)
        mei.say(WORDS["en"]["failed"])
        mei.say(WORDS["en"]["nobody"])
        mei.done()
    refuse = {"status": 400, "json": {"error": {"code": "web.unusable-act", "message": "no"}}}
    mei.page.route(
        "**/courier/acts/",
        lambda route: route.fulfill(**refuse) if ground.door in (route.request.post_data or "") else route.continue_(),
    )
    mei.context.set_offline(False)
    mei.page.locator("a.notice.tellings").wait_for()
    for _ in range(100):
        if mei.unsent() == 1:
            break
        mei.page.wait_for_timeout(100)
    assert (SyncedAct.objects.count(), mei.unsent()) == (4, 1)
    mei.bar("dot-on")
    mei.tap("a.notice.tellings")
    expect(mei.page.locator("#screen")).to_contain_text(ground.door)


def test_a_house_in_trouble_is_not_told_as_no_network(ground: Ground, hand: Hand) -> None:
    load(ground, ground.mei)
    mei = hand("en")
    with_an_unsent_act(ground, mei, WORDS["en"])
    mei.page.route("**/courier/acts/", lambda route: route.fulfill(status=503, body="busy"))
    mei.context.set_offline(False)
    mei.bar("dot-trouble")
    assert mei.unsent() == 1
    assert mei.page.locator("a.notice.tellings").count() == 0  # nothing is wrong with what was done
    mei.page.unroute("**/courier/acts/")
    mei.say("Send now")
    mei.all_sent(1)
    mei.bar("dot-on")


FULL = """
// The browser's store of what was done takes nothing more: it refuses at once, or gives the whole up afterwards.
window.isFull = false;
const whole = IDBObjectStore.prototype.put;
IDBObjectStore.prototype.put = function (...asked) {
  if (!window.isFull || this.name !== "acts") return whole.apply(this, asked);
  if (WAY === "throws") throw new DOMException("full", "QuotaExceededError");
  const request = whole.apply(this, asked);
  this.transaction.abort();
  return request;
};
"""
SHUT = 'IDBFactory.prototype.open = () => { throw new DOMException("shut", "SecurityError"); };'


@pytest.mark.parametrize(("language", "way"), [("zh-hans", "throws"), ("en", "gives up")])
def test_what_a_full_telephone_cannot_keep_is_told_and_sent_while_the_page_lives(
    ground: Ground, hand: Hand, language: str, way: str
) -> None:
    load(ground, ground.mei)
    mei = hand(language)
    mei.context.add_init_script(f"{{const WAY = {json.dumps(way)};{FULL}}}")
    mei.set_up(ground.pairing(ground.world.mei))
    mei.cut()
    mei.page.evaluate("window.isFull = true")
    for code in (ground.medicine, ground.door):
        mei.find(code)
        mei.say(WORDS[language]["seen"])
        mei.tap("section[data-keep] .btn.big")
        mei.done()
    assert mei.unsent() == 0  # nothing of it is in the browser's store
    told = mei.page.locator("#notices a.notice.bad")
    expect(told).to_contain_text({"zh-hans": "存储已满", "en": "storage is full"}[language])
    expect(told).to_contain_text({"zh-hans": "打电话给站点", "en": "call the station"}[language])
    told.click()
    for code in (ground.medicine, ground.door):
        expect(mei.page.locator("#screen")).to_contain_text(code)
    mei.connect()
    mei.all_sent(2)
    assert [ground.state(code) for code in (ground.medicine, ground.door)] == ["HANDED_OVER"] * 2
    expect(told).to_have_count(0)
    mei.page.evaluate("window.isFull = false")
    mei.find(ground.shelved[0])
    mei.say(WORDS[language]["failed"])
    mei.say(WORDS[language]["nobody"])
    mei.done()
    mei.all_sent(3)
    mei.page.reload()
    mei.page.locator("#screen h1").wait_for()
    expect(mei.page.locator("#notices a.notice.bad")).to_have_count(0)


def test_a_telephone_that_keeps_nothing_works_while_its_page_is_open_and_says_so(ground: Ground, hand: Hand) -> None:
    load(ground, ground.mei)
    mei = hand("en")
    mei.context.add_init_script(SHUT)
    mei.open()
    expect(mei.page.locator("#screen h1")).to_have_text("Set up this telephone")
    mei.set_up(ground.pairing(ground.world.mei))
    expect(mei.page.locator("#notices")).to_contain_text("keep this page open")
    mei.find(ground.medicine)
    mei.say(WORDS["en"]["seen"])
    mei.tap("section[data-keep] .btn.big")
    mei.done()
    for _ in range(100):
        if ground.state(ground.medicine) == "HANDED_OVER":
            break
        mei.page.wait_for_timeout(100)
    assert ground.state(ground.medicine) == "HANDED_OVER"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_that_stumbles_says_so_and_tries_again_by_itself(ground: Ground, hand: Hand, language: str) -> None:
    load(ground, ground.mei)
    mei = hand(language)
    with_an_unsent_act(ground, mei, WORDS[language])
    mei.page.route("**/courier/acts/", lambda route: route.fulfill(status=200, json={}))
    mei.context.set_offline(False)
    mei.bar("dot-broken")
    mei.page.unroute("**/courier/acts/")
    mei.all_sent(1)  # nobody tapped anything
    mei.bar("dot-on")
    mei.page.evaluate("() => { Promise.reject(new Error('an odd thing')); }")
    stumble = mei.page.locator("#stumble")
    expect(stumble).to_contain_text("an odd thing")
    expect(stumble).to_contain_text({"zh-hans": "打电话给站点", "en": "call the station"}[language])
    stumble.get_by_role("button").click()
    expect(stumble).to_be_empty()


@pytest.mark.parametrize("language", ENGLISH_FIRST)
def test_every_screen_can_be_read_aloud_and_fits(
    ground: Ground, trusting: Browser, secure_site: str, language: str
) -> None:
    """axe finds nothing serious on any screen; nothing is wider than the phone, nothing to press smaller than a thumb."""
    load(ground, ground.mei)
    context = trusting.new_context(viewport=PHONE, has_touch=True, bypass_csp=True)  # type: ignore[arg-type]
    context.add_cookies([{"name": "baogong_language", "value": language, "url": secure_site}])
    context.add_init_script(path=AXE)
    mei = Telephone(context, secure_site)
    mei.open()
    complaints = look_at(mei, "set up")
    mei.set_up(ground.pairing(ground.world.mei))
    stop = mei.page.locator("a.card.next").get_attribute("href")
    screens = {
        "home": "#/",
        "round": f"#/round/{ground.mei}",
        "stop": stop,
        "parcel": f"#/parcel/{ground.door}",
        "strange parcel": f"#/parcel/{ground.taos[0]}",
        "scan": "#/scan",
        "calls": "#/calls",
        "told": "#/told",
        "free": "#/free",
        "end": "#/end",
    }
    for name, address in screens.items():
        mei.page.evaluate("address => { window.location.hash = address; }", address)
        mei.page.wait_for_timeout(150)
        complaints += look_at(mei, name)
    for count, name in enumerate(("left", "seen", "signed", "failed")):
        mei.page.evaluate("address => { window.location.hash = address; }", f"#/parcel/{ground.door}")
        mei.page.reload()
        mei.page.locator(".ways .btn").nth(count).click()
        complaints += look_at(mei, name)
    context.close()
    assert not complaints, "\n".join(complaints)


def look_at(telephone: Telephone, name: str) -> list[str]:
    found = telephone.page.evaluate(
        "axe.run(document, {resultTypes: ['violations'],"
        " runOnly: {type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']}})"
    )
    complaints = [
        f"{name}: {broken['id']} {broken['nodes'][0]['html'][:160]}"
        for broken in found["violations"]
        if broken["impact"] in ("serious", "critical")
    ]
    low = telephone.page.evaluate(
        "[...document.querySelectorAll('a:not(.skip), button, input, summary')].filter((each) => {"
        " const { width, height } = each.getBoundingClientRect(); return height > 0 && Math.min(width, height) < 44; })"
        ".map((each) => each.outerHTML.slice(0, 120))"
    )
    complaints += [f"{name}: smaller than a thumb: {each}" for each in low]
    for width in (NARROW, PHONE["width"]):
        telephone.page.set_viewport_size({"width": width, "height": PHONE["height"]})
        wide = telephone.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        complaints += [f"{name}: {wide} px wider than {width}"] if wide > 0 else []
    return complaints


def test_a_newer_page_waits_for_the_hand_and_loses_nothing_that_was_done(
    ground: Ground, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(ground, ground.mei)
    mei = hand("en")
    mei.set_up(ground.pairing(ground.world.mei))
    names = "caches.keys().then((names) => names.sort())"
    (older,) = mei.page.evaluate(names)
    mei.page.evaluate("() => { window.fetch = async () => { throw new TypeError('cut'); }; }")
    mei.find(ground.medicine)
    mei.say("I see it taken")
    mei.tap("section[data-keep] .btn.big")
    mei.done()
    assert mei.unsent() == 1
    monkeypatch.setattr(views, "KEPT", (*views.KEPT, "web/baogong.js"))
    mei.page.evaluate("navigator.serviceWorker.getRegistration().then((worker) => worker.update())")
    offer = mei.page.locator("#newer button")
    offer.wait_for()
    assert len(mei.page.evaluate(names)) == 2, "both versions are kept, and the older one works on"
    with mei.page.expect_navigation():
        offer.click()
    mei.page.locator("#screen h1").wait_for()
    mei.all_sent(1)
    expect(mei.page.locator("#newer button")).to_have_count(0)
    (newer,) = mei.page.evaluate(names)
    assert newer != older
    mei.context.set_offline(True)
    mei.page.reload()
    mei.page.locator("#screen h1").wait_for()
    assert ground.state(ground.medicine) == "HANDED_OVER"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_can_be_put_beside_other_programs(ground: Ground, hand: Hand, language: str) -> None:
    """What browsers ask of a page that can be installed: a manifest with name, start within scope, icons of both sizes."""
    mei = hand(language)
    mei.open()
    told = mei.page.evaluate("fetch(document.querySelector('link[rel=manifest]').href).then((answer) => answer.json())")
    assert told["display"] == "standalone"
    assert told["start_url"].startswith(told["scope"])
    assert (told["short_name"] == "Courier") == (language == "en")
    for icon in told["icons"]:
        wide, high = mei.page.evaluate(
            "(src) => new Promise((done, fail) => { const icon = new Image(); icon.onerror = fail;"
            " icon.onload = () => done([icon.naturalWidth, icon.naturalHeight]); icon.src = src; })",
            icon["src"],
        )
        assert f"{wide}x{high}" == icon["sizes"]
    assert {icon["sizes"] for icon in told["icons"]} == {"192x192", "512x512"}
