"""The commonest lines, read from chunks that were seen before; the longer way reads them alike."""

from __future__ import annotations

from baogong.engine.chain.draft import Draft, Element
from baogong.engine.chain.pairing import paired
from baogong.engine.chain.parts import with_nickname
from baogong.engine.chain.places import NOWHERE
from baogong.engine.chain.tokens import CHUNKS_MAX, Found, Grammar, Part, Role, Token, Whole
from baogong.engine.chain.words import (
    A_NOTE,
    BEHIND_ITEM,
    BESIDE,
    COUNT,
    EACH,
    GOODS_UNIT,
    ITEM,
    LETTER,
    NUMBER,
    PLACE,
    STRUCK,
    WORD,
    is_name,
    names_so_many,
)

NAME, DOOR, ORDER, AHEAD, ALONE, REMARK = (
    Whole.NAME, Whole.DOOR, Whole.ORDER, Whole.AHEAD, Whole.ALONE, Whole.NOTE,
)  # fmt: skip
_OTHER: Role = (Whole.OTHER, NOWHERE, [])


def at_once(grammar: Grammar, text: str, raw: str, no: int | None, start: int, body: int, end: int) -> Draft | None:
    """
    The commonest lines, a name and a door, items with their quantities, perhaps a note, from chunks seen before.

    None for all others; what it reads is what the longer way would read.
    """
    roles, at = grammar.roles, body
    draft, ordered = Draft(no, start, end), ORDER
    for said in text[body:end].split(" "):
        role, place, items = roles.get(said) or _role_of(grammar, said)
        if role is ORDER or role is AHEAD or (role is ALONE and not draft.items):
            if draft.items and (ordered is not role or items[0][0] is None or draft.items[0][0] is None):
                return None
            ordered = role
            draft.items += items
        elif role is NAME and not draft.items and (not draft.name or draft.place is NOWHERE):
            draft.name += (" " if draft.name else "") + raw[at : at + len(said)]
        elif role is DOOR and draft.place is NOWHERE and not draft.items and not place.doubts:
            draft.place = place
        elif role is REMARK and draft.items and not draft.note:
            draft.note = raw[at : at + len(said)]
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


def _role_of(grammar: Grammar, said: str) -> Role:
    """What a chunk is by itself; looked up from then on."""
    role = _found_role(grammar, said) if said else _OTHER
    roles = grammar.roles
    if len(roles) >= CHUNKS_MAX:
        roles.clear()
    roles[said] = role
    return role


def _found_role(grammar: Grammar, said: str) -> Role:
    tokens, menu = grammar.tokens_of(said), grammar.menu
    kind, start, end, _, sign = tokens[0] if tokens else (Token.SEPARATOR, 0, 0, 0, "")
    if STRUCK.search(said) or (kind is ITEM and end == len(said) > 1 and said.isascii() and said.isalpha()):
        return _OTHER  # AB or Ada
    if len(tokens) == 1 and end - start == len(said):
        if kind is PLACE and sign == "place" and (place := grammar.register.read(said)).room:
            return DOOR, place, []
        if kind is WORD and (BESIDE.match(said) or BEHIND_ITEM.search(said)):
            return _OTHER
        if kind is WORD and A_NOTE.match(said):
            return REMARK, NOWHERE, []
        if kind is WORD and is_name(said) and menu.like(said) is None:
            return NAME, NOWHERE, []
    if (order := _role_of_order(grammar, said, tokens)) is not _OTHER:
        is_doubted = not menu and order[2][0][0] is None and GOODS_UNIT.search(said)
        return _OTHER if is_doubted else order
    if len(tokens) > 1 and kind in (NUMBER, ITEM, LETTER) and is_name(said):
        parts = [Part(*token) for token in tokens]
        if len(with_nickname(said, parts, 1 << PLACE)) == 1 and not names_so_many(menu, said):
            return NAME, NOWHERE, []
    return _OTHER


def _role_of_order(grammar: Grammar, said: str, tokens: tuple[Found, ...]) -> Role:
    menu, at = grammar.menu, 0
    elements: list[Element] = []
    for kind, start, end, value, sign in tokens:
        if start != at:
            return _OTHER
        at = end
        if kind is ITEM and (items := menu.items_of(said[start:end])):
            elements.append((kind, items, 0, ""))
        elif (kind is COUNT and value > 0 and sign in ("count", "times")) or (kind is EACH and value):
            if grammar.packed_units and said[start:end].endswith(grammar.packed_units):
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
