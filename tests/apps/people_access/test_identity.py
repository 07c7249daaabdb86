from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baogong.kernel.actor import Duty
from baogong.kernel.errors import BaogongError, NotYourPlace
from baogong.people.models import KeyCheck, PersonalDatum, PersonalRead, PurposeKey
from baogong.people.services import identity
from tests.cast import NOW, Cast, log_in_as, rows_in_book

PHONE = "138 0013 8000"


@dataclass(frozen=True)
class Keys:
    tag: bytes = b"t" * 32
    cipher: bytes = b"c" * 32


def keep(cast: Cast, value: str = PHONE, purpose: str = "driver calls", **options: Any) -> UUID:
    facts = {"party": cast.tao.person_id, "what": "PHONE", "value": value, "purpose": purpose, "now": NOW}
    return identity.keep_datum(**{**facts, **options})


def test_a_value_is_read_back_and_the_reading_stays(cast: Cast) -> None:
    datum = keep(cast)
    assert identity.reveal(datum=datum, actor=cast.bao, now=NOW, why="truck is late") == PHONE
    read = PersonalRead.objects.get()
    assert (read.reader_id, read.why, read.datum_id) == (cast.bao.person_id, "truck is late", datum)


def test_the_value_itself_is_in_no_table(cast: Cast) -> None:
    datum = PersonalDatum.objects.get(id=keep(cast))
    stored = bytes(datum.cipher or b"") + bytes(datum.tag or b"")
    assert b"13800138000" not in stored
    assert PHONE.encode() not in stored
    assert datum.last_four == "8000"


def test_a_second_value_takes_the_first_ones_place(cast: Cast) -> None:
    assert keep(cast) == keep(cast, "139 0000 0001")
    assert identity.reveal(datum=PersonalDatum.objects.get().id, actor=cast.lin, now=NOW, why="x") == "139 0000 0001"


def test_equal_numbers_have_equal_tags_however_typed_and_only_within_a_purpose() -> None:
    def tag(value: str, purpose: str = "claims", what: str = "DOCUMENT") -> bytes:
        return identity.tag(what=what, purpose=purpose, value=value)

    assert tag("11010519491231002x") == tag(" １１０１０５１９４９１２３１００２Ｘ ") == tag("110105 19491231 002X")
    assert tag("11010519491231002X") != tag("11010519491231002X", purpose="calls")
    assert tag("11010519491231002X") != tag("11010519491231002X", what="PHONE")


def test_a_cipher_moved_to_another_row_does_not_open(cast: Cast) -> None:
    mine = keep(cast)
    other = keep(cast, "139 0000 0001", party=cast.bao.person_id)
    PersonalDatum.objects.filter(id=other).update(cipher=PersonalDatum.objects.get(id=mine).cipher)
    with pytest.raises(identity.WrongKeys):
        identity.reveal(datum=other, actor=cast.lin, now=NOW, why="x")


def test_one_datum_can_be_erased(cast: Cast) -> None:
    datum, other = keep(cast), keep(cast, purpose="muster")
    identity.erase(datum=datum, actor=cast.wu, now=NOW)
    with pytest.raises(identity.Erased):
        identity.reveal(datum=datum, actor=cast.lin, now=NOW, why="x")
    assert identity.reveal(datum=other, actor=cast.lin, now=NOW, why="x") == PHONE


def test_a_purpose_that_ends_takes_its_key_along_and_with_it_every_copy(cast: Cast) -> None:
    datum = keep(cast)
    copy = bytes(PersonalDatum.objects.get().cipher or b"")
    admin = log_in_as("Ann", [(Duty.ADMIN, None)])
    assert identity.erase_purpose(purpose="driver calls", actor=admin, now=NOW) == 1
    PersonalDatum.objects.filter(id=datum).update(cipher=copy)  # an old page of the disk, a restored row
    with pytest.raises(identity.Erased):
        identity.reveal(datum=datum, actor=cast.lin, now=NOW, why="x")
    with pytest.raises(identity.Erased):
        keep(cast)


def test_without_the_houses_key_the_purpose_key_is_noise(cast: Cast, settings: Any) -> None:
    datum = keep(cast)
    settings.BAOGONG_CIPHER_KEY = b"x" * 32
    with pytest.raises(identity.WrongKeys):
        identity.reveal(datum=datum, actor=cast.lin, now=NOW, why="x")


def test_stranger_and_auditor_read_no_personal_data(cast: Cast) -> None:
    datum = keep(cast)
    auditor = log_in_as("Zhou", [(Duty.AUDITOR, None)])
    before = rows_in_book()
    for actor in (cast.stranger, auditor, cast.tao):
        with pytest.raises(NotYourPlace):
            identity.reveal(datum=datum, actor=actor, now=NOW, why="curious")
    with pytest.raises(NotYourPlace):
        identity.erase(datum=datum, actor=cast.stranger, now=NOW)
    with pytest.raises(NotYourPlace):
        identity.erase_purpose(purpose="driver calls", actor=cast.lin, now=NOW)
    assert rows_in_book() == before


@pytest.mark.usefixtures("db")
def test_an_empty_book_takes_the_keys_it_meets() -> None:
    identity.check_keys(Keys())
    identity.check_keys(Keys())
    assert KeyCheck.objects.count() == 2
    identity.check_keys(Keys(tag=b"n" * 32))  # nothing was written under the old one
    identity.check_keys(None)


def test_a_book_with_personal_data_starts_with_its_own_keys_only(cast: Cast) -> None:
    identity.check_keys(Keys())
    keep(cast)
    identity.check_keys(Keys())
    for keys in (None, Keys(tag=b"n" * 32), Keys(cipher=b"n" * 32)):
        with pytest.raises(identity.WrongKeys):
            identity.check_keys(keys)
    identity.check_keys(Keys())


def test_keys_never_checked_are_refused_once_there_is_personal_data(cast: Cast) -> None:
    keep(cast)
    with pytest.raises(identity.WrongKeys):
        identity.check_keys(Keys())


def test_nothing_personal_reaches_a_log_an_error_or_a_repr(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    datum = keep(cast)
    said = [repr(PersonalDatum.objects.get()), str(PersonalDatum.objects.get()), repr(PurposeKey.objects.get())]
    identity.reveal(datum=datum, actor=cast.lin, now=NOW, why="x")
    PersonalDatum.objects.filter(id=datum).update(cipher=b"\0" * 40)
    for actor in (cast.lin, cast.stranger):
        with pytest.raises(BaogongError) as caught:
            identity.reveal(datum=datum, actor=actor, now=NOW, why="x")
        said += [str(caught.value), repr(caught.value), str(caught.value.as_dict()), str(caught.value.__cause__)]
    said += [record.getMessage() for record in caplog.records if not record.name.startswith("django.db")]
    assert not [text for text in said if "8000" in text or "138" in text]


@pytest.mark.usefixtures("db")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
@given(value=st.text(min_size=1, max_size=60).filter(lambda text: "\x00" not in text))
def test_whatever_is_kept_is_read_back(cast: Cast, value: str) -> None:
    datum = keep(cast, value, what="ADDRESS")
    assert identity.reveal(datum=datum, actor=cast.lin, now=NOW, why="x") == value
