"""What a draw waits for and has come to, in words: for pages and for what an office publishes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import override

from baogong.engine.draw import public_chains
from baogong.release.queries import DrawView


def source_told(source: Mapping[str, Any]) -> str:
    """A round of a beacon, or lottery numbers, as people look them up."""
    if source["kind"] == "LOTTERY":
        numbers = [
            _("%(name)s (%(n)s numbers)") % {"name": one["name"], "n": one["numbers"]} for one in source["sources"]
        ]
        at = parse_datetime(source["at"])
        assert at is not None
        return _("the lottery’s numbers: %(numbers)s, not before %(at)s") % {
            "numbers": _("; ").join(numbers),
            "at": f"{timezone.localtime(at):%Y-%m-%d %H:%M}",
        }
    chain, number = source["chain"], source["round"]
    known = {one.hash().hex(): name for name, one in public_chains().items()}
    name = known.get(chain["chain_hash"], "")
    if name:
        return _("round %(number)s of the public beacon drand “%(name)s”") % {"number": f"{number:,}", "name": name}
    return _("round %(number)s of the drill’s own beacon “%(name)s”") % {
        "number": f"{number:,}", "name": chain["beacon_id"],
    }  # fmt: skip


def missing_told(found: DrawView) -> tuple[str, ...]:
    """Since when the announced source is on record as not having come, and what counts then; nothing where it is not."""
    if found.missing_declared_at is None or found.fallback_at is None:
        return ()
    said = _("The announced source, %(source)s, had not come on %(at)s. The fallback is %(fallback)s, known on %(known)s.") % {
        "source": source_told(found.announcement["beacon"]),
        "at": f"{timezone.localtime(found.missing_declared_at):%Y-%m-%d %H:%M}",
        "fallback": source_told(found.announcement["fallback"]),
        "known": f"{timezone.localtime(found.fallback_at):%Y-%m-%d %H:%M}",
    }  # fmt: skip
    if found.drawn_at is None:
        return said, _("Until then the announced source still counts if it comes; from then on only the fallback does.")
    if found.is_by_fallback:
        return said, _("It was drawn from the fallback.")
    return said, _("The announced source came before the fallback was known, and it was drawn from that.")


@dataclass(frozen=True, slots=True)
class CameOut:
    """
    The number a draw was made from.

    source    as people look it up
    at        when the announced round comes out; of a lottery: from when on its numbers counted
    groups    of a beacon: the randomness, 64 hex digits in groups of eight; signature: what it is the SHA-256 of
    drawings  of a lottery: (its name, its numbers)
    archive   where anybody finds the round again; "" where there is no public place
    """

    source: str
    at: datetime
    is_fallback: bool
    groups: tuple[str, ...]
    signature: str
    drawings: tuple[tuple[str, tuple[int, ...]], ...]
    archive: str


def came_out(found: DrawView) -> CameOut | None:
    """None before it is drawn."""
    paper = found.beacon
    if not paper:
        return None
    is_fallback = paper["use"] == "FALLBACK"
    source = found.announcement["fallback" if is_fallback else "beacon"]
    if source["kind"] == "LOTTERY":
        at = parse_datetime(source["at"])
        assert at is not None
        names = [one["name"] for one in source["sources"]]
        drawings = tuple((name, tuple(drawn)) for name, drawn in zip(names, paper["numbers"], strict=True))
        return CameOut(source_told(source), at, is_fallback, (), "", drawings, "")
    digits = paper["randomness"]
    return CameOut(
        source_told(source),
        comes_out_at(source),
        is_fallback,
        tuple(digits[start : start + 8] for start in range(0, len(digits), 8)),
        paper["signature"],
        (),
        archive_of(source),
    )


def comes_out_at(source: Mapping[str, Any]) -> datetime:
    """When the round of a beacon comes out."""
    chain = source["chain"]
    return datetime.fromtimestamp(chain["genesis_s"], UTC) + timedelta(
        seconds=(source["round"] - 1) * chain["period_s"]
    )


def archive_of(source: Mapping[str, Any]) -> str:
    """Where anybody finds the round of a beacon; "" where there is no public place."""
    named = source["chain"]["chain_hash"]
    is_public = any(one.hash().hex() == named for one in public_chains().values())
    return f"https://api.drand.sh/{named}/public/{source['round']}" if is_public else ""


def bulletins(found: DrawView, title: tuple[str, str], office_name: str) -> list[tuple[str, str]]:
    """(language, text to publish): whatever of the draw is fixed so far."""
    told = []
    for language, name in zip(("zh-hans", "en"), title, strict=True):
        with override(language):
            told.append((language, "\n".join([name, office_name, "", *_lines(found)])))
    return told


def _lines(found: DrawView) -> list[str]:
    paper = found.announcement
    lines = [_("This is a drill.")] if found.is_drill else []
    lines += [
        _("Units: %(units)s, %(each)s to each winner; %(standby)s stand by.") % {
            "units": f"{paper['units']:,}", "each": paper["units_each"], "standby": f"{paper['standby']:,}",
        },
        _("The list closes on %(at)s.") % {"at": f"{timezone.localtime(found.closes_at):%Y-%m-%d %H:%M}"},
        _("It is drawn from %(source)s, on %(at)s.") % {
            "source": source_told(paper["beacon"]), "at": f"{timezone.localtime(found.beacon_at):%Y-%m-%d %H:%M:%S}",
        },
        _("If that fails: %(source)s.") % {"source": source_told(paper["fallback"])}
        if paper["fallback"]
        else _("If that fails, the stock waits for it and is given to nobody else."),
        _("SHA-256 of the announcement: %(hash)s") % {"hash": found.announcement_sha256},
    ]  # fmt: skip
    if found.root:
        lines += [
            "",
            _("The list is closed with %(n)s entries.") % {"n": f"{found.entries:,}"},
            _("Root of the list: %(root)s") % {"root": found.root},
            _("SHA-256 of the close: %(hash)s") % {"hash": found.close_sha256},
        ]
    if missing := missing_told(found):
        lines += ["", *missing]
    number = came_out(found)
    if found.drawn_at is not None and number is not None:
        lines += [
            "",
            *(
                [_("Drawn from the number %(number)s") % {"number": "".join(number.groups)}]
                if number.groups
                else [f"{name}: {' '.join(map(str, drawn))}" for name, drawn in number.drawings]
            ),
            _("Drawn: %(winners)s winners, %(standby)s stand by.") % {
                "winners": f"{found.winners:,}", "standby": f"{found.standby:,}",
            },
            _("SHA-256 of the result: %(hash)s") % {"hash": found.result_sha256},
        ]  # fmt: skip
    return lines
