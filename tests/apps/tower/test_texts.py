"""Alerts by text: to whoever has the duty, by the telephone they left, once, also after a crash, and none in quiet hours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time, timedelta
from threading import Thread
from typing import Any

import pytest

from baogong.journal.models import Outgoing
from baogong.journal.services import outbox, texting
from baogong.journal.services.outbox import Message, deliver_waiting
from baogong.kernel.errors import NotYourPlace, UnusableInput
from baogong.people.models import PersonalRead
from baogong.tower import queries, services
from tests.apps.journal.test_texting import Gateway
from tests.apps.tower.test_alerts import late_task, lose, recount, set_quiet
from tests.cast import NOW, Cast

LIN, MEI = "13800001111", "13900002222"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def gateway(settings: Any) -> Iterator[Gateway]:
    server = Gateway()
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.BAOGONG_TEXTS = server.address
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def leave_phones(cast: Cast) -> None:
    services.keep_own_phone(phone="+86 138 0000 1111", actor=cast.lin, now=NOW)
    services.keep_own_phone(phone=MEI, actor=cast.mei, now=NOW)


def sent(gateway: Gateway) -> list[tuple[str, str]]:
    return [(to, content["message"]) for to, _id, content in gateway.got]


def test_the_duty_is_told_once_and_the_next_where_nobody_takes_it(cast: Cast, gateway: Gateway) -> None:
    leave_phones(cast)
    late_task(cast)
    for _again in range(3):
        services.recount(now=NOW)
        deliver_waiting(now=NOW)
    assert sent(gateway) == [(LIN, "任务过期：问临时仓")]
    for _again in range(3):
        services.recount(now=NOW + 30 * MINUTE)
        deliver_waiting(now=NOW + 30 * MINUTE)
    assert sent(gateway)[1:] == [(MEI, "任务过期：问临时仓")]
    assert PersonalRead.objects.filter(why="alert").count() == 2, "each reading of a telephone is kept"


def test_taken_in_time_nobody_else_is_told(cast: Cast, gateway: Gateway) -> None:
    leave_phones(cast)
    late_task(cast)
    services.recount(now=NOW)
    services.take_alert(alert=queries.alerts()[0].id, actor=cast.lin, now=NOW)
    services.recount(now=NOW + 60 * MINUTE)
    deliver_waiting(now=NOW + 60 * MINUTE)
    assert [to for to, _said in sent(gateway)] == [LIN]


def test_in_quiet_hours_only_the_gravest_goes_out(cast: Cast, gateway: Gateway) -> None:
    leave_phones(cast)
    set_quiet(cast.lin, time(14), time(16))
    late_task(cast)
    lose(cast)
    services.recount(now=NOW)
    deliver_waiting(now=NOW)
    assert sent(gateway) == [(LIN, "WB-0001 路上有丢失或破损")]
    services.recount(now=NOW + 60 * MINUTE)
    deliver_waiting(now=NOW + 60 * MINUTE)
    assert (LIN, "任务过期：问临时仓") in sent(gateway)


def test_what_is_over_before_the_text_leaves_is_told_to_nobody(cast: Cast, gateway: Gateway) -> None:
    leave_phones(cast)
    late_task(cast)
    services.recount(now=NOW)
    services.close_alert(alert=queries.alerts()[0].id, why="打过电话了", actor=cast.lin, now=NOW)
    assert deliver_waiting(now=NOW) == (1, 0)
    assert sent(gateway) == []


def test_without_a_gateway_no_text_is_put_out_and_without_a_telephone_none_is_sent(cast: Cast) -> None:
    late_task(cast)
    services.recount(now=NOW)
    assert not Outgoing.objects.exists()


def test_who_left_no_telephone_or_took_it_back_is_not_texted(cast: Cast, gateway: Gateway) -> None:
    leave_phones(cast)
    services.forget_own_phone(actor=cast.lin, now=NOW)
    services.forget_own_phone(actor=cast.lin, now=NOW)
    late_task(cast)
    services.recount(now=NOW)
    assert deliver_waiting(now=NOW) == (1, 0)
    assert sent(gateway) == []


@pytest.mark.parametrize("phone", ["", "   ", "12", "call me"])
def test_what_is_no_number_is_not_kept(cast: Cast, phone: str) -> None:
    with pytest.raises(UnusableInput, match="no telephone number"):
        services.keep_own_phone(phone=phone, actor=cast.lin, now=NOW)
    with pytest.raises(NotYourPlace):
        services.keep_own_phone(phone=LIN, actor=cast.stranger, now=NOW)


def test_no_number_and_no_word_stands_in_the_message(cast: Cast, gateway: Gateway) -> None:
    leave_phones(cast)
    late_task(cast, "请王女士去取药")
    services.recount(now=NOW)
    row = Outgoing.objects.get()
    assert set(row.payload) == {"alert", "language"}
    assert LIN not in str(row.payload)


def test_killed_between_sending_and_marking_the_far_end_can_drop_the_second(
    fresh_cast: Cast, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never lost: it is sent again. Never doubled: under the same id."""

    class Killed(BaseException):
        pass

    def deliver(message: Message) -> None:
        texting.deliver(message)
        raise Killed

    leave_phones(fresh_cast)
    late_task(fresh_cast)
    recount()
    with monkeypatch.context() as dying:
        dying.setitem(outbox._channels, texting.CHANNEL, deliver)
        with pytest.raises(Killed):
            deliver_waiting(now=NOW)
    assert Outgoing.objects.get().sent_at is None
    recount()
    assert deliver_waiting(now=NOW) == (1, 0)
    assert deliver_waiting(now=NOW) == (0, 0)
    assert len(gateway.got) == 2
    assert len({id for _to, id, _content in gateway.got}) == 1


def test_killed_before_the_recount_is_committed_neither_alert_nor_text_is_left(
    fresh_cast: Cast, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    from baogong.tower.services import alerts as module
    from baogong.tower.services.texts import put_out_alert

    def die(*given: Any) -> None:
        put_out_alert(*given)
        raise Killed

    leave_phones(fresh_cast)
    late_task(fresh_cast)
    with monkeypatch.context() as dying:
        dying.setattr(module, "put_out_alert", die)
        with pytest.raises(Killed):
            recount()
    assert not Outgoing.objects.exists()
    recount()
    assert deliver_waiting(now=NOW) == (1, 0)
    assert len(gateway.got) == 1
