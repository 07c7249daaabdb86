"""`baogong draw`: a lottery anyone can re-run, from files, without a database. docs/algorithms/draw.md tells the protocol."""

from __future__ import annotations

import re
import secrets
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import uuid4

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from baogong.kernel.errors import UnusableInput
from baogong.ops.draw_folder import (
    AlreadyDrawn,
    entries_of,
    object_of,
    paper,
    papers,
    records,
    rewrite,
    unwritable,
    write_key,
    write_once,
    written_whole,
)
from baogong.ops.output import JsonFlag, say, show
from baogong.ops.words import moment

if TYPE_CHECKING:
    from baogong.engine.draw import Chain, Drand, Lottery

MANY = 200_000
Folder = Annotated[Path, typer.Argument(help="The draw's folder; it becomes the bundle that is published.")]
At = Annotated[
    str, typer.Option("--at", help="When this is done, if not now: 2026-11-28T20:00+08:00. Goes into the paper.")
]


def _moment(text: str, where: str, now: datetime) -> datetime:
    """To the second, in UTC; without a zone nobody else would know when it was. Raises UnusableInput."""
    if re.match(r"\d{4}-", text) and not re.search(r"(?:Z|[+-]\d\d:?\d\d)$", text.strip()[10:]):
        raise UnusableInput(
            f"“{text}” has no time zone. Nothing was done.",
            where=where,
            found=text,
            expected="2026-11-28T20:00+08:00, now, or +6h",
            cure="Add the zone, such as +08:00.",
        )
    return moment(text, now, where).astimezone(UTC).replace(microsecond=0)


def _at(text: str) -> datetime:
    return _moment(text, "--at", datetime.now(UTC))


def _chain(name: str) -> Chain:
    """A public chain by its name, or a drill's by the file of its key. Raises UnusableInput."""
    from baogong.engine.draw import public_chains
    from baogong.engine.draw.papers import Reader, read_chain

    if name in public_chains():
        return public_chains()[name]
    if not Path(name).exists():
        raise UnusableInput(
            f"There is no chain called “{name}”. Nothing was done.",
            where="--chain",
            found=name,
            expected=[*public_chains(), "the file of a drill's key"],
            cure="See `baogong draw chains`, or make a drill's with `baogong draw drill-key`.",
        )
    faults: list[Any] = []
    chain = read_chain(Reader(object_of(Path(name)).get("chain"), name, faults))
    if faults:
        raise UnusableInput(
            f"{name} is no drill's key: {faults[0].where} is {faults[0].found!r}. Nothing was done.",
            where=name,
            found=faults[0].found,
            expected=faults[0].expected,
            cure="Give the file that `baogong draw drill-key` made.",
        )
    return chain


def _lottery(texts: list[str], at: datetime) -> Lottery:
    """From `NAME:NUMBERS` or `NAME:NUMBERS:ordered`. Raises UnusableInput."""
    from baogong.engine.draw import Lottery, LotterySource

    sources = []
    for text in texts:
        found = re.fullmatch(r"(.+?):(\d{1,3})(:ordered)?", text)
        if not found:
            raise UnusableInput(
                f"“{text}” names no drawing. Nothing was announced.",
                where="--lottery",
                found=text,
                expected="双色球 2020022:6, or 3D 2020022:3:ordered",
                cure="Write its name with the issue, a colon, how many numbers it draws.",
            )
        sources.append(LotterySource(found[1], int(found[2]), found[3] is not None))
    return Lottery(at, tuple(sources))


def _source(chain: str, lottery: list[str], out: datetime) -> Drand | Lottery:
    from baogong.engine.draw import Drand

    if lottery:
        return _lottery(lottery, out)
    known = _chain(chain)
    return Drand(known, known.round_at(out))


def run(folder: Path) -> dict[str, Any]:
    """
    Draw, and make the folder a bundle; the same answer however often. Raises UnfitDraw, AlreadyDrawn, UnusableInput.
    """
    from baogong.engine.draw import bundle_of, draw, verifier
    from baogong.engine.draw.bundle import BLOCKS, PROOFS, RESULT, RULE, SUMS, VERIFIER, more_papers

    announcement = paper(folder, "announcement.json", cure="Announce the draw first: `baogong draw announce`.")
    close = paper(folder, "close.json", cure="Close the list first: `baogong draw close`.")
    beacon = paper(folder, "beacon.json", cure="Write down what came out: `baogong draw beacon`.")
    listed = records(folder)
    if len(listed) > MANY:
        say("Drawing. The first run on a machine compiles the hashing, which takes some seconds.")
    drawn = draw(announcement, close, beacon, listed)
    there = papers(folder)
    if there.get(RESULT, drawn.result) != drawn.result:
        raise AlreadyDrawn(
            f"{folder} holds another result already. There is never a second draw; nothing was written.",
            where=str(folder / RESULT),
            found="another result",
            expected="the result of these papers, or none",
            cure="`baogong draw verify` says what was changed.",
        )
    made = bundle_of(
        drawn,
        announcement=announcement,
        close=close,
        beacon=beacon,
        later=more_papers(there),
        verifier=there.get(VERIFIER, verifier()),
        rule=there.get(RULE),
    )
    write_once(folder, {name: made[name] for name in (BLOCKS, RESULT, VERIFIER)})
    rewrite(folder, {name: made[name] for name in (PROOFS, SUMS) if name in made})
    return {
        "ok": True,
        "draw": str(drawn.announcement.draw),
        "title": drawn.announcement.title,
        "drill": drawn.announcement.is_drill,
        "entries": drawn.close.entries,
        "winners": drawn.winners_count,
        "standby": len(drawn.rows) - drawn.winners_count,
        "root": drawn.close.root,
        "seed": drawn.seed.decode() if not drawn.beacon_verified else drawn.seed.hex(),
        "beacon_verified": drawn.beacon_verified,
        "bundle": str(folder),
    }


def verify(folder: Path, *, root: str | None) -> dict[str, Any]:
    """The document of the contract: draw again from the papers and hold every byte against that. Raises UnusableInput."""
    from baogong.engine.draw import check

    listed = records(folder)
    if len(listed) > MANY:
        say("Drawing again. The first run on a machine compiles the hashing, which takes some seconds.")
    checked = check(papers(folder), listed, root=root)
    return {
        "ok": not checked.problems,
        "entries": checked.entries,
        "winners": checked.winners,
        "root": checked.root,
        "beacon_verified": checked.beacon_verified,
        "drill": checked.is_drill,
        "problems": list(checked.problems),
    }


def prove(folder: Path, entry: str) -> dict[str, Any]:
    """One entrant's proof. Raises UnfitDraw, UnusableInput: no such entry."""
    from baogong.engine.draw import Prover, Tree, read_announcement, row_of
    from baogong.engine.draw.entries import head_leaf_of
    from baogong.engine.draw.papers import hash_of, read_beacon, read_close

    cure = "Draw first: `baogong draw run`."
    announcement, close, beacon, result, blocks = (
        paper(folder, name, cure=cure)
        for name in ("announcement.json", "close.json", "beacon.json", "result.json", "blocks.bin")
    )
    listed = records(folder)
    row = row_of(listed, bytes.fromhex(entry)) if re.fullmatch("[0-9a-f]{32}", entry) else None
    if row is None:
        raise UnusableInput(
            f"{folder} has no entry {entry}. Nothing was proven.",
            where="ENTRY",
            found=entry,
            expected="32 hex digits, an entry of the closed list",
            cure="Copy the entry from the receipt.",
        )
    closed = read_close(close)
    tree = Tree(head_leaf_of(bytes.fromhex(hash_of(announcement))), blocks, bytes.fromhex(closed.root))
    prover = Prover.from_bundle(
        read_announcement(announcement), closed, read_beacon(beacon), result, records=listed, tree=tree
    )
    return prover.proof(row)


def register(app: typer.Typer) -> None:
    """Add `draw` to the command line."""
    draws = typer.Typer(help="A lottery anyone can re-run: announced, closed, drawn, proven.", no_args_is_help=True)
    app.add_typer(draws, name="draw")

    @draws.command("chains")
    def chains(json: JsonFlag = False) -> None:
        """The public beacons a real draw may wait for."""
        from baogong.engine.draw import public_chains

        items = [{"name": name, **chain.as_dict()} for name, chain in public_chains().items()]
        show({"items": items}, json, _tell_chains)

    @draws.command("drill-key", epilog="Example: baogong draw drill-key drill.key --name training")
    def drill_key(
        file: Annotated[Path, typer.Argument(help="Where the key goes; for you alone.")],
        name: Annotated[str, typer.Option(help="Shows wherever the draw does, after “drill-”.")] = "training",
        json: JsonFlag = False,
    ) -> None:
        """Make a beacon of your own for a drill: whoever holds its key can choose who wins, so it is marked everywhere."""
        from baogong.engine.draw import drill_chain

        secret = secrets.randbits(250) + 1
        chain = drill_chain(secret, name=name, genesis=datetime.now(UTC).replace(microsecond=0))
        write_key(file, {"format": "baogong drill key 1", "chain": chain.as_dict(), "secret": f"{secret:064x}"})
        show(
            {"file": str(file), "chain": chain.as_dict()},
            json,
            lambda console, _: console.print(f"{escape(str(file))}: {chain.name}"),
        )

    @draws.command(
        "announce",
        epilog="Example: baogong draw announce masks-01 --title '口罩 第1期' --units 20000 --each 5 --closes-at +6h --beacon-at +7h",
    )
    def announce_draw(
        folder: Folder,
        title: Annotated[str, typer.Option(help="What people will know it by.")],
        units: Annotated[int, typer.Option(min=1, help="Units offered.")],
        closes_at: Annotated[str, typer.Option(help="When the list closes.")],
        beacon_at: Annotated[
            str, typer.Option(help="The first round from then on counts; 30 minutes after the close at least.")
        ],
        each: Annotated[int, typer.Option("--each", min=1, help="Units a winner gets.")] = 1,
        standby: Annotated[int, typer.Option(min=0, help="So many come next.")] = 0,
        household: Annotated[int, typer.Option(min=0, help="Winners a household at most; 0: no limit.")] = 0,
        weight_max: Annotated[int, typer.Option(min=1, help="The most an entry may count.")] = 1,
        strata: Annotated[int, typer.Option(min=1, help="So many groups come one after the other.")] = 1,
        chain: Annotated[str, typer.Option(help="A public chain, or the file of a drill's key.")] = "quicknet",
        lottery: Annotated[
            list[str] | None, typer.Option(help="Instead: NAME:NUMBERS[:ordered] of a lottery, for each.")
        ] = None,
        fallback: Annotated[
            str, typer.Option(help="A chain that counts if the first fails; none: then there is no draw.")
        ] = "",
        fallback_at: Annotated[str, typer.Option(help="Its first round from then on.")] = "",
        rule: Annotated[
            Path | None,
            typer.Option(help="The rule's document, whatever its form: kept as rule.json, announced by its hash."),
        ] = None,
        weight_per_loss: Annotated[
            int | None,
            typer.Option(min=0, max=100, help="What a draw lost adds to a weight of 1; else any weight may stand."),
        ] = None,
        pause_days: Annotated[int | None, typer.Option(min=0, max=366, help="Days a winner stays out.")] = None,
        drill: Annotated[bool, typer.Option("--drill", help="Mark it as a drill.")] = False,
        at: At = "now",
        json: JsonFlag = False,
    ) -> None:
        """Fix the rule, the stock, the beacon and the verifier, before anybody enters."""
        from baogong.engine.draw import Announcement, Drand, announce, hash_of, verifier

        now = _at(at)
        known = _chain(fallback) if fallback else None
        later = (
            None if known is None else Drand(known, known.round_at(_moment(fallback_at or "now", "--fallback-at", now)))
        )
        source = _source(chain, lottery or [], _moment(beacon_at, "--beacon-at", now))
        said = None if rule is None else paper(rule.parent, rule.name, cure="Check the path.")
        announced = Announcement(
            draw=uuid4(),
            title=title,
            is_drill=drill,
            announced_at=now,
            closes_at=_moment(closes_at, "--closes-at", now),
            units=units,
            units_each=each,
            standby=standby,
            household_winners_max=household,
            weight_max=weight_max,
            strata=strata,
            source=source,
            fallback=later,
            verifier_sha256=hash_of(verifier()),
            rule_sha256=hash_of(said) if said is not None else None,
            weight_per_loss=weight_per_loss,
            pause_days=pause_days,
        )
        content = announce(announced, said)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(folder, error) from error
        named = {} if said is None else {"rule.json": said}
        write_once(folder, {"announcement.json": content, "verify.py": verifier(), **named})
        show(announced.as_dict() | {"sha256": hash_of(content)}, json, _tell_announced)

    @draws.command("close", epilog="Example: baogong draw close masks-01 entries.csv")
    def close_list(
        folder: Folder,
        entries: Annotated[
            Path, typer.Argument(help="CSV with entry, commitment, household, weight, stratum; or records (.bin).")
        ],
        at: At = "now",
        json: JsonFlag = False,
    ) -> None:
        """Close the list and fix it under a root: publish folder and root at once, 10 minutes before the beacon at the latest."""
        from baogong.engine.draw import close

        announcement = paper(folder, "announcement.json", cure="Announce the draw first: `baogong draw announce`.")
        now = _at(at)
        closed = close(announcement, entries_of(entries), closed_at=now, published_at=now)
        if not (folder / "close.json").exists():  # without it no list is closed, whatever lies there
            with written_whole(folder / "leaves.bin") as beside:
                closed.records.tofile(beside)
        write_once(folder, {"close.json": closed.paper})
        document = {"entries": len(closed.records), "root": closed.tree.root.hex(), "folder": str(folder)}
        show(
            document,
            json,
            lambda console, _: console.print(
                f"{len(closed.records):,} entries. Publish this root now:\n{closed.tree.root.hex()}"
            ),
        )

    @draws.command("beacon", epilog="Example: baogong draw beacon masks-01 --round-file 5551234.json")
    def write_beacon(
        folder: Folder,
        round_file: Annotated[
            Path | None, typer.Option(help="The round as a relay gives it: JSON with signature.")
        ] = None,
        numbers: Annotated[
            list[str] | None, typer.Option(help="Of a lottery: 3,9,17,20,28,31; once for each drawing.")
        ] = None,
        drill_key: Annotated[Path | None, typer.Option(help="Sign the round with a drill's key.")] = None,
        missing_at: Annotated[
            str, typer.Option(help="The announced source failed, as was declared then: use the fallback.")
        ] = "",
        json: JsonFlag = False,
    ) -> None:
        """Write down what the announced source gave; the draw checks it."""
        document = _beacon(folder, round_file, numbers or [], drill_key, missing_at)
        show(document, json)

    @draws.command("run", epilog="Example: baogong draw run masks-01 --json")
    def run_draw(folder: Folder, json: JsonFlag = False) -> None:
        """Draw from announcement, list and beacon, once; the folder becomes the bundle."""
        show(run(folder), json, _tell_run)

    @draws.command("verify", epilog="Example: baogong draw verify masks-01 --root 5dc9da79…")
    def verify_bundle(
        bundle: Annotated[Path, typer.Argument(help="The folder as it was published.")],
        root: Annotated[str | None, typer.Option(help="The root as it was published when the list closed.")] = None,
        json: JsonFlag = False,
    ) -> None:
        """Draw again and compare every byte; exit 1 if anything differs."""
        document = verify(bundle, root=root)
        show(document, json, _tell_verified)
        if not document["ok"]:
            raise typer.Exit(1)

    @draws.command("prove", epilog="Example: baogong draw prove masks-01 0123456789abcdef0123456789abcdef > proof.json")
    def prove_entry(
        bundle: Folder,
        entry: Annotated[str, typer.Argument(help="The entry on the receipt, 32 hex digits.")],
        json: JsonFlag = False,
    ) -> None:
        """One entrant's proof, which `verify.py --proof` checks without the list."""
        show(prove(bundle, entry.strip().lower()), json)

    @draws.command("more", epilog="Example: baogong draw more masks-01 --units 500")
    def more_stock(
        bundle: Folder,
        units: Annotated[int, typer.Option(min=1, help="Units that came besides.")],
        promoted: Annotated[
            int, typer.Option(min=0, help="How many of the next on standby have a right that others left.")
        ] = 0,
        json: JsonFlag = False,
    ) -> None:
        """More stock goes further down the same list; there is never a second draw."""
        show(
            _more(bundle, units, promoted),
            json,
            lambda console, made: console.print(f"{escape(made['file'])}: {len(made['winners'])} more winners."),
        )

    @draws.command("memory", epilog="Example: baogong draw memory --odds 0.035 --days 30")
    def memory(
        odds: Annotated[float, typer.Option(min=0, max=1, help="Places a day over people.")] = 0.035,
        days: Annotated[int, typer.Option(min=1, max=3660)] = 30,
        people: Annotated[int, typer.Option(min=1, max=1_000_000)] = 20_000,
        pause: Annotated[
            int | None,
            typer.Option(min=0, max=366, help="Days a winner stays out; with the next two a rule of your own."),
        ] = None,
        weight_per_loss: Annotated[int, typer.Option(min=0, max=100)] = 0,
        weight_max: Annotated[int, typer.Option(min=1, max=1000)] = 1,
        json: JsonFlag = False,
    ) -> None:
        """What losers are owed: who is never served under each rule, and each loser's next odds."""
        from baogong.engine.draw import Memory

        own = None if pause is None else Memory(pause, weight_per_loss, weight_max)
        show(_memory(odds, days, people, own), json, _tell_memory)


def _beacon(
    folder: Path, round_file: Path | None, numbers: list[str], drill_key: Path | None, missing_at: str
) -> dict[str, Any]:
    from baogong.engine.draw import (
        BeaconPaper,
        Drand,
        as_bytes,
        drill_signature,
        hash_of,
        randomness_of,
        read_announcement,
    )
    from baogong.engine.draw.draws import source_of

    announced = read_announcement(paper(folder, "announcement.json", cure="Announce the draw first."))
    close = paper(folder, "close.json", cure="Close the list first: `baogong draw close`.")
    told: dict[str, Any] = {"draw": announced.draw, "close_sha256": hash_of(close), "is_fallback": bool(missing_at)}
    if missing_at:
        told["missing_declared_at"] = _moment(missing_at, "--missing-at", datetime.now(UTC))
    source = source_of(announced, BeaconPaper(announced.draw, "", bool(missing_at)))
    if isinstance(source, Drand):
        signature, previous = b"", b""
        if drill_key is not None:
            if not source.chain.is_drill or source.chain != _chain(str(drill_key)):
                raise _not_announced("--drill-key", str(drill_key), source.chain.beacon_id)
            secret = object_of(drill_key).get("secret")
            signature = drill_signature(source.chain, int(str(secret), 16), source.round_number)
        elif round_file is not None:
            given = object_of(round_file)
            try:
                signature, previous = (
                    bytes.fromhex(str(given.get(key) or "")) for key in ("signature", "previous_signature")
                )
            except ValueError:
                raise _not_announced(str(round_file), "no hex", "signature in hex") from None
            previous = previous if source.chain.is_chained else b""
        if not signature:
            raise _not_announced(
                "--round-file", "no signature", f"round {source.round_number} of {source.chain.beacon_id}"
            )
        told |= {
            "round_number": source.round_number, "signature": signature, "previous_signature": previous,
            "randomness": randomness_of(signature),
        }  # fmt: skip
    else:
        rows = [[part for part in re.split(r"[\s,，、]+", row) if part] for row in numbers]
        if not rows or not all(part.isascii() and part.isdigit() for row in rows for part in row):
            raise _not_announced(
                "--numbers", numbers, "; ".join(f"{one.name}: {one.numbers} numbers" for one in source.sources)
            )
        told["numbers"] = tuple(tuple(int(part) for part in row) for row in rows)
    made = BeaconPaper(**told)
    write_once(folder, {"beacon.json": as_bytes(made.as_dict())})
    return made.as_dict()


def _not_announced(where: str, found: object, expected: str) -> UnusableInput:
    return UnusableInput(
        "This is not what was announced. Nothing was written.",
        where=where,
        found=found,
        expected=expected,
        cure="Give what the announced source gave.",
    )


def _more(folder: Path, units: int, promoted: int) -> dict[str, Any]:
    from baogong.engine.draw import bundle_of, draw, more
    from baogong.engine.draw.bundle import PROOFS, RULE, SUMS, more_name, more_papers
    from baogong.engine.draw.papers import decoded

    run(folder)  # what stands must be whole before anything is added
    there, listed = papers(folder), records(folder)
    announcement, close, beacon = there["announcement.json"], there["close.json"], there["beacon.json"]
    drawn, later = draw(announcement, close, beacon, listed), more_papers(there)
    added = more(drawn, later, units, promoted)
    made = bundle_of(
        drawn, announcement=announcement, close=close, beacon=beacon, later=[*later, added],
        verifier=there["verify.py"], rule=there.get(RULE),
    )  # fmt: skip
    name = more_name(len(later) + 1)
    write_once(folder, {name: added})
    rewrite(folder, {part: made[part] for part in (PROOFS, SUMS) if part in made})
    document = decoded(added, name)
    assert isinstance(document, dict)
    return {"file": str(folder / name)} | document


def _memory(daily_odds: float, days: int, people: int, own: Any) -> dict[str, Any]:
    from baogong.engine.draw import memory, simulate

    rules = {
        "none": memory.NO_MEMORY,
        "pause": memory.PAUSE,
        "pause_and_weights": memory.PAUSE_AND_WEIGHTS,
        "longest_waiting": memory.LONGEST_WAITING,
    }
    if own is not None:
        rules["own"] = own
    return {
        "odds": daily_odds,
        "days": days,
        "people": people,
        "rules": [
            {"name": name, "rule": asdict(rule)}
            | asdict(simulate(rule, daily_odds=daily_odds, days=days, people_count=people))
            for name, rule in rules.items()
        ],
    }


def _tell_chains(console: Console, document: dict[str, Any]) -> None:
    table = Table("name", "every", "scheme", "chain hash")
    for chain in document["items"]:
        table.add_row(chain["name"], str(timedelta(seconds=chain["period_s"])), chain["scheme"], chain["chain_hash"])
    console.print(table)


def _tell_announced(console: Console, document: dict[str, Any]) -> None:
    if document["drill"]:
        console.print("[yellow]A DRILL.[/]")
    console.print(
        f"{escape(document['title'])}: {document['units']:,} units, {document['units_each']} each. Publish this hash:"
    )
    console.print(document["sha256"])
    beacon = document["beacon"]
    if beacon["kind"] == "DRAND":
        console.print(f"It waits for round {beacon['round']} of {escape(beacon['chain']['beacon_id'])}.")
    else:
        console.print("It waits for " + escape("; ".join(one["name"] for one in beacon["sources"])) + ".")


def _tell_run(console: Console, document: dict[str, Any]) -> None:
    if document["drill"]:
        console.print("[yellow]A DRILL.[/]")
    console.print(
        f"{document['entries']:,} entries, {document['winners']:,} winners, {document['standby']:,} on standby."
    )
    console.print(f"Publish the folder {escape(document['bundle'])}: anyone can check it with its verify.py.")


def _tell_verified(console: Console, document: dict[str, Any]) -> None:
    if document["drill"]:
        console.print("[yellow]A DRILL: whoever held it could have chosen its beacon.[/]")
    for problem in document["problems"]:
        console.print(f"[red]wrong[/] {escape(problem)}")
    if document["ok"]:
        console.print(
            f"[green]Holds: {document['winners']:,} of {document['entries']:,}. Compare the root with the published one:[/]"
        )
        console.print(document["root"])
        if not document["beacon_verified"]:
            console.print("Lottery numbers bear no signature: compare them with the lottery's own announcement.")


def _tell_memory(console: Console, document: dict[str, Any]) -> None:
    table = Table("rule", "never served", "won again", "95 % by day", "next odds by draws lost")
    for rule in document["rules"]:
        odds = rule["next_odds"]
        shown = [each for each in odds if each["losses"] in (0, 5, 10) or each is odds[-1]]
        table.add_row(
            rule["name"],
            f"{rule['never_served']:.0%}",
            f"{rule['won_again']:.0%}",
            str(rule["wait_p95_days"] or "later"),
            ", ".join(f"{each['losses']}: {each['odds']:.1%}" for each in shown),
        )
    console.print(table)
