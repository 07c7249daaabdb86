"""
The courier's page in a stairwell: over HTTPS on a name that is not localhost, phone-sized, the network cut.

The house's own authority made the certificate; Chromium trusts its key and no other.
"""

from __future__ import annotations

import base64
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Browser, BrowserContext, Playwright, expect

from baogong.config import tls
from baogong.config.home import Home
from baogong.config.tls import Certificate, local_certificate
from baogong.delivery import queries as delivery
from baogong.delivery.models import Device, ParcelAct, SyncedAct
from baogong.delivery.services import devices
from baogong.ledger import queries as book
from baogong.ledger.states import Reason
from tests.browser.conftest import PHONE, QUIET, Screen, chromium_path
from tests.web.ground import Ground, load, make_ground

NAME = "baogong-house.local"
LANGUAGES = ("zh-hans", "en")
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


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
def trusting(playwright: Playwright, certificate: Certificate) -> Iterator[Browser]:
    """A browser that finds this house by its name and trusts its key, and no other."""
    key = x509.load_pem_x509_certificate(certificate.certificate.read_bytes()).public_key()
    pin = base64.b64encode(sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()).decode()
    browser = playwright.chromium.launch(
        executable_path=chromium_path(),
        args=[
            *QUIET,
            f"--host-resolver-rules=MAP {NAME} 127.0.0.1",
            f"--ignore-certificate-errors-spki-list={pin}",
        ],
    )
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


@pytest.mark.parametrize("language", LANGUAGES)
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
    mei.tap("button.danger")
    mei.page.locator("#code").wait_for()
    assert mei.kept() == {"kept": 0, "acts": 0, "told": 0}
    assert Device.objects.count() == 1
    mei.check()


def test_a_withdrawn_telephone_says_so_and_shows_what_was_not_sent(ground: Ground, hand: Hand) -> None:
    load(ground, ground.mei)
    mei = hand("zh-hans")
    mei.set_up(ground.pairing(ground.world.mei))
    mei.cut()
    mei.find(ground.medicine)
    mei.say(WORDS["zh-hans"]["seen"])
    mei.tap("section[data-keep] .btn.big")
    mei.done()
    devices.withdraw_device(device=Device.objects.get().id, actor=ground.world.bao, now=ground.now)
    mei.context.set_offline(False)
    mei.bar("dot-ended")
    mei.page.goto(f"{mei.base}/courier/#/")
    expect(mei.page.locator("#screen")).to_contain_text(ground.medicine)
    assert ground.state(ground.medicine) == "WITH_COURIER"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_screen_can_be_read_aloud_and_fits(
    ground: Ground, trusting: Browser, secure_site: str, language: str
) -> None:
    """axe finds nothing serious on any screen; nothing is wider than the phone, nothing to press lower than a thumb."""
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
        "[...document.querySelectorAll('#screen .btn, #screen input, #screen summary')].filter((each) => {"
        " const box = each.getBoundingClientRect(); return box.height > 0 && box.height < 44; })"
        ".map((each) => each.outerHTML.slice(0, 120))"
    )
    wide = telephone.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return (
        complaints
        + [f"{name}: lower than a thumb: {each}" for each in low]
        + ([f"{name}: {wide} px too wide"] if wide > 0 else [])
    )
