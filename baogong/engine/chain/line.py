"""
One line of a chain: whose it is, where they live, what they order, and what else they say.

A line is read by its own words, the menu and the register alone; what it does to other lines is settled afterwards.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from baogong.engine.chain.draft import Draft, Element
from baogong.engine.chain.pairing import STRONG, lacks_counts, paired
from baogong.engine.chain.places import NOWHERE, Place
from baogong.engine.chain.tokens import CHUNKS_MAX, UNIT, Found, Grammar, Part, Role, Token, Whole

QUANTITY_MAX = 9_999
PAID = re.compile(
    "(?<!未)(?<!没)(?:已(?:付|转|支付|打款|缴)|付款|付了|付过|转账|转了|转过|红包已发|PAID)", re.IGNORECASE
)
_NOTE = re.compile(
    "不|少[放加油盐糖辣]|多[放加油盐糖辣]|微辣|中辣|特辣|免|请|麻烦|谢(?!$)|感谢|辛苦|放|送|帮|代|替|给|已|未付|没付|付[款了过]|转账|微信|支付宝|收款|"
    "电话|手机|到[货了时家楼门]|家[里中有]|在家|隔离|独居|行动不便|有[老小孩]|孩子|老人|急|等|可以|如果|要|最好|尽量|发票|备注|自提|门口|楼下|一起|合单|跟|同|补|还|再|也|另|这|那"
)
_GOODS_UNIT = re.compile("[盒箱袋瓶桶斤板罐捆篮颗枚包条]$")
"""Of what one hardly says of whom: 厄贝沙坦3盒 behind a door, where no menu says what is on offer."""
_HAS_LETTER = re.compile(r"[^\W_]")
_TOTALLING = re.compile("(?:一共|总共|合计|总计|共计|共)[要订]?")
_NOBODY = re.compile(
    "(?:家[里中])?(?:[没无]人|人?不在|已经?[领发拿取有]|领过|领了|空[关房置着]|不需要?|不用|不要|放弃|暂不|免|无需?|没有|有了)(?:了|家|居住|住|需要)?"
)
"""What stands at a door where a quantity is left out, and means none."""
_FOR_WHOM = re.compile(
    "(?:[给帮替]|我[家们]?)?(?:大人|成人|[小男女]孩|孩子|小朋友|儿童|宝宝|老人家?|老年人|[爸妈爷奶姥婆公]{1,2}|外[公婆]|父母|岳[父母]|老[公婆]|[儿女]子|女儿|自己|自家|本人)吃?"
)
"""Before an item it says for whom that is: 大人A2份 小孩B1份."""
_EDGES = "-:：—.·"
WORD, PLACE, ITEM, COUNT, BEFORE, TOTAL, EACH, NUMBER, LETTER = (
    Token.WORD, Token.PLACE, Token.ITEM, Token.COUNT, Token.BEFORE, Token.TOTAL, Token.EACH, Token.NUMBER, Token.LETTER,
)  # fmt: skip
CANCEL, CHANGE, OPEN, CLOSE, NOTE = Token.CANCEL, Token.CHANGE, Token.OPEN, Token.CLOSE, Token.NOTE
NAME, DOOR, ORDER, AHEAD, ALONE, REMARK = (
    Whole.NAME, Whole.DOOR, Whole.ORDER, Whole.AHEAD, Whole.ALONE, Whole.NOTE,
)  # fmt: skip
_OTHER: Role = (Whole.OTHER, NOWHERE, [])
_BRACKETS, _LETTERS, _NUMBERS, _ITEMS = 1 << OPEN | 1 << CLOSE, 1 << LETTER, 1 << NUMBER, 1 << ITEM
_ITEMLIKE = {ITEM, LETTER}
_ORDERS = sum(1 << kind for kind in (ITEM, COUNT, BEFORE, TOTAL, EACH))
_COUNTED_OR_NAMED = {ITEM, *STRONG}
_ADDING = {"add", "take", "plus", "less"}
_JOINING = re.compile("[+&和与及再又加]|外加|另加|再来|再要|还有|还要|以及")
_UP_TO = re.compile("[-~至到]")
_REFUSING = re.compile("(?:不要|不用|不想要|不需要|不订|不买|不来|没要|没订|别要)$")
_REFUSED = re.compile("(?:就|都)?(?:不要|不用|不需要|不订|不买)(?:了)?")
_INSTEAD = re.compile("如果|要是|没有|否则|不然|或|任选|[二三]选一|随便")
"""Of what stands in the line not everything is ordered: A2份，没有就B2份."""
_BESIDE = re.compile(
    "(?:请|麻烦|帮我|我?要|[都全先也已]|全部|已经)?(?:"
    "退(?![热烧黄休伍役])|撤|删|划掉|去掉|算了|更[正改]|纠正|换|上次|上回|昨[天日晚]|前[天日]"
    "|收到|重复|忽略|无视|测试|误[点接填发]|[点填写打]错|[还尚]没(?![付转给])|没[到收拿送给]|未[到收]|[少多](?:了|送|给|收|$)|[送发拿给][错少漏]|漏(?![勺斗])|缺|坏[了的]|错|烂|臭|变质|过期"
    "|还有(?:吗|没|么|货|[?])|不吃了?$|不能吃$|没有?$|对$|忌|除了?$|(?:一共|总共|合计|总计|共计|共)$)"
)
"""Words that take back, refuse, report or compare: beside an item they do not order it."""
_IGNORED = re.compile("重复|忽略|无视|测试|误[点接填发]|[点填写打]错")
"""In brackets, too, they say that the line may be none."""
_BEHIND_ITEM = re.compile("过敏|[?]|[吗呢么嘛]$|收到|到了|没|还有|不吃|不能|怎么|什么|多少")
_ASKING = re.compile("[?]|[吗么嘛]$")
_ORDERING = re.compile(
    "了?[我你们咱家给帮请麻烦再另外还也加多就只都想需要来点订定买拿带选个份和跟与及套餐早中午晚今明天饭替代接龙报名:.、~!-]{0,10}"
)
"""What may stand right before an item that is ordered: 我要A, 再来个A, 晚餐:A."""
_CIRCLED = "\u2460-\u249b\u2776-\u2793\u3251-\u325f"
_NUMERAL = f"一二两三四五六七八九十俩仨壹贰叁肆伍陆柒捌玖拾廿卅百千零〇几数{_CIRCLED}"
_UNREAD_NUMBER = re.compile(f"[{_CIRCLED}]|(?:[{_NUMERAL}]{{1,8}}|[一两几][双对打])(?:{UNIT}|双|对|打)?$")
_NUMBER_BEHIND = re.compile(f"(?!一[起定样直般并会下点些律])[{_NUMERAL}]")
"""A number that is no count, by itself and right behind an item: A②, A俩, A一双."""
_NOT_CANCELLED = re.compile("[不别没勿未莫]$")
_CLEAR = re.compile(
    "(?:(?:还?[没未]|已)?付(?:款|了|过)?(?:微信|支付宝)?|(?:微信|支付宝)?已?转(?:账|了|过)?|全部?|都|[了吧啦哦啊呀哈,.。!~;、: ]|多谢|谢|感谢|辛苦|请|麻烦|帮[我忙]?|一下"
    "|不好意思|抱歉|对不起|退款|我们?的?|[本这]?单|订单|接龙|(?:临时)?有事|重复|(?:已经?)?买到了?|已经?|先|团长|群主|老师|1[3-9][0-9]{9})*+"
)
"""What may stand beside 取消 and leaves it clear: 全部, 谢谢, 请退款. With any other word it may be no withdrawal."""
_BEFORE_THIS = re.compile("(?:上面|前面|之前|以前)的?")
"""Beside 取消 in a line that orders nothing itself it is clear too."""
_PARTICLES = re.compile("[了的吗么吧呢嘛啊哦呀啦哈?!~]")
_STRUCK = re.compile(r"[❌❎✗✘🚫⛔\u0335-\u0338]|(?<![^ ,;(])×(?=[,;)]|\ *$)")
"""A sign that strikes out what it stands beside, or perhaps belongs to a name: A1份 ❌."""
_WANTING = re.compile("(?<!不)要|换")
_GUESSED = {"name-by-guess", "not-on-menu", "number-not-read", "which-item"}
"""A word that was taken for something, with one of these doubts, may as well be what 取消 is of."""
_COUNTS_NOTHING = re.compile(r"\ ?[号楼栋幢座层岁人口点时分日天月年周级元块%:]")  # behind a figure: 5楼, 80岁
_IN_NAMES = {WORD, LETTER, NUMBER, ITEM}


@dataclass(slots=True)
class _House:
    start: int
    place: Place = NOWHERE
    elements: list[Element] = field(default_factory=list)
    notes: list[tuple[int, int]] = field(default_factory=list)
    changed_from: list[Element] | None = None
    cancels: bool = False
    is_joined: bool = False  # what was read last says that the next is added: 2份和1份
    refused: list[Element] = field(default_factory=list)
    is_refusing: bool = False
    cancelled_at: int = 0  # so many elements stand before 取消
    is_cancelled_aside: bool = False  # A1份（取消）: in brackets it is of the line that they stand in
    is_total: bool = False  # 共A2份B1份
    name: str = ""  # its own, where the line names a second household


class Line:
    """The reading of characters [start, end) of `text`; `raw` has them as they were written."""

    def __init__(self, grammar: Grammar, text: str, raw: str) -> None:
        self.grammar, self.text, self.raw = grammar, text, raw

    def read(self, no: int | None, start: int, body: int, end: int) -> list[Draft]:
        """Its households; the line begins at `start` with its number, what it says at `body`."""
        text = self.text
        if (common := self._at_once(no, start, body, end)) is not None:
            return [common]
        parts, kinds = self.grammar.parts(text, body, end)
        self.doubts: list[tuple[str, str, float]] = []
        self.beside: list[str] = []
        if kinds & _ITEMS and self.grammar.menu:
            self._settle_letter_names(parts)
        if len(parts) > 1:
            parts = _with_nickname(text, parts, kinds)
            if kinds & _BRACKETS:
                parts = self._without_brackets(parts)
            if kinds & _LETTERS:
                self._doubt_letters(parts)
                self._settle_letters(parts)
        if kinds & _NUMBERS:
            self._settle_numbers(parts)
        self.name, self.name_end = "", -1
        self.neighbour = ("", 0)  # whom a word right before another door names, and where
        self.dashed = False
        houses = [_House(start)]
        begins = [0]  # with which doubt those of each household begin
        for index, part in enumerate(parts):
            doubts = len(self.doubts)
            self._take(index, part, parts, houses)
            if len(houses) > len(begins):
                begins.append(doubts)
        self.has_guessed = any(code in _GUESSED for code, _, _ in self.doubts)
        for house, next_house in pairwise(houses):
            next_house.name = next_house.name or house.name
        drafts = [self._draft(no, house, end) for house in houses]
        if not kinds & _ORDERS and not any(part.kind in STRONG for part in parts):
            self._doubt_who_counts_none(parts, drafts[0])
        if len(houses) > 1:
            self._share_each(houses, drafts)
            if any(not house.elements and not house.cancels for house in houses):
                for draft in drafts:  # 3-101 3-102 2份, 帮3-501带1份
                    draft.doubt("pairing", "items", 0.5)
            for draft, following in pairwise(drafts):
                draft.end = _trimmed(text, draft.start, following.start)
        for index, (code, name, confidence) in enumerate(self.doubts):
            drafts[bisect_right(begins, index) - 1].doubt(code, name, confidence)
        self._doubt_words(parts, drafts)
        if _STRUCK.search(text, body, end):
            for draft in drafts:
                draft.doubt("not-wanted", "withdrawn", 0.4)
                draft.is_unsure = True
        if self.grammar.packed and self._counts_what_it_holds(parts, drafts):
            for draft in drafts:
                draft.doubt("pairing", "items", 0.4)
        return drafts

    def _doubt_who_counts_none(self, parts: Sequence[Part], draft: Draft) -> None:
        """101 2大1小, 402 没人, 602 已领: no quantity is one, but hardly here."""
        if draft.cancels or draft.changes:
            return
        if any(part.sign == "persons" for part in parts):
            draft.doubt("number-not-read", "items", 0.4)
        elif _NOBODY.fullmatch(draft.name) or _NOBODY.match(draft.note):
            draft.doubt("not-wanted", "items", 0.4)

    def _counts_what_it_holds(self, parts: Sequence[Part], drafts: Sequence[Draft]) -> bool:
        """鸡蛋60枚 where the menu has 鸡蛋30枚."""
        packed = self.grammar.packed
        units = {packed[item] for draft in drafts for item, _ in draft.items if item in packed}
        counted = [self.text[part.start : part.end] for part in parts if part.kind in STRONG]
        return any(said.endswith(unit) for said in counted for unit in units)

    def _settle_letter_names(self, parts: Sequence[Part]) -> None:
        """
        Letters of the menu where nobody is named: Ada is a name by its small letters; AB 3-502, ada, ABA could be one.

        Not beside a count, AB各1份, nor where somebody is named: 张三 3-502 AB.
        """
        if not any(part.kind is ITEM and self._is_letters(part) for part in parts):
            return
        name = next((part for part in parts if part.kind is WORD and self._may_be_name(part)), None)
        for index, part in enumerate(parts):
            if part.kind is not ITEM or not self._is_letters(part):
                continue
            written, before = self.raw[part.start : part.end], parts[index - 1] if index else None
            is_mixed = not written.isupper() and not written.islower()
            if self._is_counted(part, parts[index + 1] if index + 1 < len(parts) else None, is_mixed=is_mixed):
                continue
            beside = next((each for each in (before, *parts[index + 1 : index + 2]) if each is name), None)
            if is_mixed and (name is None or (beside is not None and self.text[beside.start].isascii())):
                part.kind, name = WORD, part
            elif is_mixed or (name is None and (not index or written.islower() or len(set(written)) < len(written))):
                self.doubts.append(("which-item", "name", 0.4))

    def _is_letters(self, part: Part) -> bool:
        said = self.text[part.start : part.end]
        return len(said) > 1 and said.isascii() and said.isalpha()

    def _may_be_name(self, word: Part) -> bool:
        return bool(_HAS_LETTER.search(self.text, word.start, word.end)) and not _NOTE.match(self.text, word.start)

    def _is_counted(self, part: Part, after: Part | None, *, is_mixed: bool) -> bool:
        if after is None:
            return False
        is_glued = after.start == part.end
        is_few = after.kind is NUMBER and after.end - after.start < 3 and is_glued
        return is_few or after.kind is EACH or (after.kind in STRONG and (is_glued or not is_mixed))

    def _doubt_letters(self, parts: Sequence[Part]) -> None:
        """N95口罩10个, 纸尿裤L码2包: without a menu a letter within a word may be part of the item's name."""
        if self.grammar.menu:
            return
        for index, letter in enumerate(parts):
            behind = index + 1
            if letter.kind is LETTER and behind < len(parts) and parts[behind].kind is NUMBER:
                behind += 1
            word = parts[behind] if behind < len(parts) else letter
            is_one_word = word.kind is WORD and word.start == parts[behind - 1].end
            if letter.kind is LETTER and is_one_word and not _NOTE.match(self.text, word.start):
                self.doubts.append(("pairing", "items", 0.4))
                return

    def _doubt_words(self, parts: Sequence[Part], drafts: Sequence[Draft]) -> None:
        """Words beside an item that may not order it: the line does nothing before somebody has looked."""
        if self.name and (found := _BESIDE.match(self.name)) and not self.name[found.end() :].strip("了的:： "):
            self.beside.append(self.name)
        if any(draft.cancels for draft in drafts):  # 取消 请退款
            self.beside = [word for word in self.beside if "退" not in word and "重复" not in word]
        if self.beside and any(part.kind in _COUNTED_OR_NAMED for part in parts):
            for draft in drafts:
                draft.doubt("words-beside", "items", 0.4)
                draft.is_unsure = True

    def _look_beside(self, part: Part, word: str, before: Part | None, after: Part | None) -> None:
        """Whether a word that is no name says something of the item beside it."""
        is_glued = after is not None and after.kind is ITEM and after.start == part.end
        if _UNREAD_NUMBER.match(word) or (
            before is not None and before.kind is ITEM and before.end == part.start and _NUMBER_BEHIND.match(word)
        ):
            self.doubts.append(("number-not-read", "items", 0.4))
        if after is not None and after.kind is ITEM and _REFUSING.search(word):
            return  # doubted by itself
        if (
            _BESIDE.match(word)
            or (is_glued and not _ORDERING.fullmatch(word) and not _INSTEAD.search(word))
            or (before is not None and before.kind is ITEM and _BEHIND_ITEM.search(word))
            or (before is not None and before.kind in STRONG and before.end == part.start and _ASKING.search(word))
        ):
            self.beside.append(word)

    def _at_once(self, no: int | None, start: int, body: int, end: int) -> Draft | None:
        """
        The commonest lines, a name and a door, items with their quantities, perhaps a note, from chunks seen before.

        None for all others; what it reads is what the longer way would read.
        """
        roles, at = self.grammar.roles, body
        draft, ordered = Draft(no, start, end), ORDER
        for said in self.text[body:end].split(" "):
            role, place, items = roles.get(said) or self._role_of(said)
            if role is ORDER or role is AHEAD or (role is ALONE and not draft.items):
                if draft.items and (ordered is not role or items[0][0] is None or draft.items[0][0] is None):
                    return None
                ordered = role
                draft.items += items
            elif role is NAME and not draft.items and (not draft.name or draft.place is NOWHERE):
                draft.name += (" " if draft.name else "") + self.raw[at : at + len(said)]
            elif role is DOOR and draft.place is NOWHERE and not draft.items and not place.doubts:
                draft.place = place
            elif role is REMARK and draft.items and not draft.note:
                draft.note = self.raw[at : at + len(said)]
                if at + len(said) < end:  # more than one note: the longer way joins them
                    return None
            else:
                return None
            at += len(said) + 1
        if not draft.name or draft.place is NOWHERE or not draft.items:
            return None
        if len(draft.items) > 1 and len({item for item, _ in draft.items}) < len(draft.items):
            return None
        if draft.place.is_known is False:
            draft.doubt("unknown-place", "room", 0.6)
        return draft

    def _role_of(self, said: str) -> Role:
        """What a chunk is by itself; looked up from then on."""
        role = self._found_role(said) if said else _OTHER
        roles = self.grammar.roles
        if len(roles) >= CHUNKS_MAX:
            roles.clear()
        roles[said] = role
        return role

    def _found_role(self, said: str) -> Role:
        tokens, menu = self.grammar.tokens_of(said), self.grammar.menu
        kind, start, end, _, sign = tokens[0] if tokens else (Token.SEPARATOR, 0, 0, 0, "")
        if _STRUCK.search(said) or (kind is ITEM and end == len(said) > 1 and said.isascii() and said.isalpha()):
            return _OTHER  # AB or Ada
        if len(tokens) == 1 and end - start == len(said):
            if kind is PLACE and sign == "place" and (place := self.grammar.register.read(said)).room:
                return DOOR, place, []
            if kind is WORD and (_BESIDE.match(said) or _BEHIND_ITEM.search(said)):
                return _OTHER
            if kind is WORD and _NOTE.match(said):
                return REMARK, NOWHERE, []
            if kind is WORD and _is_name(said) and menu.like(said) is None:
                return NAME, NOWHERE, []
        if (order := self._role_of_order(said, tokens)) is not _OTHER:
            is_doubted = not menu and order[2][0][0] is None and _GOODS_UNIT.search(said)
            return _OTHER if is_doubted else order
        if len(tokens) > 1 and kind in (NUMBER, ITEM, LETTER) and _is_name(said):
            parts = [Part(*token) for token in tokens]
            if len(_with_nickname(said, parts, 1 << PLACE)) == 1:
                return NAME, NOWHERE, []
        return _OTHER

    def _role_of_order(self, said: str, tokens: tuple[Found, ...]) -> Role:
        menu, at = self.grammar.menu, 0
        elements: list[Element] = []
        for kind, start, end, value, sign in tokens:
            if start != at:
                return _OTHER
            at = end
            if kind is ITEM and (items := menu.items_of(said[start:end])):
                elements.append((kind, items, 0, ""))
            elif (kind is COUNT and value > 0 and sign in ("count", "times")) or (kind is EACH and value):
                if self.grammar.packed_units and said[start:end].endswith(self.grammar.packed_units):
                    return _OTHER
                elements.append((kind, (), value, sign))
            elif kind is NUMBER and end - start < 3 and elements and elements[-1][0] is ITEM and int(said[start:end]):
                elements.append((COUNT, (), int(said[start:end]), "bare"))
            elif kind is not Token.SEPARATOR and said[start:end] != "+":
                return _OTHER
        kinds = [element[0] for element in elements]
        is_ahead = kinds == [COUNT, ITEM] and len(elements[1][1]) == 1
        if not kinds or (kinds[0] is not ITEM and len(kinds) > 1 and not is_ahead):
            return _OTHER
        draft = Draft(None, 0, 0)
        ordered = paired(elements, draft)
        if draft.doubts or not ordered:
            return _OTHER
        if is_ahead:
            return AHEAD, NOWHERE, ordered
        pairs = kinds == [ITEM, COUNT] * (len(kinds) // 2) and all(len(each[1]) < 2 for each in elements)
        return (ORDER if pairs or kinds == [COUNT] else ALONE), NOWHERE, ordered

    def _without_brackets(self, parts: list[Part]) -> list[Part]:
        """Brackets that say where or what are read as if they were none; all others are notes, and add nothing."""
        pairs = _bracket_pairs(parts)
        inside = {index for first, last in pairs for index in range(first, last + 1)}
        outer = [part for index, part in enumerate(parts) if index not in inside]
        has_place = any(part.kind is PLACE for part in outer)
        counts = [
            part
            for at, part in enumerate(outer)
            if part.kind in STRONG
            or (part.kind is NUMBER and part.end - part.start < 3 and at and outer[at - 1].kind in _ITEMLIKE)
        ]
        has_item = any(part.kind in _ITEMLIKE for part in outer)
        kept: list[Part] = []
        at = 0
        dropped: set[int] = set()
        for first, last in pairs:
            kept += parts[at:first]
            at = last + 1
            inner = parts[first + 1 : last]
            inner_kinds = {part.kind for part in inner}
            inner_counts = [part.value for part in inner if part.kind in STRONG or part.kind is NUMBER]
            is_count = len(inner) == 1 and inner[0].kind is NUMBER and inner[0].end - inner[0].start < 3
            if is_count and first and parts[first - 1].kind in _ITEMLIKE:
                kept += inner  # A（1）B（2）
            elif CANCEL in inner_kinds and PLACE not in inner_kinds:
                self._doubt_aside(inner)
                kept += inner
            elif PLACE in inner_kinds and not has_place:
                kept += inner
                has_place = True
            elif (not counts and inner_kinds & (STRONG | {ITEM, CANCEL})) or self._is_total(inner):
                kept += inner
            elif (
                counts and not has_item and ITEM in inner_kinds
                and sum(part.value for part in counts) == self._inner_sum(inner, inner_counts)
            ):  # fmt: skip
                dropped |= {id(part) for part in counts}  # 3份(A2份, B1份): the three are the split's
                if any(part.start > inner[0].start and part.kind is not TOTAL for part in counts):
                    self.doubts.append(("pairing", "items", 0.4))  # (A1+B1)×2: two in all, or two of each
                kept += inner
            elif inner:
                if PLACE in inner_kinds and inner_kinds & {*_COUNTED_OR_NAMED, NUMBER}:
                    self.doubts.append(("pairing", "items", 0.4))  # A1份（帮5-103带B1份）
                self.beside += [
                    self.text[part.start : part.end]
                    for part in inner
                    if part.kind is WORD and _IGNORED.search(self.text, part.start, part.end)
                ]
                self._check_split(inner, [part for part in outer if part.end <= inner[0].start], outer)
                kept.append(Part(NOTE, inner[0].start, inner[-1].end, 0, "bracket"))
        kept += parts[at:]
        return [part for part in kept if id(part) not in dropped and part.kind not in (OPEN, CLOSE)]

    def _doubt_aside(self, inner: Sequence[Part]) -> None:
        """A1份（取消） is withdrawn; of A2份（一份不要了） and A2份（B取消） nobody knows how much."""
        for part in inner:
            if part.kind is CANCEL:
                part.sign = "aside"
        if any(part.kind in _COUNTED_OR_NAMED or part.kind is NUMBER for part in inner):
            self.doubts.append(("not-wanted", "items", 0.4))

    def _inner_sum(self, inner: Sequence[Part], counts: Sequence[int]) -> int:
        if any(part.kind is EACH for part in inner):
            return self._sum_of_each(inner)
        if not any(part.kind is NUMBER for part in inner):
            return sum(counts) or sum(1 for part in inner if part.kind is ITEM)
        return sum(
            int(self.text[part.start : part.end]) if part.kind is NUMBER else part.value
            for part in inner
            if part.kind in STRONG or part.kind is NUMBER
        )

    def _sum_of_each(self, inner: Sequence[Part]) -> int:
        """A、B各2份: as many of each."""
        total = pending = 0
        for part in inner:
            if part.kind is ITEM:
                pending += len(self.grammar.menu.items_of(self.text[part.start : part.end])) or 1
            elif part.kind in STRONG or part.kind is NUMBER:
                many = part.value if part.kind is not NUMBER else int(self.text[part.start : part.end])
                total += (many or 1) * pending if part.kind is EACH else many
                pending = 0
        return total + pending

    def _is_total(self, inner: Sequence[Part]) -> bool:
        return bool(inner) and all(part.kind in (TOTAL, Token.SEPARATOR) for part in inner)

    def _check_split(self, inner: Sequence[Part], before: Sequence[Part], outer: Sequence[Part]) -> None:
        """4份(2荤1素) is four, and somebody looks; A2份(一份不要葱) speaks of one of the two and splits nothing."""
        split = self._counts_in(inner)
        counted = self._counts_in(before)
        came_to = {sum(counted), sum(self._counts_in(outer)), *counted[-1:]} if counted else {1}
        each = [part.value or 1 for part in inner if part.kind is EACH]
        if each and not any(part.kind is ITEM for part in inner):  # 荤素各2份: of how many kinds nobody knows
            differs = len(each) == len(split) == 1 and all(many % each[0] or many == each[0] for many in came_to)
        elif each:
            differs = self._sum_of_each(inner) not in came_to
        elif len(split) == 1:
            differs = len(inner) == 1 and split[0] not in came_to and self._is_of_one_unit(inner[0], before)
        else:
            differs = bool(split) and sum(split) not in came_to
        if differs:
            self.doubts.append(("total-differs", "items", 0.4))

    def _counts_in(self, parts: Sequence[Part]) -> list[int]:
        """Counts, and figures that could be some: not 5楼, 80岁, a room or a telephone."""
        found = []
        for part in parts:
            if part.kind in STRONG:
                found.append(abs(part.value) or 1)
            elif part.kind is NUMBER and part.end - part.start < 3 and not _COUNTS_NOTHING.match(self.text, part.end):
                found.append(int(self.text[part.start : part.end]))
        return found

    def _is_of_one_unit(self, part: Part, before: Sequence[Part]) -> bool:
        """2份(3份) against 1箱(12盒)."""
        return any(self.text[part.end - 1] == self.text[other.end - 1] for other in before if other.kind in STRONG)

    def _settle_letters(self, parts: list[Part]) -> None:
        """A letter that nobody lists: an item beside a place or another letter, else the area of E1份."""
        letters = [part for part in parts if part.kind is LETTER]
        are_items = len({self.text[part.start : part.end] for part in letters}) > 1 or any(
            part.kind in (PLACE, ITEM) for part in parts
        )
        for part in letters:
            following = next((other for other in parts if other.start >= part.end), None)
            if are_items:
                is_count = following is not None and following.kind in (STRONG | {NUMBER, LETTER})
                before = next((other for other in reversed(parts) if other.end <= part.start), None)
                if not is_count and not (before is not None and before.kind in (STRONG | {NUMBER, LETTER})):
                    part.kind = WORD
                else:
                    part.kind = ITEM
            elif following is not None and following.kind in STRONG:
                part.kind, part.sign = PLACE, "guess"
            else:
                part.kind = WORD

    def _settle_numbers(self, parts: list[Part]) -> None:
        """What digits alone are: a room, a building before a room, a count, or part of what was said."""
        numbers = [index for index, part in enumerate(parts) if part.kind is NUMBER]
        text, register = self.text, self.grammar.register
        places = [register.read(text[part.start : part.end]) for part in parts if part.kind is PLACE]
        has_room = any(place.room for place in places)
        if places and _is_count_before_each(parts):
            for index in numbers:
                parts[index].kind, parts[index].value = BEFORE, int(text[parts[index].start : parts[index].end])
            return
        for index in numbers:
            part = parts[index]
            said = text[part.start : part.end]
            before = parts[index - 1] if index else None
            after = parts[index + 1] if index + 1 < len(parts) else None
            if not has_room and len(said) in (3, 4) and not (before and before.kind in _ITEMLIKE):
                part.kind = PLACE
                has_room = True
                if not (register.knows(register.read(said)) or places):
                    self.doubts.append(("place-by-guess", "room", 0.7))
            elif not places and len(said) <= 2 and after and after.kind is NUMBER and after.end - after.start in (3, 4):
                part.kind, part.sign = PLACE, "bare house"  # 3 502
                self.doubts.append(("place-by-guess", "building", 0.7))
            elif after and after.kind is COUNT and after.sign == "less" and after.start == part.end and places:
                part.kind, part.value, part.sign, part.end = COUNT, int(said[:4]), "range", after.end  # 3-310 2-3份
                after.kind = Token.SEPARATOR
            elif after and after.kind is COUNT and after.sign == "less" and after.start == part.end:
                part.kind, part.sign = PLACE, "bare house"  # 3-2份
                self.doubts.append(("place-by-guess", "building", 0.6))
            elif len(said) <= 2 and int(said) <= QUANTITY_MAX:
                part.kind, part.value, part.sign = COUNT, int(said), "bare"
                if (
                    after
                    and after.kind in _ITEMLIKE
                    and after.start == part.end
                    and not (before and before.kind in _ITEMLIKE and before.end == part.start)
                ):
                    part.kind = BEFORE
                elif not (
                    before and (before.kind in _ITEMLIKE or (before.end == part.start and self._is_short_name(before)))
                ):
                    self.doubts.append(("pairing", "items", 0.85))
            elif not index and not any(other.kind is WORD for other in parts):
                part.kind = WORD  # 1988 2-102 C1份
                self.doubts.append(("name-by-guess", "name", 0.7))
            else:
                part.kind = NOTE
                self.doubts.append(("number-not-read", "note", 0.5))

    def _is_short_name(self, part: Part) -> bool:
        """吐司1 鲜奶2: a part of a name that only one item of the menu has."""
        return part.kind is WORD and self.grammar.menu.like(self.text[part.start : part.end]) is not None

    def _take(self, index: int, part: Part, parts: Sequence[Part], houses: list[_House]) -> None:
        """Put one token where it belongs."""
        house, kind = houses[-1], part.kind
        if self._refuses(index, part, parts, house):
            self._note(house, part.start, part.end)
            return
        if kind is WORD and self._names_neighbour(index, part, parts, houses):
            return
        if kind is WORD:
            self._take_word(index, part, parts, house)
        elif kind is COUNT:
            value = part.value
            if part.sign == "less" and index and parts[index - 1].end == part.start:
                before = parts[index - 1]
                value = -value
                if before.kind is not PLACE:
                    self.dashed = True
            if value == 0:
                house.cancels = True
            else:
                is_told = part.sign in _ADDING
                house.elements.append((kind, (), value, "and" if house.is_joined and not is_told else part.sign))
                house.is_joined = False
            if part.sign == "range":
                self.doubts.append(("range", "items", 0.4))
        elif kind is PLACE:
            self._take_place(part, houses)
        elif kind is ITEM:
            said = self.text[part.start : part.end]
            items = self.grammar.menu.items_of(said)
            if not items:  # a letter that no menu lists
                if self.grammar.menu:
                    self.doubts.append(("not-on-menu", "items", 0.5))
                items = (re.sub("套餐|[餐款]", "", said),)
            house.elements.append((kind, items, 0, "and" if house.is_joined else ""))
            house.is_joined = False
        elif kind in (TOTAL, EACH, BEFORE):
            house.elements.append((kind, (), part.value, part.sign))
        elif kind is CANCEL and index and _NOT_CANCELLED.search(self.text, parts[index - 1].start, part.start):
            self.doubts.append(("not-wanted", "items", 0.5))  # 不取消
            self._note(house, part.start, part.end)
        elif kind is CANCEL:
            house.cancels, house.cancelled_at = True, len(house.elements)
            house.is_cancelled_aside = part.sign == "aside"
        elif kind is CHANGE:
            house.changed_from = house.elements
            house.elements = []
        elif kind is NOTE:
            if part.sign == "fraction":
                self.doubts.append(("number-not-read", "items", 0.4))
            self._note(house, part.start, part.end)

    def _refuses(self, index: int, part: Part, parts: Sequence[Part], house: _House) -> bool:
        """不要A, and what goes on with it: 不要A、B, 不要A2份."""
        text, kind = self.text, part.kind
        before = parts[index - 1] if index else None
        if kind is ITEM:
            if before is not None and before.kind is WORD and _REFUSING.search(text, before.start, before.end):
                house.is_refusing = True
            elif index + 1 < len(parts) and parts[index + 1].kind is WORD:
                following = parts[index + 1]
                if _REFUSED.fullmatch(text, following.start, following.end):  # A2份，B不要
                    house.is_refusing = True
            if house.is_refusing:
                items = self.grammar.menu.items_of(text[part.start : part.end]) or (text[part.start : part.end],)
                house.refused.append((kind, items, 0, ""))
        elif kind is COUNT and house.is_refusing and before is not None and before.kind is ITEM:
            house.refused.append((kind, (), part.value, part.sign))
        elif kind is not Token.SEPARATOR or text[part.start] not in "、/":
            house.is_refusing = False
        return house.is_refusing and kind in (ITEM, COUNT)

    def _take_place(self, part: Part, houses: list[_House]) -> None:
        register = self.grammar.register
        said = self.text[part.start : part.end]
        place = Place(building=said) if part.sign == "bare house" else register.read(said)
        house = houses[-1]
        (name, start), self.neighbour = self.neighbour, ("", 0)
        if house.place is NOWHERE and part.sign == "place":
            house.place = place
            return
        if part.sign == "guess":
            self.doubts.append(("place-by-guess", "building", 0.8))
        if house.place.building and _is_floor(said, place):
            place = Place(room=place.room)
        joined = house.place.joined(place)
        if joined is None:
            houses.append(_House(start if name else part.start, place, name=name))
        else:
            house.place = replace(joined, is_known=register.knows(joined))

    def _names_neighbour(self, index: int, part: Part, parts: Sequence[Part], houses: list[_House]) -> bool:
        """
        Whether a word is the name of a second household: 张三 3-502 A2份 王五 3-501 B3份, 3-502 张三 A2份 3-501 王五 B3份.

        Where the line names none, all its doors are the first's: 施大爷 3-201 1份 3-304 2份.
        """
        self.neighbour = ("", 0)
        house, word = houses[-1], self.text[part.start : part.end].strip("。.!~:")
        if not self.name or not _is_name(word) or _NOTE.match(word) or _BESIDE.match(word):
            return False
        if _FOR_WHOM.fullmatch(word) or _JOINING.fullmatch(word) or self.grammar.menu.like(word) is not None:
            return False
        written = self.raw[part.start : part.end].strip("。.！!~：:")
        if house.elements or house.cancels:
            after = parts[index + 1] if index + 1 < len(parts) else None
            if after is None or after.kind is not PLACE or after.sign != "place" or house.place is NOWHERE:
                return False
            place = self.grammar.register.read(self.text[after.start : after.end])
            if not place.room or house.place.joined(place) is not None:
                return False
            self.neighbour = (written, part.start)
            return True
        is_behind_door = parts[index - 1].kind is PLACE and len(houses) > 1 and bool(houses[-2].elements)
        if is_behind_door and not house.name:
            house.name = written
            return True
        return False

    def _take_word(self, index: int, part: Part, parts: Sequence[Part], house: _House) -> None:
        """A name, an item that no menu has, or a note."""
        text, raw = self.text, self.raw
        start, end = part.start, part.end
        while end - start > 1 and text[start] in _EDGES:
            start += 1
        while end - start > 1 and text[end - 1] in "-:：":
            end -= 1
        if index and parts[index - 1].kind in STRONG and parts[index - 1].end == start:
            while end - start > 1 and text[start] in "。.!~":  # 苹果1箱。橙子1箱
                start += 1
        word = text[start:end]
        after = parts[index + 1] if index + 1 < len(parts) else None
        before = parts[index - 1] if index else None
        is_counted = after is not None and after.kind in STRONG and after.sign not in ("add", "take")
        if house.elements and after is not None and _JOINING.fullmatch(word):
            house.is_joined = after.kind in (COUNT, BEFORE, ITEM, EACH)
            if house.is_joined:
                return
        is_item_behind = after is not None and after.kind is ITEM
        if is_item_behind and not house.elements and _TOTALLING.fullmatch(word):
            house.is_total = True
            return
        if is_item_behind and after is not None and after.start == part.end and _FOR_WHOM.fullmatch(word):
            self._note(house, start, end)
            return
        if index and self._is_of_cancel(word, part, before, after, house):
            self._note(house, start, end)
            return
        if not index and word not in ("-", ":", "+") and not (after and after.kind is ITEM and _REFUSING.search(word)):
            self.name, self.name_end = raw[start:end], part.end
            return
        if before is not None and after is not None and before.kind is ITEM is after.kind and _UP_TO.fullmatch(word):
            self.doubts.append(("pairing", "items", 0.4))  # A-E各一份
        if not _HAS_LETTER.search(word):
            if word == "-" and after is not None and after.kind is ITEM and text[start - 1 : after.start] == " -":
                self.doubts.append(("dash", "items", 0.4))  # -A1份
            if self.name or index or not word.strip("-:+·.。~!！"):
                is_stop = before is not None and before.kind in STRONG and before.end == part.start
                if index and not self.name and not is_stop and not word.strip("~。…"):
                    self.name, self.name_end = raw[start:end], part.end
                elif _is_speech(word):
                    self._note(house, start, end)
            return
        if _NOTE.match(word):
            self._look_beside(part, word, before, after)
            self._note(house, start, end)
            return
        menu = self.grammar.menu
        if (item := menu.like(word)) is not None and (self.name or is_counted):
            house.elements.append((ITEM, (item,), 0, ""))
        elif (
            not self.name
            and not menu
            and is_counted
            and (any(each[0] is ITEM for each in house.elements) or self._is_first_of_items(index, parts))
        ):
            self._literal(house, raw[start:end])
        elif not self.name:
            self.name, self.name_end = raw[start:end], part.end
            beside = after if is_counted else before
            if not menu and beside is not None and beside.kind is COUNT and self._is_of_goods(beside):
                self.doubts.append(("which-item", "name", 0.4))
            if before is not None and before.kind in STRONG:
                self.doubts.append(("name-by-guess", "name", 0.8))
        elif before is not None and self.name_end == before.end and before.kind is WORD and (
            not is_counted or (word.isascii() and self.name.isascii())
        ) and not _BESIDE.match(word):  # fmt: skip
            self.name, self.name_end = f"{self.name}{raw[self.name_end : start]}{raw[start:end]}", part.end
        elif self._names_an_item(part, before, house, is_counted=is_counted):
            self._literal(house, raw[start:end])
            if _BESIDE.match(word):
                self.beside.append(word)
        else:
            self._look_beside(part, word, before, after)
            if is_item_behind and before is not None and before.kind in STRONG and _is_name(word):
                self.beside.append(word)  # 张三 3-502 A2份 王五 B3份
            self._note(house, start, end)

    def _is_of_cancel(self, word: str, part: Part, before: Part | None, after: Part | None, house: _House) -> bool:
        """取消了吗, 葱不要了, 退出群了 behind an order: a word glued to that of withdrawal is nobody's name."""
        if after is not None and after.kind is CANCEL and after.start == part.end:
            return True
        is_glued = before is not None and before.kind is CANCEL and before.end == part.start
        return is_glued and bool(house.elements or _PARTICLES.match(word))

    def _is_first_of_items(self, index: int, parts: Sequence[Part]) -> bool:
        """苹果2箱 橙子1箱 behind a door: words that counts stand behind, one after the other."""
        behind = [part for part in parts[index:] if part.kind is not Token.SEPARATOR]
        said = [
            one
            for one, other in pairwise(behind)
            if one.kind is WORD and other.kind is COUNT and (one.end == other.start or self._is_of_goods(other))
        ]
        return len(said) > 1 and said[0] is parts[index]

    def _is_of_goods(self, count: Part) -> bool:
        return bool(_GOODS_UNIT.search(self.text, count.start, count.end))

    def _names_an_item(self, part: Part, before: Part | None, house: _House, *, is_counted: bool) -> bool:
        """A word that a count stands at, on the side where this household's counts stand."""
        if self._is_count_first(house):
            return before is not None and before.kind in (COUNT, BEFORE)
        return is_counted or (before is not None and before.kind is COUNT and before.end == part.start)

    def _is_count_first(self, house: _House) -> bool:
        """Whether this household counts before it names: 一份三文鱼 两份千张."""
        return bool(house.elements) and house.elements[0][0] in (COUNT, BEFORE)

    def _literal(self, house: _House, item: str) -> None:
        if self.grammar.menu:
            self.doubts.append(("not-on-menu", "items", 0.5))
        else:
            self.doubts.append(("", "items", 0.9))
        house.elements.append((ITEM, (item,), 0, ""))

    def _note(self, house: _House, start: int, end: int) -> None:
        if house.notes and not self.text[house.notes[-1][1] : start].strip(" ,;、/。"):
            house.notes[-1] = (house.notes[-1][0], end)  # one sentence
        else:
            house.notes.append((start, end))

    def _said(self, house: _House) -> str:
        return " ".join(self.raw[start:end] for start, end in house.notes)

    def _draft(self, no: int | None, house: _House, end: int) -> Draft:
        draft = Draft(no, house.start, end, house.name or self.name, house.place)
        if house.name:
            draft.doubt("lost-newline", "name", 0.9)
        if house.notes:
            draft.note = self._said(house)
        draft.cancels, draft.changes = house.cancels, house.changed_from is not None
        elements = house.elements
        if house.changed_from:
            earlier = [items for kind, items, _, _ in house.changed_from if kind is ITEM]
            is_counted = any(kind in STRONG for kind, *_ in house.changed_from)
            changed = paired(house.changed_from, Draft(None, 0, 0))
            draft.changed = [(item, quantity if is_counted else 0) for item, quantity in changed]
            if not elements:  # A改成, and nothing that was understood
                elements = house.changed_from
                draft.doubt("which-item", "items", 0.4)
                draft.is_unsure = True
            elif len(earlier) == 1 and not any(kind is ITEM for kind, *_ in elements):
                elements = [(ITEM, earlier[0], 0, ""), *elements]
        if house.refused:
            draft.doubt("not-wanted", "items", 0.5)
            if not elements and not draft.cancels:
                draft.cancels, elements = True, house.refused
        elif (
            draft.cancels and elements and (_WANTING.search(draft.note) or 0 < house.cancelled_at < len(house.elements))
        ):  # 取消A 要B2份, A不要了，B2份
            draft.doubt("not-wanted", "items", 0.5)
            draft.is_unsure = True
        is_taking = (draft.cancels and not house.refused) or any(sign == "take" for *_, sign in elements)
        if (draft.cancels and draft.changes) or (is_taking and not self._is_clear(house, elements)):
            draft.doubt("not-wanted", "items", 0.5)  # A不要了 换成B, 取消菜包, A1 可以取消吗, A1 葱不要了
            draft.is_unsure = True
            draft.is_question = house.cancelled_at > 0 and not draft.changes
        if draft.cancels or draft.changes:
            draft.is_counted = any(kind in STRONG for kind, *_ in elements)
            draft.is_own = house.cancelled_at > 0 or house.is_cancelled_aside
            if draft.is_counted and lacks_counts(elements):  # 取消A2份和B
                draft.doubt("not-wanted", "items", 0.5)
                draft.is_unsure = True
        draft.items = paired(elements, draft)
        if len(draft.items) > 1 and _INSTEAD.search(draft.note):
            draft.doubt("which-item", "items", 0.5)
        if elements and not draft.items:  # A1份 -1: what is left is nobody's to say
            draft.doubt("pairing", "items", 0.3)
        for _, _, _, sign in elements:
            if sign in _ADDING:
                draft.is_added = True
            elif sign == "total":
                draft.is_total = not any(each[0] in (COUNT, EACH, BEFORE) for each in elements)
        draft.is_total = draft.is_total or house.is_total
        draft.is_dashed = self.dashed
        for code in house.place.doubts:
            draft.doubt(code, "building", 0.6)
        if house.place.is_known is False:
            draft.doubt("unknown-place", "room" if house.place.room else "building", 0.6)
        if self.name and house.place is NOWHERE and self.grammar.register:
            draft.doubt("", "building", 0.5)
        return draft

    def _is_clear(self, house: _House, elements: Sequence[Element]) -> bool:
        """Whether nothing stands beside 取消 that was not read: it could ask, deny, set a condition, or be of something else."""
        if self.has_guessed:
            return False
        said = " ".join(self.text[start:end] for start, end in house.notes)
        if not elements:
            said = _BEFORE_THIS.sub("", said)
        return _CLEAR.fullmatch(said) is not None

    def _share_each(self, houses: Sequence[_House], drafts: Sequence[Draft]) -> None:
        """3-101 3-102各1份: what is said once of each is every household's."""
        for index in range(len(houses) - 2, -1, -1):
            following = houses[index + 1].elements
            if not houses[index].elements and any(kind is EACH for kind, *_ in following):
                houses[index].elements = following
                drafts[index].items = list(drafts[index + 1].items)


def _with_nickname(text: str, parts: list[Part], kinds: int) -> list[Part]:
    """
    The line's first word with the number or letter that it is glued to: 641℃, 933~, B哥, 520小仙女, A&B, 小王520.

    Not 502张三 where no other place is named, nor a note such as A不要辣.
    """
    at = next((index for index, part in enumerate(parts) if part.kind is WORD), -1)
    if at < 0:
        return parts
    word = parts[at]
    begin, end = word.start, at + 1
    if at and parts[at - 1].end == word.start:
        first = parts[at - 1]
        if at > 1 and parts[at - 2].end == first.start:
            return parts
        said = text[first.start : first.end]
        if first.kind is NUMBER:
            is_room = len(said) in (3, 4) and "\u3400" <= text[word.start] <= "\u9fff"
            if is_room and not kinds & 1 << PLACE:
                return parts
        elif _NOTE.match(text, word.start) or not (first.kind in _ITEMLIKE or (first.kind is PLACE and len(said) == 1)):
            return parts
        begin = first.start
        while end < len(parts) and parts[end].start == parts[end - 1].end and parts[end].kind in _IN_NAMES:
            end += 1
        return [*parts[: at - 1], Part(WORD, begin, parts[end - 1].end), *parts[end:]]
    if end < len(parts) and parts[end].kind is NUMBER and parts[end].start == word.end:
        number = parts[end]
        goes_on = end + 1 < len(parts) and parts[end + 1].kind is WORD and parts[end + 1].start == number.end
        if goes_on and not at:
            end += 2
        elif any(part.kind in STRONG for part in parts[end + 1 :]) and (not at or number.end - number.start > 2):
            end += 1
    if end == at + 1:
        return parts
    return [*parts[:at], Part(WORD, begin, parts[end - 1].end), *parts[end:]]


def _is_count_before_each(parts: Sequence[Part]) -> bool:
    """1 A 2 C: a small number before each item and none behind, which leaves no other way to pair them."""
    said = [part for part in parts if part.kind in _COUNTED_OR_NAMED or part.kind in (NUMBER, LETTER)]
    return len(said) > 1 and not len(said) % 2 and all(
        one.kind is NUMBER and 0 < one.end - one.start < 3 and other.kind is ITEM
        for one, other in zip(said[::2], said[1::2], strict=True)
    )  # fmt: skip


def _bracket_pairs(parts: Sequence[Part]) -> list[tuple[int, int]]:
    """Outermost pairs of brackets, as indices of tokens; a bracket without its other half is none."""
    pairs, opened, depth = [], -1, 0
    for index, part in enumerate(parts):
        if part.kind is OPEN:
            if depth == 0:
                opened = index
            depth += 1
        elif part.kind is CLOSE and depth:
            depth -= 1
            if depth == 0:
                pairs.append((opened, index))
    return pairs


def _is_name(word: str) -> bool:
    return _HAS_LETTER.search(word) is not None and word[0] not in _EDGES and word[-1] not in "-:："


def _is_floor(said: str, place: Place) -> bool:
    """3号楼 5楼502: the second is a floor, for the room begins with it."""
    return "楼" in said and "号楼" not in said and place.building != "" and place.building == place.room[:-2]


def _is_speech(word: str) -> bool:
    """Whether signs without letters say something, as a picture does; dots and dashes between words do not."""
    return bool(word.strip("-:：+·.。~!！?？,;、=_*#@&'\"“”‘’…^"))


def _trimmed(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1].isspace():
        end -= 1
    return end
