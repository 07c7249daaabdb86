"""How the watch is kept: quiet hours, how long an alert waits for somebody, and by which telephone the watch is told."""

from __future__ import annotations

from datetime import datetime, time

from django.db import transaction

from baogong.journal.locks import lock_word
from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import UnusableInput
from baogong.people.queries.identity import datum_of
from baogong.people.services import identity
from baogong.people.services.access import require_somewhere
from baogong.people.services.identity import phone_digits
from baogong.tower.models import WatchRule
from baogong.tower.services.texts import WATCH_PHONES

AFTER_MIN, AFTER_MAX = 60, 24 * 3600
ON_WATCH = (Duty.COMMAND, Duty.APPROVER, Duty.CLERK, Duty.KEEPER)


class QuietAlways(UnusableInput):
    """Hours that begin when they end."""

    code = "tower.quiet-always"


@transaction.atomic
@recorded("tower.watch.set")
def set_watch_rule(
    *,
    quiet_from: time | None,
    quiet_until: time | None,
    escalates_after_s: int,
    grave_escalates_after_s: int,
    actor: Actor,
    now: datetime,
) -> None:
    """
    quiet_from, quiet_until  on the house's clock, over midnight where the one is later; both None: none
    Raises NotYourPlace, QuietAlways, UnusableInput.
    """
    actor.require(Duty.COMMAND)
    if (quiet_from is None) != (quiet_until is None) or (quiet_from is not None and quiet_from == quiet_until):
        raise QuietAlways(
            "Quiet hours have a beginning and another end, or there are none. Nothing was changed.",
            where="quiet_until",
            found=f"{quiet_from} – {quiet_until}",
            expected="two different times, or neither",
            cure="Fill in both times, or leave both empty.",
        )
    for where, seconds in (
        ("escalates_after_s", escalates_after_s),
        ("grave_escalates_after_s", grave_escalates_after_s),
    ):
        if not AFTER_MIN <= seconds <= AFTER_MAX:
            raise UnusableInput(
                "An alert waits for somebody between a minute and a day. Nothing was changed.",
                where=where,
                found=seconds,
                expected=f"{AFTER_MIN} to {AFTER_MAX} seconds",
                cure="Choose a time between a minute and a day.",
            )
    facts = {
        "quiet_from": quiet_from,
        "quiet_until": quiet_until,
        "escalates_after_s": escalates_after_s,
        "grave_escalates_after_s": grave_escalates_after_s,
    }
    lock_word("tower watch rule")
    WatchRule.objects.update_or_create(id=1, defaults=facts)
    told = {name: value.isoformat("minutes") if isinstance(value, time) else value for name, value in facts.items()}
    record(kind="tower.watch.set", actor=actor, now=now, data=told)


@transaction.atomic
@recorded("tower.phone.kept")
def keep_own_phone(*, phone: str, actor: Actor, now: datetime) -> None:
    """By which telephone the actor is told of alerts; enciphered, read only when a text goes out. Raises UnusableInput."""
    require_somewhere(actor, *ON_WATCH)
    digits = phone_digits(phone)
    if not digits or actor.person_id is None:
        raise UnusableInput(
            "That is no telephone number a text could be sent to; nothing was kept.",
            where="phone",
            expected="a mobile telephone's number",
            cure="Type the number again.",
        )
    identity.keep_datum(party=actor.person_id, what="PHONE", value=digits, purpose=WATCH_PHONES, now=now)
    record(kind="tower.phone.kept", actor=actor, now=now, subject=actor.person_id)


@transaction.atomic
@recorded("tower.phone.forgotten")
def forget_own_phone(*, actor: Actor, now: datetime) -> None:
    """Nobody texts the actor of alerts any more; where none was kept, nothing is changed."""
    require_somewhere(actor, *ON_WATCH)
    identity.erase_own(what="PHONE", purpose=WATCH_PHONES, actor=actor, now=now)
    record(kind="tower.phone.forgotten", actor=actor, now=now, subject=actor.person_id)


def has_own_phone(actor: Actor) -> bool:
    """Whether the actor left a telephone for the watch; the number itself is not read."""
    return actor.person_id is not None and datum_of(actor.person_id, what="PHONE", purpose=WATCH_PHONES) is not None
