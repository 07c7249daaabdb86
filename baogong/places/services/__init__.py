"""
What the room of places does. All arguments are keyword-only. Saying the same again changes nothing.

Sites and lanes (called by whoever asked for the duty)
    add_site, change_site, add_sealed_area, seal, lift_seal, add_lane, close_lane

Communities: open_community COMMAND, CLERK everywhere; the others COMMAND, CLERK, KEEPER at the community
    open_community(name | party, name_en, city, street, address, lat, lon, system, road_zone, is_new) -> UUID
    change_community(community, street, address, lat, lon, system, road_zone) -> None
    set_gate(community, name, lat, lon, hours, slot_minutes, carts_per_slot) -> UUID
    close_gate(gate, at) -> None
    draw_paths(community, lines, anew=False) -> int
    add_buildings(community, buildings) -> dict[str, UUID]               with their units, in bulk
    draw_buildings(community, buildings, lines) -> None                  footprints and ways of one file
    rename_building(building, name) -> None
    set_shelf(community, name, units, people_max, window_minutes, parcels_max) -> UUID
    close_shelf(shelf, at) -> None
    set_doors(community, doors) -> int                                   in bulk; telephones are enciphered

Stations: COMMAND, CLERK, KEEPER at the station
    move_station(station, community | lat, lon, from_at, note) -> UUID

Zones: rules COMMAND; notices COMMAND, CLERK; everywhere
    set_zone_rule(zone, from_at, service, text_zh, text_en, days, issuer, source) -> UUID
    load_zone_rules() -> int                                             Shanghai's versions of 2022
    keep_notice(text, lines, doubts, issuer, title, published_at, from_at) -> UUID
    read_notice(text, issuer, title, published_at, from_at, state) -> UUID   reads, looks up and keeps
    settle_doubt(doubt, community | building | unit | street, state, remember) -> None
    withdraw_notice(notice, at) -> None
"""

from baogong.places.services.communities import (
    BuildingGiven,
    CommunityInDoubt,
    CommunityUnusable,
    DoorGiven,
    UnitGiven,
    add_buildings,
    change_community,
    close_gate,
    close_shelf,
    draw_buildings,
    draw_paths,
    open_community,
    rename_building,
    set_doors,
    set_gate,
    set_shelf,
)
from baogong.places.services.notices import read_notice, settle_doubt
from baogong.places.services.sites import (
    AreaDiffers,
    LaneUnusable,
    SiteDiffers,
    SiteUnusable,
    add_lane,
    add_sealed_area,
    add_site,
    change_site,
    close_lane,
    lift_seal,
    seal,
)
from baogong.places.services.stations import NoStation, StandsElsewhere, move_station
from baogong.places.services.zones import (
    DoubtGiven,
    DoubtSettled,
    LineGiven,
    NoticeUnusable,
    NoticeWithdrawn,
    RuleDiffers,
    RuleUnusable,
    StateMissing,
    keep_notice,
    load_zone_rules,
    set_zone_rule,
    withdraw_notice,
)

__all__ = [
    "AreaDiffers",
    "BuildingGiven",
    "CommunityInDoubt",
    "CommunityUnusable",
    "DoorGiven",
    "DoubtGiven",
    "DoubtSettled",
    "LaneUnusable",
    "LineGiven",
    "NoStation",
    "NoticeUnusable",
    "NoticeWithdrawn",
    "RuleDiffers",
    "RuleUnusable",
    "SiteDiffers",
    "SiteUnusable",
    "StandsElsewhere",
    "StateMissing",
    "UnitGiven",
    "add_buildings",
    "add_lane",
    "add_sealed_area",
    "add_site",
    "change_community",
    "change_site",
    "close_gate",
    "close_lane",
    "close_shelf",
    "draw_buildings",
    "draw_paths",
    "keep_notice",
    "lift_seal",
    "load_zone_rules",
    "move_station",
    "open_community",
    "read_notice",
    "rename_building",
    "seal",
    "set_doors",
    "set_gate",
    "set_shelf",
    "set_zone_rule",
    "settle_doubt",
    "withdraw_notice",
]
