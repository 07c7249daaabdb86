"""A community's register and a menu from tables as people keep them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from baogong.engine.chain.menu import Menu
from baogong.engine.chain.reading import Dish
from baogong.engine.sheets.tables import Row, Table
from baogong.kernel.errors import UnusableInput

REGISTER = {
    "building": ("building", "楼栋", "楼号", "楼"),
    "unit": ("unit", "单元"),
    "room": ("room", "房号", "室号", "室", "门牌"),
}
MENU = {"code": ("code", "编号", "代号", "序号"), "item": ("item", "品名", "菜名", "名称", "套餐")}


class MissingColumns(UnusableInput):
    """A list without a column that it is read for."""

    code = "chain.missing-columns"


def doors_from(table: Table) -> tuple[tuple[str, str, str], ...]:
    """Columns building, unit, room (楼栋, 单元, 房号); a unit or a room may be missing everywhere. Raises MissingColumns."""
    at = _columns(table, REGISTER, required=("building",))
    places = (at["building"], at.get("unit"), at.get("room"))
    return tuple((_text(row, places[0]), _text(row, places[1]), _text(row, places[2])) for row in table.rows)


def menu_from(table: Table) -> Menu:
    """Columns code, item (编号, 品名). Raises MissingColumns."""
    at = _columns(table, MENU, required=("item",))
    return Menu(Dish(_text(row, at.get("code")), _text(row, at["item"])) for row in table.rows)


def _columns(table: Table, names: Mapping[str, tuple[str, ...]], *, required: Sequence[str]) -> dict[str, int]:
    heads = [cell.text.strip().casefold() for cell in table.columns]
    at = {name: heads.index(word) for name, words in names.items() for word in words if word in heads}
    if missing := [name for name in required if name not in at]:
        raise MissingColumns(
            f"{table.name} has no column {', '.join(missing)}. Nothing was read.",
            where=table.name,
            found=", ".join(cell.text for cell in table.columns),
            expected=", ".join(words[0] for words in names.values()),
            cure=f"Name the columns in the first row: {','.join(words[0] for words in names.values())}.",
        )
    return at


def _text(row: Row, at: int | None) -> str:
    return row.cells[at].text if at is not None else ""
