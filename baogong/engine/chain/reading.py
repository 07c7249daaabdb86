"""What comes of reading chains: chains with their entries, what was skipped, what waits for a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from baogong.engine.address import DOUBTS

DOUBTED = ("typo", "ambiguous", "unread", "second-address", "floor-differs")
"""What the reader of addresses doubts and somebody is to be asked about."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """
    So many of one item.

    item      as the menu or the line names it; None in a chain with one nameless item
    quantity  as written, below 0 for what is taken back, never 0
    code      the menu's, "" where it has none
    """

    item: str | None
    quantity: int
    code: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """
    What one household says in one line; a line that speaks for two is two entries.

    no           as the line numbers itself; None without one
    building, unit, room   without their words, "" where the line does not say
    compound     what stands before the building, as written: 虹梅路1200弄, 10号院, 阳光家园
    items        never empty
    note         all other words, payment words among them
    paid         whether the line says that it is paid
    withdrawn    by its own 取消, a later one, or a later 改成: it is not counted
    start, end   characters of the text that it came from
    confidence   field → 0 … 1; only fields below 1
    doubts       codes (`SENTENCES` says what they mean)
    """

    no: int | None
    name: str
    building: str
    unit: str
    room: str
    items: tuple[Ordered, ...]
    note: str
    paid: bool
    withdrawn: bool
    start: int
    end: int
    confidence: Mapping[str, float] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()
    compound: str = ""

    @property
    def surest(self) -> float:
        """How sure the whole is: as sure as its least sure field."""
        return min(self.confidence.values(), default=1.0)


@dataclass(frozen=True, slots=True)
class Dish:
    """A line of a menu. left: packs in stock, None where it does not say."""

    code: str
    item: str
    left: int | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Characters [start, end) that are no entry, and why: a code; `suggestion` may come from outside (`Suggester`)."""

    start: int
    end: int
    why: str
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class Chain:
    """One chain in its latest version; `menu` as its own head gives it."""

    title: str
    menu: tuple[Dish, ...]
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """
    The spans of entries, `ignored` and `unread` do not overlap and cover all of `text` but its blanks.

    ignored  what says nothing of who wants what: heads, menus, examples, announcements, markup, superseded versions
    unread   the queue for a person
    """

    text: str
    chains: tuple[Chain, ...]
    ignored: tuple[Stretch, ...]
    unread: tuple[Stretch, ...]


SENTENCES: dict[str, tuple[str, str]] = {
    # of stretches
    "head": ("Says what the chain is about.", "接龙的标题或说明。"),
    "menu": ("A line of the menu.", "菜单。"),
    "example": ("An example of how to write.", "示例。"),
    "announcement": ("Speaks to everybody.", "发给大家的通知。"),
    "sender": ("Who sent a message, and when.", "消息的发送人和时间。"),
    "total": ("A total that agrees with the lines above it.", "合计，与前面各行之和相符。"),
    "sign": ("Marks between the lines.", "分隔符号。"),
    "markup": ("Marks of the program that it was copied from.", "复制时带来的格式标记。"),
    "superseded": ("An earlier version of a line below.", "后面有这一行的新版本。"),
    "vanished": (
        "This line was in the earlier version and is not in the later one. Ask whether it was withdrawn.",
        "上一版接龙里有这一行，新版里没有了。请问清是否取消。",
    ),
    "remark": (
        "Not understood. If it is an order, write number, name, place and how many; else nothing is to be done.",
        "没有读懂。如果是订单，请写明序号、姓名、房号和份数；不是则不用处理。",
    ),
    "empty-number": ("A number with nobody behind it. Ask who it is.", "只有序号，没有内容。请问清是谁。"),
    # of entries
    "nothing-to-withdraw": ("Takes back what no earlier line ordered. Ask what is meant.", "前面没有可以取消的订单，请问清。"),
    "which-item": ("Does not say of which item. Ask.", "没有写是哪一种，请问清。"),
    "not-on-menu": ("The item is not on the menu. Ask which one is meant.", "菜单上没有这一种，请问清是哪一种。"),
    "unknown-place": ("The register does not know this place. Ask for the door.", "名册里没有这个门牌，请核对房号。"),
    "no-place": ("Says no place.", "没有写房号。"),
    "place-by-guess": ("The number could be something else than the place.", "这个数字不一定是房号，请核对。"),
    "name-by-guess": ("The name could be something else.", "这个词不一定是姓名，请核对。"),
    "total-differs": ("The total is not the sum of what is listed. Ask which is right.", "总数与各项之和不符，请问清。"),
    "dash": ("The dash could be a minus.", "这个横线可能是减号，请核对。"),
    "several-withdrawn": ("All of this household's earlier lines are withdrawn.", "这一户之前的几行都按取消处理，请核对。"),
    "total-replaces": ("Read as the new total: the earlier lines are withdrawn.", "按新的总数处理，之前的几行作废，请核对。"),
    "number-not-read": ("A number was not understood: perhaps a door or a quantity. Ask.", "有数字没有读懂，可能是门牌或数量，请问清。"),
    "range": ("Says a range of quantities; the lower one was read. Ask how many.", "写的是几到几份，先按少的读，请问清要几份。"),
    "not-wanted": (
        "Says what is not wanted: perhaps taken back, perhaps only a note. Ask.", "写了不要哪一种，可能是取消，也可能只是说明，请问清。",
    ),
    "words-beside": (
        "Words beside an item were not understood: perhaps taken back, asked about or reported missing. Ask.",
        "品名旁边的话没有读懂，可能是退换、询问或反映问题，请问清。",
    ),
    "pairing": ("Which quantity belongs to what, or whether two are added, is not certain. Ask.", "哪个数量对应哪一项、几个数量要不要相加，不确定，请问清。"),
    "said-again": (
        "This household says the same in another line, chain or version. Ask whether it is wanted twice.", "这一户在另一行、另一个接龙或另一版里写过一样的，请问清是不是要两遍。",
    ),
    "other-day": (
        "This household says the same under another day's title. Ask once for the whole chain whether that day is wanted too.",
        "这一户在另一天的接龙里写过一样的。整个接龙问一次：这一天的是不是也要。",
    ),
    "lost-newline": ("The line was cut out of a longer one.", "这一行是从连在一起的文字里分出来的。"),
    "other-lane": (
        "Names another compound than this chain. Ask whose list it belongs on.", "写的弄号（院号）和这个接龙的不同，请问清是哪个小区的。",
    ),
    **{code: DOUBTS[code] for code in DOUBTED},
}  # fmt: skip

ASKED = frozenset({
    "nothing-to-withdraw", "which-item", "not-on-menu", "unknown-place", "no-place", "place-by-guess", "total-differs",
    "dash", "pairing", "range", "not-wanted", "number-not-read", "words-beside", "total-replaces", "other-lane", "said-again",
    "other-day", *DOUBTED,
})  # fmt: skip
"""An entry with one of these doubts is not counted before a person has looked at it; others are only shown beside it."""
ASKED_OF_WITHDRAWN = frozenset({"nothing-to-withdraw", "not-wanted", "words-beside"})
