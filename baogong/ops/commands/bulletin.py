"""`baogong bulletin …`: a day in figures out of the book; drawn, looked at, published, taken away as a workbook."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from baogong.ops.tables import rows, sheet
from baogong.ops.terminal import Desk, Look, reads, writes

bulletin = typer.Typer(help="A day in figures, each with its lines in the book.", no_args_is_help=True)

HEAD = (
    "day audience version state why words_zh drawn_at drawn_by_name published_at hash content_hash corrected_by"
    " later_has_more id"
)
SHOWN = sheet(HEAD, figures="number name_zh item where amount lines", later="at item_zh amount said_zh id")
Which = Annotated[UUID, typer.Argument(metavar="BULLETIN", help="Its id.")]


def register(app: typer.Typer) -> None:
    app.add_typer(bulletin, name="bulletin")


@reads(
    bulletin,
    "list",
    rows("day audience version state published_at drawn_by_name id"),
    example="baogong bulletin list",
)
def list_(look: Look) -> Any:
    """Those that stand, the newest day first."""
    from baogong.tower.queries.bulletins import bulletins

    return bulletins()


@reads(bulletin, "show", SHOWN, example="baogong bulletin show 0190a1c8-0000-7000-8000-000000000001")
def show(
    look: Look,
    which: Which,
    figure: Annotated[int | None, typer.Option(help="The number of a figure: its lines are told as well.")] = None,
    xlsx: Annotated[Path | None, typer.Option(help="Write it there as a workbook, too.")] = None,
    english: Annotated[bool, typer.Option("--english", help="The workbook in English.")] = False,
) -> Any:
    """One: its figures, what was written later for its day, the lines of one figure."""
    from baogong.tower.bulletins.sheets import workbook_of

    view = _view(which)
    if xlsx is not None:
        _write(xlsx, workbook_of(view, is_chinese=not english))
    return _told(view, figure)


@writes(bulletin, "draw", SHOWN, example="baogong bulletin draw 2020-01-24 --for public --as lin")
def draw(
    desk: Desk,
    day: Annotated[str, typer.Argument(help="The day, as 2020-01-24.")],
    for_: Annotated[str, typer.Option("--for", metavar="READERS", help="public or superiors.")] = "public",
    why: Annotated[str, typer.Option(help="Of a day that is published already: what changed, and why.")] = "",
) -> Any:
    """Take a day out of the book. Nothing is published by it."""
    from baogong.tower.queries.bulletins import audience_in
    from baogong.tower.services import bulletins

    on, audience = _day(day), audience_in(for_, "--for")
    made = desk.once_made(lambda: bulletins.draw(day=on, audience=audience, why=why, **desk.signed))
    return _told(_view(made))


@writes(
    bulletin,
    "words",
    SHOWN,
    example="baogong bulletin words 0190a1c8-0000-7000-8000-000000000001 --zh 平稳 --en 'All calm' --as lin",
)
def words(
    desk: Desk,
    which: Which,
    zh: Annotated[str, typer.Option(help="The words in Chinese.")] = "",
    en: Annotated[str, typer.Option(help="The words in English.")] = "",
) -> Any:
    """Write the words that stand above the figures, in both languages or none."""
    from baogong.tower.services import bulletins

    desk.once(lambda: bulletins.write_words(bulletin=which, words_zh=zh, words_en=en, actor=desk.actor, now=desk.now))
    return _told(_view(which))


@writes(
    bulletin,
    "publish",
    SHOWN,
    example="baogong bulletin publish 0190a1c8-0000-7000-8000-000000000001 --as lin",
)
def publish(
    desk: Desk,
    which: Which,
    alone: Annotated[
        bool, typer.Option("--alone", help="Nobody else is on duty; the second signature is due within 12 hours.")
    ] = False,
) -> Any:
    """Sign it for publication. What everyone reads waits for a second person: `baogong document sign`."""
    from baogong.tower.services import bulletins

    desk.once_made(lambda: bulletins.publish(bulletin=which, alone=alone, **desk.signed))
    return _told(_view(which))


def _view(which: UUID) -> Any:
    from baogong.kernel.actor import THE_HOUSE
    from baogong.tower.queries.bulletins import bulletin

    return bulletin(which, seen_by=THE_HOUSE)


def _told(view: Any, figure: int | None = None) -> dict[str, Any]:
    from baogong.ops.tables import plain
    from baogong.tower.bulletins.words import MEASURES
    from baogong.tower.queries.bulletins import later_lines, lines_of

    later = later_lines(view)
    items, parties = view.content["items"], view.content["parties"]

    def item(id: UUID | None) -> str:
        return str(items.get(str(id), {}).get("zh", ""))

    told: dict[str, Any] = {
        **plain(view.head),
        "figures": [
            {
                **plain(each),
                "name_zh": MEASURES[each.what][0],
                "name_en": MEASURES[each.what][1],
                "item": item(each.item),
                "where": "其余"
                if each.is_rest
                else "、".join(parties.get(str(at), {}).get("zh", "") for at in each.at),
            }
            for each in view.figures
        ],
        "later": [
            {
                **plain(each),
                "item_zh": item(each.item),
                "said_zh": "、".join(MEASURES[what][0] for what in each.what),
            }
            for each in later.lines
        ],
        "later_has_more": later.has_more,
    }
    if figure is not None:
        found = lines_of(view, figure, limit=5_000)
        told["lines"] = plain(found)
    return told


def _day(text: str) -> Any:
    from datetime import date

    from baogong.kernel.errors import UnusableInput
    from baogong.kernel.windows import is_within_book

    try:
        found = date.fromisoformat(text.strip())
        if is_within_book(found):
            return found
    except ValueError:
        pass
    raise UnusableInput(
        f"“{text[:40]}” is no day from 2000 to 2099. Nothing was drawn.",
        where="DAY",
        found=text[:40],
        expected="2020-01-24",
        cure="Write the day as year, month, day.",
    )


def _write(file: Path, made: bytes) -> None:
    from baogong.kernel.errors import UnusableInput

    try:
        file.write_bytes(made)
    except OSError as error:
        raise UnusableInput(
            f"The workbook could not be written: {error.strerror}.",
            where="--xlsx",
            found=str(file),
            expected="a file in a folder that can be written",
            cure="Name another file.",
        ) from None
