"""A draft's rule as a form: sent as it was shown it says the same; changed, it is the next version, to be tried anew."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client, RequestFactory

from baogong.engine.release import Rule
from baogong.release import queries, services
from baogong.release.errors import RuleFixed
from baogong.release.models import Release, RuleVersion
from baogong.release.policies import policies
from baogong.web.release.rewording import body_of, form_of
from tests.apps.release.world import NOW, World, rule
from tests.web.visits import read, send, visit

TRY = {"act": "try", "people": "300", "days": "3", "wanting": "50", "units": "50"}


class Form(HTMLParser):
    """What a browser would send of the page's form, as it was shown."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.said: dict[str, list[str]] = {}
        self._select = ""
        self.feed(page[page.index('class="rule-form"') :])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name"), given.get("value") or ""
        if tag == "select":
            self._select = name or ""
        elif tag == "option" and ("selected" in given or self._select not in self.said):
            self.said[self._select] = [value]
        elif tag == "input" and name and (given.get("type") != "checkbox" or "checked" in given):
            self.said.setdefault(name, []).append(value)


def sent(client: Client, here: str, **changed: str) -> str:
    form: dict[str, Any] = Form(read(client, here)).said
    answer = client.post(here, form | {name: [value] for name, value in changed.items()})
    page: Any = client.get(answer.headers["Location"]) if answer.status_code == 302 else answer
    return re.sub(r"\s+", " ", unescape(page.content.decode()))


@pytest.mark.parametrize("code", sorted(policies()))
def test_a_form_that_is_sent_as_it_was_shown_says_the_same_rule(code: str) -> None:
    body = policies()[code].body
    request: Any = RequestFactory().post("/")
    request.POST = QueryDict(mutable=True)
    for name, texts in form_of(body).items():
        request.POST.setlist(name, texts)
    assert Rule.read(body_of(request, body)).digest() == Rule.read(body).digest()


def test_a_draft_is_changed_tried_again_and_opens_under_its_newest_wording(world: World) -> None:
    release = world.release(is_open=False, source="A notice", price=[])
    office, here = visit("lin of 广安"), f"/release/office/{release}/"
    send(office, here, TRY)
    assert "Open the release" in read(office, here)
    page = sent(office, f"{here}rule/", units_per_claim_max="3", quota_PERSON_days="5", opens="18:00")
    assert "Kept as the next version of the rule" in page
    assert "Open the release" not in page
    assert "this is what an earlier version did" in page
    newest = queries.release(release)
    assert newest.version == 2
    found = Rule.read(newest.rule)
    assert (found.units_per_claim_max, found.quotas[0].turn.days, f"{found.opens:%H:%M}") == (3, 5, "18:00")
    assert found.invented == ("units_per_claim_max", "opens", "quotas")
    assert "<del>each person: 1× in 3 days, whatever the road.</del>" in page
    assert "<ins>each person: 1× in 5 days, whatever the road.</ins>" in page
    send(office, here, TRY)
    page = send(office, here, {"act": "open"})
    assert "Change the rule" not in page
    assert Release.objects.get().rule == RuleVersion.objects.get(number=2)
    assert office.get(f"{here}rule/").headers["Location"] == here
    with pytest.raises(RuleFixed):
        services.change_rule(release=release, rule=rule(), actor=world.lin, now=NOW)


def test_a_form_that_changes_nothing_makes_no_version(world: World) -> None:
    release = world.release(is_open=False)
    page = sent(visit("lin of 广安"), f"/release/office/{release}/rule/")
    assert "Nothing was changed" in page
    assert RuleVersion.objects.count() == 1


def test_prices_limits_and_what_is_kept_for_the_telephone_are_worded_here(world: World) -> None:
    release = world.release(is_open=False)
    sent(
        visit("lin of 广安"), f"/release/office/{release}/rule/",
        price_0_part="COMMISSION", price_0_yuan="6.00", price_0_per="CLAIM", price_0_payee="CARRIER",
        price_0_RESIDENT="1", price_0_CITY="2", quota_PHONE_turn="FIXED", quota_PHONE_days="10",
        quota_PHONE_first_on="2020-02-01", quota_PHONE_units="5", reserve_PHONE_units="20", reserve_PHONE_until="20:00",
        fulfilment="PICKUP", regions="511602，511603", slots="09:00 15:00", mode="APPOINTMENT",
    )  # fmt: skip
    found = Rule.read(queries.release(release).rule)
    (part,) = found.price
    assert (part.fen, part.per, [(bearer.value, weight) for bearer, weight in part.bearers]) == (
        600, "CLAIM", [("RESIDENT", 1), ("CITY", 2)],
    )  # fmt: skip
    assert [(one.subject.value, one.units_max) for one in found.quotas] == [("PERSON", None), ("PHONE", 5)]
    assert [(one.channel, one.units, f"{one.until:%H:%M}") for one in found.reserves] == [("PHONE", 20, "20:00")]
    assert found.eligibility.regions == ("511602", "511603")
    assert len(found.slots) == 2


def test_a_comma_parts_thousands_and_a_street_is_called_as_the_rule_calls_it(world: World) -> None:
    release = world.release(is_open=False)
    page = sent(
        visit("lin of 广安"), f"/release/office/{release}/rule/",
        price_0_part="GOODS", price_0_yuan="¥1，234.50", price_0_payee="SHOP", price_0_RESIDENT="1",
        regions="500116001 990001", region_names="500116001＝几江街道/Jijiang；990001=双福",
    )  # fmt: skip
    found = Rule.read(queries.release(release).rule)
    assert found.price[0].fen == 123_450
    assert "Addresses in: Jijiang, 双福." in page
    assert [(one.code, one.zh, one.en) for one in found.eligibility.names] == [
        ("500116001", "几江街道", "Jijiang"), ("990001", "双福", "双福"),
    ]  # fmt: skip
    again = sent(visit("lin of 广安"), f"/release/office/{release}/rule/")
    assert "Nothing was changed" in again


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"opens": "18:00", "closes": "09:00"}, "it closes before it opens"),
        ({"mode": "APPOINTMENT"}, "by appointment needs times to choose from"),
        ({"quota_PHONE_turn": "ROLLING"}, "the number of days is missing"),
        *(
            (
                {"mode": mode, "reserve_PHONE_units": "20", "reserve_PHONE_until": "20:00"},
                "nobody claims by one: leave it out, or choose first come",
            )
            for mode in ("DRAW", "IMPORTED")
        ),
        ({"mode": "APPOINTMENT", "slots": "09:00", "standby_max": "5"}, "by appointment nobody stands by"),
        ({"price_0_part": "GOODS", "price_0_yuan": "2"}, "says nowhere who pays it"),
        (
            {
                "price_0_part": "DELIVERY",
                "price_0_yuan": "6.00",
                "price_0_per": "CLAIM",
                "price_0_payee": "CARRIER",
                "price_0_RESIDENT": "1",
                "fulfilment": "PICKUP",
            },
            "has a part for delivery, and everybody fetches it",
        ),
        ({"units_per_claim_max": "many"}, "is not a whole number"),
        ({"price_0_part": "GOODS", "price_0_yuan": "1,5", "price_0_RESIDENT": "1"}, "“1,5” is no amount in yuan"),
        ({"price_0_part": "GOODS", "price_0_yuan": "1，50", "price_0_RESIDENT": "1"}, "is no amount in yuan"),
        ({"regions": "511602 999999"}, "No register of regions has the code 999999"),
        ({"regions": "511602", "region_names": "几江街道"}, "“几江街道” names no district"),
    ],
)
def test_what_contradicts_itself_is_told_in_words_and_nothing_typed_is_lost(
    world: World, changed: dict[str, str], told: str
) -> None:
    release = world.release(is_open=False)
    page = sent(visit("lin of 广安"), f"/release/office/{release}/rule/", title_en="Masks, second try", **changed)
    assert told in page
    assert "beside mode" not in page
    assert 'value="Masks, second try"' in page
    assert RuleVersion.objects.count() == 1
