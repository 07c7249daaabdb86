"""How often something may be asked: per account, link or claim first, per address loosely (a compound shares one)."""

from __future__ import annotations

import hmac
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.db import connection, transaction

from baogong.kernel.errors import BaogongError, Kind
from baogong.people.models import Pace


class TooOften(BaogongError):
    kind, code = Kind.LIMITED, "people.too-often"


def take(*, what: str, who: str, most: int, window_s: int, now: datetime) -> int:
    """
    Count one more `what` by `who` in the running window of `window_s` seconds; returns how many there are now.

    `who` is stored as a keyed tag only. The count is committed at once, so call it outside a transaction: an attempt
    that is refused later still counts (Django refuses otherwise). Raises TooOften beyond `most`, and counts no further.
    """
    (count,) = take_each((what, who, most), window_s=window_s, now=now)
    return count


def take_each(*asked: tuple[str, str, int], window_s: int, now: datetime) -> list[int]:
    """
    The same for several (what, who, most) at once, in one statement. Where one is beyond its most, TooOften names it;
    the others are counted.
    """
    start_s = int(now.timestamp()) // window_s * window_s
    window_start_at = datetime.fromtimestamp(start_s, UTC)
    most = {_key(what, who): most for what, who, most in asked}
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        # One statement, so that two at once are two; in one order, so that none waits for the other in a ring. A
        # set-back clock opens a new window like a later one does.
        cursor.execute(
            "INSERT INTO people_pace AS pace (key, window_start_at, count)"
            " SELECT key, %s, 1 FROM unnest(%s::text[]) AS key"
            " ON CONFLICT (key) DO UPDATE SET"
            " count = CASE WHEN pace.window_start_at = excluded.window_start_at THEN pace.count + 1 ELSE 1 END,"
            " window_start_at = excluded.window_start_at"
            " WHERE pace.window_start_at <> excluded.window_start_at"
            " OR pace.count < (%s::jsonb ->> pace.key)::integer RETURNING key, count",
            [window_start_at, sorted(most), json.dumps(most)],
        )
        counts = dict(cursor.fetchall())
    for what, who, allowed in asked:
        if _key(what, who) not in counts:
            wait_s = start_s + window_s - int(now.timestamp())
            raise TooOften(
                f"This was asked {allowed} times already; nothing was done. It opens again in {wait_s} seconds.",
                where=what,
                expected=f"at most {allowed} in {window_s} seconds",
                cure="Wait, then try once more.",
                retry_after_s=wait_s,
            )
    return [counts[_key(what, who)] for what, who, _most in asked]


def give_back(*, what: str, who: str) -> None:
    """The window starts afresh: who proved to know the secret is no guesser."""
    Pace.objects.filter(key=_key(what, who)).delete()


def forget_paces(*, now: datetime, older_than_s: int = 86_400) -> int:
    """Drop the windows nobody can be in any more; returns how many."""
    return Pace.objects.filter(window_start_at__lt=now - timedelta(seconds=older_than_s)).delete()[0]


def _key(what: str, who: str) -> str:
    tag = hmac.new(settings.BAOGONG_TAG_KEY, f"pace\x1f{what}\x1f{who}".encode(), sha256).hexdigest()
    return f"{what}:{tag}"
