"""`baogong gift …`: what others give, or have carried, from the offer to the receiver's signature."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer

from baogong.kernel.errors import UnusableInput
from baogong.ops.tables import rows, sheet
from baogong.ops.terminal import Desk, Look, reads, writes
from baogong.ops.words import RECEIVERS, by_line, day, item, key, parts, party, party_if, text_of, whole

gift = typer.Typer(help="Gifts, partners' goods, and what is carried for others.", no_args_is_help=True)

TERMS = ("GIFT", "PARTNER", "CONSIGNMENT")
LINE = ("item", "amount", "standard", "expires", "carton", "for", "purpose", "at")
SHOWN = sheet(
    "gift.number gift.terms gift.state gift.donor_name gift.offered_at gift.accepted_at gift.received_at",
    lines="line.no line.item_zh line.offered line.arrived line.damaged line.short line.verdict line.receiver_name "
    "signed_for on_the_way in_stock lost",
)
PATH = sheet("no item_zh", steps="at source_name source_state target_name target_state amount reason evidence")

Number = Annotated[str, typer.Argument(metavar="GIFT", help="Its number (GF-0001, CS-0001) or id.")]


def register(app: typer.Typer) -> None:
    app.add_typer(gift, name="gift")


@reads(
    gift,
    "list",
    rows("number terms state donor_name offered_at received_at"),
    example="baogong gift list --state OFFERED",
)
def list_(
    look: Look,
    terms: Annotated[str | None, typer.Option(help=f"One of {', '.join(TERMS)}.")] = None,
    state: Annotated[str | None, typer.Option(help="OFFERED, ACCEPTED, RECEIVED or DECLINED.")] = None,
    giver: Annotated[str | None, typer.Option(help="Only this donor's or owner's.")] = None,
) -> Any:
    """The newest first."""
    from baogong.supply.queries import gifts

    return gifts(terms=terms.upper() if terms else None, state=state.upper() if state else None, giver=party_if(giver))


@reads(gift, "show", SHOWN, example="baogong gift show GF-0001")
def show(look: Look, number: Number) -> Any:
    """A gift, and where each line of it is now."""
    from baogong.supply.queries import gift_path

    return gift_path(key(number))


@reads(gift, "path", PATH, example="baogong gift path GF-0001 --line 2")
def path(look: Look, number: Number, line: Annotated[int, typer.Option(min=1, help="Which line of it.")] = 1) -> Any:
    """Every hand a line of a gift passed, when, and what shows it."""
    from baogong.ops.tables import plain
    from baogong.supply.queries import gift_path

    lines = {each.line.no: each for each in gift_path(key(number)).lines}
    if line not in lines:
        raise UnusableInput(
            f"{number} has no line {line}.",
            where="--line",
            found=line,
            expected=sorted(lines),
            cure="Name one of these.",
        )
    found = lines[line]
    return {"no": line, "item_zh": found.line.item_zh, **plain(found)}


@writes(
    gift,
    "offer",
    SHOWN,
    example="baogong gift offer 武汉大学校友会 --line 'item=protective-suit,amount=1600,standard=GB 19082-2009' --as wu",
)
def offer(
    desk: Desk,
    donor: Annotated[str, typer.Argument(help="Who gives, or has it carried.")],
    line: Annotated[
        list[str], typer.Option(metavar="PARTS", help=f"{', '.join(LINE)} as NAME=VALUE with commas; item and amount.")
    ],
    terms: Annotated[str, typer.Option(help=f"One of {', '.join(TERMS)}.")] = "GIFT",
    owner: Annotated[
        str | None, typer.Option(help="Whose it is until a receiver signs; the donor's if not said.")
    ] = None,
    papers: Annotated[str, typer.Option(help="What came with it.")] = "",
    note: str = "",
) -> Any:
    """Write down what someone offers, or asks to have carried."""
    from baogong.supply.services import offer_gift

    def offered() -> UUID:
        return offer_gift(
            terms=terms.upper(),
            donor=party(donor),
            lines=[_offered(text) for text in line],
            owner=party_if(owner),
            papers=papers,
            note=note,
            **desk.signed,
        )

    return _gift(desk.once_made(offered))


@writes(gift, "judge", SHOWN, example="baogong gift judge GF-0001 --passes 1 --fails '2=no certificate' --as wu")
def judge(
    desk: Desk,
    number: Number,
    passes: Annotated[list[int] | None, typer.Option(metavar="LINE", help="Meets its standard.")] = None,
    fails: Annotated[
        list[str] | None, typer.Option(metavar="LINE=WHY", help="Fails it; the giver is asked about community use.")
    ] = None,
    not_taken: Annotated[list[str] | None, typer.Option("--not-taken", metavar="LINE=WHY")] = None,
    standard: Annotated[
        list[str] | None, typer.Option(metavar="LINE=STANDARD", help="The standard it was found to meet.")
    ] = None,
) -> Any:
    """Accept an offer line by line against its standard."""
    from baogong.supply.queries import gift as view_of
    from baogong.supply.services import Finding, Judgement, judge_gift

    def judged() -> UUID:
        met = by_line(standard or (), "--standard", text_of)
        found = [(no, Finding.PASSES, "") for no in passes or ()]
        found += [(no, Finding.FAILS, why) for no, why in by_line(fails or (), "--fails", text_of).items()]
        found += [(no, Finding.NOT_TAKEN, why) for no, why in by_line(not_taken or (), "--not-taken", text_of).items()]
        if not found:
            raise UnusableInput(
                "No line is judged.", where="LINE", cure="Name lines by --passes, --fails, --not-taken."
            )
        about = view_of(key(number)).id
        judgements = [Judgement(no, finding, why, met.get(no)) for no, finding, why in sorted(found)]
        judge_gift(gift=about, judgements=judgements, **desk.signed)
        return about

    return _gift(desk.once_made(judged))


@writes(gift, "consent", SHOWN, example="baogong gift consent GF-0001 2 --agrees --words 'by telephone, 11:40' --as wu")
def consent(
    desk: Desk,
    number: Number,
    line: Annotated[int, typer.Argument(min=1, help="The line that fails its standard.")],
    agrees: Annotated[bool, typer.Option("--agrees/--declines", help="To community use.")],
    words: Annotated[str, typer.Option(help="How the answer was given.")],
    by: Annotated[str | None, typer.Option(help="Who answered; the donor if not said.")] = None,
) -> Any:
    """The giver's answer about a line that fails its standard."""
    from baogong.supply.queries import gift as view_of
    from baogong.supply.services import consent_to_community_use

    def answered() -> UUID:
        about = view_of(key(number))
        consent_to_community_use(
            gift=about.id, no=line, agrees=agrees, by=party_if(by) or about.donor, words=words, **desk.signed
        )
        return about.id

    return _gift(desk.once_made(answered))


@writes(
    gift, "receive", SHOWN, example="baogong gift receive GF-0001 仙桃中转仓 --arrived 1=1590 --damaged 1=4 --as bao"
)
def receive(
    desk: Desk,
    number: Number,
    site: Annotated[str, typer.Argument(help="Where it came in.")],
    arrived: Annotated[
        list[str] | None, typer.Option(metavar="LINE=AMOUNT", help="Damaged ones included; as offered if not said.")
    ] = None,
    damaged: Annotated[list[str] | None, typer.Option(metavar="LINE=AMOUNT", help="Of these, unusable.")] = None,
    more: Annotated[list[int] | None, typer.Option(metavar="LINE", help="More of it is awaited.")] = None,
    only: Annotated[list[int] | None, typer.Option(metavar="LINE", help="Only these lines came in here.")] = None,
    note: Annotated[list[str] | None, typer.Option(metavar="LINE=TEXT")] = None,
) -> Any:
    """Sign for what came of a gift at a site: a goods received note, with shortage and damage by line."""
    from baogong.supply.queries import gift as view_of
    from baogong.supply.services import Arrival, receive_gift

    def received() -> UUID:
        about = view_of(key(number))
        came = by_line(arrived or (), "--arrived", whole)
        broken = by_line(damaged or (), "--damaged", whole)
        notes = by_line(note or (), "--note", text_of)
        taken = [each for each in about.lines if each.verdict in ("AS_GIVEN", "COMMUNITY") and not each.is_complete]
        wanted = set(only or ()) | came.keys() | broken.keys() if only else {each.no for each in taken} | came.keys()
        offered = {each.no: each.outstanding for each in about.lines}
        arrivals = [
            Arrival(
                no=no,
                arrived=came.get(no, offered.get(no, 0)),
                damaged=broken.get(no, 0),
                is_last=no not in (more or ()),
                note=notes.get(no, ""),
            )
            for no in sorted(wanted)
        ]
        receive_gift(gift=about.id, site=party(site), arrivals=arrivals, **desk.signed)
        return about.id

    return _gift(desk.once_made(received))


@writes(
    gift,
    "correct",
    SHOWN,
    example="baogong gift correct GF-0001 1 --amount 16000 --words '更正：应为1.6万只' --as wu",
)
def correct(
    desk: Desk,
    number: Number,
    line: Annotated[int, typer.Argument(min=1, help="Which line was told wrongly.")],
    amount: Annotated[int, typer.Option(min=1, help="What it should have said, in base units.")],
    words: Annotated[str, typer.Option(help="The notice, as published.")],
    source: Annotated[str, typer.Option(help="Where it was published.")] = "",
    was_counted: Annotated[
        bool, typer.Option("--was-counted", help="What came in was counted from the wrong figure: it leaves again.")
    ] = False,
) -> Any:
    """Set right what a line was said to be; the first figure stays on record beside the notice."""
    from baogong.supply.queries import gift as view_of
    from baogong.supply.services import correct_offer

    def corrected() -> UUID:
        about = view_of(key(number)).id
        correct_offer(
            gift=about, no=line, amount=amount, words=words, source=source, was_counted=was_counted, **desk.signed
        )
        return about

    return _gift(desk.once_made(corrected))


def _offered(text: str) -> Any:
    from baogong.supply.services import Offered

    said = parts(text, LINE, "--line", needed=("item", "amount"))
    return Offered(
        item=item(said["item"]),
        amount=whole(said["amount"], "--line", 1),
        standard=said.get("standard", ""),
        expires_on=day(said["expires"], "--line") if "expires" in said else None,
        pieces_per_carton=whole(said["carton"], "--line", 1) if "carton" in said else None,
        receiver=party(said["for"], *RECEIVERS) if "for" in said else None,
        purpose=said.get("purpose", ""),
        site=party(said["at"]) if "at" in said else None,
    )


def _gift(found: UUID) -> Any:
    from baogong.supply.queries import gift_path

    return gift_path(found)
