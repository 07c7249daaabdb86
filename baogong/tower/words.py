"""An alert in one sentence, in Chinese or English: for texts, for the terminal and for pages alike."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from baogong.catalogue import queries as catalogue
from baogong.journal.clock import house_moment
from baogong.people.queries.parties import party_names
from baogong.tower.kinds import Kind

PARTIES = ("from", "to", "station", "courier", "place", "owner")
_MOMENTS = ("due_at", "out_at", "gone_at", "called_at", "expected_at")


@dataclass(frozen=True, slots=True)
class Names:
    """Chinese and English names of the parties and items that facts name; empty where there is none."""

    parties: Mapping[UUID, tuple[str, str]] = field(default_factory=dict)
    items: Mapping[UUID, tuple[str, str]] = field(default_factory=dict)


def names_in(facts: Collection[Mapping[str, Any]]) -> Names:
    """Of everything these facts name; at most two queries."""
    parties = {UUID(each[key]) for each in facts for key in PARTIES if each.get(key)}
    has_items = any(each.get("item") for each in facts)
    return Names(party_names(parties) if parties else {}, catalogue.item_names() if has_items else {})


def in_words(kind: str, facts: Mapping[str, Any], names: Names, *, is_chinese: bool) -> str:
    """One sentence without its full stop."""
    chosen = dict(facts)
    if kind == Kind.TRUCK_LATE and facts.get("due_at"):
        said = _SAID["TRUCK_LATE misses"]
    elif kind == Kind.ROUND_LATE and facts.get("has_left"):
        said = _SAID["ROUND_LATE out"]
    elif kind == Kind.PEOPLE_MISSING and facts.get("inside"):
        said = _SAID["PEOPLE_MISSING inside"]
    elif kind == Kind.RUNS_OUT and facts.get("gone_at"):
        said = _SAID["RUNS_OUT promised" if facts.get("stands") else "RUNS_OUT gone"]
    elif kind in (Kind.CLAIMS_AT_RISK, Kind.PARCELS_AT_RISK) and facts.get("late"):
        said = _SAID[f"{kind} late"]
    else:
        said = _SAID[kind]
    for key in PARTIES:
        if facts.get(key):
            chosen[key] = _name(names.parties, facts[key], is_chinese)
    if facts.get("item"):
        chosen["item"] = _name(names.items, facts["item"], is_chinese)
    for key in _MOMENTS:
        if facts.get(key):
            chosen[key] = house_moment(datetime.fromisoformat(facts[key]))[5:]
    if "late_s" in facts:
        chosen["late"] = _lasting(facts["late_s"], is_chinese)
    if "work_s" in facts:
        chosen["hours"] = f"{facts['work_s'] / 3600:.1f}"
    chosen["title"] = facts.get("title_zh" if is_chinese else "title_en") or _half(facts.get("title", ""), is_chinese)
    return said[0 if is_chinese else 1].format_map(_Blank(chosen))


class _Blank(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"


def _name(names: Mapping[UUID, tuple[str, str]], told: str, is_chinese: bool) -> str:
    zh, en = names.get(UUID(told), ("?", "?"))
    return zh if is_chinese else en or zh


def _half(title: str, is_chinese: bool) -> str:
    """A task that the house made is titled in two languages."""
    zh, dot, en = title.partition(" · ")
    return title if not dot else zh if is_chinese else en


def _lasting(seconds: int, is_chinese: bool) -> str:
    hours, minutes = divmod(max(seconds, 0) // 60, 60)
    if is_chinese:
        return f"{hours} 小时 {minutes} 分钟" if hours else f"{minutes} 分钟"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


_SAID: Mapping[str, tuple[str, str]] = {
    Kind.SEAL_CROSSED: (
        "{plate} 未持有效通行证进出封控区（{number}）",
        "{plate} crossed a seal without a valid pass ({number})",
    ),
    Kind.TRUCK_LATE: (
        "{plate} {from} → {to}（{number}）晚 {late}，预计 {expected_at} 到",
        "{plate} {from} → {to} ({number}) is {late} late, expected {expected_at}",
    ),
    "TRUCK_LATE misses": (
        "{plate} {from} → {to}（{number}）预计 {expected_at} 到，对方要求 {due_at} 前",
        "{plate} {from} → {to} ({number}) is expected {expected_at}; it was asked for by {due_at}",
    ),
    Kind.ROUND_LATE: (
        "{station}：{courier} 的 {name} 线该出发了，还有 {open} 件",
        "{station}: {courier}’s round {name} should have left, {open} parcels on it",
    ),
    "ROUND_LATE out": (
        "{station}：{courier} 的 {name} 线该回来了，还有 {open} 件没送",
        "{station}: {courier}’s round {name} should be back, {open} parcels still to bring",
    ),
    Kind.TASK_LATE: ("任务过期：{title}", "A task is past its time: {title}"),
    Kind.SIGNATURE_LATE: (
        "{number} 一人先办，第二人签字已过期",
        "{number} was done alone and its second signature is overdue",
    ),
    Kind.CLAIMS_AT_RISK: (
        "{title}：{count} 份承诺的时间快到了，还没交到手（最早 {due_at}）",
        "{title}: the promised hours of {count} claims run out, not handed over (first {due_at})",
    ),
    "CLAIMS_AT_RISK late": (
        "{title}：{late} 份已过承诺时间，共 {count} 份还没交到手",
        "{title}: {late} claims are past their promised hours, {count} not handed over in all",
    ),
    Kind.PARCELS_AT_RISK: (
        "{station}：{count} 件承诺的时间快到了，还没交到手（最早 {due_at}）",
        "{station}: the promised hours of {count} parcels run out, not handed over (first {due_at})",
    ),
    "PARCELS_AT_RISK late": (
        "{station}：{late} 件已过承诺时间，共 {count} 件还没交到手",
        "{station}: {late} parcels are past their promised hours, {count} not handed over in all",
    ),
    Kind.GOODS_AT_RISK: (
        "{from} 给 {to} 的 {count} 批物资没有车，{due_at} 前要到",
        "{from} has no truck for {count} lots promised to {to}, due {due_at}",
    ),
    Kind.RUNS_OUT: (
        "{place} 的{item}按现在的速度 {out_at} 用完（剩 {free}，每天 {per_day}）",
        "{item} at {place} runs out {out_at} at this pace ({free} left, {per_day} a day)",
    ),
    "RUNS_OUT gone": (
        "{place} 的{item}自 {gone_at} 起没有了（之前每天 {per_day}）",
        "{item} at {place} is gone since {gone_at} ({per_day} a day went before)",
    ),
    "RUNS_OUT promised": (
        "{place} 的{item}剩下的 {stands} 都已承诺，没有可用的了（之前每天 {per_day}）",
        "Nothing of {item} at {place} is free: all {stands} that stand there are promised ({per_day} a day went before)",
    ),
    Kind.COURIER_OVERLOADED: (
        "{station}：{courier} 今天排了 {hours} 小时，还有 {parcels} 件",
        "{station}: {courier} is planned for {hours} hours today, {parcels} parcels still to bring",
    ),
    Kind.STATION_OVERLOADED: (
        "{station}：{unplanned} 件没有排线，已排的只有 {planned} 件",
        "{station}: {unplanned} parcels stand on no round, {planned} are planned",
    ),
    Kind.GOODS_LOST: ("{number} 路上有丢失或破损", "Goods of {number} were lost or damaged on the road"),
    Kind.PARCELS_LOST: ("{station}：{count} 件报了丢失", "{station}: {count} parcels were reported lost"),
    Kind.PEOPLE_MISSING: (
        "{place}：{called_at} 点名缺 {count} 人，还没有下落",
        "{place}: {count} absent at the roll call of {called_at}, not accounted for yet",
    ),
    "PEOPLE_MISSING inside": (
        "{place}：{called_at} 点名缺 {count} 人，其中 {inside} 人进了门没出来",
        "{place}: {count} absent at the roll call of {called_at}, {inside} of them went in and never came out",
    ),
    Kind.COURIER_OUT: (
        "{station}：{courier} 有证明过期，不能继续上岗",
        "{station}: a proof of {courier}’s ran out, who may not go on",
    ),
    Kind.REFUSED_IN_FORCE: (
        "{number} 已经生效，第二人不同意，需要更正",
        "{number} is in force and was refused by the second hand: to be corrected",
    ),
}
