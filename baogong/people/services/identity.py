"""
Personal data: a keyed tag for equality, a cipher for the rare display, erased by key when the purpose ends.

Two keys come from outside the database. The tag key makes HMAC-SHA256 tags, bound to purpose and sort, so that equal
numbers of two purposes cannot be joined. The cipher key wraps one random AES-SIV key per purpose (RFC 5297); each
value is bound to its own row, so a cipher copied to another row does not open.
"""

from __future__ import annotations

import hmac
import re
import unicodedata
from base64 import b64decode, b64encode
from collections.abc import Callable, Collection
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Subquery

from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import BaogongError, Kind, NotFound
from baogong.kernel.ids import new_id
from baogong.people.models import KeyCheck, PersonalDatum, PersonalRead, PurposeKey
from baogong.people.services.access import require_somewhere

What, Act = PersonalDatum.What, PersonalRead.Act
READERS = (Duty.ADMIN, Duty.COMMAND, Duty.CLERK, Duty.KEEPER)


# Beside keepers, who take it FOR NO KEY UPDATE; not beside the ending, which takes it FOR UPDATE.
HOLD_PURPOSE = """
SELECT FROM people_purposekey WHERE purpose = %s AND erased_at IS NULL FOR KEY SHARE SKIP LOCKED
"""
_NOTHING: dict[str, Any] = {"tag": None, "last_four_tag": None, "cipher": None, "last_four": ""}


class Erased(BaogongError):
    kind, code = Kind.NOT_FOUND, "people.erased"


class PurposeOfARoom(BaogongError):
    """A room keeps more for this purpose than its data here: it ends with the room's own act, never by itself."""

    kind, code = Kind.REFUSED, "people.purpose-of-a-room"


class WrongKeys(BaogongError):
    """The keys beside the book are missing or another book's; the house does not start."""

    kind, code = Kind.UNAVAILABLE, "people.wrong-keys"


class KeyPair(Protocol):
    """The two secrets, 32 bytes each."""

    @property
    def tag(self) -> bytes: ...

    @property
    def cipher(self) -> bytes: ...


def tag(*, what: str, purpose: str, value: str) -> bytes:
    """32 bytes; equal for equal values of one sort and purpose, however they were typed."""
    message = "\x1f".join((purpose, what, _one_spelling(what, value)))
    return hmac.digest(settings.BAOGONG_TAG_KEY, message.encode(), "sha256")


def tag_of_last_four(*, what: str, purpose: str, value: str) -> bytes:
    """The same of the last four characters: what a document may be found by."""
    return tag(what=f"{what} last four", purpose=purpose, value=_one_spelling(what, value)[-4:])


def parties_ending_in(*, parties: Collection[UUID | None], purpose: str, last_four: str) -> set[UUID]:
    """Whose documents, kept for this purpose, end in these four, of these parties. The caller paces who asks."""
    if len(_one_spelling(What.DOCUMENT, last_four)) != 4:
        return set()
    mark = tag_of_last_four(what=What.DOCUMENT, purpose=purpose, value=last_four)
    rows = PersonalDatum.objects.filter(party__in=parties, what=What.DOCUMENT, purpose=purpose, last_four_tag=mark)
    return set(rows.values_list("party", flat=True))


@transaction.atomic
def keep_datum(*, party: UUID, what: str, value: str, purpose: str, now: datetime) -> UUID:
    """
    Keep one value of the party for one purpose; a second one takes the first one's place. Returns the datum's id.

    Raises Erased where the purpose has ended.
    """
    held = PersonalDatum.objects.select_for_update().filter(party=party, what=what, purpose=purpose).first()
    datum_id = held.id if held else new_id()
    key = _purpose_key(purpose, now)
    cipher = AESSIV(key).encrypt(value.encode(), _row(datum_id, what, purpose))
    is_document = what == What.DOCUMENT
    facts = {
        "tag": tag(what=what, purpose=purpose, value=value),
        "last_four_tag": tag_of_last_four(what=what, purpose=purpose, value=value) if is_document else None,
        "cipher": cipher,
        "last_four": _last_four(what, value),
    }
    PersonalDatum.objects.update_or_create(
        id=datum_id,
        defaults=facts | {"erased_at": None},
        create_defaults=facts | {"party_id": party, "what": what, "purpose": purpose, "created_at": now},
    )
    return datum_id


def is_kept(*, party: UUID, what: str, purpose: str) -> bool:
    """Whether such a value of the party is kept for the purpose, whatever it is."""
    return PersonalDatum.objects.filter(party=party, what=what, purpose=purpose, cipher__isnull=False).exists()


def lock_purpose(*, purpose: str, now: datetime) -> None:
    """One at a time keeps data for the purpose, until the transaction ends. Raises Erased."""
    _purpose_key(purpose, now)


def hold_purpose(*, purpose: str, now: datetime) -> None:
    """
    The purpose does not end before this transaction does, for who writes tags alone; any number hold it at once.

    Nobody waits for an ending that has begun. Raises Erased.
    """
    if not PurposeKey.objects.filter(purpose=purpose).exists():
        _purpose_key(purpose, now)
    with connection.cursor() as cursor:
        cursor.execute(HOLD_PURPOSE, [purpose])
        if cursor.fetchone() is None:
            raise _erased(purpose)


def is_ended(purpose: str) -> bool:
    """Whether what was kept for the purpose was erased; nothing is kept for it any more."""
    return bool(ended_of([purpose]))


def ended_of(purposes: Collection[str]) -> set[str]:
    """Those of these purposes that have ended."""
    rows = PurposeKey.objects.filter(purpose__in=purposes, erased_at__isnull=False)
    return set(rows.values_list("purpose", flat=True))


def marker(*, purpose: str, now: datetime) -> Callable[[bytes], bytes]:
    """
    Marks 32 bytes under the purpose's own key, which equal bytes have alike: once the purpose ends nobody can make them again.

    No lock. Raises Erased.
    """
    key = _key_of(purpose, now)
    own = HKDF(SHA256(), length=32, salt=None, info=b"baogong marks").derive(key)
    return lambda value: hmac.digest(own, value, "sha256")


def keep_act(
    act: PersonalRead.Act,
    actor: Actor,
    now: datetime,
    *,
    datum: UUID | None = None,
    purpose: str = "",
    why: str = "",
    found_count: int | None = None,
) -> None:
    """
    Who did what with personal data, when, why; with no word of the data themselves.

    why  as somebody typed it, who may have named whom it was about: of a room's own purpose it is sealed, and goes with it
    """
    if why and room_of_purpose(purpose):
        why = sealer(purpose=purpose, now=now)(why)
    PersonalRead.objects.create(
        id=new_id(),
        datum_id=datum,
        reader_id=actor.person_id,
        act=act,
        at=now,
        purpose=purpose,
        why=why,
        found_count=found_count,
    )


@transaction.atomic
def reveal(*, datum: UUID, actor: Actor, now: datetime, why: str) -> str:
    """
    The value in clear, once, for a stated reason; who read it when and why stays in the book.

    Raises Erased, NotYourPlace (auditors and strangers read no personal data).
    """
    require_somewhere(actor, *READERS)
    found = PersonalDatum.objects.filter(id=datum).first()
    if found is None:
        raise NotFound("There is no such entry.", where=str(datum))
    key = _unwrapped(PurposeKey.objects.filter(purpose=found.purpose).first())
    if found.cipher is None or key is None:
        raise Erased("This was erased when its purpose ended.", where=str(datum), cure="Ask the person again.")
    keep_act(Act.REVEAL, actor, now, datum=found.id, purpose=found.purpose, why=why)
    try:
        return AESSIV(key).decrypt(bytes(found.cipher), _row(found.id, found.what, found.purpose)).decode()
    except InvalidTag:
        raise WrongKeys(
            "This entry was not written with this key, or was moved here from another row.",
            where=str(datum),
            cure="Restore the entry from a backup.",
        ) from None


@transaction.atomic
def reveal_for_work(
    *, parties: Collection[UUID], what: str, purpose: str, actor: Actor, now: datetime, why: str, known_since: datetime
) -> dict[UUID, str]:
    """
    Values in clear of several parties, for whoever was given the very work they are kept for: the calling room has checked
    that. What was erased or never told is left out; two queries.

    known_since  read by the same person since then, it is not written down once more: a telephone asks every few minutes
    """
    reads = PersonalRead.objects.filter(
        datum=OuterRef("pk"), reader=actor.person_id, act=Act.REVEAL, at__gte=known_since
    )
    wanted = PersonalDatum.objects.filter(party__in=parties, what=what, purpose=purpose, cipher__isnull=False)
    keys = PurposeKey.objects.filter(purpose=purpose).values("wrapped")
    rows = list(wanted.annotate(is_read=Exists(reads), wrapped=Subquery(keys)))
    key = _unwrapped(PurposeKey(purpose=purpose, wrapped=rows[0].wrapped)) if rows else None
    if key is None:
        return {}
    fresh = [row for row in rows if not row.is_read]
    PersonalRead.objects.bulk_create(
        PersonalRead(
            id=new_id(), datum=row, reader_id=actor.person_id, act=Act.REVEAL, at=now, purpose=purpose, why=why
        )
        for row in fresh
    )
    cipher = AESSIV(key)
    return {
        row.party_id: cipher.decrypt(bytes(row.cipher or b""), _row(row.id, row.what, row.purpose)).decode()
        for row in rows
    }


@transaction.atomic
def erase(*, datum: UUID, actor: Actor, now: datetime) -> None:
    """One value is gone; that it was there, who read it and who erased it, stays. Raises NotFound."""
    require_somewhere(actor, Duty.ADMIN, Duty.COMMAND, Duty.CLERK)
    found = PersonalDatum.objects.filter(id=datum).first()
    if found is None:
        raise NotFound("There is no such entry.", where=str(datum))
    if PersonalDatum.objects.filter(id=datum, erased_at=None).update(**_NOTHING, erased_at=now):
        keep_act(Act.ERASE, actor, now, datum=datum, purpose=found.purpose)


@transaction.atomic
def erase_own(*, what: str, purpose: str, actor: Actor, now: datetime) -> None:
    """What the actor left of their own for one purpose is gone; where nothing was left, nothing is changed."""
    for datum in PersonalDatum.objects.filter(party=actor.person_id, what=what, purpose=purpose, erased_at=None):
        PersonalDatum.objects.filter(id=datum.id).update(**_NOTHING, erased_at=now)
        keep_act(Act.ERASE, actor, now, datum=datum.id, purpose=purpose)


_rooms: dict[str, re.Pattern[str]] = {}


def own_purposes(*, room: str, named: str) -> None:
    """
    A room calls this when it starts: purposes whose whole name fits this pattern are its own. They end with its own act
    alone, which first asks who still needs the people, and forgets with them what else the room keeps of them.
    """
    _rooms[room] = re.compile(named)


def room_of_purpose(purpose: str) -> str:
    """Whose own the purpose is; "" where it may be ended by itself."""
    return next((room for room, named in _rooms.items() if named.fullmatch(purpose)), "")


@transaction.atomic
def erase_purpose(*, purpose: str, actor: Actor, now: datetime, room: str = "") -> int:
    """
    The purpose has ended: its key goes, and with it every value kept for it. Returns how many there were.

    room  which room's act this is; "": nobody's but the administrator's own
    Raises NotYourPlace, PurposeOfARoom.
    """
    actor.require(Duty.ADMIN)
    owner = room_of_purpose(purpose)
    if owner != room:
        raise PurposeOfARoom(
            "More is kept for this purpose than its numbers; it ends together with the rest. Nothing was erased.",
            where=purpose,
            found=owner,
            expected="a purpose that somebody named at this desk",
            cure="For a city's releases or a district's shops open their own page: forget people.",
        )
    PurposeKey.objects.update_or_create(  # locked FOR UPDATE
        purpose=purpose,
        defaults={"wrapped": None, "erased_at": now},
        create_defaults={"made_at": now, "erased_at": now},
    )
    kept = PersonalDatum.objects.filter(purpose=purpose, erased_at=None)
    count = kept.exclude(what=What.LANGUAGE).count()  # as `values_kept` counts
    kept.update(**_NOTHING, erased_at=now)
    keep_act(Act.END_PURPOSE, actor, now, purpose=purpose, found_count=count)
    return count


@transaction.atomic
def check_keys(keys: KeyPair | None) -> None:
    """
    Before the house starts: the keys are the ones this book was written with. Raises WrongKeys.

    A book without personal data takes the keys it meets and keeps their check values.
    """
    known = {row.name: bytes(row.value) for row in KeyCheck.objects.select_for_update().order_by("name")}
    found = {} if keys is None else {name: _check_value(getattr(keys, name)) for name in ("tag", "cipher")}
    if found and known == found:
        return
    is_written = PersonalDatum.objects.exclude(tag=None, cipher=None).exists()
    if is_written:
        missing = ", ".join(sorted(name for name in ("tag", "cipher") if found.get(name) != known.get(name)))
        raise WrongKeys(
            f"This book holds personal data and its keys are not here ({missing}). The house does not start.",
            where="keys",
            found="none" if keys is None else "another book's keys",
            expected="the keys this book was first started with",
            cure="Put the keys back from where `baogong backup` was told to keep them.",
        )
    for name, value in found.items():
        KeyCheck.objects.update_or_create(name=name, defaults={"value": value})


def _key_of(purpose: str, now: datetime) -> bytes:
    """Without a lock, but where it has to be made first. Raises Erased."""
    row = PurposeKey.objects.filter(purpose=purpose).first()
    if row is None:
        with transaction.atomic():
            return _purpose_key(purpose, now)
    key = _unwrapped(row)
    if key is None:
        raise _erased(purpose)
    return key


def _purpose_key(purpose: str, now: datetime) -> bytes:
    wrapped = _wrapping().encrypt(AESSIV.generate_key(256), [purpose.encode()])
    PurposeKey.objects.bulk_create([PurposeKey(purpose=purpose, wrapped=wrapped, made_at=now)], ignore_conflicts=True)
    # The purpose cannot end between the reading of its key and the writing under it; who only holds it is not kept waiting.
    key = _unwrapped(PurposeKey.objects.select_for_update(no_key=True).get(purpose=purpose))
    if key is None:
        raise _erased(purpose)
    return key


def _erased(purpose: str) -> Erased:
    return Erased("This purpose has ended and its data were erased; nothing was kept.", where=purpose)


def _unwrapped(row: PurposeKey | None) -> bytes | None:
    if row is None or row.wrapped is None:
        return None
    try:
        return _wrapping().decrypt(bytes(row.wrapped), [row.purpose.encode()])
    except InvalidTag:
        raise WrongKeys(
            "The cipher key beside this book is another book's.", where="keys", cure="Put the book's own keys back."
        ) from None


def _wrapping() -> AESSIV:
    return _wrapping_under(settings.BAOGONG_CIPHER_KEY)


@lru_cache(maxsize=1)  # a book has one, and making it costs as much as four of a claim's ciphers
def _wrapping_under(key: bytes) -> AESSIV:
    return AESSIV(HKDF(SHA256(), length=64, salt=None, info=b"baogong purpose keys").derive(key))


_ON_ITS_WAY = b"on its way"


def seal(text: str) -> str:
    """A value enciphered on its way into a datum, under the house's key: what waits in a preview is read by nobody."""
    return b64encode(_wrapping().encrypt(text.encode(), [_ON_ITS_WAY])).decode()


def sealer(*, purpose: str, now: datetime) -> Callable[[str], str]:
    """
    Seals as `seal` does, under the purpose's own key: once the purpose ends, what waits anywhere opens no more.

    No lock. Raises Erased.
    """
    cipher = AESSIV(_key_of(purpose, now))
    facts, begins = [_ON_ITS_WAY, purpose.encode()], f"{purpose}:"
    return lambda text: begins + b64encode(cipher.encrypt(text.encode(), facts)).decode()


def unsealer() -> Callable[[str], str]:
    """
    Opens what `seal` and `sealer` have sealed; each purpose's key is read once. For one piece of work, not to be kept.

    What it gives raises Erased where the purpose has ended.
    """
    ciphers: dict[str, AESSIV] = {}

    def opened(text: str) -> str:
        purpose, _colon, sealed = text.rpartition(":")
        if not purpose:
            return _wrapping().decrypt(b64decode(sealed), [_ON_ITS_WAY]).decode()
        if purpose not in ciphers:
            key = _unwrapped(PurposeKey.objects.filter(purpose=purpose).first())
            if key is None:
                raise _erased(purpose)
            ciphers[purpose] = AESSIV(key)
        return ciphers[purpose].decrypt(b64decode(sealed), [_ON_ITS_WAY, purpose.encode()]).decode()

    return opened


def opener() -> Callable[[str], str]:
    """As `unsealer`, for whoever shows what is left: "" where the purpose has ended."""
    opened, ended = unsealer(), set[str]()

    def told(text: str) -> str:
        purpose = text.rpartition(":")[0]
        if purpose in ended:
            return ""
        try:
            return opened(text)
        except Erased:
            ended.add(purpose)
            return ""

    return told


def unseal(text: str) -> str:
    """The inverse of `seal` and of what `sealer` gives. Raises Erased where the purpose has ended."""
    return unsealer()(text)


def _row(datum: UUID, what: str, purpose: str) -> list[bytes]:
    return [datum.bytes, what.encode(), purpose.encode()]


def _check_value(key: bytes) -> bytes:
    return hmac.new(key, b"baogong key check", sha256).digest()


def _one_spelling(what: str, value: str) -> str:
    if value.isascii() and value.isalnum():  # as nearly everybody types it
        return value.upper()
    text = unicodedata.normalize("NFKC", value).strip().upper()
    if what in (What.PHONE, What.DOCUMENT):
        text = "".join(character for character in text if character.isalnum())
    return text


def phone_digits(phone: str) -> str | None:
    """The digits of a telephone number, without the country's 86; "" where nothing was typed, None where it is none."""
    if not phone.strip():
        return ""
    digits = "".join(one for one in unicodedata.normalize("NFKC", phone) if one.isdecimal())
    digits = digits.removeprefix("0086")
    digits = digits[2:] if len(digits) == 13 and digits.startswith("86") else digits
    return digits if 7 <= len(digits) <= 15 and digits.isascii() else None


def _last_four(what: str, value: str) -> str:
    return _one_spelling(what, value)[-4:] if what == What.PHONE else ""
