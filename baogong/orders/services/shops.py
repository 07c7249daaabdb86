"""A merchant's page: the shop, its packs, what they look like, and the district's word on it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from baogong.catalogue.services import add_item
from baogong.journal.locks import lock_row, lock_word
from baogong.journal.media import clean_photo
from baogong.journal.requests import content_of, made_before
from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.ids import derived_id, new_code, new_id
from baogong.orders.models import ApprovedShop, Shop, ShopPack, ShopPhoto
from baogong.orders.shop_errors import ShopTwice, ShopUnusable, WeightUnusable
from baogong.orders.words import Sort, Trade
from baogong.people.queries.parties import party_names

OFFICE = (Duty.COMMAND, Duty.CLERK)
NAME_MAX, ABOUT_MAX, HOLDS_MAX, WHY_MAX, COMMUNITIES_MAX = 60, 400, 240, 240, 200
# Nothing is sold by a lighter piece: whoever writes 3 means kilograms.
WEIGHT_MIN_G, WEIGHT_MAX_G = 10, 50_000


def require_keeper(actor: Actor, shop: UUID, office: UUID) -> None:
    """The merchant at their own shop, or its district's office. Raises NotYourPlace."""
    if not actor.may_any(*OFFICE, at=office):
        actor.require(Duty.KEEPER, at=shop)


@transaction.atomic
@recorded("orders.shop.opened")
def open_shop(
    *,
    merchant: UUID,
    office: UUID,
    trade: str,
    about: str = "",
    communities: Collection[UUID],
    lat: float | None = None,
    lon: float | None = None,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> str:
    """
    A merchant's page; returns its code. What it sells comes with `add_pack` and `open_day`.

    merchant     the party where the merchant is keeper
    communities  where it brings to
    Raises NotYourPlace, ShopTwice, ShopUnusable, RequestIdReused.
    """
    require_keeper(actor, merchant, office)
    asked = content_of(
        merchant=merchant,
        office=office,
        trade=trade,
        about=about,
        communities=sorted(map(str, communities)),
        at=(lat, lon),
    )
    lock_word(f"shop {merchant}")
    made = made_before(Shop, request_id, asked)
    if made is not None:
        return made.code
    known = Shop.objects.filter(pk=merchant).first()
    if known is not None:
        raise ShopTwice(
            f"This merchant has a page already ({known.code}); nothing was opened.",
            where="merchant", found=known.code, expected="one page to a merchant", cure="Change that page.",
        )  # fmt: skip
    _refuse_unusable(trade=trade, about=about, communities=communities, lat=lat, lon=lon)
    row = Shop.objects.create(
        party_id=merchant,
        office_id=office,
        code=_new_code(),
        trade=trade,
        about=about.strip(),
        lat=lat,
        lon=lon,
        opened_at=now,
        request_id=request_id,
        content=asked,
    )
    row.communities.set(communities)  # type: ignore[arg-type]  # their keys are no whole numbers
    record(kind="orders.shop.opened", actor=actor, now=now, subject=merchant, data={"code": row.code, "trade": trade})
    return row.code


@transaction.atomic
@recorded("orders.shop.changed")
def change_shop(
    *,
    shop: UUID,
    trade: str,
    about: str,
    communities: Collection[UUID],
    lat: float | None = None,
    lon: float | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """What the page says and where the shop brings to, from now on. Orders made before stand. As `open_shop`."""
    row = lock_row(Shop.objects.all(), shop)
    require_keeper(actor, row.pk, row.office_id)
    _refuse_unusable(trade=trade, about=about, communities=communities, lat=lat, lon=lon)
    row.trade, row.about, row.lat, row.lon = trade, about.strip(), lat, lon
    row.save(update_fields=["trade", "about", "lat", "lon"])
    row.communities.set(communities)  # type: ignore[arg-type]  # their keys are no whole numbers
    record(kind="orders.shop.changed", actor=actor, now=now, subject=shop, data={"communities": len(communities)})


@transaction.atomic
@recorded("orders.shop.pictured")
def keep_photo(*, shop: UUID, of: UUID, photo: bytes, actor: Actor, now: datetime) -> None:
    """
    What the shop or one of its packs looks like; a newer picture takes the older one's place.

    of  the shop's id, or one of its packs'
    Raises NotYourPlace, ShopUnusable, journal's UnusablePicture.
    """
    row = lock_row(Shop.objects.all(), shop)
    require_keeper(actor, row.pk, row.office_id)
    if of != shop and not ShopPack.objects.filter(id=of, shop=shop).exists():
        raise ShopUnusable("This is no pack of this shop; nothing was kept.", where="of", cure="Open the page again.")
    cleaned = clean_photo(photo)
    ShopPhoto.objects.update_or_create(id=of, defaults={"shop": row, "payload": cleaned, "taken_in_at": now})
    record(kind="orders.shop.pictured", actor=actor, now=now, subject=shop, data={"of": str(of)})


@transaction.atomic
@recorded("orders.pack.added")
def add_pack(
    *,
    shop: UUID,
    name: str,
    sort: str,
    holds: str = "",
    weight_g: int,
    is_cold: bool = False,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> UUID:
    """Something the shop sells as one piece. Raises NotYourPlace, ShopUnusable, RequestIdReused."""
    row = lock_row(Shop.objects.all(), shop)
    require_keeper(actor, row.pk, row.office_id)
    asked = content_of(shop=shop, name=name, sort=sort, holds=holds, weight_g=weight_g, is_cold=is_cold)
    made = made_before(ShopPack, request_id, asked)
    if made is not None:
        return made.id
    name = " ".join(name.split())
    problems = []
    if not 0 < len(name) <= NAME_MAX:
        problems.append(f"name: 1 to {NAME_MAX} characters")
    if ShopPack.objects.filter(shop=row, name=name, ended_at=None).exists():
        problems.append(f"name: another than {name}, which is there")
    if sort not in Sort.values:
        problems.append(f"sort: {', '.join(Sort.values)}")
    if not 0 < weight_g <= WEIGHT_MAX_G:
        problems.append(f"weight: {WEIGHT_MIN_G} to {WEIGHT_MAX_G} g")
    if len(holds) > HOLDS_MAX:
        problems.append(f"holds: at most {HOLDS_MAX} characters")
    _refuse(problems)
    if weight_g < WEIGHT_MIN_G:
        raise WeightUnusable(
            f"A weight of {weight_g} g is less than {WEIGHT_MIN_G} g. Nothing was added.",
            where="weight", found=weight_g, expected=WEIGHT_MIN_G,
            cure="Write the unit behind the number where it is not grams: 3kg.",
        )  # fmt: skip
    pack = ShopPack(
        id=new_id(),
        shop=row,
        name=name,
        sort=sort,
        holds=holds.strip(),
        weight_g=weight_g,
        is_cold=is_cold,
        made_at=now,
        request_id=request_id,
        content=asked,
    )
    # Two shops may sell a bag of the same name: in the catalogue each is its own thing.
    pack.item_id = add_item(
        name_zh=f"{name}（{_name_of(shop)[: NAME_MAX - 10]} {row.code}）",
        code=f"shop-{pack.id.hex[:12]}-{pack.id.hex[-8:]}",
        unit="PACK",
        category="shop",
    )
    pack.save(force_insert=True)
    record(kind="orders.pack.added", actor=actor, now=now, subject=shop, data={"pack": str(pack.id), "sort": sort})
    return pack.id


@transaction.atomic
@recorded("orders.pack.ended")
def end_pack(*, pack: UUID, actor: Actor, now: datetime) -> None:
    """It is offered on no further day. What stands on a day stays there."""
    row = lock_row(ShopPack.objects.select_related("shop"), pack)
    require_keeper(actor, row.shop_id, row.shop.office_id)
    row.ended_at = row.ended_at or now
    row.save(update_fields=["ended_at"])
    record(kind="orders.pack.ended", actor=actor, now=now, subject=row.shop_id, data={"pack": str(pack)})


@transaction.atomic
@recorded("orders.shop.spoken-for")
def say_approved(*, shop: UUID, is_approved: bool, why: str, actor: Actor, now: datetime, request_id: UUID) -> None:
    """
    The district's office recommends the shop on its public list, or does so no more, and says why.

    The same request again changes nothing. Raises NotYourPlace (merchants do not speak for themselves), ShopUnusable.
    """
    row = lock_row(Shop.objects.all(), shop)
    actor.require(*OFFICE, at=row.office_id)
    own = derived_id("orders.approved", request_id)
    if ApprovedShop.objects.filter(id=own).exists():
        return
    if not 0 < len(why.strip()) <= WHY_MAX:
        _refuse([f"why: 1 to {WHY_MAX} characters, as licence seen, kitchen visited"])
    ApprovedShop.objects.create(
        id=own, shop=row, is_approved=is_approved, why=why.strip(), at=now, by_id=actor.person_id, by_name=actor.name
    )
    record(kind="orders.shop.spoken-for", actor=actor, now=now, subject=shop, data={"is_approved": is_approved})


def _refuse_unusable(
    *, trade: str, about: str, communities: Collection[UUID], lat: float | None, lon: float | None
) -> None:
    problems = []
    if trade not in Trade.values:
        problems.append(f"trade: {', '.join(Trade.values)}")
    if len(about) > ABOUT_MAX:
        problems.append(f"about: at most {ABOUT_MAX} characters")
    if not 0 < len(communities) <= COMMUNITIES_MAX:
        problems.append(f"communities: 1 to {COMMUNITIES_MAX} it brings to")
    if (lat is None) is not (lon is None):
        problems.append("point: both numbers or none")
    _refuse(problems)


def _refuse(problems: list[str], **more: Any) -> None:
    if problems:
        raise ShopUnusable(
            f"This cannot be kept so; nothing was written. Needed are {'; '.join(problems)}.",
            where=problems[0].split(":")[0], found=len(problems), expected="; ".join(problems),
            cure="Correct what is named.", **more,
        )  # fmt: skip


def _new_code() -> str:
    """Six signs people can read out; taken ones are left."""
    while True:
        code = new_code(6).lower()
        if not Shop.objects.filter(code=code).exists():
            return code


def _name_of(party: UUID) -> str:
    return party_names([party])[party][0]
