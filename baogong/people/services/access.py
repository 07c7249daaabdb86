"""Log-ins, duties and dismissal. Who acts is settled here once; every write below carries the answer."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.postgres.expressions import ArraySubquery
from django.db import IntegrityError, transaction
from django.db.models import F, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from baogong.kernel.actor import THE_HOUSE, Actor, Duty
from baogong.kernel.errors import BaogongError, Kind, NotFound
from baogong.kernel.ids import new_id
from baogong.people.models import DutyHeld, Party, User

STAFF_SESSION_S = 12 * 3600
DESK_SESSION_S = 30 * 60
PASSWORD_LENGTH_MIN = 10
DEMO_PASSWORD = "baogong-demo"  # shown on a drill's log-in page; `demo_is_open` says where it works


class NameTaken(BaogongError):
    kind, code = Kind.CONFLICT, "people.name-taken"


class PasswordTooShort(BaogongError):
    kind, code = Kind.UNUSABLE, "people.password-too-short"


class UnknownLogin(NotFound):
    code = "people.unknown-login"


class WrongPassword(BaogongError):
    """One sentence for a wrong name, a wrong password and a dismissed person: nothing is learnt from it."""

    kind, code = Kind.FORBIDDEN, "people.wrong-password"


class PasswordKnown(BaogongError):
    """The demonstration's password is printed on its log-in page: no real log-in may have it."""

    kind, code = Kind.REFUSED, "people.password-known"


class DemoNotHere(BaogongError):
    """A demonstration log-in met a real book, or a house that answers beyond this machine."""

    kind, code = Kind.FORBIDDEN, "people.demo-not-here"


class LastAdministrator(BaogongError):
    kind, code = Kind.REFUSED, "people.last-administrator"


def _no_book_is_a_drill() -> bool:
    return False


_book_is_a_drill: Callable[[], bool] = _no_book_is_a_drill


def ask_whether_drill(question: Callable[[], bool]) -> None:
    """The room that keeps the book's mark says here, at start, how to ask for it. Until then no book is a drill."""
    global _book_is_a_drill
    _book_is_a_drill = question


def demo_is_open() -> bool:
    """Demonstration log-ins work in a drill that no other machine can reach, and nowhere else."""
    return _book_is_a_drill() and not getattr(settings, "BAOGONG_BINDS_BEYOND_LOCALHOST", True)


@transaction.atomic
def make_login(
    *,
    name: str,
    username: str,
    password: str,
    duties: Iterable[tuple[Duty, UUID | None]],
    now: datetime,
    is_demo: bool = False,
    language: str = "zh-hans",
    at_desk: bool = False,
    actor: Actor = THE_HOUSE,
) -> UUID:
    """
    A person (a new party) with a log-in and duties; returns the log-in's id.

    duties   (duty, party id of the place) or (duty, None) for everywhere
    at_desk  a desk several people pass: the session ends after 30 idle minutes, not after 12 hours
    Raises NameTaken, PasswordTooShort (under 10 characters), PasswordKnown (the demonstration's); demonstration log-ins
    may have either. NotYourPlace.
    """
    actor.require(Duty.ADMIN)
    username = folded(username)
    if not is_demo:
        _require_good(password, "No log-in was made.")
    try:
        with transaction.atomic():
            person = Party.objects.create(
                kind=Party.Kind.PERSON,
                name=name,
                name_key=f"{folded(name)}@{username}",  # two people may share a name
                sort_key=folded(name),
                created_at=now,
            )
            user = User.objects.create(
                id=new_id(),
                party=person,
                username=username,
                password=make_password(password),
                language=language,
                session_s=DESK_SESSION_S if at_desk else STAFF_SESSION_S,
                is_demo=is_demo,
                created_at=now,
            )
    except IntegrityError:
        raise NameTaken(
            "This log-in name belongs to somebody already; no log-in was made.",
            where="username",
            cure="Choose another name, or ask an administrator to give the person there another duty.",
        ) from None
    for duty, at in duties:
        _give(user.id, duty, at, actor, now, None)
    return user.id


@transaction.atomic
def give_duty(
    *, user: UUID, duty: Duty, at: UUID | None, actor: Actor, now: datetime, until_at: datetime | None = None
) -> UUID:
    """The duty at one place, or everywhere (`at` None). Given twice, it is the same duty. Returns its id."""
    actor.require(Duty.ADMIN)
    _user(user)
    return _give(user, duty, at, actor, now, until_at)


@transaction.atomic
def end_duty(*, user: UUID, duty: Duty, at: UUID | None, actor: Actor, now: datetime) -> None:
    """From now on the person has the duty there no more. Raises LastAdministrator."""
    actor.require(Duty.ADMIN)
    if duty is Duty.ADMIN:
        _keep_an_administrator(user, now)
    _running(now).filter(user=user, duty=duty, at=at).update(until_at=now, ended_by=actor.person_id)


@transaction.atomic
def dismiss(*, user: UUID, actor: Actor, now: datetime) -> None:
    """The log-in ends with all its duties, and every session of it at the next request. Raises LastAdministrator."""
    actor.require(Duty.ADMIN)
    _user(user)
    _keep_an_administrator(user, now)
    User.objects.filter(id=user).update(
        is_active=False, session_epoch=F("session_epoch") + 1, dismissed_at=now, dismissed_by=actor.person_id
    )
    _running(now).filter(user=user).update(until_at=now, ended_by=actor.person_id)


@transaction.atomic
def change_password(*, user: UUID, password: str, actor: Actor, now: datetime) -> None:
    """One's own, or anybody's for an administrator. Every open session of that log-in ends."""
    found = _user(user)
    if actor.person_id is None or actor.person_id != found.party_id:
        actor.require(Duty.ADMIN)
    if not found.is_demo:
        _require_good(password, "The old one stays.")
    User.objects.filter(id=user).update(password=make_password(password), session_epoch=F("session_epoch") + 1)


def _require_good(password: str, so: str) -> None:
    """Raises PasswordTooShort, PasswordKnown; `so` says what happened."""
    if len(password) < PASSWORD_LENGTH_MIN:
        raise PasswordTooShort(
            f"The password has {len(password)} characters; at least {PASSWORD_LENGTH_MIN} are needed. {so}",
            where="password",
            expected=f"{PASSWORD_LENGTH_MIN} characters or more",
            cure="Choose four words that do not belong together.",
        )
    if folded(password) == DEMO_PASSWORD:
        raise PasswordKnown(
            f"That is the demonstration's password, which everybody knows. {so}",
            where="password",
            expected="a password of one's own",
            cure="Choose four words that do not belong together.",
        )


def check_login(*, username: str, password: str) -> UUID:
    """
    The id of the log-in these open. Raises WrongPassword, DemoNotHere.

    A caller that faces strangers takes a pace first (`sessions.log_in` does).
    """
    user = User.objects.filter(username=folded(username)).first()
    # A password is hashed whether or not the name exists: the time taken says nothing either.
    is_right = check_password(password, user.password if user else _hash_of_nobody())
    if user is None or not is_right or not user.is_active:
        raise WrongPassword(
            "This name and password do not belong together; nobody was logged in.",
            cure="Type both again, or ask an administrator for a new password.",
        )
    if user.is_demo and not demo_is_open():
        raise DemoNotHere(
            "Demonstration log-ins work only in a drill on this machine; nobody was logged in.",
            cure="Use a log-in of your own.",
        )
    return user.id


def actor_of(user_id: UUID, now: datetime) -> Actor:
    """
    Who this log-in is at this moment, with every duty that runs now. Raises UnknownLogin for one dismissed.

    A duty held everywhere swallows the same duty at a place. One query.
    """
    return actor_from(_user(user_id, with_duties()), now)


def with_duties() -> QuerySet[User]:
    """Log-ins with their party and every duty ever given them: what `actor_from` reads, in one query."""
    held = DutyHeld.objects.filter(user=OuterRef("pk")).values(
        held=JSONObject(duty="duty", at="at_id", from_at="from_at", until_at="until_at")
    )
    return User.objects.select_related("party").annotate(held=ArraySubquery(held))


def actor_from(user: Any, now: datetime) -> Actor:
    """The same of a log-in that was read through `with_duties`; no query."""
    places: dict[Duty, set[UUID] | None] = {}
    for each in user.held:
        until = each["until_at"]
        if datetime.fromisoformat(each["from_at"]) > now or (until and datetime.fromisoformat(until) <= now):
            continue
        duty = Duty(each["duty"])
        known = places.setdefault(duty, set())
        if each["at"] is None:
            places[duty] = None
        elif known is not None:
            known.add(UUID(each["at"]))
    reach = {duty: frozenset(known or ()) for duty, known in places.items()}
    return Actor(person_id=user.party_id, name=user.party.name, reach=reach)


def require_somewhere(actor: Actor, *duties: Duty) -> None:
    """Raises NotYourPlace unless the actor has one of the duties at some place; the caller checks which place."""
    if not actor.may_somewhere(*duties):
        actor.require(*duties)


def has_administrator(now: datetime) -> bool:
    """A log-in of flesh and blood may give duties; the demonstration's do not count."""
    return _administrators(now).exists()


def folded(text: str) -> str:
    """One spelling: width, case and outer spaces do not tell two names apart."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


@cache
def _hash_of_nobody() -> str:
    """A hash no password opens."""
    return make_password(str(new_id()))


def _user(user_id: UUID, rows: QuerySet[Any] | None = None) -> Any:
    rows = User.objects.all() if rows is None else rows
    user = rows.select_related("party").filter(id=user_id, is_active=True).first()
    if user is None:
        raise UnknownLogin(
            "There is no such log-in, or it was dismissed; nothing was changed.",
            where=str(user_id),
            cure="Log in again, or ask an administrator.",
        )
    return user


def _running(now: datetime) -> QuerySet[DutyHeld]:
    return DutyHeld.objects.filter(Q(until_at=None) | Q(until_at__gt=now), from_at__lte=now)


def _administrators(now: datetime) -> QuerySet[DutyHeld]:
    return _running(now).filter(duty=Duty.ADMIN, at=None, user__is_active=True, user__is_demo=False)


def _keep_an_administrator(user: UUID, now: datetime) -> None:
    """Locks the administrators' duties: two administrators who dismiss each other leave one, not none."""
    holders = list(
        _administrators(now).order_by("pk").select_for_update(of=("self",)).values_list("user_id", flat=True)
    )
    still = list(_administrators(now).values_list("user_id", flat=True))  # read again: the lock may have waited
    if user in holders and not set(still) - {user}:
        raise LastAdministrator(
            "This is the last administrator; without one nobody could give or take duties. Nothing was changed.",
            where=str(user),
            cure="Make another person administrator first.",
        )


def _give(user: UUID, duty: Duty, at: UUID | None, actor: Actor, now: datetime, until_at: datetime | None) -> UUID:
    running = _running(now).filter(user=user, duty=duty, at=at, until_at=until_at).first()
    if running is not None:
        return running.id
    given = DutyHeld.objects.create(
        id=new_id(),
        user_id=user,
        duty=duty.value,
        at_id=at,
        from_at=now,
        until_at=until_at,
        given_by_id=actor.person_id,
    )
    return given.id
