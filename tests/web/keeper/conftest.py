"""What the keepers' pages are tried with."""

from __future__ import annotations

from uuid import UUID

import pytest

from baogong.kernel.ids import new_id
from baogong.people.services.parties import register_party
from baogong.supply import services as supply
from tests.apps.freight.world import NOW
from tests.web.visits import Story


@pytest.fixture
def consigned(story: Story) -> UUID:
    """1,600 suits of an alumni association, accepted, to come in at the hub."""
    world = story.world
    alumni = register_party(kind="ORGANISATION", name="武汉大学校友会", now=NOW)
    gift = supply.offer_gift(
        terms="CONSIGNMENT",
        donor=alumni,
        lines=[
            supply.Offered(
                item=world.suits, amount=1_600, pieces_per_carton=50, receiver=world.hospital, site=world.hub
            )
        ],
        actor=world.lin,
        now=NOW,
        request_id=new_id(),
    )
    supply.judge_gift(
        gift=gift,
        judgements=[supply.Judgement(no=1, finding=supply.Finding.PASSES)],
        actor=world.lin,
        now=NOW,
        request_id=new_id(),
    )
    return gift
