"""`baogong convoy …`: which trucks carry what, when, over which hub; what was weighed; what their carriers say to it."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer

from baogong.kernel.actor import Duty
from baogong.kernel.errors import UnusableInput
from baogong.ops import plans as common
from baogong.ops.tables import plain, rows, sheet
from baogong.ops.terminal import Desk, Look, reads, writes
from baogong.ops.words import fen, moment, moment_if, only, pairs, party, whole

convoy = typer.Typer(help="Convoys: trucks, times, hubs, carriers.", no_args_is_help=True)

KIND = "CONVOY"
ANSWERS = {"accept": "ACCEPTED", "counter": "COUNTERED", "decline": "DECLINED"}
SHOWN = sheet(
    "plan.state plan.made_by_name plan.made_at plan.approved_at hub_name last_arrival_at last_arrival_at_bound late_carton_s "
    "late_carton_s_bound cost_fen left_cartons stopped_because plan.id",
    legs="vehicle origin_name destination_name depart_at arrive_at cartons",
    rejected="what why_en",
    left="cartons_count why_en",
)
ASKED = rows("carrier_name answer note asked_at answered_at path id")

Until = Annotated[str, typer.Option("--until", metavar="WHEN", help="What is due before then.")]


def register(app: typer.Typer) -> None:
    app.add_typer(convoy, name="convoy")


@reads(convoy, "list", rows(common.LISTED), example="baogong convoy list --state APPROVED")
def list_(look: Look, state: Annotated[str | None, typer.Option(help="PROPOSED, APPROVED or UNDONE.")] = None) -> Any:
    """The newest first."""
    from baogong.freight.queries import convoys

    return convoys(state=state.upper() if state else None)


@reads(convoy, "show", SHOWN, example="baogong convoy show")
def show(look: Look, plan: common.Newest = None) -> Any:
    """Legs and times, what was rejected and why, what no vehicle takes."""
    return _convoy(common.of_kind(KIND, plan))


@reads(
    convoy,
    "waiting",
    rows("site_name receiver_name item_zh amount due_at"),
    example="baogong convoy waiting",
)
def waiting(look: Look) -> Any:
    """Promised goods that are on no waybill yet."""
    from baogong.freight.queries import not_moving
    from baogong.ops.words import named

    return named(not_moving(now=look.now), item="item")


@reads(
    convoy,
    "changes",
    sheet("old new unchanged_count last_arrival_s late_carton_s cost_fen", changes="what text_en before_at after_at"),
    example="baogong convoy changes ID",
)
def changes(look: Look, plan: common.Newest = None) -> Any:
    """What approving a plan would change against the one it replaces."""
    from baogong.freight import queries

    found = common.of_kind(KIND, plan)
    earlier = queries.convoy(found).supersedes
    if earlier is None:
        raise UnusableInput("This plan replaces no other.", where=str(found), cure="Show it: `baogong convoy show`.")
    return queries.convoy_difference(earlier, found)


@writes(
    convoy,
    "plan",
    SHOWN,
    example="baogong convoy plan --until +5d --hub 仙桃中转仓 --not-before '廊坊仓=2020-01-24 06:00' --as lin",
)
def plan(
    desk: Desk,
    until: Until,
    start: Annotated[str, typer.Option("--from", metavar="WHEN", help="Nothing is planned before it.")] = "now",
    hub: Annotated[list[str] | None, typer.Option(help="A site where goods may merge; may be given again.")] = None,
    not_before: Annotated[
        list[str] | None, typer.Option(metavar="SITE=WHEN", help="No vehicle leaves it with goods before then.")
    ] = None,
    feed: Annotated[
        list[str] | None, typer.Option(metavar="SITE=SITE", help="Its goods may first be brought there.")
    ] = None,
    supersedes: Annotated[
        str | None, typer.Option(metavar="ID", help="The plan it replaces where not yet loaded.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0)] = 1,
    limit_s: Annotated[float | None, typer.Option(min=0.1, max=600, help="Seconds it may think.")] = None,
) -> Any:
    """Plan how everything promised gets to its receivers. Nothing is on a waybill until another person approves."""
    from baogong.freight.services import plan_convoy

    def made() -> UUID:
        feeds: dict[UUID, list[UUID]] = {}
        for site, to in pairs(feed or (), "--feed"):
            feeds.setdefault(party(site), []).append(party(to))
        return plan_convoy(
            from_at=moment(start, desk.now, "--from"),
            until_at=moment(until, desk.now, "--until"),
            hubs=[party(each) for each in hub or ()],
            not_before={
                party(site): moment(text, desk.now, "--not-before")
                for site, text in pairs(not_before or (), "--not-before")
            },
            feeds=feeds,
            supersedes=common.of_kind(KIND, supersedes) if supersedes else None,
            rule={"limit_s": limit_s} if limit_s else {},
            seed=seed,
            **desk.signed,
        )

    return _convoy(desk.once_made(made))


@writes(convoy, "replan", SHOWN, example="baogong convoy replan --as lin")
def replan(
    desk: Desk,
    plan: common.Which = None,
    until: Annotated[str | None, typer.Option(metavar="WHEN", help="Another end than the plan's.")] = None,
) -> Any:
    """Plan anew, from now, what of an approved plan is not yet loaded: the new plan takes its place when approved."""
    from datetime import datetime

    from baogong.freight.services import plan_convoy
    from baogong.planning import queries

    def made() -> UUID:
        earlier = queries.plan(common.of_kind(KIND, plan, "APPROVED"))
        said = earlier.params
        return plan_convoy(
            from_at=max(desk.now, datetime.fromisoformat(said["from_at"])),
            until_at=moment_if(until, desk.now, "--until") or datetime.fromisoformat(said["until_at"]),
            hubs=[UUID(each) for each in said["hubs"]],
            not_before={UUID(site): datetime.fromisoformat(at) for site, at in said["not_before"].items()},
            feeds={UUID(site): [UUID(each) for each in to] for site, to in said["feeds"].items()},
            terms=said["terms"],
            supersedes=earlier.id,
            rule=earlier.rule,
            seed=earlier.seed,
            **desk.signed,
        )

    return _convoy(desk.once_made(made))


@writes(convoy, "approve", SHOWN, example="baogong convoy approve --as mei")
def approve(desk: Desk, plan: common.Which = None, alone: common.Alone = False) -> Any:
    """Turn a plan into waybills, one per truck and stop. Who made it leaves that to another person."""
    return _convoy(common.approve(desk, KIND, plan, alone=alone))


@writes(convoy, "undo", SHOWN, example="baogong convoy undo --as mei")
def undo(desk: Desk, plan: common.Which = None) -> Any:
    """Cancel a plan's waybills, until a truck is loaded."""
    return _convoy(common.undo(desk, KIND, plan))


@reads(
    convoy,
    "asks",
    rows("carrier_name answer note asked_at answered_at suggested_plan id"),
    example="baogong convoy asks",
)
def asks(look: Look, plan: common.Newest = None) -> Any:
    """What each carrier answered."""
    from baogong.freight import queries

    return queries.asks(plan=common.of_kind(KIND, plan))


@writes(convoy, "ask", ASKED, example="baogong convoy ask --code 4711 --as lin")
def ask(
    desk: Desk,
    plan: common.Newest = None,
    code: Annotated[str | None, typer.Option(help="What the dispatcher has to type, told by telephone.")] = None,
) -> Any:
    """
    Put a plan to every carrier whose vehicles it uses. Each private page's path is printed once: only its hash is kept.
    """
    from baogong.freight import queries, services

    paths: dict[str, str] = {}

    def asked() -> UUID:
        about = common.of_kind(KIND, plan)
        for each in services.ask_carriers(plan=about, code=code, actor=desk.actor, now=desk.now):
            paths[str(each.ask)] = _path(each.token)
        return about

    found = queries.asks(plan=desk.once_made(asked))
    return {"items": [{**plain(each), "path": paths.get(str(each.id), "")} for each in found]}


@writes(convoy, "link", sheet("carrier_name path id"), example="baogong convoy link 东行物流 --as lin")
def link(
    desk: Desk,
    carrier: Annotated[str, typer.Argument(help="Whose link was lost.")],
    plan: common.Newest = None,
    code: Annotated[str | None, typer.Option(help="What the dispatcher has to type.")] = None,
) -> Any:
    """A new private link for a carrier; those made before open nothing any more. Printed once."""
    from baogong.freight import queries, services

    tokens: list[str] = []

    def renewed() -> UUID:
        about = _ask_of(plan, party(carrier))
        tokens.append(services.renew_link(ask=about, code=code, actor=desk.actor, now=desk.now))
        return about

    found = queries.ask(desk.once_made(renewed))
    return {**plain(found), "path": _path(tokens[0]) if tokens else ""}


@writes(
    convoy,
    "answer",
    sheet("carrier_name answer note answered_at suggested_plan id"),
    example="baogong convoy answer accept --carrier 东行物流 --as sun",
)
def answer(
    desk: Desk,
    how: Annotated[str, typer.Argument(metavar="accept|counter|decline")],
    plan: Annotated[str | None, typer.Option(metavar="ID", help="Its id; left out, the newest.")] = None,
    carrier: Annotated[str | None, typer.Option(help="For whom; left out, whose dispatcher one is.")] = None,
    note: Annotated[str, typer.Option(help="A word to the command office.")] = "",
    vehicles: Annotated[list[str] | None, typer.Option(metavar="KIND=COUNT", help="So many of this kind.")] = None,
    fixed: Annotated[list[str] | None, typer.Option(metavar="KIND=YUAN", help="For each vehicle used.")] = None,
    per_km: Annotated[list[str] | None, typer.Option("--per-km", metavar="KIND=YUAN")] = None,
    bonus: Annotated[list[str] | None, typer.Option(metavar="KIND=YUAN", help="To each driver.")] = None,
    available: Annotated[list[str] | None, typer.Option("--from", metavar="KIND=WHEN", help="Not before.")] = None,
) -> Any:
    """A carrier's answer, by its dispatcher. A counter names what differs; it leads to a new plan, to approve or not."""
    from baogong.freight import queries, services

    def answered() -> UUID:
        if how.lower() not in ANSWERS:
            raise UnusableInput(f"“{how}” is no answer.", where="ANSWER", found=how, expected=list(ANSWERS))
        about = _ask_of(plan, _own_carrier(desk, carrier))
        kinds = {each.name: str(each.id) for each in queries.kinds(carrier=queries.ask(about).carrier)}
        terms: dict[str, dict[str, Any]] = {}
        for texts, field, read in (
            (vehicles, "vehicles_count", whole),
            (fixed, "fixed_fen", fen),
            (per_km, "fen_per_km", fen),
            (bonus, "bonus_fen", fen),
            (available, "available_from_at", lambda text, where: moment(text, desk.now, where).isoformat()),
        ):
            for kind, text in pairs(texts or (), field):
                terms.setdefault(_kind(kinds, kind), {})[field] = read(text, field)
        services.answer_ask(ask=about, answer=ANSWERS[how.lower()], terms=terms or None, note=note, **desk.signed)
        return about

    return queries.ask(desk.once_made(answered))


def _convoy(found: UUID) -> dict[str, Any]:
    from baogong.freight.queries import convoy as view_of

    view = view_of(found)
    legs = [
        {
            **plain(leg),
            "origin_name": leg.stops[0].site_name,
            "destination_name": leg.stops[-1].site_name,
            "cartons": sum(stop.cartons_loaded for stop in leg.stops),
        }
        for leg in view.legs
    ]
    return {**plain(view), "plan": common.head_of(found), "legs": legs}


def _ask_of(plan: str | None, carrier: UUID) -> UUID:
    """What a plan, or else the newest one put to the carrier, asks of it."""
    from baogong.freight.queries import asks

    about = common.of_kind(KIND, plan) if plan else None
    found = asks(plan=about, carrier=carrier)[:1]
    return only({str(each.id): each.id for each in found}, "request to this carrier")


def _own_carrier(desk: Desk, named: str | None) -> UUID:
    from baogong.freight.queries import carriers
    from baogong.people.queries.access import reach

    if named is not None:
        return party(named)
    places = reach(desk.actor, Duty.CARRIER)
    return only({each.name: each.id for each in carriers() if places is None or each.id in places}, "carrier")


def _kind(kinds: dict[str, str], name: str) -> str:
    if name not in kinds:
        raise UnusableInput(
            f"This carrier offers no “{name}”.",
            where="KIND",
            found=name,
            expected=sorted(kinds),
            cure="Name one of these.",
        )
    return kinds[name]


def _path(token: str | None) -> str:
    """On this house's site, whatever address it has."""
    return f"/carrier/offer/{token}/" if token else ""
