"""The kinds of list by who brings them, each with one line of what it is for: how a person looks for a template."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from baogong.engine.sheets.kinds import ImportKind
from baogong.engine.sheets.names import fold

Words = str | Promise

BRINGERS: tuple[tuple[Words, dict[str, Words]], ...] = (
    (
        _("A warehouse"),
        {
            "stock": _("what was counted, place by place"),
            "orders": _("what customers had paid for before the goods were kept for relief"),
            "slips": _("trucks on the weighbridge, full and empty"),
            "weights": _("a sample of packs on the scale"),
            "serials": _("things with a number that are lent and come back"),
        },
    ),
    (_("A hospital or another receiver"), {"needs": _("who needs what, how much, how soon")}),
    (
        _("Who gives, sells or sends"),
        {
            "gifts": _("goods that are given, and for whom"),
            "consignments": _("others' goods to be carried to a named receiver"),
            "corrections": _("a published figure that was wrong"),
            "funds": _("money that is given, and for what"),
            "offers": _("what a supplier sells, at what price, by when"),
        },
    ),
    (
        _("A carrier"),
        {
            "carriers": _("trucks, where they stand, what they carry and cost"),
            "lanes": _("ways between places: how far, how long, what is closed"),
        },
    ),
    (
        _("A community"),
        {
            "buildings": _("its buildings, floors and units"),
            "households": _("who lives where and what they need"),
            "doors": _("doors that must be gone up to"),
            "manifest": _("parcels to be brought to the doors"),
        },
    ),
    (
        _("A shop or an office that gives out goods by right"),
        {
            "claims": _("claims written down for people without a telephone"),
            "entrants": _("who takes part in a draw"),
            "winners": _("who won another office's draw"),
            "redeemed": _("rights for which a shop has handed out goods"),
            "addresses": _("addresses of winners that somebody has verified"),
        },
    ),
    (
        _("The crew"),
        {
            "crew": _("who works inside, with passes and tests"),
            "hours": _("hours that volunteers have worked"),
        },
    ),
    (
        _("The office's own registers"),
        {
            "sites": _("warehouses, hubs, stations and receivers: where, open when"),
            "parties": _("companies, hospitals, teams and their other names"),
            "items": _("goods with their units, cartons and other names"),
            "kits": _("what a pack holds"),
        },
    ),
)


@dataclass(frozen=True, slots=True)
class Told:
    """One kind of list and what it is for."""

    kind: ImportKind
    purpose: Words

    def is_about(self, word: str) -> bool:
        """Whether its title, its purpose or one of its columns has the word."""
        said = [self.kind.title_zh, self.kind.title_en, str(self.purpose)]
        said += [name for column in self.kind.columns for name in (column.title_zh, column.title_en, *column.also)]
        return any(fold(word) in fold(each) for each in said)


def by_bringer(kinds: Iterable[ImportKind], word: str = "") -> list[tuple[Words, list[Told]]]:
    """Who brings them → their kinds by title; only what has the word, where one is given. A kind unknown here is kept."""
    left = {kind.name: kind for kind in kinds}
    groups: list[tuple[Words, list[Told]]] = []
    for bringer, purposes in BRINGERS:
        groups.append((bringer, [Told(left.pop(name), told) for name, told in purposes.items() if name in left]))
    groups.append((_("Others"), [Told(kind, "") for kind in left.values()]))
    shown = [(bringer, [each for each in told if not word or each.is_about(word)]) for bringer, told in groups]
    return [(bringer, told) for bringer, told in shown if told]
