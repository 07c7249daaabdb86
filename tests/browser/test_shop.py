"""A shop on a phone, from its opening to the picking list; a neighbour orders on another phone in between."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.db import transaction
from PIL import Image

from baogong.journal.clock import mark_drill, set_clock
from baogong.kernel.actor import Duty
from baogong.orders.models import ShopOrder
from baogong.orders.queries import lessons as lessons_
from baogong.orders.queries import shops as shops_
from baogong.people.services.parties import register_party
from tests.apps.orders.neighbourhood import AFTER, NOW, make_neighbourhood
from tests.browser.conftest import Open
from tests.cast import PASSWORD, log_in_as, make_cast

LOADED = "[...document.querySelectorAll('img.shop-photo')].map(one => one.naturalWidth)"


def photo_of(colour: str, width: int, height: int) -> Any:
    """A picture as a telephone takes it: with its own make written in it."""
    taken, made = BytesIO(), Image.Exif()
    made[0x010F] = "telephone"
    Image.new("RGB", (width, height), colour).save(taken, "JPEG", exif=made)
    return {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": taken.getvalue()}


def test_a_shop_from_opening_to_its_picking_list_on_a_phone(screen: Open) -> None:
    with transaction.atomic():
        mark_drill(name="the quarter", at=NOW)
        make_neighbourhood(make_cast())
        restaurant = register_party(kind="ORGANISATION", name="行知小馆", city="上海", now=NOW)
        log_in_as("Xing", [(Duty.KEEPER, restaurant)], NOW)
    xing = screen("zh-hans")
    xing.page.set_default_timeout(120_000)
    xing.log_in("xing", PASSWORD)
    xing.go("/shop/open/")
    xing.page.fill("#merchant", "行知小馆")
    xing.page.fill("#office", "宝山区商务委")
    xing.page.select_option("#trade", "RESTAURANT")
    xing.page.check("input[name=communities]")
    xing.page.set_input_files("#photo", photo_of("firebrick", 640, 480))
    xing.tap("main form button.btn.big")
    xing.page.fill("#name", "晚餐套餐")
    xing.page.select_option("#sort", "MEAL")
    xing.page.fill("#weight", "1.2kg")
    xing.page.set_input_files("#photo", photo_of("olive", 320, 320))
    xing.tap("details form button.btn:has-text('添加')")
    kept = shops_.photo(restaurant)
    assert kept is not None
    assert b"telephone" not in kept

    wu = screen("zh-hans")  # the district teaches
    wu.page.set_default_timeout(120_000)
    wu.log_in("wu", PASSWORD)
    wu.go("/shop/lessons/")
    for field, said in (("title", "开店第一课"), ("teacher", "林老师"), ("where", "直播间 8")):
        wu.page.fill(f"#{field}", said)
    wu.page.fill("input[name=from_at]", "2022-04-20T09:30")
    wu.page.fill("input[name=until_at]", "2022-04-20T10:30")
    wu.tap("form button.btn:has-text('发布')")
    xing.go("/shop/lessons/")
    xing.tap("button[value=come]")
    assert "您已报名" in xing.page.inner_text("main")
    ((lesson, _down),) = [(one.id, one.put_down) for one in lessons_.lessons(shops_.shop(restaurant).office, NOW)]
    assert lessons_.seats_of(lesson) == {restaurant: (True, False)}

    xing.go(f"/shop/{restaurant}/")
    xing.tap(f"a[href='/shop/{restaurant}/day/']")
    xing.page.fill("input[name=price_1]", "48")
    xing.page.fill("input[name=stock_1]", "400")
    xing.page.fill("input[name=slot_packs_1]", "300")
    xing.page.fill("input[name=cut_off]", "2022-04-20T11:00")
    xing.tap("main form button.btn.big")
    day = shops_.running_day(restaurant, NOW)
    assert day is not None
    assert [(one.pack.name, one.left, one.price_fen) for one in day.packs] == [("晚餐套餐", 400, 4800)]
    assert day.beyond_riders > 0
    xing.tap("form.notice button.btn")  # more may be ordered than one rider brings: cut off there
    day = shops_.day(day.id)
    assert (day.riders, day.packs_max, day.beyond_riders) == (1, day.riders_bring, 0)

    neighbour = screen("zh-hans")
    neighbour.page.set_default_timeout(120_000)
    neighbour.go(f"/shops/{shops_.shop(restaurant).code}/")
    neighbour.page.mouse.wheel(0, 4_000)  # a pack's picture is loaded when it is near
    neighbour.page.wait_for_function(f"{LOADED}.every(width => width > 0)")
    assert neighbour.page.evaluate(LOADED) == [640, 320]
    neighbour.page.fill("#amount_1", "2")
    neighbour.page.fill("#address", "1号楼1单元101")
    neighbour.page.fill("#name", "王小明")
    neighbour.page.fill("#phone", "13900001234")
    neighbour.tap("main form button.btn.big")
    (order,) = ShopOrder.objects.all()
    assert order.code in neighbour.page.inner_text("main")

    set_clock(AFTER)
    xing.go(f"/shop/days/{day.id}/picking/")
    listed = xing.page.inner_text("main")
    assert order.code in listed
    assert "晚餐套餐" in listed
    assert "王小明" not in listed
    xing.go(f"/shop/orders/{order.id}/")
    xing.tap("main form button.btn.big")
    assert "已装" in xing.page.inner_text("main")
