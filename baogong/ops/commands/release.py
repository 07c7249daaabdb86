"""`baogong release …`: rules tried, releases opened, stock put out, lots drawn. Other offices' lists: `baogong import winners`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from baogong.kernel.errors import UnusableInput
from baogong.ops.json_file import read_json
from baogong.ops.tables import rows, sheet
from baogong.ops.terminal import Desk, Look, reads, typed_apart, writes
from baogong.ops.words import day, item, moment, party, party_if, sure_id

FILE_BYTES_MAX = 1_000_000
release = typer.Typer(
    help="What is scarce, for everybody, once each: rules, releases, tranches, draws.", no_args_is_help=True
)

RELEASE = sheet("code title_zh city office_name item_zh state mode version digest document opened_at closed_at id")
TRANCHE = sheet("on region units admitted left standing opens_at closes_at shop_name further_shops seed_hash id")
DRAW = sheet(
    "state is_drill closes_at beacon_at entries carried left taken_out root announcement_sha256 close_sha256 "
    "missing_declared_at fallback_at is_by_fallback result_sha256 winners standby named drawn_at receipts_key id"
)
LEFT = sheet("entry left_at taken_out")
ReleaseId = Annotated[str, typer.Argument(help="The release's id, as `baogong release list` shows it.")]
DrawId = Annotated[str, typer.Argument(help="The draw's id, as `baogong release draws` shows it.")]
EntryId = Annotated[str, typer.Argument(help="The entry's id, as it stands on its receipt.")]


def register(app: typer.Typer) -> None:
    app.add_typer(release, name="release")


@reads(
    release, "list", rows("code title_zh city office_name state mode id"), example="baogong release list --state OPEN"
)
def list_(
    look: Look,
    state: Annotated[str | None, typer.Option(help="DRAFT, OPEN or CLOSED.")] = None,
    office: Annotated[str | None, typer.Option(help="Only this office's.")] = None,
) -> Any:
    """In the order they were made."""
    from baogong.release.queries import releases

    return releases(offices=[party(office)] if office else None, state=state)


@reads(
    release,
    "show",
    sheet(
        "code title_zh city office_name item_zh state mode version digest opened_at closed_at id",
        tranches="on region units admitted left standing shop_name further_shops id",
        trials="version outcome tried_at",
        winner_lists="source people units admitted refused document admitted_at",
    ),
    example="baogong release show 018f0000-0000-7000-8000-000000000001",
)
def show(look: Look, release: ReleaseId) -> Any:
    """A release: its rule, what was put out, what was tried, what other offices have sent."""
    from baogong.ops.tables import plain
    from baogong.release import queries

    about = sure_id(release, "release")
    return {
        **plain(queries.release(about)),
        "tranches": plain(queries.tranches(about)),
        "trials": plain(queries.trials(about)),
        "winner_lists": plain(queries.winner_lists(about)),
    }


@writes(
    release,
    "draft",
    RELEASE,
    example="baogong release draft 广安市商务局 masks rule.json --as lin",
)
def draft(
    desk: Desk,
    office: Annotated[str, typer.Argument(help="Whose release it is.")],
    what: Annotated[str, typer.Argument(metavar="ITEM", help="What is released.")],
    rule: Annotated[Path, typer.Argument(help="The rule as JSON; docs/release-rules.md.")],
    shares_quota_with: Annotated[str | None, typer.Option(help="A release that counts the same quota.")] = None,
) -> Any:
    """Draft a release under a first wording of its rule."""
    from baogong.release import queries
    from baogong.release.services import draft_release

    def drafted() -> UUID:
        return draft_release(
            office=party(office),
            item=item(what),
            rule=_object(rule),
            shares_quota_with=sure_id(shares_quota_with, "release") if shares_quota_with else None,
            **desk.signed,
        )

    return queries.release(desk.once_made(drafted))


@writes(
    release,
    "try",
    sheet("version outcome tried_at id"),
    example="baogong release try 018f0000-0000-7000-8000-000000000001 --people 20000 --days 15 --as lin",
)
def try_(
    desk: Desk,
    release: ReleaseId,
    people: Annotated[int, typer.Option(min=1, help="So many in the made-up city.")] = 20_000,
    days: Annotated[int, typer.Option(min=1, help="Days played.")] = 15,
    wanting: Annotated[
        float, typer.Option(help="Share of those whose turn leaves them something who try on a day, 0 to 1.")
    ] = 0.5,
    units: Annotated[int, typer.Option(min=0, help="Put out a day where the rule says none.")] = 5_000,
    telephone: Annotated[float, typer.Option(min=0, max=1, help="Share of the people who telephone.")] = 0.1,
    counter: Annotated[float, typer.Option(min=0, max=1, help="Share of the people who go to a clerk.")] = 0.1,
    rush: Annotated[float, typer.Option(min=0, max=1, help="Of the others, who come as it opens.")] = 0.5,
) -> Any:
    """Play the newest wording on a made-up city; a release opens only after one in which more people try than a day serves."""
    from baogong.release import queries
    from baogong.release.services import try_out

    about = sure_id(release, "release")

    def tried() -> None:
        try_out(
            release=about, people=people, days=days, wanting=wanting, units=units, telephone=telephone, counter=counter,
            rush=rush, actor=desk.actor, now=desk.now,
        )  # fmt: skip

    desk.once(tried)
    return queries.trials(about)[0]


@writes(release, "open", RELEASE, example="baogong release open 018f0000-0000-7000-8000-000000000001 --as lin")
def open_(desk: Desk, release: ReleaseId) -> Any:
    """Announce it under the newest wording, which then stays."""
    from baogong.release import queries
    from baogong.release.services import open_release

    about = sure_id(release, "release")
    desk.once(lambda: open_release(release=about, actor=desk.actor, now=desk.now))
    return queries.release(about)


@writes(release, "close", RELEASE, example="baogong release close 018f0000-0000-7000-8000-000000000001 --as lin")
def close(desk: Desk, release: ReleaseId) -> Any:
    """No more claims; what was admitted is still handed over."""
    from baogong.release import queries
    from baogong.release.services import close_release

    about = sure_id(release, "release")
    desk.once(lambda: close_release(release=about, actor=desk.actor, now=desk.now))
    return queries.release(about)


@writes(
    release,
    "put-out",
    TRANCHE,
    example="baogong release put-out 018f0000-0000-7000-8000-000000000001 2020-02-05 5000 "
    "--lot 018f0000-0000-7000-8000-000000000002 --source 廊坊仓库 --as lin",
)
def put_out(
    desk: Desk,
    release: ReleaseId,
    on: Annotated[str, typer.Argument(metavar="DAY", help="The day: 2020-02-05.")],
    units: Annotated[int, typer.Argument(min=1, help="So many units.")],
    lot: Annotated[str, typer.Option(help="The lot's id.")],
    source: Annotated[str, typer.Option(help="Out of whose free stock.")],
    region: Annotated[str, typer.Option(help="A district's code; none is all.")] = "",
    variant: Annotated[str, typer.Option(help="Of the rule's prices.")] = "",
    shop: Annotated[str | None, typer.Option(help="Who hands out.")] = None,
    more_shop: Annotated[list[str] | None, typer.Option(help="A further one, of several that hand out of it.")] = None,
    factory: Annotated[str | None, typer.Option(help="Who makes the goods.")] = None,
) -> Any:
    """Offer units of a lot on one day."""
    from baogong.release import queries
    from baogong.release.services import put_out as offer

    def offered() -> UUID:
        return offer(
            release=sure_id(release, "release"),
            on=day(on, "DAY"),
            units=units,
            lot=sure_id(lot, "lot"),
            source=party(source),
            region=region,
            variant=variant,
            shop=party_if(shop),
            shops=[party(one) for one in more_shop or ()],
            factory=party_if(factory),
            **desk.signed,
        )

    return queries.tranche(desk.once_made(offered))


@reads(
    release,
    "waiting",
    rows("at units why claim"),
    example="baogong release waiting 018f0000-0000-7000-8000-000000000001",
)
def waiting(look: Look, release: ReleaseId) -> Any:
    """Rights that stand and wait, as nothing can be brought to their addresses now."""
    from baogong.release import queries

    return queries.waiting_for_the_way(sure_id(release, "release"))


ENDING = sheet(
    "office_name city open_releases owed carried values claims entries listed addresses previews can_end purpose"
)
Office = Annotated[str, typer.Argument(help="The city's office.")]


@reads(release, "ending", ENDING, example="baogong release ending 广安市商务局")
def ending(look: Look, office: Office) -> Any:
    """What still needs a city's people, and what would be lost if it forgot them now."""
    return _ending(party(office))


@writes(release, "forget", ENDING, example="baogong release forget 广安市商务局 --as admin")
def forget(desk: Desk, office: Office) -> Any:
    """End a city's purpose: its people's numbers, names, telephones, addresses and tags go, for good; figures stay."""
    from baogong.release.services import forget_people

    about = party(office)
    desk.once(lambda: forget_people(office=about, actor=desk.actor, now=desk.now))
    return _ending(about)


def _ending(office: UUID) -> Any:
    from baogong.ops.tables import plain
    from baogong.release import queries

    view = queries.ending(office)
    return {**plain(view), "can_end": view.can_end}


@writes(
    release,
    "costs",
    rows("payee payee_name bearer part claims units fen"),
    example="baogong release costs 018f0000-0000-7000-8000-000000000001 --carrier 江汉速运 --as lin",
)
def costs(
    desk: Desk,
    release: ReleaseId,
    carrier: Annotated[str | None, typer.Option(help="Who is owed what the rule gives a carrier.")] = None,
    platform: Annotated[str | None, typer.Option(help="Who is owed what the rule gives a platform.")] = None,
) -> Any:
    """Post what the giver owes of every handover not posted yet, and print who owes whom in all."""
    from baogong.release import queries
    from baogong.release.services import post_givers_costs

    about = sure_id(release, "release")

    def posted() -> None:
        named = {"CARRIER": party_if(carrier), "PLATFORM": party_if(platform)}
        payees = {payee: found for payee, found in named.items() if found is not None}
        post_givers_costs(release=about, payees=payees, **desk.signed)

    desk.once(posted)
    return queries.settlement(about)


@reads(
    release,
    "draws",
    rows("state is_drill closes_at beacon_at entries root winners standby named id"),
    example="baogong release draws 018f0000-0000-7000-8000-000000000001",
)
def draws(look: Look, release: ReleaseId) -> Any:
    """The draws of a release, by day."""
    from baogong.release import queries

    return queries.draws(sure_id(release, "release"))


@reads(
    release,
    "odds",
    rows("losses people odds"),
    example="baogong release odds 018f0000-0000-7000-8000-000000000001",
)
def odds(look: Look, release: ReleaseId) -> Any:
    """The odds of the next draw for who has lost so often."""
    from baogong.release import queries

    return queries.next_odds(sure_id(release, "release"), now=look.now)


@writes(
    release,
    "announce-draw",
    DRAW,
    example="baogong release announce-draw 018f0000-0000-7000-8000-000000000001 --closes-at +6h --beacon-at +7h --as lin",
)
def announce_draw(
    desk: Desk,
    tranche: Annotated[str, typer.Argument(help="The tranche's id, as `baogong release show` shows it.")],
    closes_at: Annotated[str, typer.Option(metavar="WHEN", help="When the list closes.")],
    beacon_at: Annotated[
        str,
        typer.Option(metavar="WHEN", help="The first round from then on counts; 30 minutes after the close at least."),
    ],
    fallback_at: Annotated[
        str | None, typer.Option(metavar="WHEN", help="A later round, if the first fails to come out.")
    ] = None,
    chain: Annotated[str, typer.Option(help="A public beacon.")] = "quicknet",
    drill_key: Annotated[
        Path | None, typer.Option(help="In a drill: the file that `baogong draw drill-key` made.")
    ] = None,
) -> Any:
    """Fix stock, rule and beacon before anybody enters."""
    from baogong.release import queries, services

    own = _object(drill_key).get("chain") if drill_key else None

    def announced() -> UUID:
        def at(text: str, where: str) -> Any:
            return services.beacon_round(chain, own, moment(text, desk.now, where))

        return services.announce_draw(
            tranche=sure_id(tranche, "tranche"),
            closes_at=moment(closes_at, desk.now, "--closes-at"),
            source=at(beacon_at, "--beacon-at"),
            fallback=at(fallback_at, "--fallback-at") if fallback_at else None,
            **desk.signed,
        )

    return queries.draw(desk.once_made(announced))


@writes(release, "close-draw", DRAW, example="baogong release close-draw 018f0000-0000-7000-8000-000000000001 --as lin")
def close_draw(desk: Desk, draw: DrawId) -> Any:
    """Close the list under its root: publish the root at once."""
    from baogong.release import queries
    from baogong.release.services import close_draw as close_list

    about = sure_id(draw, "draw")
    desk.once(lambda: close_list(draw=about, actor=desk.actor, now=desk.now))
    return queries.draw(about)


@writes(
    release,
    "declare-missing",
    DRAW,
    example="baogong release declare-missing 018f0000-0000-7000-8000-000000000001 --as lin",
)
def declare_missing(desk: Desk, draw: DrawId) -> Any:
    """
    Put on record that the announced source has not come: while nobody can know the fallback, or it never counts.

    From its moment on, 10 minutes before the fallback's at the latest. Said once, it stays, and everybody sees it.
    """
    from baogong.release import queries, services

    about = sure_id(draw, "draw")
    desk.once(lambda: services.declare_missing(draw=about, actor=desk.actor, now=desk.now))
    return queries.draw(about)


@writes(
    release,
    "draw",
    DRAW,
    example="baogong release draw 018f0000-0000-7000-8000-000000000001 5551234.json --as lin",
)
def draw(
    desk: Desk,
    draw: DrawId,
    round_file: Annotated[Path, typer.Argument(help="The round as the beacon publishes it, JSON.")],
    fallback: Annotated[
        bool,
        typer.Option("--fallback", help="It is the fallback's: the announced source was declared missing in time."),
    ] = False,
) -> Any:
    """
    Draw, once; winners' claims are made in the order drawn, and of who stands by.

    Whoever has any duty may bring the round, however late.
    """
    from baogong.release import queries, services

    about, told = sure_id(draw, "draw"), _object(round_file)

    def drawn() -> None:
        paper = services.beacon_paper(
            about,
            round=_whole(told.get("round"), round_file),
            signature=str(told.get("signature", "")),
            previous_signature=str(told.get("previous_signature") or ""),
            is_fallback=fallback,
        )
        services.draw_lots(draw=about, beacon=paper, actor=desk.actor, now=desk.now)

    desk.once(drawn)
    return queries.draw(about)


@writes(
    release,
    "more",
    DRAW,
    example="baogong release more 018f0000-0000-7000-8000-000000000001 500 --source 廊坊仓库 --as lin",
)
def more(
    desk: Desk,
    draw: DrawId,
    units: Annotated[int, typer.Argument(min=1, help="So many units of the same lot.")],
    source: Annotated[str, typer.Option(help="Out of whose free stock.")],
) -> Any:
    """More stock goes further down the same list."""
    from baogong.release import queries
    from baogong.release.services import extend_draw

    about = sure_id(draw, "draw")
    desk.once(lambda: extend_draw(draw=about, units=units, source=party(source), **desk.signed))
    return queries.draw(about)


@reads(
    release,
    "fairness",
    rows("channel born_from born_until claims admitted units"),
    example="baogong release fairness 018f0000-0000-7000-8000-000000000001",
)
def fairness(look: Look, release: ReleaseId) -> Any:
    """How claims fared by channel and by the ten years their people were born in."""
    from baogong.release import queries

    return queries.fairness_by_age(sure_id(release, "release"))


@reads(
    release,
    "lost",
    rows("number units left fen lost_at title_zh id"),
    example="baogong release lost --office 广安市商务局",
)
def lost(
    look: Look,
    office: Annotated[str | None, typer.Option(help="Only this office's.")] = None,
) -> Any:
    """Claims whose goods were lost on the way: each is brought again, or ended."""
    from baogong.release import queries

    return queries.lost_claims([party(office)] if office else None)


@writes(
    release,
    "bring-again",
    sheet("claim parcel"),
    example="baogong release bring-again 018f0000-0000-7000-8000-000000000001 --as wu",
)
def bring_again(
    desk: Desk,
    claim: Annotated[str, typer.Argument(help="The claim's id, as `baogong release lost` shows it.")],
) -> Any:
    """Other units of its tranche in place of lost ones, under the same claim and parcel."""
    from baogong.delivery.services import placing
    from baogong.kernel.actor import Duty
    from baogong.release import queries

    about = sure_id(claim, "claim")
    desk.actor.require(Duty.COMMAND, Duty.CLERK, at=queries.office_of_claim(about))
    return {"claim": about, "parcel": placing.bring_again(claim=about, **desk.signed)}


@writes(
    release,
    "leave-draw",
    LEFT,
    example="baogong release leave-draw 018f0000-0000-7000-8000-000000000001 0123456789abcdef0123456789abcdef --as wu",
)
def leave_draw(
    desk: Desk,
    entry: EntryId,
    nonce: Annotated[str, typer.Argument(help="The entrant's own number, as it stands on the receipt.")],
) -> Any:
    """Give an entry up for the entrant before the list closes; where losers stay in, also afterwards: it is carried no further."""
    from baogong.release import entrants, services

    about = sure_id(entry, "entry")
    try:
        number = bytes.fromhex(nonce)
    except ValueError:
        number = b""  # the service says what a number is

    def left() -> None:
        services.leave_draw(entry=about, nonce=number, actor=desk.actor, now=desk.now)

    desk.once(left)
    return entrants.leaving(about, now=desk.now)


@writes(
    release,
    "take-out",
    LEFT,
    example='baogong release take-out 018f0000-0000-7000-8000-000000000001 --why "the receipt is lost" --as wu',
)
def take_out(
    desk: Desk,
    entry: EntryId,
    why: Annotated[str, typer.Option(help="What the person told, in one sentence; it stays on record.")],
) -> Any:
    """
    Take a registration out for who shows the document and has no nonce.

    The document's number is asked for, or is the first line of standard input; nothing keeps it.
    """
    from baogong.release import entrants, services

    about, number = sure_id(entry, "entry"), typed_apart("Number of the document")
    services.take_out(entry=about, number=number, why=why, actor=desk.actor, now=desk.now, within=desk.once)
    return entrants.leaving(about, now=desk.now)


def _object(file: Path) -> dict[str, Any]:
    found = read_json(file, bytes_max=FILE_BYTES_MAX, so="Nothing was done.", cure="Check the path.")
    if isinstance(found, dict):
        return found
    raise UnusableInput(
        f"{file} is no JSON object. Nothing was done.",
        where=str(file),
        found=type(found).__name__,
        expected="an object",
        cure="Give the file as it was made.",
    )


def _whole(value: object, file: Path) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    raise UnusableInput(
        f"{file} names no round. Nothing was drawn.",
        where=str(file),
        found=str(value),
        expected='{"round": 5551234, "signature": "…"}',
        cure="Save the round as the beacon publishes it.",
    )
