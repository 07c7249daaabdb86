"""The labelled lines of `gifts.txt`: read as a list would be, held against what each means."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from baogong.catalogue.queries import item
from baogong.engine.sheets.kinds import LineOutcome, Status
from baogong.journal.services import imports
from baogong.people.services.parties import register_party
from baogong.places.services import add_site
from baogong.supply.queries.names import parties_by_id
from tests.apps.supply.world import World
from tests.cast import NOW

FILE = Path(__file__).with_name("gifts.txt")
SAYS = {
    "ok": {Status.ADDED, Status.MATCHED},
    "person": {Status.WAITING},
    "refused": {Status.REFUSED},
    "noted": {Status.NOTED},
    "known": {Status.UNCHANGED},
}
REGISTER = (
    ("SITE", "武汉市第三医院", ("武汉三院", "市三医院")),
    ("SITE", "武汉市金银潭医院", ("金银潭", "金银潭医院")),
    ("SITE", "武汉大学人民医院", ("湖北省人民医院", "省人民医院")),
    ("SITE", "华中科技大学同济医学院附属同济医院", ("武汉同济",)),
    ("SITE", "华中科技大学同济医学院附属协和医院西院", ("协和西院",)),
    ("ORGANISATION", "江夏区红十字会", ("江夏红十字", "江夏红会")),
    ("ORGANISATION", "明星粉丝会", ("粉丝会",)),
    ("TEAM", "北京协和医院援鄂医疗队", ("北京协和医疗队",)),
)


@dataclass(frozen=True)
class Label:
    """What one line means, and what a reader must make of it."""

    verdict: str
    truth: dict[str, str]


@dataclass
class Sheet:
    """One list: its lines as CSV, and the labels of each row."""

    kind: str
    title: str
    lines: list[str] = field(default_factory=list)
    labels: dict[int, tuple[Label, ...]] = field(default_factory=dict)  # by the row's number in the file

    @property
    def data(self) -> bytes:
        return "\n".join(self.lines).encode()


@dataclass(frozen=True)
class Misread:
    """A line that went in as something else than it means: what must never happen."""

    sheet: str
    line: str
    read: dict[str, Any]
    truth: dict[str, str]


@dataclass
class Figures:
    """Of all lines that are goods or corrections: how many were understood, given to a person, refused, misread."""

    counts: Counter[str] = field(default_factory=Counter)
    misread: list[Misread] = field(default_factory=list)
    other: list[str] = field(default_factory=list)  # not as labelled, though not misread


def sheets() -> list[Sheet]:
    """The lists of the file, in its order."""
    found: list[Sheet] = []
    for line in FILE.read_text("utf-8").splitlines():
        if line.startswith("## "):
            kind, _, title = line.removeprefix("## ").partition(" ")
            found.append(Sheet(kind, title))
        elif line and not line.startswith("#"):
            sheet = found[-1]
            cells, _, labels = line.partition("=>")
            sheet.lines.append(",".join(f'"{cell.strip()}"' for cell in cells.split("|")))
            if labels:
                sheet.labels[len(sheet.lines)] = tuple(_label(text) for text in labels.split("++"))
    return found


def _label(text: str) -> Label:
    verdict, *said = text.split()
    truth: dict[str, str] = {}
    key = ""
    for word in said:
        if "=" in word:
            key, _, word = word.partition("=")
            truth[key] = word
        else:  # a standard has a space in it
            truth[key] += f" {word}"
    return Label(verdict, truth)


def register(world: World) -> None:
    """The receivers and givers the lists speak of."""
    for kind, name, aliases in REGISTER:
        party = register_party(kind=kind, name=name, city="武汉", aliases=aliases, now=NOW)
        if kind == "SITE":
            add_site(party=party, role="RECEIVER")


def measure(world: World) -> Figures:
    """Every list previewed and written in turn, each line held against its label."""
    register(world)
    figures = Figures()
    for sheet in sheets():
        run = imports.preview(
            kind=sheet.kind,
            file_name=f"{sheet.title}.csv",
            data=sheet.data,
            profile=None,
            actor=world.cast.lin,
            now=NOW,
        )
        by_row: dict[int, list[LineOutcome]] = {}
        for line in run.lines:
            row = int("".join(character for character in line.outcome.where if character.isdigit()))
            by_row.setdefault(row, []).append(line.outcome)
        for row, labels in sheet.labels.items():
            _hold(figures, sheet, row, by_row.get(row, []), labels)
        imports.apply(run=run.id, actor=world.cast.lin, now=NOW)
    return figures


def _hold(figures: Figures, sheet: Sheet, row: int, outcomes: list[LineOutcome], labels: tuple[Label, ...]) -> None:
    where = f"{sheet.title} {row}: {sheet.lines[row - 1]}"
    wanted = [label for label in labels if label.verdict != "none"]
    if len(outcomes) != len(wanted):
        figures.other.append(f"{where}: {len(outcomes)} lines, {len(wanted)} labelled")
    for outcome, label in zip(outcomes, wanted, strict=False):
        verdict = next(word for word, statuses in SAYS.items() if outcome.status in statuses)
        figures.counts[verdict] += 1
        if verdict != label.verdict:
            figures.other.append(f"{where}: {verdict}, labelled {label.verdict} ({outcome.found or outcome.text})")
        if verdict == "ok":
            read = read_as(outcome.payload, sheet, row)
            truth = _truth(label.truth, sheet, row)
            if read != truth:
                figures.misread.append(Misread(sheet.title, where, read, truth))


def read_as(payload: dict[str, Any], sheet: Sheet, row: int) -> dict[str, Any]:
    """What the reader made of a line, in the label's terms."""
    ids = {UUID(payload[key]) for key in ("receiver", "donor") if payload.get(key)}
    names = {str(key): party.name for key, party in parties_by_id(ids).items()}
    return {
        "item": item(UUID(payload["item"])).code,
        "n": str(payload["amount"]),
        "c": str(payload["pieces_per_carton"] or ""),
        "to": names.get(payload["receiver"] or "", ""),
        "by": names.get(payload["donor"] or "", payload["donor_text"]),
        "s": payload["standard"],
    }


def _truth(truth: dict[str, str], sheet: Sheet, row: int) -> dict[str, str]:
    given = {"item": "", "n": "", "c": "", "to": "", "s": "", **truth}
    if "by" not in given:
        heads = [cell.strip('"') for cell in sheet.lines[0].split(",")]
        at = next(index for index, head in enumerate(heads) if head in ("捐赠方", "捐赠人", "捐赠单位", "托运方"))
        given["by"] = sheet.lines[row - 1].split('","')[at].strip('"')
    return given
