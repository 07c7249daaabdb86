"""
The plan kind SHARE: open needs against relief stock, divided by exact leximin, whole cartons, with memory.

    snapshot   what is asked and still open, what lies free where, who can be reached, who was served before
    solve      baogong.engine.fairshare, pure: the same snapshot and rule give the same shares
    to_lines   one promise each, (site, FROZEN or AVAILABLE) → (receiver, HANDED_OVER)
    on_applied one Allotment for each hold

The snapshot holds no clock: it differs tomorrow only where a need went stale, goods moved or somebody was served.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import numpy as np

from baogong.catalogue.queries import item_names
from baogong.engine import fairshare
from baogong.engine.fairshare.rules import statistics
from baogong.journal.clock import house_day
from baogong.kernel.actor import Actor
from baogong.kernel.errors import BaogongError, UnusableInput
from baogong.ledger.queries import HoldView
from baogong.ledger.services import AccountRef
from baogong.ledger.states import State
from baogong.needs.errors import NothingToShare
from baogong.needs.models import Allotment
from baogong.needs.queries.board import needs_by_id, needs_of, open_needs
from baogong.needs.queries.doubles import doubles
from baogong.needs.queries.figures import figures_of
from baogong.needs.services.allotments import account_for
from baogong.needs.share_problem import engine_rule, names_of, problem_of, taken_trucks, weights_of
from baogong.needs.views import NeedView
from baogong.people.queries.merges import houses
from baogong.places import queries as places
from baogong.planning import kinds as planning
from baogong.planning.kinds import Changed, PlanKind, PlannedLine
from baogong.planning.queries import PlanView
from baogong.supply import queries as supply
from baogong.supply.views import ReliefStock

KIND = "SHARE"
PARAMS = {
    "sites",
    "items",
    "needs",
    "include_stale",
    "reach",
    "floors",
    "caps",
    "arrives_on",
    "only_verified",
    "trucks",
}


def snapshot(params: dict[str, Any], now: datetime) -> dict[str, Any]:
    """
    Fresh open needs and free relief stock.

    params, each optional
        sites, items, needs   only these (ids); beside needs that are named, `not_named` lists the open ones that are not
        include_stale         needs a person says still hold although older than 48 hours
        only_verified         leave out needs nobody rang back about
        reach                 [[site, receiver]] couples that can be served; absent: every site serves everyone
        floors, caps          {need: base units}
        arrives_on            a day: goods that expire before it are not used
        trucks                {weight_g, volume_cm3, site}, each optional: no more is shared than they carry

    Raises UnusableInput, NothingToShare, CartonUnknown.
    """
    unknown = sorted(set(params) - PARAMS)
    if unknown:
        raise UnusableInput(
            f"A share knows no {', '.join(unknown)}.", where="params", found=unknown, expected=sorted(PARAMS)
        )
    items = _ids(params, "items")
    asked, left_out = _asked(params, items, now)
    stock = [row for row in supply.relief_stock(sites=_ids(params, "sites"), items=items) if is_usable(row, now)]
    if not asked or not stock:
        raise NothingToShare(
            f"{len(asked)} countable fresh needs and {len(stock)} free lots: nothing can be shared.",
            found=f"{len(asked)} needs, {len(stock)} lots",
            expected="at least one of each",
            cure="Set amounts for needs without limit, renew stale ones, or freeze stock.",
        )
    met_before = _met_before(asked)
    rests_on = _rests_on(asked)
    twice = _asked_twice(asked, items)
    merged = houses()
    sites = {site.id: site.name for site in places.sites()}
    taken: dict[str, Any] = {
        "needs": [
            {
                "need": str(view.id),
                "receiver": str(view.receiver),
                "receiver_name": view.receiver_name,
                "item": str(view.item),
                "item_zh": view.item_zh,
                "item_en": view.item_en,
                "unit": view.unit,
                "amount": view.open,
                "urgency": view.urgency,
                "standards": list(view.standards),
                "use": view.use,
                "due_at": view.due_at.isoformat() if view.due_at else None,
                "earlier_met_permille": met_before[view.receiver, view.item],
                "rests_on": rests_on[view.id],
                "maybe_twice": twice.get(view.id, []),
            }
            for view in asked
        ],
        "stock": [
            {
                "key": f"{sites[row.site]} {number}",
                "site": str(row.site),
                "state": row.state,
                "lot": str(row.lot),
                "item": str(row.item),
                "amount": row.free,
                "carton": row.pieces_per_carton or 1,
                "standard": row.standard,
                "expires_on": row.expires_on.isoformat() if row.expires_on else None,
                "only_for": sorted({str(merged.root(party)) for party in row.earmark_parties}),
                "in_the_name_of": {
                    str(receiver): str(name)
                    for receiver in {merged.root(party) for party in row.earmark_parties}
                    if (name := account_for(row, receiver, merged)) != receiver
                },
                "is_for_community": row.is_for_community,
            }
            for number, row in enumerate(stock, start=1)
        ],
        "left_out": left_out,
        "reach": params.get("reach"),
        "floors": params.get("floors", {}),
        "caps": params.get("caps", {}),
        "arrives_on": params.get("arrives_on"),
    }
    if params.get("trucks"):
        taken["trucks"] = taken_trucks(params["trucks"], taken)
    if params.get("needs") is not None:
        taken["not_named"] = _not_named(asked, left_out, items)
    return taken


def solve(taken: Mapping[str, Any], rule: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """
    The fair share of a snapshot; three rules beside each other, a reason for every need in both languages.

    rule   version, whole_cartons, memory (engine.fairshare.FairnessRule), weights by urgency, and `receivers`: how many
           times each of these counts
    seed   not used: the division has no chance in it

    Raises UnusableProblem, InfeasibleFloors, TooManyForTrucks.
    """
    allocation = fairshare.solve(problem_of(taken, rule), rule=engine_rule(rule))
    stock = {row["key"]: row for row in taken["stock"]}
    needs = {row["need"]: row for row in taken["needs"]}
    document = fairshare.as_document(allocation, names_of(taken))
    return {
        "shares": [
            {
                "need": share.requester,
                "receiver": needs[share.requester]["receiver"],
                "account": stock[share.lot]["in_the_name_of"].get(
                    needs[share.requester]["receiver"], needs[share.requester]["receiver"]
                ),
                "item": share.item,
                "lot": stock[share.lot]["lot"],
                "site": stock[share.lot]["site"],
                "state": stock[share.lot]["state"],
                "amount": share.amount,
                "due_at": needs[share.requester]["due_at"],
                "urgency": needs[share.requester]["urgency"],
            }
            for share in allocation.shares
        ],
        "met": [
            {
                **entry,
                "receiver": needs[entry["requester"]]["receiver"],
                "receiver_name": needs[entry["requester"]]["receiver_name"],
                "item_zh": needs[entry["requester"]]["item_zh"],
                "item_en": needs[entry["requester"]]["item_en"],
                "rests_on": needs[entry["requester"]]["rests_on"],
                "maybe_twice": needs[entry["requester"]].get("maybe_twice", []),
            }
            for entry in document["met"]
        ],
        "left": [
            {
                **entry,
                **_why_left(entry, stock[entry["lot"]]["item"], taken),
                "lot": stock[entry["lot"]]["lot"],
                "site": stock[entry["lot"]]["site"],
            }
            for entry in document["left"]
        ],
        "left_out": list(taken["left_out"]),
        **({"not_named": list(taken["not_named"])} if "not_named" in taken else {}),
        "rules": document["rules"],
        "worst_ratio": document["worst_ratio"],
        "weights": weights_of(rule),
        "engine": document["engine"],
    }


def _why_left(entry: Mapping[str, Any], item: str, taken: Mapping[str, Any]) -> dict[str, str]:
    """Why goods stay, where a share is for named needs only: the engine knows of no others, and others may ask for them."""
    if "not_named" not in taken:
        return {}
    why_zh, why_en = entry["why_zh"], entry["why_en"]
    if all(row["item"] != item for row in taken["needs"]):
        why_zh, why_en = "本次分配的需求都不要它。", "None of the needs in this share asks for it."
    others = sum(row["item"] == item for row in taken["not_named"])
    if others:
        why_zh += f"另有 {others:,} 项需求要它，不在本次分配之内。"
        why_en += f" {others:,} other {'needs ask' if others > 1 else 'need asks'} for it and {'are' if others > 1 else 'is'} not in this share."
    return {"why_zh": why_zh, "why_en": why_en}


@dataclass(frozen=True, slots=True)
class InStock:
    """
    The rules held against each other where a rule can make a difference.

    rules          leximin, pro_rata, first_come → worst, mean, gini, unserved, over the needs whose good lies anywhere;
                   empty where there is none
    needs_without  needs that ask for a good of which there is no stock at all: 0 under every rule
    """

    rules: dict[str, dict[str, Any]]
    needs_without: int


def rules_in_stock(taken: Mapping[str, Any], result: Mapping[str, Any]) -> InStock:
    """A share's three rules, without the needs that no rule can serve; from its snapshot and its result as kept."""
    arrives_on = date.fromisoformat(taken["arrives_on"]) if taken["arrives_on"] else None
    lying = {
        row["item"]
        for row in taken["stock"]
        if arrives_on is None or row["expires_on"] is None or date.fromisoformat(row["expires_on"]) >= arrives_on
    }
    met = [entry for entry in result["met"] if entry["item"] in lying]
    asked = np.array([entry["need"] for entry in met], np.int64)
    got_by = {"leximin": "got", "pro_rata": "pro_rata", "first_come": "first_come"}
    rules = {
        rule: asdict(statistics(np.array([entry[got] for entry in met], np.int64), asked))
        for rule, got in got_by.items()
        if met
    }
    return InStock(rules, len(result["met"]) - len(met))


def to_lines(plan: PlanView, result: Mapping[str, Any]) -> list[PlannedLine]:
    """One promise for each share."""
    return [
        PlannedLine(
            source=AccountRef(UUID(share["site"]), State(share["state"])),
            target=AccountRef(UUID(share.get("account", share["receiver"])), State.HANDED_OVER),
            lot=UUID(share["lot"]),
            amount=share["amount"],
            meta={key: share[key] for key in ("need", "item", "due_at", "urgency")},
        )
        for share in result["shares"]
    ]


def on_applied(plan: PlanView, holds: Sequence[HoldView], actor: Actor, now: datetime) -> None:
    """The plan's holds stand: write down for which need each is."""
    reasons = {entry["requester"]: entry["reason_zh"] for entry in plan.result["met"]}
    Allotment.objects.bulk_create(
        [
            Allotment(
                need_id=UUID(line.meta["need"]),
                receiver_id=line.target.holder,
                at_site_id=line.source.holder,
                item_id=UUID(line.meta["item"]),
                lot=line.lot,
                amount=line.amount,
                hold=hold.id,
                plan=plan.id,
                document=_document(hold),
                urgency=line.meta["urgency"],
                due_at=datetime.fromisoformat(line.meta["due_at"]) if line.meta["due_at"] else None,
                reason=reasons[line.meta["need"]][:400],
                placed_at=now,
            )
            for line, hold in zip(plan.lines, holds, strict=True)
        ]
    )


def _document(hold: HoldView) -> UUID:
    assert hold.document is not None  # a plan's holds are placed under its approval
    return hold.document


def on_undone(plan: PlanView, actor: Actor, now: datetime) -> None:
    """The plan's holds are void."""
    Allotment.objects.filter(plan=plan.id, undone_at=None).update(undone_at=now)


def still_true(plan: PlanView, now: datetime) -> list[Changed]:
    """What is no longer as the plan's snapshot says; empty while it still holds."""
    try:
        fresh = snapshot(plan.params, now)
    except NothingToShare as refusal:
        return [Changed("现在没有什么可以分配：没有未满足的可计需求，或没有可用的物资", refusal.message.rstrip("."))]
    except BaogongError as refusal:
        return [Changed("按现在的数据，这个方案已经做不出来", refusal.message.rstrip("."))]
    then = plan.snapshot
    names = _item_names(then, fresh)
    said = [
        *_needs_changed(then, fresh),
        *_stock_changed(then["stock"], fresh["stock"], names),
    ]
    if fresh["left_out"] != then["left_out"]:
        said += _left_out_changed(then, fresh)
    others = [part for part in sorted(fresh) if part not in TOLD_APART and fresh[part] != then[part]]
    return said + [Changed(f"{PARTS_ZH.get(part, part)}变了", f"{part} is another now") for part in others]


# What else of a snapshot can differ, and what of one need or one lot.
TOLD_APART = (
    "needs",
    "stock",
    "left_out",
    "not_named",
)  # whom nobody named does not overtake a share that names others
PARTS_ZH = {"trucks": "车辆能装多少"}
WHY_OUT = {
    "NO_AMOUNT": ("还没有数量", "it has no amount"),
    "STALE": ("48 小时没有确认", "not confirmed for 48 hours"),
    "UNVERIFIED": ("还没有核实", "nobody rang back about it"),
    "WRONG": ("核实时发现有误", "found wrong when it was checked"),
}
NEED_FACTS = {
    "urgency": ("紧急程度", "urgency"),
    "standards": ("标准", "standard"),
    "use": ("用途", "use"),
    "due_at": ("期限", "due time"),
    "receiver": ("收货方", "receiver"),
    "receiver_name": ("收货方名称", "receiver's name"),
    "earlier_met_permille": ("以前已得多少", "what it received before"),
    "rests_on": ("数量的依据", "figures behind the amount"),
    "maybe_twice": ("可能重复的需求", "needs that may be the same"),
}
LOT_FACTS = {
    "standard": ("标准", "standard"),
    "expires_on": ("有效期", "expiry"),
    "carton": ("箱规", "pieces per carton"),
    "only_for": ("定向的收货方", "receivers it is earmarked for"),
    "in_the_name_of": ("收货方的名义", "the name it is received in"),
    "is_for_community": ("是否改作社区使用", "whether it is for community use"),
}


def _needs_changed(then: Mapping[str, Any], fresh: Mapping[str, Any]) -> list[Changed]:
    before, after = ({row["need"]: row for row in taken["needs"]} for taken in (then, fresh))
    out = {row["need"]: WHY_OUT[row["why"]] for row in fresh["left_out"]}
    was_out = {row["need"] for row in then["left_out"]}
    said = []
    for need, row in before.items():
        if need not in after:
            why = out.get(need, ("已经满足、取消或并入别的需求", "met, cancelled or counted with another"))
            said.append(_of_need(row, f"不再参加分配（{why[0]}）", f"takes no part any more ({why[1]})"))
    for need, row in after.items():
        if need not in before:
            word = ("现在可以参加分配", "can take part now") if need in was_out else ("新增的需求", "a new need")
            said.append(_of_need(row, f"{word[0]}，要 {row['amount']:,}", f"{word[1]}, {row['amount']:,} asked"))
    for need in (need for need in after if need in before):
        earlier, row = before[need], after[need]
        if earlier["amount"] != row["amount"]:
            then_now = earlier["amount"], row["amount"]
            said.append(
                _of_need(
                    row, "当时缺 {:,}，现在缺 {:,}".format(*then_now), "{:,} open then, {:,} now".format(*then_now)
                )
            )
        elif earlier != {name: row[name] for name in earlier}:  # what is asked of a need since is no change of it
            zh, en = _facts_changed(earlier, row, NEED_FACTS)
            said.append(_of_need(row, f"{zh}变了", f"{en} changed"))
    return said


def _left_out_changed(then: Mapping[str, Any], fresh: Mapping[str, Any]) -> list[Changed]:
    """Beyond those that took part before or do now, which are told already."""
    told = {row["need"] for taken in (then, fresh) for row in taken["needs"]}
    before, after = ({row["need"]: row for row in taken["left_out"]} for taken in (then, fresh))
    said = []
    for need in before.keys() | after.keys():
        row = after.get(need) or before[need]
        is_as_before = need in after and {name: row[name] for name in before.get(need, ())} == before.get(need)
        if need in told or is_as_before:  # what is written of it since is no change
            continue
        zh, en = WHY_OUT[row["why"]]
        if need not in after:
            said.append(
                _of_need(row, "当时没有参加分配，现在已不再需要", "took no part, and is not asked for any more")
            )
        else:
            said.append(_of_need(row, f"不参加分配（{zh}）", f"takes no part ({en})"))
    return sorted(said, key=lambda changed: changed.text_zh)


def _stock_changed(
    then: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]], names: Mapping[str, tuple[str, str]]
) -> list[Changed]:
    def by_place(rows: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str, str], Mapping[str, Any]]:
        return {(row["site"], row["state"], row["lot"]): row for row in rows}

    before, after = by_place(then), by_place(now)
    said = []
    for place, row in before.items():
        if place not in after:
            said.append(
                _of_stock(
                    row, names, f"当时可用 {row['amount']:,}，现在没有了", f"{row['amount']:,} free then, none now"
                )
            )
    for place, row in after.items():
        earlier = before.get(place)
        if earlier is None:
            said.append(_of_stock(row, names, f"新到可用 {row['amount']:,}", f"{row['amount']:,} more are free now"))
        elif earlier["amount"] != row["amount"]:
            then_now = earlier["amount"], row["amount"]
            said.append(
                _of_stock(
                    row,
                    names,
                    "当时可用 {:,}，现在 {:,}".format(*then_now),
                    "{:,} free then, {:,} now".format(*then_now),
                )
            )
        elif {**earlier, "key": ""} != {**row, "key": ""}:  # its key only counts the lines of a snapshot
            zh, en = _facts_changed(earlier, row, LOT_FACTS)
            said.append(_of_stock(row, names, f"{zh}变了", f"{en} changed"))
    return said


def _facts_changed(
    then: Mapping[str, Any], now: Mapping[str, Any], facts: Mapping[str, tuple[str, str]]
) -> tuple[str, str]:
    words = [facts.get(name, (name, name)) for name in now if name != "key" and then.get(name) != now[name]]
    return "、".join(zh for zh, _en in words), ", ".join(en for _zh, en in words)


def _of_need(row: Mapping[str, Any], zh: str, en: str) -> Changed:
    return Changed(
        f"{row['receiver_name']} · {row['item_zh']}：{zh}",
        f"{row['receiver_name']} · {row.get('item_en') or row['item_zh']}: {en}",
    )


def _of_stock(row: Mapping[str, Any], names: Mapping[str, tuple[str, str]], zh: str, en: str) -> Changed:
    site, (item_zh, item_en) = row["key"].rsplit(" ", 1)[0], names.get(row["item"], ("", ""))
    return Changed(f"{site} · {item_zh}：{zh}", f"{site} · {item_en}: {en}")


def _item_names(*taken: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Of everything asked or free: (zh, en)."""
    wanted = {row["item"] for each in taken for row in each["stock"]}
    return {str(id): names for id, names in item_names().items() if str(id) in wanted}


PLAN_KIND = PlanKind(
    name=KIND,
    snapshot=snapshot,
    solve=solve,
    to_lines=to_lines,
    on_applied=on_applied,
    on_undone=on_undone,
    still_true=still_true,
    engine=fairshare.ENGINE_VERSION,
)


def register() -> None:
    """Called when the room starts."""
    planning.register(PLAN_KIND)


def _ids(params: Mapping[str, Any], key: str) -> list[UUID] | None:
    return [UUID(str(value)) for value in params[key]] if params.get(key) is not None else None


def _asked(
    params: Mapping[str, Any], items: list[UUID] | None, now: datetime
) -> tuple[list[NeedView], list[dict[str, str]]]:
    """Needs that count, in the order in which they came in, and those left out with the reason."""
    chosen = _ids(params, "needs")
    still_holding = set(_ids(params, "include_stale") or [])
    views = open_needs(items=items) if chosen is None else needs_by_id(chosen)
    asked, left_out = [], []
    for view in sorted(views, key=lambda view: (view.asked_at, view.id)):
        if items is not None and view.item not in items:
            continue
        why = why_left_out(view, still_holding, bool(params.get("only_verified")), now)
        if why is None:
            asked.append(view)
        elif why:
            left_out.append(
                {
                    "need": str(view.id),
                    "receiver_name": view.receiver_name,
                    "item_zh": view.item_zh,
                    "item_en": view.item_en,
                    "why": why,
                }
            )
    return asked, left_out


def _not_named(
    asked: Sequence[NeedView], left_out: Sequence[Mapping[str, str]], items: list[UUID] | None
) -> list[dict[str, Any]]:
    """
    Open needs that somebody left out by naming others, in the order in which they came in; amount None: none is set.

    What was found wrong is nobody's open word, and of what is promised in full nothing is open.
    """
    named = {str(view.id) for view in asked} | {row["need"] for row in left_out}
    views = (
        view
        for view in open_needs(items=items)
        if str(view.id) not in named and view.open != 0 and view.doubt != "WRONG"
    )
    return [
        {
            "need": str(view.id),
            "receiver_name": view.receiver_name,
            "item": str(view.item),
            "item_zh": view.item_zh,
            "item_en": view.item_en,
            "amount": view.open,
        }
        for view in sorted(views, key=lambda view: (view.asked_at, view.id))
    ]


def why_left_out(view: NeedView, still_holding: set[UUID], only_verified: bool, now: datetime) -> str | None:
    """None: it takes part; "" where nothing is open of it."""
    if view.is_cancelled or view.open == 0:
        return ""
    if view.open is None:
        return "NO_AMOUNT"
    if view.doubt == "WRONG":
        return "WRONG"
    if view.is_stale(now) and view.id not in still_holding:
        return "STALE"
    return "UNVERIFIED" if only_verified and view.verified_by is None else None


def is_usable(row: ReliefStock, now: datetime) -> bool:
    """Not expired, its earmark not over, and its item among those it is earmarked for."""
    if row.expires_on is not None and row.expires_on < house_day(now):
        return False
    if row.earmark_until is not None and row.earmark_until < house_day(now):
        return False
    return not row.earmark_items or row.item in row.earmark_items


def _rests_on(asked: Sequence[NeedView]) -> dict[UUID, list[dict[str, Any]]]:
    """The figures behind each amount, printed with the share's reasons: an assumption nobody sees is nobody's."""
    found = figures_of([view.id for view in asked])
    return {
        view.id: [
            {
                "what": figure.what,
                "group": figure.group,
                "amount": figure.amount,
                "per_days": figure.per_days,
                "ground": figure.ground,
                "set_by": figure.set_by_name,
            }
            for figure in found.get(view.id, ())
        ]
        for view in asked
    }


def _asked_twice(asked: Sequence[NeedView], items: list[UUID] | None) -> dict[UUID, list[dict[str, Any]]]:
    """
    By need: other open needs that may be the same, or part and whole, and of which nobody has said what they are. Both
    would be given; whoever approves has to see it.
    """
    mine = {view.id for view in asked}
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for couple in doubles(open_needs(items=items)):
        for one, other in ((couple.parent, couple.child), (couple.child, couple.parent)):
            if one.id in mine:
                found[one.id].append(
                    {
                        "need": str(other.id),
                        "receiver_name": other.receiver_name,
                        "item_zh": other.item_zh,
                        "item_en": other.item_en,
                        "amount": other.open,
                        "is_part": couple.is_part,
                        "is_here": other.id in mine,
                        "grounds": list(couple.grounds),
                    }
                )
    return {need: sorted(others, key=lambda other: str(other["need"])) for need, others in found.items()}


def _met_before(asked: Sequence[NeedView]) -> dict[tuple[UUID, UUID], int]:
    """(receiver, item) → permille of all it ever asked for that is signed for or promised, this need included."""
    wanted: dict[tuple[UUID, UUID], list[NeedView]] = defaultdict(list)
    for view in needs_of({view.receiver for view in asked}):
        if view.counted and not view.is_cancelled:
            wanted[view.receiver, view.item].append(view)
    return {
        key: min(
            1000,
            sum((view.counted or 0) - (view.open or 0) for view in views)
            * 1000
            // sum(view.counted or 0 for view in views),
        )
        for key, views in wanted.items()
    }
