"""Lists that are no orders as chat messages, in the words of the house's first language: each row a line that reads back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import groupby

from django.utils import timezone

from baogong.engine.listed import Listed, listed
from baogong.orders.queries.answers import Cut
from baogong.orders.queries.baskets import BasketView
from baogong.orders.queries.chains import LineView
from baogong.orders.queries.lessons import LessonView
from baogong.orders.queries.shops import ShopView
from baogong.orders.reading import WORDS
from baogong.places.queries.communities import StandView

CAUSES = {"MAXIMUM": "超过每户上限", "TRUCK": "车装不下", "SHORT": "供货商少到", "OFF": "这一团取消，少"}


def queue_chat(view: BasketView, lines: Sequence[LineView]) -> str:
    """
    What waits for a word of its household: its own words, and why. Nobody counts it as ordered.

    What households say again under another day's title is asked once, of the chain.
    """
    rows = [
        Listed(line.name, f"「{line.words}」{_whys(line)}", (("待问", 1),), line.place)
        for line in lines if line.why != "other-day"
    ]  # fmt: skip
    of_chains: defaultdict[str, list[LineView]] = defaultdict(list)
    for line in lines:
        if line.why == "other-day":
            of_chains[line.where].append(line)
    for title, its in of_chains.items():
        who = "，".join("-".join(filter(None, (*line.place, line.name))) for line in its)
        rows.append(Listed(title, f"{who} 在另一天的接龙里也写了一样的，这一天的是不是也要", (("待问", len(its)),)))
    title = f"有 {len(rows)} 行请补一句" if rows else "没有要问的"
    return listed([f"{view.title} {title}", title], rows)


def cuts_chat(view: BasketView, cuts: Sequence[Cut]) -> str:
    """Who gets fewer than were asked for: of what how many instead of how many, and why. Nobody counts it as ordered."""
    rows = []
    for (place, name), its in groupby(cuts, key=lambda one: (one.place, one.name)):
        theirs = list(its)
        note = "，".join(f"{one.item} {one.asked}改{one.gets}（{_causes(one)}）" for one in theirs)
        rows.append(Listed(name, note, (("少给", sum(one.asked - one.gets for one in theirs)),), place))
    title = "减量名单" if rows else "没有减量的"
    return listed([f"{view.title} {title}", title], rows)


def _causes(cut: Cut) -> str:
    return "、".join(f"{CAUSES[code]} {packs} 份" for code, packs in cut.whys)


def _whys(line: LineView) -> str:
    codes = dict.fromkeys(code for code in (line.why, *line.doubts) if code)
    return "".join(WORDS.get(code, (code, code))[1] for code in codes)


def stations_chat(stands: Sequence[StandView]) -> str:
    """Where movable stations stand, and from when until when."""
    rows = []
    for one in stands:
        until = f"{_moment(one.until_at)} 止" if one.until_at else "不另行通知不动"
        where = "，".join(part for part in (one.community_name, one.note) if part) or "路边"
        rows.append(Listed(one.station_name, f"{where}，{_moment(one.from_at)} 起，{until}", (("站点", 1),)))
    return listed(["流动站点" if rows else "现在没有流动站点"], rows)


def approved_chat(shops: Sequence[ShopView], address: Callable[[ShopView], str]) -> str:
    """The shops a district recommends, where to order, and what it says of each."""
    rows = [
        Listed(
            one.name,
            " · ".join(part for part in (one.about, address(one), f"{one.office_name}：{one.approved_why}") if part),
            (("商户", 1),),
        )
        for one in shops
    ]
    return listed(["推荐商户" if rows else "还没有推荐的商户"], rows)


def lessons_chat(lessons: Sequence[LessonView]) -> str:
    """The calendar: when, what, by whom, where; one that was called off stands as withdrawn."""
    rows = [
        Listed(
            one.title,
            f"{_time_of(one)}，{one.teacher}，{one.where}",
            (("课", 1),),
            is_off=one.called_off_at is not None,
        )
        for one in lessons
    ]
    return listed(["直播课" if rows else "没有安排直播课"], rows)


def attendance_chat(lesson: LessonView, rows: Iterable[tuple[ShopView, bool, bool]]) -> str:
    """Who put the name down and who was there."""
    told = [
        Listed(shop.name, "", (("到课" if there else "报了名没有到" if down else "没有报名", 1),))
        for shop, down, there in rows
    ]
    return listed([f"到课情况 {_time_of(lesson)} {lesson.title}", f"到课情况 {lesson.title}", "到课情况"], told)


def _time_of(one: LessonView) -> str:
    return f"{_moment(one.from_at)}–{timezone.localtime(one.until_at):%H:%M}"


def _moment(at: datetime) -> str:
    local = timezone.localtime(at)
    return f"{local.month}月{local.day}日 {local:%H:%M}"
