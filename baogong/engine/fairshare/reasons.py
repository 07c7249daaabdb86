"""One or two sentences for every need: what was asked, what is given, and why it is not more. English and Chinese say the same."""

from __future__ import annotations

from dataclasses import dataclass

from baogong.engine.fairshare.wording import UNKNOWN_UNIT, Unit, counted, percent, pieces

CLOSED_BY = ("earmark", "standard", "reach", "expiry")
"""Why a lot may not go to a requester; where several hold, the first is named."""


@dataclass(frozen=True, slots=True)
class Group:
    """The requesters who were levelled together, and what they share. Pieces throughout."""

    requesters: int
    asked: int
    lots: tuple[str, ...]
    stock: int
    level: float


@dataclass(frozen=True, slots=True)
class FullTruck:
    """A limit that nothing more fits under: its own name or the way it stands for, what it carries in all."""

    name: str
    site: str
    requesters: tuple[str, ...]
    is_weight: bool
    room: float

    @property
    def en(self) -> str:
        carries = f"{pieces(self.room / 1e3)} kg" if self.is_weight else f"{pieces(self.room / 1e6)} m³"
        way = (f" from {self.site}" if self.site else "") + (f" to {self._to(' receivers')}" if self.requesters else "")
        return f"{self.name or (f'the trucks{way}' if way else 'all trucks together')}, {carries}"

    @property
    def zh(self) -> str:
        carries = f"{pieces(self.room / 1e3)} 公斤" if self.is_weight else f"{pieces(self.room / 1e6)} 立方米"
        way = (f"自{self.site}" if self.site else "") + (f"到{self._to(' 家')}" if self.requesters else "")
        return f"{self.name or (f'{way}的车' if way else '全部车辆')}，{carries}"

    def _to(self, many: str) -> str:
        return self.requesters[0] if len(self.requesters) == 1 else f"{len(self.requesters):,}{many}"


@dataclass(frozen=True, slots=True)
class Facts:
    """
    What a reason is told from.

    exact      pieces if goods could be divided; got pieces in whole cartons
    cartons    sizes of the cartons it may use, rising
    closed     lots of the item it may not use, by CLOSED_BY
    lower      lots it may use that go wholly to requesters who stand lower
    lots       lots of the item with stock
    full       limits of trucks that hold its group down
    crowded    a limit that leaves no room for the carton it lacks
    """

    need: int
    got: int
    exact: float
    floor: int
    ceiling: int
    weight: float
    earlier: float
    cartons: tuple[int, ...]
    closed: tuple[int, ...]
    lower: int
    lots: int
    group: Group
    full: tuple[FullTruck, ...] = ()
    crowded: FullTruck | None = None

    @property
    def is_open(self) -> bool:
        return sum(self.closed) < self.lots


def _lots(count: int) -> str:
    return counted(count, "lot")


_CLOSED_EN = dict(
    zip(
        CLOSED_BY,
        ("earmarked for others", "of a standard it does not accept", "out of its reach", "expiring before arrival"),
        strict=True,
    )
)
_CLOSED_ZH = dict(zip(CLOSED_BY, ("定向给他人", "标准不被接受", "送不到", "到达前过期"), strict=True))


def _closed_en(facts: Facts) -> str:
    return ", ".join(f"{_lots(n)} {_CLOSED_EN[why]}" for why, n in zip(CLOSED_BY, facts.closed, strict=True) if n)


def _closed_zh(facts: Facts) -> str:
    return "、".join(f"{n} 批{_CLOSED_ZH[why]}" for why, n in zip(CLOSED_BY, facts.closed, strict=True) if n)


def _is(amount: float, other: float) -> bool:
    return abs(amount - other) <= 1e-6 * max(1.0, abs(other))


def _cartons_en(facts: Facts, unit: Unit) -> str:
    if _is(facts.got, facts.exact):
        return ""
    sizes = "/".join(str(size) for size in facts.cartons)
    below = " This is below its floor." if facts.got < facts.floor else ""
    what = f"whole cartons of {sizes}" if facts.cartons != (1,) else f"whole {unit.many or 'pieces'}"
    crowded = f" No truck has room for a further carton (full: {facts.crowded.en})." if facts.crowded else ""
    return f" The exact share is {pieces(facts.exact)}; {what} make it {facts.got:,}.{below}{crowded}"


def _cartons_zh(facts: Facts, unit: Unit) -> str:
    if _is(facts.got, facts.exact):
        return ""
    sizes = "/".join(str(size) for size in facts.cartons)
    below = "低于其保底数。" if facts.got < facts.floor else ""
    what = f"按每箱 {sizes} {unit.zh}整箱发放" if facts.cartons != (1,) else f"取整{unit.zh}"
    crowded = f"再多一箱就装不下（已满：{facts.crowded.zh}）。" if facts.crowded else ""
    return f"应得 {pieces(facts.exact)} {unit.zh}，{what}为 {facts.got:,} {unit.zh}。{below}{crowded}"


def _conditions_en(facts: Facts, unit: Unit) -> str:
    """What bends the common level for this one; ends the sentence."""
    told = f" × weight {facts.weight:g}" if facts.weight != 1 else ""
    if facts.earlier:
        told += f", of which {percent(facts.earlier)} counts as received earlier"
    told += "."
    if facts.floor and _is(facts.exact, facts.floor):
        told += f" Its floor of {facts.floor:,} is what it gets above that level."
    return told + _cartons_en(facts, unit)


def _conditions_zh(facts: Facts, unit: Unit) -> str:
    told = f" × 权重 {facts.weight:g}" if facts.weight != 1 else ""
    if facts.earlier:
        told += f"，其中 {percent(facts.earlier)} 视为早先已得"
    told += "。"
    if facts.floor and _is(facts.exact, facts.floor):
        told += f"保底 {facts.floor:,} {unit.zh}使它高于该水平。"
    return told + _cartons_zh(facts, unit)


def reason_en(facts: Facts, unit: Unit = UNKNOWN_UNIT) -> str:
    """True of these facts; ends with a full stop."""
    asked = f"Asked for {unit.amount_en(facts.need)}, gets {facts.got:,}"
    if facts.need == 0:
        return "Nothing was asked for."
    if facts.lots == 0:
        return f"{asked}: there is no stock of this item."
    if not facts.is_open:
        return f"{asked}: there is stock of this item, but {_closed_en(facts)}."
    if facts.got == facts.need:
        return f"{asked}: met in full."
    if _is(facts.exact, facts.need):
        return f"{asked}: the stock suffices.{_cartons_en(facts, unit)}"
    if _is(facts.exact, facts.ceiling):
        return f"{asked}: its cap is {facts.ceiling:,}.{_cartons_en(facts, unit)}"
    group = facts.group
    if facts.full:
        full = "; ".join(truck.en for truck in facts.full)
        many = "1 need rides" if group.requesters == 1 else f"{group.requesters:,} needs ride"
        return (
            f"{asked} ({percent(facts.got / facts.need)}): the truck, not the stock, is the limit (full: {full}). "
            f"{many} under it, levelled at {percent(group.level)}{_conditions_en(facts, unit)}"
        )
    if not group.lots:
        return f"{asked}: every lot it may use goes wholly to requesters who stand lower.{_cartons_en(facts, unit)}"
    lots = ", ".join(group.lots[:3]) + (f" and {len(group.lots) - 3} more" if len(group.lots) > 3 else "")
    shared = (
        f"{asked} ({percent(facts.got / facts.need)}): stock is short. {group.requesters} requesters who ask for {group.asked:,} "
        f"share {group.stock:,} in {_lots(len(group.lots))} ({lots}), levelled at {percent(group.level)}"
        if group.requesters > 1
        else f"{asked} ({percent(facts.got / facts.need)}): what is left to it, {_lots(len(group.lots))} ({lots}), holds {group.stock:,}"
    )
    shared += _conditions_en(facts, unit)
    if facts.lower:
        shared += f" {_lots(facts.lower).capitalize()} more it could use: given wholly to requesters who stand lower."
    if any(facts.closed):
        shared += f" Closed to it: {_closed_en(facts)}."
    return shared


def reason_zh(facts: Facts, unit: Unit = UNKNOWN_UNIT) -> str:
    """The same in Chinese."""
    asked = f"需要 {facts.need:,} {unit.zh}，分得 {facts.got:,} {unit.zh}"
    if facts.need == 0:
        return "没有提出需求。"
    if facts.lots == 0:
        return f"{asked}：此物资没有库存。"
    if not facts.is_open:
        return f"{asked}：此物资有库存，但有 {_closed_zh(facts)}。"
    if facts.got == facts.need:
        return f"{asked}：全部满足。"
    if _is(facts.exact, facts.need):
        return f"{asked}：库存足够。{_cartons_zh(facts, unit)}"
    if _is(facts.exact, facts.ceiling):
        return f"{asked}：上限为 {facts.ceiling:,} {unit.zh}。{_cartons_zh(facts, unit)}"
    group = facts.group
    if facts.full:
        full = "；".join(truck.zh for truck in facts.full)
        return (
            f"{asked}（{percent(facts.got / facts.need)}）：限制在车，不在货（已满：{full}）。"
            f"{group.requesters:,} 项需求同受此限，拉平到 {percent(group.level)}{_conditions_zh(facts, unit)}"
        )
    if not group.lots:
        return f"{asked}：它可用的库存全部给了满足率更低的单位。{_cartons_zh(facts, unit)}"
    lots = "、".join(group.lots[:3]) + (" 等" if len(group.lots) > 3 else "")
    shared = (
        f"{asked}（{percent(facts.got / facts.need)}）：库存不足。{group.requesters} 家共需 {group.asked:,} {unit.zh}，"
        f"同分 {len(group.lots)} 批（{lots}）共 {group.stock:,} {unit.zh}，拉平到 {percent(group.level)}"
        if group.requesters > 1
        else f"{asked}（{percent(facts.got / facts.need)}）：留给它的 {len(group.lots)} 批（{lots}）共 {group.stock:,} {unit.zh}"
    )
    shared += _conditions_zh(facts, unit)
    if facts.lower:
        shared += f"另有 {facts.lower} 批它可用的库存全部给了满足率更低的单位。"
    if any(facts.closed):
        shared += f"不能给它的：{_closed_zh(facts)}。"
    return shared
