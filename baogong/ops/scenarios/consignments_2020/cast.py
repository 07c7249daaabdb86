"""Who acts: an office of three, a keeper, a driver, a dispatcher; and owners by their private pages."""

from __future__ import annotations

from uuid import UUID

from baogong.kernel.actor import Actor, Duty
from baogong.ops.scenarios.stage import Stage
from baogong.people.queries.access import log_ins
from baogong.people.services import access

WAREHOUSE, CARRIER = "廊坊集货仓", "东行物流"
DRIVERS = ("陶", "李", "孔", "曹", "严", "华", "姜", "戚")
CAST: dict[str, tuple[str, Duty, str]] = {
    "lin": ("总调度 林", Duty.COMMAND, ""),
    "zhao": ("复核 赵", Duty.APPROVER, ""),
    "wu": ("录入 吴", Duty.CLERK, ""),
    "qian": ("保管 钱", Duty.KEEPER, WAREHOUSE),
    "tao": ("司机 陶", Duty.DRIVER, CARRIER),
    "sun": ("调度 孙", Duty.CARRIER, CARRIER),
}


def open_cast(stage: Stage, *names: str) -> None:
    """Their log-ins; made once, found again."""
    known = {login.username: login.id for login in log_ins(now=stage.now)}
    for username in names:
        name, duty, place = CAST[username]
        if username not in known:
            held: list[tuple[Duty, UUID | None]] = [(duty, stage.party(place) if place else None)]
            known[username] = access.make_login(
                name=name, username=username, password=access.DEMO_PASSWORD, duties=held, now=stage.now, is_demo=True
            )
        stage.actors[username] = access.actor_of(known[username], stage.now)


def owner(stage: Stage, name: str) -> Actor:
    """Whoever has opened the consignor's private page and typed its code."""
    return Actor(person_id=None, name=f"{name}（专属链接）", reach={Duty.CLERK: frozenset({stage.party(name)})})
