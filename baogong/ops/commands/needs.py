"""`baogong need …`: what receivers ask for, how sure it is, what is promised and met."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer

from baogong.kernel.errors import UnusableInput
from baogong.ops.tables import plain, rows, sheet
from baogong.ops.terminal import Desk, Look, reads, writes
from baogong.ops.words import RECEIVERS, moment_if, named, only, party, party_if
from baogong.ops.words import item as item_of

need = typer.Typer(help="Needs: what receivers ask for.", no_args_is_help=True)

FACTS = (
    "receiver_name item_zh item_en basis quantity unit people_count days_count daily_use_milli urgency standards use source note "
    "asked_at fresh_until due_at verified_at verified_how doubt state committed met open id"
)
SHOWN = sheet(FACTS)
WITH_PROMISES = sheet(FACTS, allotments="at_site_name amount committed met released reason placed_at id")

WAYS = ("RANG_BACK", "RANG_PERSON", "SAW_PROOF", "VISITED", "OWN_NOTICE", "ON_A_LIST")
DOUBTS = ("UNREACHED", "WRONG", "FAKE")

Which = Annotated[
    str, typer.Argument(metavar="NEED", help="RECEIVER/ITEM where there is one open need of it, or the need's id.")
]
Quantity = Annotated[int | None, typer.Option(min=1, help="Base units of the item.")]
People = Annotated[int | None, typer.Option(min=1, help="So many people,")]
Days = Annotated[int | None, typer.Option(min=1, help="for so many days,")]
DailyUse = Annotated[
    float | None, typer.Option("--daily-use", min=0, help="each so many a day; the catalogue's figure if not said.")
]
Way = Annotated[str, typer.Option(help=f"One of {', '.join(WAYS)}.")]


def register(app: typer.Typer) -> None:
    app.add_typer(need, name="need")


@reads(
    need,
    "list",
    rows("receiver_name item_zh quantity committed met open urgency state fresh_until id"),
    example="baogong need list --stale",
)
def list_(
    look: Look,
    state: Annotated[str | None, typer.Option(help="REQUESTED, PARTLY_COMMITTED, COMMITTED, PARTLY_MET, MET …")] = None,
    stale: Annotated[bool | None, typer.Option("--stale/--fresh", help="Not renewed for 48 hours.")] = None,
    counted: Annotated[bool | None, typer.Option("--counted/--uncounted", help="Whether an amount is set.")] = None,
) -> Any:
    """The board of needs: the most urgent and oldest first."""
    from baogong.needs.queries import needs_board
    from baogong.needs.views import NeedState

    if state is not None and state.upper() not in list(NeedState):
        raise UnusableInput(f"“{state}” is no state of a need.", where="--state", found=state, expected=list(NeedState))
    return needs_board(look.now, state=NeedState(state.upper()) if state else None, is_stale=stale, has_amount=counted)


@reads(need, "show", WITH_PROMISES, example="baogong need show 武汉大学中南医院/n95-mask")
def show(look: Look, which: Which) -> Any:
    """One need, and what was promised for it."""
    from baogong.needs.queries import allotments
    from baogong.needs.queries import need as view_of

    found = view_of(_need(which, ended=True))
    return {**plain(found), "allotments": named(allotments(need_id=found.id), at_site="party")}


@writes(
    need,
    "ask",
    SHOWN,
    example="baogong need ask 武汉大学中南医院 医用外科口罩 --people 1000 --days 5 --daily-use 4 --urgency 1 --as wu",
)
def ask(
    desk: Desk,
    receiver: Annotated[str, typer.Argument(help="Who asks.")],
    item: Annotated[str, typer.Argument(help="For what.")],
    quantity: Quantity = None,
    people: People = None,
    days: Days = None,
    daily_use: DailyUse = None,
    no_limit: Annotated[bool, typer.Option("--no-limit", help="As much as there is; counted later.")] = False,
    site: Annotated[
        str | None, typer.Option(help="Where it is delivered; the receiver's own place if not said.")
    ] = None,
    urgency: Annotated[int, typer.Option(min=1, max=4, help="1 extreme, 2 severe, 3 moderate, 4 minor.")] = 3,
    standard: Annotated[list[str] | None, typer.Option(help="Accepts only this standard; may be given again.")] = None,
    use: Annotated[str, typer.Option(help="MEDICAL or COMMUNITY.")] = "MEDICAL",
    source: Annotated[str, typer.Option(help="How it was heard.")] = "",
    note: str = "",
    due: Annotated[str | None, typer.Option(metavar="WHEN", help="Needed by then.")] = None,
    asked: Annotated[str | None, typer.Option(metavar="WHEN", help="Asked then; now if not said.")] = None,
    verified: Annotated[bool, typer.Option("--verified", help="I rang back, or saw the proof.")] = False,
    another: Annotated[
        bool, typer.Option("--another", help="Another need than the open ones of this receiver and item.")
    ] = False,
) -> Any:
    """Write a need down: by quantity, or people × days × daily use, or without limit. It is fresh for 48 hours."""
    from baogong.needs.queries import need as view_of
    from baogong.needs.queries import open_needs
    from baogong.needs.services import Asked
    from baogong.needs.services import ask as write_down

    def asked_for() -> UUID:
        who, what = party(receiver, *RECEIVERS), item_of(item)
        stated = Asked(
            receiver=who,
            item=what,
            quantity=quantity,
            people_count=people,
            days_count=days,
            daily_use_milli=_milli(daily_use),
            has_no_limit=no_limit,
            site=party_if(site, "SITE"),
            urgency=urgency,
            standards=tuple(standard or ()),
            use=use.upper(),
            source=source,
            note=note,
            asked_at=moment_if(asked, desk.now, "--asked"),
            due_at=moment_if(due, desk.now, "--due"),
        )
        others = [each.id for each in open_needs(items=[what], receiver=who)] if another else []
        return write_down(need=stated, is_verified=verified, apart_from=others, **desk.signed)

    return view_of(desk.once_made(asked_for))


@writes(
    need,
    "count",
    SHOWN,
    example="baogong need count 武汉大学中南医院/n95-mask --quantity 800 --why 'rang back' --as wu",
)
def count(
    desk: Desk,
    which: Which,
    quantity: Quantity = None,
    people: People = None,
    days: Days = None,
    daily_use: DailyUse = None,
    why: Annotated[str, typer.Option(help="What the figure rests on.")] = "",
) -> Any:
    """Make a need countable, or correct its amount."""
    from baogong.needs.services import set_amount

    return _acted(
        desk,
        which,
        lambda found: set_amount(
            need=found,
            quantity=quantity,
            people_count=people,
            days_count=days,
            daily_use_milli=_milli(daily_use),
            why=why,
            actor=desk.actor,
            now=desk.now,
        ),
    )


@writes(need, "renew", SHOWN, example="baogong need renew 武汉大学中南医院/n95-mask --as wu")
def renew(desk: Desk, which: Which) -> Any:
    """The receiver still needs it: fresh for another 48 hours."""
    from baogong.needs import services

    return _acted(desk, which, lambda found: services.renew(need=found, **desk.signed))


@writes(need, "verify", SHOWN, example="baogong need verify 武汉大学中南医院/n95-mask --how 'rang the ward' --as wu")
def verify(
    desk: Desk,
    which: Which,
    how: Annotated[str, typer.Option(help="Which number was rung, what was seen or heard.")] = "",
    way: Way = "RANG_BACK",
) -> Any:
    """It is as asked: a person rang back a published number, saw the proof, or was there."""
    if way.upper() == "RANG_BACK" and not how:
        raise UnusableInput(
            "Which published number was rung? Nothing was changed.",
            where="--how",
            expected="the number, and whose it is",
            cure="Write it: --how '027-… 物资科'. Did you see it in another way? Say so with --way.",
        )
    return _checked(desk, which, "VERIFIED", way, how)


@writes(
    need,
    "doubt",
    SHOWN,
    example="baogong need doubt 武汉大学中南医院/n95-mask WRONG --why '500, not 5,000' --as wu",
)
def doubt(
    desk: Desk,
    which: Which,
    outcome: Annotated[str, typer.Argument(help=f"One of {', '.join(DOUBTS)}.")],
    why: Annotated[str, typer.Option(help="What is wrong, or which number was rung.")] = "",
    way: Way = "RANG_BACK",
) -> Any:
    """
    It cannot be verified. A wrong one takes no part in shares until it is verified again; a fake one ends.
    """
    if outcome.upper() not in DOUBTS:
        raise UnusableInput(f"“{outcome}” is no doubt.", where="OUTCOME", found=outcome, expected=DOUBTS)
    if outcome.upper() != "UNREACHED" and not why:
        raise UnusableInput(
            "What is wrong with it? Nothing was changed.",
            where="--why",
            expected="a few words",
            cure="Write what the other side said: whoever mends it has to know.",
        )
    return _checked(desk, which, outcome.upper(), way, why)


@writes(
    need,
    "cancel",
    SHOWN,
    example="baogong need cancel 武汉大学中南医院/n95-mask --why 'came from another side' --as wu",
)
def cancel(desk: Desk, which: Which, why: Annotated[str, typer.Option(help="Why.")]) -> Any:
    """It is not needed any more, or was never real. What is promised stays promised."""
    from baogong.needs import services

    return _acted(desk, which, lambda found: services.cancel(need=found, why=why, actor=desk.actor, now=desk.now))


def _checked(desk: Desk, which: str, outcome: str, way: str, why: str) -> Any:
    from baogong.needs import services

    return _acted(
        desk,
        which,
        lambda found: services.check(need=found, outcome=outcome, how=way.upper(), why=why, **desk.signed),
    )


def _acted(desk: Desk, which: str, act: Any) -> Any:
    from baogong.needs.queries import need as view_of

    def acted() -> UUID:
        found = _need(which)
        act(found)
        return found

    return view_of(desk.once_made(acted))


def _need(which: str, *, ended: bool = False) -> UUID:
    """By id, or by RECEIVER/ITEM where one need of it is open; `ended`: where none is, the last one that was."""
    from baogong.needs.queries import needs_of, open_needs

    try:
        return UUID(which)
    except ValueError:
        pass
    receiver, slash, item = which.rpartition("/")
    if not slash:
        raise UnusableInput(
            f"“{which}” names no need. Nothing was done.",
            where="NEED",
            found=which,
            expected="RECEIVER/ITEM, or an id",
            cure="`baogong need list` shows both.",
        )
    who, what = party(receiver, *RECEIVERS), item_of(item)
    found = open_needs(items=[what], receiver=who)
    if ended and not found:
        found = tuple(each for each in needs_of([who]) if each.item == what)[-1:]
    return only({str(each.id): each.id for each in found}, "open need", which)


def _milli(daily_use: float | None) -> int | None:
    return None if daily_use is None else round(daily_use * 1000)
