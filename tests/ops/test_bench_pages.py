"""The bench of pages runs at a small size: it finds the pages by their links, and holds each against both sizes."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from baogong.ops.bench import pages
from baogong.ops.commands.bench import bench_names


def test_every_bench_is_found_before_django_is_set_up() -> None:
    modules = [f"baogong.ops.bench.{name}" for name in bench_names()]
    assert "baogong.ops.bench.pages" in modules
    bare = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    subprocess.run([sys.executable, "-c", f"import {', '.join(modules)}"], check=True, env=bare)


def test_links_of_a_page_are_found_in_text_and_in_what_is_loaded_later() -> None:
    page = '<a href="/command/needs/?a=1&amp;b=2">x</a><div hx-get="/tower/late/"></div><a href="https://else/">y</a>'
    assert list(pages._links(page)) == ["/command/needs/?a=1&b=2", "/tower/late/"]


def test_every_page_of_office_and_tower_is_known_by_name(db: None) -> None:
    names = pages._names()
    assert {"command:board", "command:needs", "tower:board", "tower:alert"} <= names
    assert not any(name.startswith("station:") for name in names)


@pytest.mark.parametrize("quick", [True, False])
def test_sizes_and_runs_are_those_of_the_contract(monkeypatch: pytest.MonkeyPatch, quick: bool) -> None:
    asked: dict[str, object] = {}
    monkeypatch.setattr(pages, "measure", lambda **given: asked.update(given))
    pages.run(quick=quick)
    assert asked == {"small": 1_000, "large": 50_000 if quick else 1_000_000, "runs": 1 if quick else 3, "quick": quick}


def test_parcels_are_made_with_their_acts_rounds_events_and_movements(fresh_book: str) -> None:
    from baogong.catalogue.services import seed_catalogue
    from baogong.delivery.models import Parcel, ParcelAct, Round, VisitParcel
    from baogong.journal.clock import mark_drill
    from baogong.journal.models import Event
    from baogong.ledger import queries as book
    from tests.cast import NOW

    mark_drill(name="bench", at=NOW)
    seed_catalogue()
    quarter = pages.Quarter()
    quarter.fill(1_000)
    assert quarter.standing() == Parcel.objects.count() == ParcelAct.objects.count() == 1_000
    assert not Parcel.objects.filter(state="HANDED_OVER").exists()
    quarter.fill(3_000)
    assert quarter.standing() == 3_000
    assert Event.objects.filter(name="bench").count() == 3_000
    assert VisitParcel.objects.count() == Parcel.objects.exclude(state="AT_STATION").count()
    assert Round.objects.count() >= 3_000 / pages.PER_ROUND / 5
    assert book.verify_book().ok
