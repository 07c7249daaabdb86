"""What a page says is what happened, and what it keeps is what was chosen; in both languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import translation

from baogong.journal.clock import set_clock
from baogong.release import offers, queries, services
from baogong.release.clusters import clusters
from baogong.release.codes import pickup_code
from baogong.release.models import Claim, DrawEntry
from baogong.web.release.rewording import form_of as form_of_rule
from baogong.web.words import word
from tests.apps.release.test_draws import announced
from tests.apps.release.world import NOW, World
from tests.web.release.visitors import NUMBER, OTHER, OTHER_STILL, press, register, resident
from tests.web.visits import form_of, read, send, visit


def ticked(page: str) -> str:
    """Who takes it, as a browser would send the page."""
    found = re.search(r'name="taker" value="([a-z]+)" checked', page)
    return found[1] if found else ""


@pytest.mark.parametrize("missing", ["proxy_name", "proxy_last_four"])
def test_a_refused_proxy_does_not_turn_into_the_claimant(world: World, missing: str) -> None:
    """Pressed once more as it stood, it was booked as handed over to the claimant, who was not there."""
    tranche = world.tranche(20, fulfilment="PICKUP", pickup_days=2)
    client = resident()
    register(client, tranche)
    claim, _page = press(client, tranche)
    desk, here = visit("lin of 广安"), f"/release/pickup/{claim}/"
    page = send(desk, "/release/pickup/", {"code": pickup_code(claim), "last_four": NUMBER[-4:]})
    assert ticked(page) == "self"
    said = {"proxy_name": "李四", "proxy_last_four": "118X", missing: ""}
    page = send(desk, here, {**form_of(page), "taker": "proxy", **said}, status=400)
    assert "Nothing was" in page
    assert ticked(page) == "proxy"
    assert all(f'value="{text}"' in page for text in said.values() if text)
    assert Claim.objects.get(id=claim).state == "ADMITTED"
    send(desk, here, {**form_of(page), "taker": ticked(page), **said}, status=400)
    assert Claim.objects.get(id=claim).state == "ADMITTED"


@pytest.mark.parametrize(
    ("language", "cancelled", "given_up"),
    [("en", "Cancelled by the office", "Given up"), ("zh-hans", "已由主办单位取消", "已放弃")],
)
def test_what_the_office_cancelled_is_not_told_as_given_up(
    world: World, language: str, cancelled: str, given_up: str
) -> None:
    tranche, claims = world.tranche(15, quotas=[], fulfilment="PICKUP", pickup_days=2), []
    client = resident(language)
    for number in (NUMBER, OTHER, OTHER_STILL):
        register(client, tranche, number=number, phone=f"1380000{number[-4:-1]}1")
        claims.append(press(client, tranche)[0])
    send(client, f"/offers/mine/{claims[2]}/", {})
    release = offers.offer(tranche).release
    found = next(one for one in clusters(release, least=2) if one.kind == "DEVICE")
    services.judge_cluster(
        release=release, kind="DEVICE", tag=found.tag, verdict="CANCELLED", why="倒卖 · a dealer", actor=world.lin, now=NOW
    )  # fmt: skip
    page = read(client, f"/offers/mine/{claims[0]}/")
    assert cancelled in page
    assert "倒卖 · a dealer" in page
    assert "广安疫情防控指挥部" in page
    assert given_up not in page
    desk = visit("lin of 广安", language)
    shown = {"code": pickup_code(claims[0]), "last_four": NUMBER[-4:]}
    page = send(desk, "/release/pickup/", shown)
    assert cancelled in page
    assert given_up not in page


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "Here only documents given out in Beijing are served; yours is none of them."), ("zh-hans", "您的不是")],
)
@pytest.mark.parametrize("mode", ["FIRST_COME", "DRAW"])
def test_a_document_from_elsewhere_is_told_so_at_the_first_step(
    world: World, language: str, told: str, mode: str
) -> None:
    tranche = world.tranche(20, mode=mode, eligibility={"regions": ["11"], "region_of": "DOCUMENT"})
    if mode == "DRAW":
        announced(world, tranche)
    client, here = resident(language), f"/offers/{tranche}/step/1/"
    back = {"Referer": f"http://testserver{here}"}
    answer = client.post(here, {"document": "RESIDENT_ID", "number": OTHER}, headers=back)
    assert answer.headers["Location"].endswith(here)
    assert told in read(client, here)
    answer = client.post(here, {"document": "RESIDENT_ID", "number": NUMBER}, headers=back)
    assert answer.headers["Location"].endswith("/step/2/")


def test_where_a_list_is_enough_a_document_from_elsewhere_goes_on(world: World) -> None:
    who = {"regions": ["11"], "region_of": "DOCUMENT", "lists": ["丈夫"], "either": True}
    tranche = world.tranche(20, eligibility=who)
    answer = resident().post(f"/offers/{tranche}/step/1/", {"document": "RESIDENT_ID", "number": OTHER})
    assert answer.headers["Location"].endswith("/step/2/")


@pytest.mark.parametrize(
    ("language", "told", "looks"),
    [
        (
            "en",
            "Nobody was entered. This is for another region or district. Addresses in: Guang’an District",
            "My claims",
        ),
        ("zh-hans", "这是投放给其他地区的。", "我的领取"),
    ],
)
def test_who_may_not_enter_a_draw_reads_why_as_a_person_does(
    world: World, language: str, told: str, looks: str
) -> None:
    tranche = world.tranche(20, mode="DRAW", eligibility={"regions": ["511602"]})
    announced(world, tranche)
    client = resident(language)
    register(client, tranche, region="0")
    here = f"/offers/{tranche}/enter/"
    back = {"Referer": f"http://testserver{here}"}
    client.post(here, form_of(read(client, here)), headers=back)
    page = read(client, here)
    assert told in page
    for wrong in ("(elsewhere)", "This person", "此人", "本人一起看", "Look at the rule with them"):
        assert wrong not in page
    register(client, tranche, region="511602")
    client.post(here, form_of(read(client, here)))
    client.post(here, form_of(read(client, here)), headers=back)
    assert f"“{looks}”" in read(client, here)
    assert DrawEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("language", "told", "wrong"),
    [
        ("en", "5 pieces are kept for claims by telephone until 12:00.", ("id stays yours", "the time told")),
        ("zh-hans", "12:00", ("编号",)),
    ],
)
def test_what_is_kept_for_the_telephone_is_told_with_its_hour(
    world: World, language: str, told: str, wrong: tuple[str, ...]
) -> None:
    tranche = world.tranche(5, reserves=[{"channel": "PHONE", "units": 10, "until": "12:00"}])
    client = resident(language)
    register(client, tranche)
    here = f"/offers/{tranche}/claim/"
    client.post(here, form_of(read(client, here)), headers={"Referer": f"http://testserver{here}"})
    said = re.search(r'role="alert">(.*?)</div>', read(client, here))
    assert said is not None
    assert told in said[1]
    assert not [one for one in wrong if one in said[1]]
    assert not Claim.objects.exists()


@pytest.mark.parametrize(
    ("code", "kind", "zh", "en"),
    [
        ("CLOSED", "release", "已关闭", "closed"),
        ("ADMITTED", "claim", "已留好", "kept"),
        ("UNIT", "price-per", "件", "unit"),
        ("DELIVERY", "price-part", "配送", "delivery"),
    ],
)
def test_a_word_of_a_release_is_its_own_in_chinese(code: str, kind: str, zh: str, en: str) -> None:
    with translation.override("zh-hans"):
        assert word(code, kind) == zh
    with translation.override("en"):
        assert word(code, kind) == en


def test_who_left_a_draw_has_not_set_out(world: World) -> None:
    tranche = world.tranche(10, mode="DRAW")
    draw = announced(world, tranche)
    client = resident("zh-hans")
    register(client, tranche)
    page = send(client, f"/offers/{tranche}/enter/", form_of(read(client, f"/offers/{tranche}/enter/")))
    send(client, f"/offers/entries/{DrawEntry.objects.get(draw=draw).id}/", form_of(page))
    for page in (
        read(client, "/offers/mine/"),
        read(visit("lin of 广安", "zh-hans"), f"/release/office/draws/{draw}/"),
    ):
        assert "已退出" in page
        assert "已出发" not in page


def told_on(page: str) -> str:
    """The refusal on a page."""
    found = re.search(r'role="alert">(.*?)</div>', page)
    assert found is not None, page
    return found[1]


def answered(client: Client, here: str, form: Mapping[str, object]) -> str:
    """What the page says once a form was refused and one is back on it."""
    client.post(here, form, headers={"Referer": f"http://testserver{here}"})
    return told_on(read(client, here))


def test_who_shows_another_document_at_a_desk_is_told_so(world: World) -> None:
    tranche = world.tranche(10, mode="DRAW")
    draw = announced(world, tranche)
    client = resident()
    register(client, tranche)
    send(client, f"/offers/{tranche}/enter/", form_of(read(client, f"/offers/{tranche}/enter/")))
    entry = DrawEntry.objects.get(draw=draw).id
    clerk, here = visit("wu of 广安", "zh-hans"), f"/release/desk/entries/{entry}/"
    form = {"act": "take-out", "number": OTHER, "why": "丢了回执"}
    told = answered(clerk, here, form)
    assert "这不是登记时所用证件的号码" in told
    assert "随机数" not in told
    page = send(clerk, here, {**form, "number": NUMBER})
    assert "read it slowly" not in page
    assert "请记下" not in page
    assert "回执" not in page, "nor is a receipt handed over that is worth nothing"
    assert f'href="/release/desk/{tranche}/step/1/"' in page, "they may enter anew"


@pytest.mark.parametrize(
    ("language", "late", "soon"),
    [
        ("en", "when the list closes is “02-05 09:00”, needed is after 02-05 10:00", "when it comes out is “"),
        ("zh-hans", "报名截止时间为“02-05 09:00”，应为晚于 02-05 10:00", "或更晚（名单公布要 30 分钟）"),
    ],
)
def test_wrong_times_of_a_draw_are_told_on_the_houses_clock_with_their_fields(
    world: World, language: str, late: str, soon: str
) -> None:
    tranche = world.tranche(10, mode="DRAW")
    office, here = visit("lin of 广安", language), f"/release/office/tranches/{tranche}/draw/"
    form = {**form_of(read(office, here)), "kind": "LOTTERY", "lottery": "双色球 2020022: 6", "closes_at": "2020-02-05T09:00", "beacon_at": "2020-02-05T09:10"}  # fmt: skip
    told = answered(office, here, form)
    assert late in told
    assert soon in told
    assert not re.search(r"closes_at|beacon:|\d{4}-\d\d-\d\dT", told)


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "“the drill’s key” was not given"), ("zh-hans", "没有给出“演练密钥 drill-key.json”")],
)
def test_a_draws_key_that_was_not_given_is_named(world: World, language: str, told: str) -> None:
    tranche = world.tranche(10, mode="DRAW")
    office, here = visit("lin of 广安", language), f"/release/office/tranches/{tranche}/draw/"
    form = {**form_of(read(office, here)), "kind": "DRILL"}
    assert told.lower() in answered(office, here, form).lower()


def test_what_cannot_be_put_out_is_told_by_its_own_cause(world: World) -> None:
    release = world.release()
    office, here = visit("lin of 广安", "zh-hans"), f"/release/office/{release}/"
    form = {**form_of(read(office, here)), "act": "put-out", "stock": f"{world.cast.warehouse}:{world.lot}", "on": "2020-02-05"}  # fmt: skip
    told = answered(office, here, {**form, "amount": "5000"})
    assert "要 5000，未占用的只有 1000" in told
    assert "not-enough-left" not in told
    told = answered(office, here, {**form, "amount": "10", "on": "2020-02-04"})
    assert "需要：投放日期还没有过" in told
    assert "批号" not in told


@pytest.mark.parametrize(
    ("language", "slot", "price"),
    [
        ("en", "“25:00” is no time of the day", "Yuan"),
        ("zh-hans", "“25:00”不是钟点", "元"),
    ],
)
def test_what_a_rules_form_cannot_take_is_named_as_the_form_names_it(
    world: World, language: str, slot: str, price: str
) -> None:
    release = world.release(is_open=False)
    office, here = visit("lin of 广安", language), f"/release/office/{release}/rule/"
    form = {**form_of_rule(queries.release(release).rule), "mode": "APPOINTMENT", "slots": "25:00"}
    told = told_on(send(office, here, form, status=400))
    assert slot in told
    assert "slots is" not in told
    form = {**form_of_rule(queries.release(release).rule), "price_0_part": "GOODS", "price_0_yuan": "abc"}
    told = told_on(send(office, here, form, status=400))
    assert "price_0_yuan" not in told
    assert price in told


def test_a_refused_step_gives_back_what_was_typed_and_keeps_none_of_it(world: World) -> None:
    tranche = world.tranche(20)
    client, here = resident(), f"/offers/{tranche}/step/2/"
    client.post(f"/offers/{tranche}/step/1/", {"document": "RESIDENT_ID", "number": NUMBER})
    page = send(client, here, {"name": "欧阳测试", "phone": "12"}, status=400)
    assert "2 digits" in told_on(page)
    assert 'value="欧阳测试"' in page
    assert 'value="12"' in page
    assert "欧阳测试" not in read(client, here)


@pytest.mark.parametrize(("changed", "is_optional"), [({"fulfilment": "PICKUP"}, True), ({}, False)])
def test_an_address_that_a_rule_has_no_use_for_may_stay_empty_and_says_so(
    world: World, changed: dict[str, str], is_optional: bool
) -> None:
    tranche = world.tranche(20, **changed)
    client = resident()
    register(client, tranche)
    assert ("may stay empty" in read(client, f"/offers/{tranche}/step/3/")) is is_optional


def test_a_city_has_its_english_name() -> None:
    with translation.override("en"):
        assert [word(one, "city") for one in ("怀来", "江津", "厦门")] == [
            "Huailai County",
            "Jiangjin District",
            "Xiamen",
        ]
        assert word("没有的市", "city") == "没有的市"
    with translation.override("zh-hans"):
        assert word("怀来", "city") == "怀来"


def test_a_trials_form_begins_with_what_was_tried_last(world: World) -> None:
    release = world.release(is_open=False)
    office, here = visit("lin of 广安"), f"/release/office/{release}/"
    tried = {
        "people": "321",
        "days": "3",
        "wanting": "40",
        "units": "17",
        "telephone": "7",
        "counter": "9",
        "rush": "11",
    }
    assert 'name="people" min="1" max="200000" value="20000"' in read(office, here)
    page = send(office, here, {"act": "try", **tried})
    assert {name: re.search(rf'name="{name}"[^>]* value="(\d+)"', page)[1] for name in tried} == tried  # type: ignore[index]


@pytest.mark.parametrize(("hours", "closes"), [(0, "05T16:00"), (10, "06T18:00"), (15, "06T18:00")])
def test_a_list_is_not_proposed_to_close_at_night(world: World, hours: int, closes: str) -> None:
    tranche = world.tranche(10, mode="DRAW")
    set_clock(NOW + timedelta(hours=hours))
    page = read(visit("lin of 广安"), f"/release/office/tranches/{tranche}/draw/")
    assert f'name="closes_at" value="2020-02-{closes}"' in page


@pytest.mark.parametrize(("language", "told"), [("en", "each person: 1× a day, whatever"), ("zh-hans", "每天 1")])
def test_a_turn_of_one_day_is_a_day(world: World, language: str, told: str) -> None:
    turn = {"subject": "PERSON", "turn": "ROLLING", "days": 1, "claims_max": 1}
    assert told in read(resident(language), f"/offers/{world.tranche(20, quotas=[turn])}/")
