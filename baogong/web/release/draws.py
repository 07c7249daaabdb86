"""
The office's side of a draw: announced before anybody enters, closed and published, drawn once from what came out in public,
carried further down the same list where more stock comes. The services know the order; these pages ask for one thing at a time.
"""

from __future__ import annotations

import json
import re
import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from baogong.engine import draw as engine
from baogong.engine.draw.beacon import drill_signature
from baogong.engine.draw.draws import source_of
from baogong.kernel.actor import Duty
from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.needs.queries.sight import OFFICE
from baogong.people.queries.access import reach
from baogong.release import entrants, offers, queries, services
from baogong.release.offers import OfferView
from baogong.web.names import party_names
from baogong.web.pages import (
    PageRequest,
    UnusableForm,
    moment_from,
    number_from,
    page,
    text_from,
    uuid_from,
    uuid_in,
    written,
)
from baogong.web.release.draw_words import bulletins, missing_told, source_told
from baogong.web.release.rounds import pasted, round_of

LIST_H, BEACON_H = 6, 1  # from now to the close, from there to the beacon: what the form begins with
BY_DAY_H = range(8, 22)  # a list that closes at night is watched by nobody
KEY_FORMAT = "baogong drill key 1"
KINDS = ("quicknet", "default", "LOTTERY", "DRILL")


@page(at_a_place=OFFICE, keeps=("closes_at", "beacon_at", "fallback_at", "kind", "lottery"))
def announce(request: PageRequest, tranche: UUID) -> HttpResponse:
    """What is fixed before anybody enters: stock and rule as they stand, the close, the source of chance, the fallback."""
    offer = offers.offer(tranche)
    request.actor.require(*OFFICE, at=offer.office)
    there = offers.draw_times(tranche)
    if there is not None:
        return redirect("release:draw", draw=there.id)
    if request.method == "POST":
        source, fallback = _sources(request)
        made = services.announce_draw(
            tranche=tranche,
            closes_at=moment_from(request, "closes_at"),
            source=source,
            fallback=fallback,
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("Announced. Publish the text now; from now on people may enter."))
        return redirect("release:draw", draw=made)
    rule = offer.rule
    context = {
        "offer": offer,
        "rule": rule,
        "winners": offer.units // rule.units_per_claim_max,
        "closes_at": (closes_at := _usual_close(request.now)),
        "beacon_at": closes_at + timedelta(hours=BEACON_H),
        "may_act": request.actor.may_any(Duty.COMMAND, at=offer.office),
        "is_drill": request.book_mark.is_drill,
    }
    return render(request, "release/announce.html", context)


@page(at_a_place=OFFICE)
def draw(request: PageRequest, draw: UUID) -> HttpResponse:
    """One draw, step by step: the one button that is next, the text to publish, who was drawn, more stock."""
    found = queries.draw(draw)
    offer = offers.offer(found.tranche)
    request.actor.require(*OFFICE, at=offer.office)
    if request.method == "POST":
        _act(request, found)
        return redirect("release:draw", draw=draw)
    may_act = request.actor.may_any(Duty.COMMAND, at=offer.office)
    is_fallback = found.waits_for_fallback(request.now)
    source, fallback = found.announcement["beacon"], found.announcement["fallback"]
    counts = fallback if is_fallback else source
    context = {
        "draw": found,
        "offer": offer,
        "source": source_told(source),
        "kind": counts["kind"],
        "sources": counts.get("sources", ()),
        "fallback": fallback and source_told(fallback),
        "is_fallback": is_fallback,
        "missing": missing_told(found),
        "may_be_missing": found.may_be_missing(request.now),
        "missing_until": found.missing_between and found.missing_between[1],
        "is_own_beacon": counts["kind"] == "DRAND" and counts["chain"]["beacon_id"].startswith("drill-"),
        "bulletins": bulletins(found, (offer.title_zh, offer.title_en), offer.office_name),
        "counter": offers.counters([found.tranche])[found.tranche],
        "new": found.entries - found.carried,
        "by_channel": entrants.entries_by_channel(draw),
        "lots": _lots(request, offer) if may_act and found.state == "DRAWN" and offer.is_open else (),
        "may_act": may_act,
        "now": request.now,
    }
    return render(request, "release/draw.html", context)


@require_POST
@page(at_a_place=(Duty.COMMAND,))
def drill_key(request: PageRequest) -> HttpResponse:
    """A beacon for a drill, as a file: whoever holds its key can choose who wins, so only a drill's book takes it."""
    if not request.book_mark.is_drill:
        raise UnusableForm(
            _("This book is no drill; nothing was made."), where="kind", cure=_("Wait for a public beacon.")
        )
    secret = secrets.randbits(250) + 1
    genesis = request.now.replace(microsecond=0) - timedelta(days=1)
    chain = engine.drill_chain(secret, name="training", genesis=genesis)
    text = json.dumps({"format": KEY_FORMAT, "chain": chain.as_dict(), "secret": f"{secret:064x}"}, indent=1)
    response = HttpResponse(text, content_type="application/json")
    response.headers["Content-Disposition"] = 'attachment; filename="drill-key.json"'
    return response


def _act(request: PageRequest, found: queries.DrawView) -> None:
    act = written(request, "act")
    who: dict[str, Any] = {"draw": found.id, "actor": request.actor, "now": request.now}
    if act == "close":
        services.close_draw(**who)
        messages.success(request, _("Closed. Publish the root at once: from now on nobody can change the list."))
    elif act == "missing":
        services.declare_missing(**who)
        messages.success(
            request, _("On record. Publish the text now: everybody sees that the announced source has not come.")
        )
    elif act == "draw":
        request.actor.require(Duty.COMMAND, at=queries.office_of_draw(found.id))
        answers = services.draw_lots(beacon=_beacon(request, found), **who)
        won = sum(one.is_admitted for one in answers)
        messages.success(request, _("Drawn: %(n)s have won. Publish the result.") % {"n": f"{won:,}"})
    elif act == "more":
        source, _colon, _lot = written(request, "stock").partition(":")
        named = services.extend_draw(
            units=number_from(request, "amount", least=1),
            source=uuid_in(source, "stock"),
            request_id=uuid_from(request, "request_id"),
            **who,
        )
        messages.success(request, _("%(n)s more have won, further down the same list.") % {"n": len(named)})
    else:
        raise UnusableForm(_("This page has no such button."), where="act", found=act, cure=_("Reload the page."))


def _usual_close(now: datetime) -> datetime:
    """Some hours from now; at night the next evening."""
    at = timezone.localtime(now + timedelta(hours=LIST_H))
    if at.hour in BY_DAY_H:
        return at
    evening = at.replace(hour=18, minute=0, second=0, microsecond=0)
    return evening if evening > at else evening + timedelta(days=1)


def _sources(request: PageRequest) -> tuple[engine.Drand | engine.Lottery, engine.Drand | engine.Lottery | None]:
    """What it is drawn from, and the fallback where one is wanted: two moments of one beacon or lottery."""
    kind = written(request, "kind")
    if kind not in KINDS:
        raise UnusableForm(
            _("Choose what it is drawn from. Nothing was announced."), where="kind", cure=_("Choose from the list.")
        )
    chain = _key(request)["chain"] if kind == "DRILL" else None  # once: a file can be read no second time

    def at(field: str) -> engine.Drand | engine.Lottery:
        moment = moment_from(request, field)
        if kind == "LOTTERY":
            return engine.Lottery(moment.replace(microsecond=0), _drawings(request))
        return services.beacon_round(kind, chain, moment)

    return at("beacon_at"), at("fallback_at") if written(request, "fallback_at") else None


def _drawings(request: PageRequest) -> tuple[engine.LotterySource, ...]:
    """A line a drawing: its name with the issue, how many numbers; `ordered` where their order counts."""
    found = []
    for line in text_from(request, "lottery").splitlines():
        if not line.strip():
            continue
        match = re.fullmatch(r"\s*(.{1,80}?)\s*[:：]\s*(\d{1,3})\s*(ordered|有序)?\s*", line)
        if match is None:
            raise UnusableForm(
                _("The line “%s” names no drawing. Nothing was announced.") % line.strip()[:40],
                where="lottery",
                found=line.strip()[:40],
                expected=_("a name with its issue, a colon, how many numbers it draws"),
                cure=_("Write it as: 双色球 2020022: 6"),
            )
        found.append(engine.LotterySource(match[1], int(match[2]), match[3] is not None))
    return tuple(found)


def _key(request: PageRequest) -> dict[str, Any]:
    """A drill's key out of the form. Raises UnusableForm."""
    found = pasted(request, "key")
    if found.get("format") != KEY_FORMAT or not isinstance(found.get("chain"), dict):
        raise UnusableForm(
            _("This is no drill’s key. Nothing was done."),
            where="key",
            expected=_("the file drill-key.json, as this house made it"),
            cure=_("Make one on the page of the announcement, or give the file once more."),
        )
    return found


def _beacon(request: PageRequest, found: queries.DrawView) -> engine.BeaconPaper:
    """What came out, as it was brought: a round in JSON, a drill's key that signs it, or a lottery's numbers."""
    is_fallback = written(request, "use") == "FALLBACK"
    announced = _announced(found, is_fallback)
    if isinstance(announced, engine.Lottery):
        return services.beacon_paper(
            found.id, numbers=_numbers(request, len(announced.sources)), is_fallback=is_fallback
        )
    told = pasted(request, "round")
    if announced.chain.is_drill and "secret" in told:
        own = drill_signature(announced.chain, _secret(told, announced), announced.round_number).hex()
        return services.beacon_paper(found.id, round=announced.round_number, signature=own, is_fallback=is_fallback)
    brought = round_of(told, is_chained=announced.chain.is_chained)
    return services.beacon_paper(
        found.id,
        round=brought.number,
        signature=brought.signature,
        previous_signature=brought.previous_signature,
        is_fallback=is_fallback,
    )


def _announced(found: queries.DrawView, is_fallback: bool) -> engine.Drand | engine.Lottery:
    paper = engine.read_announcement(entrants.draw_file(found.id, "announcement.json") or b"")
    return source_of(paper, engine.BeaconPaper(found.id, "", is_fallback))


def _secret(told: dict[str, Any], announced: engine.Drand) -> int:
    """The drill's own secret. Raises UnusableForm: of another beacon than the announced one."""
    try:
        secret = int(str(told["secret"]), 16)
    except ValueError:
        secret = 0
    if not 0 < secret <= 2**250 or told.get("chain") != announced.chain.as_dict():
        raise UnusableForm(
            _("This is the key of another beacon than the announced one. Nothing was drawn."),
            where="round",
            expected=announced.chain.beacon_id,
            cure=_("Give the key that the announcement was made with."),
        )
    return secret


def _numbers(request: PageRequest, count: int) -> list[list[int]]:
    rows = []
    for at in range(count):
        parts = re.findall(r"\d+", text_from(request, f"numbers_{at}"))
        if not parts or any(len(part) > 9 for part in parts):
            raise UnusableForm(
                _("The numbers of drawing %(n)s cannot be read. Nothing was drawn.") % {"n": at + 1},
                where=f"numbers_{at}",
                expected="3 9 17 20 28 31",
                cure=_("Write the numbers as the lottery announced them, with gaps between."),
            )
        rows.append([int(part) for part in parts])
    return rows


def _lots(request: PageRequest, offer: OfferView) -> list[tuple[str, str, int]]:
    """(value, whose stock, how much is free) of the tranche's own lot."""
    lot = entrants.lot_of_tranche(offer.id)
    rows = book.balances(holders=reach(request.actor, Duty.KEEPER, Duty.COMMAND), states=[State.AVAILABLE], lots=[lot])
    names = party_names({row.holder for row in rows}) if rows else {}
    return [(f"{row.holder}:{row.lot.id}", names.get(row.holder, ""), row.free) for row in rows if row.free > 0]
