"""Bulletins on the site: drawn, worded, signed by two, read by everyone with each figure's lines; and over API and terminal."""

from __future__ import annotations

import io
import re
from base64 import b64decode
from hashlib import sha256
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from baogong.journal import queries as journal
from baogong.kernel.ids import new_id
from baogong.tower.queries.bulletins import bulletins
from tests.apps.freight.world import NOW
from tests.web.visits import Story, form_of, read, send, visit

LIST, OPEN = "/tower/bulletins/", "/book/bulletins/"
DAY = "2020-01-23"


def drawn(lin: Client, audience: str = "PUBLIC", **more: str) -> str:
    """By the page's own form; the bulletin's address."""
    form = form_of(read(lin, LIST), day=DAY, audience=audience, **more)
    send(lin, LIST, form)
    return f"{LIST}{bulletins()[0].id}/" if audience == "PUBLIC" else f"{LIST}{bulletins()[-1].id}/"


def figures_of(page: str) -> list[tuple[str, int]]:
    """Address and number of every figure that a page shows as a link."""
    found = re.findall(r'<a href="([^"]+/figures/\d+/)">(-?[\d,]+)</a>', page)
    return [(address, int(number.replace(",", ""))) for address, number in found]


def test_a_day_is_drawn_worded_signed_by_two_and_read_by_everyone(story: Story) -> None:
    assert f"{NOW:%Y-%m-%d}" == DAY
    lin, anyone = visit("Lin"), Client()
    assert "No bulletin has been drawn yet" in read(lin, LIST)
    assert "还没有发布过通报" in read(anyone, OPEN)
    address = drawn(lin)
    page = read(lin, address, most=16)
    assert "Drawn, not published" in page
    assert anyone.get(address.replace(LIST, OPEN)).status_code == 404
    told = send(lin, address, {"act": "words", "words_zh": "第一批已承诺", "words_en": "The first batch is promised"})
    assert "The first batch is promised" in told
    form = form_of(told, act="publish")
    for _click in range(2):
        assert "waits for the second signature" in send(lin, address, form)
    (paper,) = [each for each in journal.documents(limit=5) if each.kind == "BULLETIN"]
    mei = visit("Mei")
    send(mei, reverse("command:documents"), {**form_of(read(mei, reverse("command:documents"))), "document": str(paper.id), "act": "sign"})  # fmt: skip
    out = address.replace(LIST, OPEN)
    for language, words in (("en", "The first batch is promised"), ("zh-hans", "第一批已承诺")):
        anyone.cookies["baogong_language"] = language
        page = read(anyone, out, most=16)
        assert words in page
    anyone.cookies["baogong_language"] = "en"
    assert bulletins()[0].hash in page
    assert 'href="' + out + '"' in read(anyone, OPEN)
    text = anyone.get(out.rstrip("/") + ".json").content
    assert sha256(text).hexdigest() == bulletins()[0].content_hash
    goods = page[page.index('id="goods"') :].split("</section>")[0]
    assert re.search(r'data-label="物资">[^<]+<span class="soft small">[个只套件]</span>', goods)
    assert not re.search(r'data-label="[^"]+">\s*</td>', goods)  # a nought is 0, not an empty cell
    found = figures_of(page)
    assert len(found) > 2
    for figure, amount in found:
        lines = read(anyone, figure, most=16)
        assert "these lines add up to it" in lines
        assert f'<div class="figure">{amount:,}' in lines
    sheets = openpyxl.load_workbook(io.BytesIO(anyone.get(out.rstrip("/") + ".xlsx").content))
    assert sheets.sheetnames[:2] == ["Public bulletin", "Goods"]


def test_superiors_read_stock_and_what_is_late_and_the_public_does_not(story: Story) -> None:
    lin = visit("Lin")
    page = read(lin, drawn(lin, "SUPERIORS"), most=18)
    for told in ("Stock by warehouse", "Stood at midnight", "In stock at the day&#x27;s end"):
        assert told in page
    address = f"{OPEN}{bulletins()[-1].id}/"
    assert Client().get(address).status_code == 404
    assert "Stock by warehouse" not in read(lin, drawn(lin), most=18)


@pytest.mark.parametrize(
    ("form", "told"),
    [({"day": "2030-01-01"}, "2030-01-01"), ({"day": "yesterday"}, "yesterday"), ({"audience": "PRESS"}, "PRESS")],
)
def test_what_cannot_be_drawn_is_told_and_nothing_is_drawn(story: Story, form: dict[str, str], told: str) -> None:
    lin = visit("Lin")
    typed = {**form_of(read(lin, LIST), day=DAY, audience="PUBLIC"), **form}
    answer = lin.post(LIST, typed, headers={"referer": f"http://testserver{LIST}"}, follow=True)
    assert told in answer.content.decode()
    assert bulletins() == ()


def test_the_same_over_the_api(story: Story) -> None:
    lin, head = visit("Lin"), {"content-type": "application/json"}

    def ask(method: str, path: str, body: dict[str, Any] | None = None, status: int = 200) -> Any:
        given: dict[str, Any] = {"headers": {**head, "idempotency-key": str(new_id())}}
        if body is not None:
            given |= {"data": body, "content_type": "application/json"}
        answer = getattr(lin, method)(f"/api/v1/bulletins{path}", **given)
        assert answer.status_code == status, answer.content
        return answer.json()

    made = ask("post", "", {"day": DAY, "audience": "SUPERIORS"}, 201)["id"]
    view = ask("get", f"/{made}")
    assert sha256(view["text"].encode()).hexdigest() == view["content_hash"]
    for figure in view["figures"]:
        if figure["lines"] <= 100:
            lines = ask("get", f"/{made}/figures/{figure['number']}")
            assert (lines["sum"], lines["next_after"]) == (figure["amount"], None), figure
    ask("post", f"/{made}/words", {"words_zh": "平稳", "words_en": "Calm"})
    assert ask("post", f"/{made}/publish", {})["state"] == "PUBLISHED"
    assert [each["id"] for each in ask("get", "?is_published=true")["items"]] == [made]
    book = openpyxl.load_workbook(io.BytesIO(b64decode(ask("get", f"/{made}/workbook?language=zh")["content_base64"])))
    assert "各仓库" in book.sheetnames
    assert (
        ask("post", f"/{made}/words", {"words_zh": "改", "words_en": "x"}, 409)["error"]["code"]
        == "tower.bulletin-closed"
    )
    assert ask("get", f"/{made}/figures/99999", status=404)["error"]["expected"]
