"""`baogong kit …`: what each kind of pack holds, for whom it is, how many a community needs."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer

from baogong.ops.tables import rows, sheet
from baogong.ops.terminal import Desk, Look, reads, writes
from baogong.ops.words import item as item_of
from baogong.ops.words import moment_if, only, pairs, parts, party, sure_id, whole

kit = typer.Typer(
    help="Kits: what a pack holds, for whom, how many are needed. Lists come by `baogong import kits FILE`.",
    no_args_is_help=True,
)

SHOWN = sheet(
    "code version name_zh name_en nominal_g packaging_g tolerance_permille note made_at id",
    lines="no item_zh amount unit tolerance_permille substitutes",
)
RULES = rows("kit_code kit_zh group per_persons set_at set_by_name")
Name = Annotated[str, typer.Argument(metavar="KIT", help="Its code, or its name.")]


def register(app: typer.Typer) -> None:
    app.add_typer(kit, name="kit")


def kit_named(text: str) -> Any:
    """The newest version of the kit of this code, name or id."""
    from baogong.supply.queries import kits

    found = {view.code: view for view in kits() if text in (view.code, view.name_zh, view.name_en, str(view.id))}
    return only(found, "kit", text, "`baogong kit list` shows them.")


@reads(kit, "list", rows("code version name_zh nominal_g packaging_g made_at id"), example="baogong kit list")
def list_(look: Look) -> Any:
    """The newest version of every kit."""
    from baogong.supply.queries import kits

    return kits()


@reads(kit, "show", SHOWN, example="baogong kit show vegetable-pack-5kg")
def show(look: Look, name: Name) -> Any:
    """What one pack holds, and what may stand in for it."""
    return kit_named(name)


@writes(
    kit,
    "write",
    SHOWN,
    example="baogong kit write 蔬菜包5kg --makes vegetable-pack --line item=potato,amount=3000,or=sweet-potato:2500 "
    "--line item=carrot,amount=2000 --packaging-g 120 --as lin",
)
def write(
    desk: Desk,
    name: Annotated[str, typer.Argument(help="As people call it.")],
    makes: Annotated[str, typer.Option(metavar="ITEM", help="What the pack itself is: an item counted in packs.")],
    line: Annotated[
        list[str],
        typer.Option(
            metavar="PARTS",
            help="item=, amount= in base units, tolerance= permille, or=ITEM:AMOUNT;ITEM:AMOUNT, with commas.",
        ),
    ],
    code: Annotated[str, typer.Option(help="From the name if not said.")] = "",
    name_en: Annotated[str, typer.Option(help="In English.")] = "",
    nominal_g: Annotated[int, typer.Option(min=0, help="Without packaging; the sum of grams if not said.")] = 0,
    packaging_g: Annotated[int, typer.Option(min=0, help="Of one pack.")] = 0,
    tolerance: Annotated[int, typer.Option(min=0, max=500, help="Permille of the weight of a pack.")] = 30,
    note: str = "",
) -> Any:
    """Write a kit down; the same name with another content is its next version."""
    from baogong.supply.queries import kit as view_of
    from baogong.supply.services import KitPart, write_kit

    def written() -> UUID:
        found = [parts(text, ("item", "amount", "tolerance", "or"), "--line", ("item", "amount")) for text in line]
        return write_kit(
            name_zh=name,
            name_en=name_en,
            code=code,
            item=item_of(makes),
            parts=[
                KitPart(
                    item_of(each["item"]),
                    whole(each["amount"], "--line", 1),
                    whole(each.get("tolerance", "0"), "--line"),
                    _substitutes(each.get("or", "")),
                )
                for each in found
            ],
            nominal_g=nominal_g,
            packaging_g=packaging_g,
            tolerance_permille=tolerance,
            note=note,
            **desk.signed,
        )

    return view_of(desk.once_made(written))


@reads(kit, "rules", RULES, example="baogong kit rules")
def rules(look: Look) -> Any:
    """Which pack is for whom."""
    from baogong.needs.queries import pack_rules

    return pack_rules()


@writes(kit, "rule", RULES, example="baogong kit rule vegetable-pack-5kg --group PERSON --per 3 --as lin")
def rule(
    desk: Desk,
    name: Name,
    group: Annotated[str, typer.Option(help="PERSON, ADULT, OLD, INFANT, CHRONIC or PREGNANT.")],
    per: Annotated[int, typer.Option(min=0, max=100, help="One for so many of them; 0: one a household.")] = 0,
    end: Annotated[bool, typer.Option("--end", help="Nobody of the group gets it any more.")] = False,
) -> Any:
    """Say for whom a pack is."""
    from baogong.needs.queries import pack_rules
    from baogong.needs.services import end_pack_rule, set_pack_rule

    def said() -> None:
        about = {"kit": kit_named(name).code, "group": group.upper(), "actor": desk.actor, "now": desk.now}
        if end:
            end_pack_rule(**about)
        else:
            set_pack_rule(**about, per_persons=per)

    desk.once(said)
    return pack_rules()


@reads(
    kit,
    "needed",
    rows("community_name kit_zh group households persons packs"),
    example="baogong kit needed --community 幸福里社区",
)
def needed(
    look: Look, community: Annotated[str | None, typer.Option(help="Only this one; all if not said.")] = None
) -> Any:
    """How many of each pack the communities' households come to."""
    from baogong.needs.queries import packs_needed

    return packs_needed([party(community)] if community else None)


@writes(
    kit,
    "ask",
    rows("receiver_name item_zh quantity urgency state id"),
    example="baogong kit ask 幸福里社区 --urgency 2 --as wu",
)
def ask(
    desk: Desk,
    community: Annotated[str, typer.Argument(help="Whose households are counted.")],
    urgency: Annotated[int, typer.Option(min=1, max=4, help="1 (extreme) to 4 (minor).")] = 2,
    due: Annotated[str | None, typer.Option(metavar="WHEN", help="Until when.")] = None,
) -> Any:
    """Ask for every pack the community's households come to: one need for each kind."""
    from baogong.needs.queries import open_needs, packs_needed
    from baogong.needs.services import ask_for_packs

    def asked() -> None:
        ask_for_packs(
            community=party(community), urgency=urgency, due_at=moment_if(due, desk.now, "--due"), **desk.signed
        )

    desk.once(asked)
    where = party(community)
    items = {line.item for line in packs_needed([where])}
    return [view for view in open_needs(receiver=where) if view.item in items]


@reads(
    kit,
    "outlook",
    sheet(
        "wanted packs",
        layers="packs parts",
        missing="item_zh item_en amount unit",
        left_out="item_zh item_en why",
    ),
    example="baogong kit outlook vegetable-pack-5kg 仙桃中转仓 4000",
)
def outlook(
    look: Look,
    name: Name,
    site: Annotated[str, typer.Argument(help="Where they would be packed.")],
    packs: Annotated[int, typer.Argument(min=1, max=1_000_000, help="How many are wanted.")],
    receiver: Annotated[list[str] | None, typer.Option(help="For whom alone; may be given again.")] = None,
) -> Any:
    """How many packs the stock allows, and what binds. Nothing is set aside."""
    from baogong.supply.queries import outlook as look_ahead

    return look_ahead(
        kit=kit_named(name),
        site=party(site),
        wanted=packs,
        receivers=[party(each) for each in receiver or ()],
        now=look.now,
    )


@writes(
    kit,
    "agree",
    sheet("number title state", signatures="name at"),
    example="baogong kit agree LOT-1 仙桃中转仓 --pack vegetable-pack --by 兰陵合作社 --words '电话 11:40' --as wu",
)
def agree(
    desk: Desk,
    lot: Annotated[str, typer.Argument(help="The lot's id, as `baogong stock relief` shows it.")],
    site: Annotated[str, typer.Argument(help="Where it lies.")],
    pack: Annotated[str, typer.Option(metavar="ITEM", help="What it may become part of.")],
    by: Annotated[str, typer.Option(help="Who agreed: its giver or owner.")],
    words: Annotated[str, typer.Option(help="How it was said.")],
    alone: Annotated[bool, typer.Option("--alone", help="Nobody else is on duty: in force at once.")] = False,
) -> Any:
    """Write down a giver's or owner's word that goods may be packed; two sign it."""
    from baogong.journal.queries import document
    from baogong.supply.services import agree_to_packing

    def agreed() -> UUID:
        return agree_to_packing(
            lot=sure_id(lot, "lot"),
            site=party(site),
            pack=item_of(pack),
            by=party(by),
            words=words,
            alone=alone,
            **desk.signed,
        )

    return document(desk.once_made(agreed))


def _substitutes(text: str) -> tuple[tuple[UUID, int], ...]:
    """“sweet-potato:2500;taro:3000”, the preferred one first."""
    written = [each.replace(":", "=", 1) for each in text.split(";") if each.strip()]
    return tuple((item_of(name), whole(amount, "--line", 1)) for name, amount in pairs(written, "--line"))
