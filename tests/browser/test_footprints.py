"""Footprints numbered by clicks on the map, and by typing; the map comes from the house itself, without tiles."""

from __future__ import annotations

import json
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from baogong.journal.clock import mark_drill
from baogong.places import queries, services
from baogong.web.middleware import CONTENT_SECURITY_POLICY
from tests.apps.places.test_communities import NOW
from tests.browser.test_axe import SITE, Look, look
from tests.cast import make_cast
from tests.web.visits import visit

__all__ = ["look"]


def square(lat: float, lon: float) -> dict[str, Any]:
    ring = [[lon, lat], [lon + 0.0002, lat], [lon + 0.0002, lat + 0.0001], [lon, lat + 0.0001], [lon, lat]]
    return {"type": "Polygon", "coordinates": [ring]}


def test_a_click_gives_the_chosen_building_its_footprint(look: Look) -> None:
    mark_drill(name="places", at=NOW)
    cast = make_cast()
    community = services.open_community(name="高家园小区", lat=39.97, lon=116.49, actor=cast.wu, now=NOW)
    given = [services.BuildingGiven(str(number)) for number in (1, 2, 3)]
    services.add_buildings(community=community, buildings=given, actor=cast.wu, now=NOW)
    features = [
        {
            "type": "Feature",
            "properties": {"building": "yes"} | facts,
            "geometry": square(39.97, 116.49 + place * 0.0005),
        }
        for place, facts in enumerate([{}, {"addr:housenumber": "3"}, {}])
    ]
    file = SimpleUploadedFile("osm.geojson", json.dumps({"type": "FeatureCollection", "features": features}).encode())
    wu, path = visit("wu"), f"/command/places/{community}/footprints/"
    look.shown = wu.post(path, {"act": "look", "file": file, "radius": "300"}).content
    complaints: list[str] = []
    page = look.page
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY, "Content-Type": "text/html; charset=utf-8"}
    page.route("**/footprints/", lambda route: route.fulfill(headers=headers, body=look.shown))
    page.goto(SITE + path, wait_until="load")
    numbers = "() => [...document.querySelectorAll('ol.footprints input[name=name]')].map(each => each.value)"
    waiting = "() => [...document.querySelectorAll('#next option')].map(each => each.value)"
    assert (page.evaluate(numbers), page.evaluate(waiting)) == (["", "3", ""], ["1", "2"])
    look.check("the map")
    look.fit("the map")
    outlines = page.locator(".footprint-map path.leaflet-interactive")
    page.select_option("#next", "2")
    outlines.nth(2).click()
    assert (page.evaluate(numbers), page.evaluate(waiting)) == (["", "3", "2"], ["1"])
    outlines.nth(1).click()  # it has its number: its field is found, nothing is changed
    assert page.evaluate("() => document.activeElement.value") == "3"
    outlines.nth(0).click()
    assert page.evaluate(numbers) == ["1", "3", "2"]
    page.click("[data-back]")
    assert (page.evaluate(numbers), page.evaluate(waiting)) == (["", "3", "2"], ["1"])
    page.fill("ol.footprints li:first-child input[name=name]", "1")  # typed as before
    assert page.evaluate(waiting) == []
    assert page.inner_text(".footprint-map .leaflet-tooltip-pane").split() == ["1", "3", "2"]
    assert complaints == []
    wu.post(path, {"act": "write", "name": page.evaluate(numbers), "shape": [json.dumps(square(39.97, 116.49))] * 3})
    assert all(each.is_located for each in queries.community_plan(community, NOW).buildings)
