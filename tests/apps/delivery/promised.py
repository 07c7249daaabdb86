"""A city's release whose claims are brought: the sealed street of `world`, an office, a shop with masks, claimants with addresses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from baogong.catalogue.services import add_item
from baogong.delivery import queries as delivery
from baogong.delivery.models import Parcel
from baogong.delivery.services import placing, stations
from baogong.kernel.actor import THE_HOUSE, Actor, Duty
from baogong.kernel.identity import check_character
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.states import Reason, State
from baogong.people.services.parties import register_party
from baogong.release import queries as release_
from baogong.release import services as release
from baogong.release.facts import Answer
from baogong.release.models import Tranche
from tests.apps.delivery.world import HOUR, NOW, World
from tests.cast import log_in_as


@dataclass
class Promised:
    """Wu is the office's clerk, Su keeps the shop; `tranche` is on offer since 08:00."""

    world: World
    office: UUID
    shop: UUID
    wu: Actor
    su: Actor
    release: UUID
    tranche: UUID

    def claim(self, number: int, address: str, now: datetime = NOW) -> Answer:
        """The person of this number claims five."""
        return release.claim(
            claim_id=new_id(),
            tranche=self.tranche,
            units=5,
            channel="CLERK",
            contact=release.Contact(
                "RESIDENT_ID", id_number(number), name="林", phone=f"138{number:08}", address=address
            ),
            actor=self.wu,
            now=now,
        )

    def accepted(self, *addresses: str) -> list[UUID]:
        """A claim for each address, taken on by the shop."""
        claims = [self.claim(number, address).id for number, address in enumerate(addresses)]
        release.accept_claims(claims=claims, actor=self.su, now=NOW)
        return claims

    def place(self, now: datetime = NOW) -> placing.Placed:
        return placing.place(office=self.office, actor=self.wu, now=now)

    def parcels(self, *addresses: str) -> list[UUID]:
        """Accepted, placed and received at the inner station's outer one; the claims."""
        claims = self.accepted(*addresses)
        self.place()
        self.world.receive(self.codes(claims), at=self.world.outer)
        return claims

    def at_courier(self, address: str = "东院1号楼1单元101") -> tuple[UUID, str]:
        """One, in Mei's hands; claim and code."""
        (claim,) = self.accepted(address)
        self.place()
        Parcel.objects.update(station=self.world.inner)
        (code,) = self.codes([claim])
        self.world.receive([code])
        self.load(code)
        return claim, code

    def load(self, code: str, name: str = "T0001", now: datetime = NOW) -> None:
        round_id = self.world.give_round(self.world.mei, [code], name, at=now + HOUR)
        stations.load_round(round=round_id, actor=self.world.bao, now=now, request_id=new_id())

    def codes(self, claims: list[UUID]) -> list[str]:
        found = delivery.states_of_promises("release", claims)
        return [found[claim][0] for claim in claims]

    def state(self, claim: UUID) -> str:
        return release_.claim(claim).state

    def parcel_state(self, claim: UUID) -> str:
        return delivery.states_of_promises("release", [claim])[claim][1]

    def admitted(self) -> int:
        return Tranche.objects.get(id=self.tranche).admitted


def id_number(serial: int) -> str:
    """Of a person born in Guang'an in 1980."""
    body = f"51160219800101{serial:03}"
    return body + check_character(body)


def make_promised(world: World, units: int = 50, **changed: Any) -> Promised:
    office = register_party(kind="ORGANISATION", name="朝阳区指挥部", city="北京", now=NOW)
    shop = register_party(kind="SITE", name="承办药店", city="北京", now=NOW)
    lin = log_in_as("Lin of the office", [(Duty.COMMAND, office), (Duty.KEEPER, shop)], NOW)
    with transaction.atomic():
        item = add_item(code="masks", name_zh="口罩", name_en="Masks", unit="PIECE")
        lot = ledger.open_lot(item=item, owner=shop, now=NOW)
        outside, stock = ledger.AccountRef(shop, State.OUTSIDE), ledger.AccountRef(shop, State.AVAILABLE)
        ledger.post(
            lines=[ledger.post_line(outside, stock, lot, units)], actor=THE_HOUSE, reason=Reason.COUNT, document=None,
            request_id=new_id(), now=NOW,
        )  # fmt: skip
    rule = {
        "code": "masks", "title_zh": "口罩", "title_en": "Masks", "city": "北京", "units_per_claim_max": 5, "within_h": 24,
        "handover": ["WITNESSED", "CONTACTLESS"], **changed,
    }  # fmt: skip
    made = release.draft_release(office=office, item=item, rule=rule, actor=lin, now=NOW, request_id=new_id())
    release.try_out(release=made, people=60, days=2, units=10, actor=lin, now=NOW)
    release.open_release(release=made, actor=lin, now=NOW)
    tranche = release.put_out(
        release=made, on=(NOW + timedelta(hours=8)).date(), units=units, lot=lot, source=shop, shop=shop, actor=lin,
        now=NOW, request_id=new_id(),
    )  # fmt: skip
    return Promised(
        world,
        office,
        shop,
        log_in_as("Wu of the office", [(Duty.CLERK, office)], NOW),
        log_in_as("Su", [(Duty.KEEPER, shop)], NOW),
        made,
        tranche,
    )


def is_sound() -> bool:
    return book.verify_book().ok
