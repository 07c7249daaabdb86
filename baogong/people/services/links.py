"""Private links: who has the address may see one subject, for a while; a changing act asks a second factor."""

from __future__ import annotations

import hmac
import logging
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.db import transaction

from baogong.kernel.actor import THE_HOUSE, Actor, Duty
from baogong.kernel.errors import BaogongError, Kind
from baogong.kernel.ids import new_id
from baogong.people.models import Link, LinkUse
from baogong.people.queries.merges import houses
from baogong.people.services import access, limits

log = logging.getLogger(__name__)

FIRST_ADMIN = "FIRST_ADMIN"
FIRST_ADMIN_S = 3600
CODE_ATTEMPTS_MAX = 5
CODE_WINDOW_S = 3600
LOOKS_MAX, LOOKS_WINDOW_S = 120, 900  # of one link, which a family or a group may share
ADDRESS_LOOKS_MAX = 600  # of one address, loosely: a whole compound may share it
API = "API"  # a link whose subject is a log-in: whoever bears it acts as that person
_LINK_MAKERS = (Duty.COMMAND, Duty.CLERK)
_TOKEN_MAKERS = (Duty.ADMIN,)


class LinkUnusable(BaogongError):
    """One sentence for unknown, expired, revoked, used up and meant for something else."""

    kind, code = Kind.NOT_FOUND, "people.link-unusable"


class WrongCode(BaogongError):
    kind, code = Kind.FORBIDDEN, "people.wrong-code"


@dataclass(frozen=True, slots=True)
class LinkView:
    """What a link opens: one subject for one purpose. The token itself is nowhere kept."""

    id: UUID
    purpose: str
    subject: UUID | None
    party: UUID | None
    asks_code: bool
    expires_at: datetime


def _require(actor: Actor, purpose: str, party: UUID | None) -> None:
    """
    Whoever makes a link can open it; so only who may do what it opens, or gives out log-ins, makes or ends one.

    Raises NotYourPlace unless the duty holds at the link's party, or at one it was merged with; without a party, everywhere.
    """
    makers = _TOKEN_MAKERS if purpose == API else _LINK_MAKERS
    if actor.may_any(*makers, at=party):
        return
    family = () if party is None else houses().family([party])
    if not any(actor.may_any(*makers, at=each) for each in family):
        actor.require(*makers, at=party)


@transaction.atomic
def make_link(
    *,
    purpose: str,
    subject: UUID | None,
    party: UUID | None,
    expires_at: datetime,
    actor: Actor,
    now: datetime,
    code: str | None = None,
) -> str:
    """
    A new link; returns its token (22 characters, 128 random bits), which cannot be had a second time.

    code  the second factor, told on another way (by telephone); without one the link can only look
    """
    _require(actor, purpose, party)
    token = secrets.token_urlsafe(16)
    link_id = new_id()
    Link.objects.create(
        id=link_id,
        token_hash=_hash(token),
        purpose=purpose,
        subject=subject,
        party_id=party,
        code_hash=None if code is None else _code_hash(link_id, code),
        created_by_id=actor.person_id,
        created_at=now,
        expires_at=expires_at,
    )
    return token


def look_up(*, token: str, purpose: str, address: str, now: datetime, paced_at: datetime) -> LinkView:
    """
    What the token opens, for whoever comes along with it: paced by address and by link, and each look kept.

    address   where the visitor comes from; only a keyed tag of it is stored
    paced_at  the machine's clock: a drill's own may stand still, and a door must not stay shut for that
    Raises limits.TooOften, LinkUnusable. Not in a transaction: a look that is refused counts too.
    """
    link = Link.objects.filter(token_hash=_hash(token)).first()
    paces = [("link-address", address, ADDRESS_LOOKS_MAX)]
    if link is not None:  # tokens nobody was given are counted by address alone
        paces.append(("link", str(link.id), LOOKS_MAX))
    try:
        limits.take_each(*paces, window_s=LOOKS_WINDOW_S, now=paced_at)
    except limits.TooOften:
        log.warning("a look at a private link was refused: too often (%s)", purpose)
        with suppress(limits.TooOften):  # one row for each window that was shut, not for each knock
            who = str(link.id) if link else address
            limits.take(what="link-shut", who=who, most=1, window_s=LOOKS_WINDOW_S, now=paced_at)
            _log(link, "TOO_OFTEN", False, now, door=purpose, address=address)
        raise
    is_allowed = _opens(link, purpose, now)
    _log(link, "OPEN", is_allowed, now, door=purpose, address=address)
    if link is None or not is_allowed:
        log.warning("a look at a private link was refused: it opens nothing (%s)", purpose)
        raise _unusable()
    return _view(link)


def open_link(token: str, purpose: str, now: datetime) -> LinkView:
    """What the token opens; each opening is kept, the refused ones too. Raises LinkUnusable. Not in a transaction."""
    link = Link.objects.filter(token_hash=_hash(token)).first()
    is_allowed = _opens(link, purpose, now)
    if link is not None:
        _log(link, "OPEN", is_allowed, now, door=purpose)
    if link is None or not is_allowed:
        raise _unusable()
    return _view(link)


def check_code(link: UUID, code: str, now: datetime, *, paced_at: datetime | None = None) -> None:
    """
    The second factor before a changing act. Not in a transaction: a wrong attempt counts even if all else fails.

    paced_at  the machine's clock, as in `look_up`; `now` where it is not told
    Raises WrongCode; limits.TooOften after five wrong ones in an hour; LinkUnusable.
    """
    found = Link.objects.filter(id=link).first()
    if found is None or found.code_hash is None or not _is_open(found, now):
        raise LinkUnusable(
            "Nothing can be changed through this link.", cure="Ask the person who sent it for one with a code."
        )
    limits.take(what="link-code", who=str(link), most=CODE_ATTEMPTS_MAX, window_s=CODE_WINDOW_S, now=paced_at or now)
    is_right = hmac.compare_digest(bytes(found.code_hash), _code_hash(link, code))
    _log(found, "CODE", is_right, now)
    if not is_right:
        raise WrongCode(
            f"The code is not the one that belongs to this link; nothing was changed. {CODE_ATTEMPTS_MAX} attempts an hour are open.",
            where="code",
            cure="Type the code you were told by telephone.",
        )
    limits.give_back(what="link-code", who=str(link))


@transaction.atomic
def revoke(link: UUID, *, actor: Actor, now: datetime) -> None:
    """The link opens nothing from now on."""
    found = Link.objects.filter(id=link).first()
    _require(actor, found.purpose if found else "", found.party_id if found else None)
    Link.objects.filter(id=link, revoked_at=None).update(revoked_at=now)


@transaction.atomic
def revoke_for(subject: UUID, *, purpose: str, actor: Actor, now: datetime) -> int:
    """Every open link to the subject for the purpose ends; returns how many there were."""
    access.require_somewhere(actor, *_TOKEN_MAKERS, *_LINK_MAKERS)
    links = Link.objects.filter(subject=subject, purpose=purpose, revoked_at=None)
    for party in links.values_list("party", flat=True).distinct().order_by():
        _require(actor, purpose, party)
    return links.update(revoked_at=now)


@transaction.atomic
def first_administrator_link(*, now: datetime) -> str | None:
    """
    The token that makes the first administrator, open for an hour; None where there is one.

    Asked again, the earlier token ends: what was printed on an old terminal opens nothing.
    """
    if access.has_administrator(now):
        return None
    Link.objects.filter(purpose=FIRST_ADMIN, used_at=None, revoked_at=None).update(revoked_at=now)
    return make_link(
        purpose=FIRST_ADMIN,
        subject=None,
        party=None,
        expires_at=now + timedelta(seconds=FIRST_ADMIN_S),
        actor=THE_HOUSE,
        now=now,
    )


@transaction.atomic
def become_first_administrator(*, token: str, name: str, username: str, password: str, now: datetime) -> UUID:
    """
    Use the one-time link up: a log-in that may give duties and command. Returns its id.

    Of two who use it in the same second one is refused. Raises LinkUnusable, access.PasswordTooShort, NameTaken.
    """
    used = Link.objects.filter(
        token_hash=_hash(token), purpose=FIRST_ADMIN, used_at=None, revoked_at=None, expires_at__gt=now
    ).update(used_at=now)
    if used != 1 or access.has_administrator(now):
        raise LinkUnusable(
            "This link opens nothing: it was used, has ended, or there is an administrator already.",
            cure="Stop and start the house again: it prints a new link while there is no administrator.",
        )
    return access.make_login(
        name=name,
        username=username,
        password=password,
        duties=[(Duty.ADMIN, None), (Duty.COMMAND, None), (Duty.CLERK, None)],
        now=now,
    )


def _is_open(link: Link, now: datetime) -> bool:
    return link.revoked_at is None and link.used_at is None and link.created_at <= now < link.expires_at


def _view(link: Link) -> LinkView:
    return LinkView(link.id, link.purpose, link.subject, link.party_id, link.code_hash is not None, link.expires_at)


def _opens(link: Link | None, purpose: str, now: datetime) -> bool:
    return link is not None and link.purpose == purpose and _is_open(link, now)


def _unusable() -> LinkUnusable:
    return LinkUnusable(
        "This link opens nothing: it may have ended, been withdrawn or been copied in part.",
        cure="Ask the person who sent it for a new one.",
    )


def _log(
    link: Link | None, act: str, was_allowed: bool, now: datetime, *, door: str = "", address: str | None = None
) -> None:
    LinkUse.objects.create(
        id=new_id(),
        link=link,
        at=now,
        act=act,
        was_allowed=was_allowed,
        door=door,
        address_tag=None if address is None else _tag_of_address(address),
    )


def _tag_of_address(address: str) -> bytes:
    return hmac.new(settings.BAOGONG_TAG_KEY, b"link-address" + address.encode(), sha256).digest()


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()


def _code_hash(link: UUID, code: str) -> bytes:
    """Keyed: six digits hashed bare would be tried through in a second by whoever reads the table."""
    return hmac.new(settings.BAOGONG_TAG_KEY, b"link-code" + link.bytes + code.strip().encode(), sha256).digest()
