"""The log-ins of a drill as a newcomer needs them: who has which duty where, and the page that person begins with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from baogong.kernel.actor import Duty

# duty → (in Chinese, in English, the page it begins with)
WORK = {
    Duty.COMMAND: ("指挥部", "command office", "/command/"),
    Duty.APPROVER: ("复核", "approver", "/command/"),
    Duty.CLERK: ("录入", "clerk", "/lists/"),
    Duty.KEEPER: ("仓库保管", "warehouse keeper", "/site/"),
    Duty.DRIVER: ("司机", "driver", "/drive/"),
    Duty.CARRIER: ("承运调度", "carrier's dispatcher", "/carrier/"),
    Duty.AUDITOR: ("审计", "auditor", "/command/"),
    Duty.ADMIN: ("管理员", "administrator", "/people/"),
}
AT_A_SHOP = ("店主", "merchant", "/shop/")
AT_A_STATION = ("站点管理", "station keeper", "/station/")
BY_TELEPHONE = ("按姓名在站点开通手机", "no duty: the station sets up the telephone", "/courier/")


@dataclass(frozen=True, slots=True)
class Part:
    """One log-in of a drill; `page` is a path of the site."""

    username: str
    password: str
    name: str
    duty_zh: str
    duty_en: str
    places: tuple[str, ...]
    page: str


def cast_of(now: datetime) -> list[Part]:
    """Everybody who may log in for the drill, the office first; of several duties the first one's page is told."""
    from baogong.orders.queries import shops
    from baogong.people.queries.access import log_ins
    from baogong.people.services.access import DEMO_PASSWORD
    from baogong.places.queries import sites

    stations = {site.id for site in sites("STATION")}
    merchants = {shop.id for shop in shops.shops()}
    order = list(WORK)
    parts = []
    for login in log_ins(now=now):
        if not (login.is_demo and login.is_active):
            continue
        held = sorted(login.duties, key=lambda each: order.index(each.duty))
        places = tuple(dict.fromkeys(each.at_name for each in held if each.at_name))
        works = [WORK[each.duty] for each in held] or [BY_TELEPHONE]
        if held and held[0].duty is Duty.KEEPER:
            kept = {each.at for each in held}
            works = [AT_A_STATION] if kept <= stations else [AT_A_SHOP] if kept <= merchants else works
        zh, en = (
            "、".join(dict.fromkeys(work[0] for work in works)),
            ", ".join(dict.fromkeys(work[1] for work in works)),
        )
        page = works[0][2]
        rank = order.index(held[0].duty) if held else len(order)
        parts.append((rank, Part(login.username, DEMO_PASSWORD, login.name, zh, en, places, page)))
    return [part for _rank, part in sorted(parts, key=lambda each: (each[0], each[1].username))]


def told(parts: Sequence[Part], address: str = "") -> list[str]:
    """A line for each, for the terminal: log-in, password, who, duty in both languages, where, and the page to open."""
    return [
        f"  {part.username:<12} {part.password}   {part.name} · {part.duty_zh} {part.duty_en}"
        + (f" · {'、'.join(part.places[:3])}{' …' if len(part.places) > 3 else ''}" if part.places else "")
        + f" → {address}{part.page}"
        for part in parts
    ]


def as_json(parts: Sequence[Part]) -> list[dict[str, Any]]:
    return [asdict(part) for part in parts]
