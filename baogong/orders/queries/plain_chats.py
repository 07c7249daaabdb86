"""Lists that are no orders as chat messages: a title and a numbered line each, in the words of the house's first language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from django.utils import timezone

from baogong.orders.queries.baskets import BasketView
from baogong.orders.queries.chains import LineView
from baogong.orders.queries.lessons import LessonView
from baogong.orders.queries.shops import ShopView
from baogong.orders.reading import WORDS
from baogong.places.queries.communities import StandView


def queue_chat(view: BasketView, lines: Sequence[LineView]) -> str:
    """What waits for a word of its household: its own words, and why."""
    told = [f"「{_flat(line.words)}」{_whys(line)}" for line in lines]
    return _message(f"【{view.title}】有 {len(told)} 行请补一句", told, "没有要问的")


def _whys(line: LineView) -> str:
    codes = dict.fromkeys(code for code in (line.why, *line.doubts) if code)
    return "".join(WORDS.get(code, (code, code))[1] for code in codes)


def stations_chat(stands: Sequence[StandView]) -> str:
    """Where movable stations stand, and from when until when."""
    told = []
    for one in stands:
        until = f"{_moment(one.until_at)} 止" if one.until_at else "不另行通知不动"
        where = "，".join(part for part in (one.community_name, one.note) if part) or "路边"
        told.append(f"{one.station_name}：{where}，{_moment(one.from_at)} 起，{until}")
    return _message("【流动站点】", told, "现在没有站点")


def approved_chat(shops: Sequence[ShopView], address: Callable[[ShopView], str]) -> str:
    """The shops a district recommends, what it says of each, and where to order."""
    told = [
        f"{one.name}{f'（{_flat(one.about)}）' if one.about else ''} {address(one)} · {one.office_name}：{_flat(one.approved_why)}"
        for one in shops
    ]
    return _message("【推荐商户】", told, "还没有推荐的商户")


def lessons_chat(lessons: Sequence[LessonView]) -> str:
    """The calendar: when, what, by whom, where."""
    return _message("【直播课】", [_lesson(one) for one in lessons], "没有安排课")


def attendance_chat(lesson: LessonView, rows: Iterable[tuple[ShopView, bool, bool]]) -> str:
    """Who put the name down and who was there."""
    told = [
        f"{shop.name}：{'到课' if there else '报了名，没有到' if down else '没有报名'}" for shop, down, there in rows
    ]
    return _message(f"【到课情况】{_lesson(lesson)}", told, "没有商户")


def _lesson(one: LessonView) -> str:
    said = f"{_moment(one.from_at)}–{timezone.localtime(one.until_at):%H:%M} {one.title}，{one.teacher}，{one.where}"
    return f"{said}（已取消）" if one.called_off_at else said


def _message(title: str, told: Sequence[str], none: str) -> str:
    return "\n".join([title, *(f"{at}. {line}" for at, line in enumerate(told, start=1))] if told else [title, none])


def _moment(at: datetime) -> str:
    local = timezone.localtime(at)
    return f"{local.month}月{local.day}日 {local:%H:%M}"


def _flat(text: str) -> str:
    return " ".join(text.split())
