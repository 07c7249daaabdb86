"""The street's notice: what each state means, and which addresses are in it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from baogong.ops.scenarios.stage import Stage
from baogong.places import queries as places_
from baogong.places import services as places


def read_notice(
    stage: Stage,
    file_name: str,
    *,
    issuer: str,
    title: str,
    published_at: datetime,
    rules_from: datetime,
    rules: Iterable[tuple[str, str, str, str]],
    source: str,
) -> None:
    """
    The issuer's rules, then the notice. What no register knows is settled by hand: it is none of ours.

    rules  (zone, service, what it means in Chinese, in English)
    """
    for zone, service, text_zh, text_en in rules:
        places.set_zone_rule(
            zone=zone,
            from_at=rules_from,
            service=service,
            text_zh=text_zh,
            text_en=text_en,
            issuer=issuer,
            source=source,
            actor=stage.actors["lin"],
            now=stage.now,
        )
    notice = places.read_notice(
        text=stage.data(file_name).decode(),
        issuer=issuer,
        title=title,
        published_at=published_at,
        actor=stage.actors["wu"],
        now=stage.now,
    )
    for doubt in places_.notice(notice).doubts:
        if doubt.settled_at is None:
            stage.say(f"      doubt {doubt.why}: {doubt.name or doubt.street}: none of ours")
            places.settle_doubt(doubt=doubt.id, actor=stage.actors["wu"], now=stage.now)
