"""What stored codes of the road are called: waybills, acts, answers of carriers, passes."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FREIGHT_WORDS: Mapping[str, Mapping[str, str | Promise]] = {
    "no-pass": {
        "NONE": _("it has none"),
        "ENDED": _("it ran out"),
        "REVOKED": _("it was taken back"),
        "NOT_YET": _("it holds only from"),
    },
    "waybill": {
        "PLANNED": _("planned"),
        "LOADED": _("loaded"),
        "DEPARTED": _("on the road"),
        "ARRIVED": _("arrived"),
        "CLOSED": _("signed for"),
        "CANCELLED": _("cancelled"),
    },
    "act": {
        "NAME_TRUCK": _("truck named"),
        "LOAD": _("loaded"),
        "LET_GO_EARLY": _("let go early"),
        "DEPART": _("departed"),
        "DELAY": _("delay reported"),
        "LOSS": _("loss reported"),
        "ARRIVE": _("arrived"),
        "NOT_ARRIVED": _("arrival taken back"),
        "RECEIVE": _("received"),
        "HAND_OVER": _("handed over"),
        "CANCEL": _("cancelled"),
    },
    "step": {
        "LOAD": _("loaded"),
        "RECEIVE": _("received"),
        "HAND_OVER": _("handed over"),
        "SHORT": _("short"),
        "LOST_ON_ROAD": _("lost on the road"),
        "DAMAGED": _("damaged"),
        "REFUSED": _("refused"),
    },
    "answer": {
        "": _("not asked yet"),
        "ASKED": _("no answer yet"),
        "ACCEPTED": _("accepted"),
        "COUNTERED": _("countered"),
        "DECLINED": _("declined"),
    },
    "surplus": {
        "OPEN": _("waits for a person"),
        "FROM_ORIGIN": _("the origin loaded more than it wrote"),
        "FOUND": _("counted in; nobody knows from where"),
        "MISCOUNT": _("there was no surplus"),
    },
    "change": {
        "NEW": _("new"),
        "DROPPED": _("dropped"),
        "LATER": _("later"),
        "EARLIER": _("earlier"),
        "OTHER": _("other stops or goods"),
    },
    "mode": {"ROAD": _("by road"), "AIR": _("by air"), "RAIL": _("by rail")},
}
FREIGHT_EVENTS: Mapping[str, str | Promise] = {
    "freight.carrier.answered": _("a carrier answered"),
    "freight.carrier.asked": _("a carrier was asked"),
    "freight.carrier.link-renewed": _("a carrier got a new link"),
    "freight.convoy.approved": _("a convoy was approved"),
    "freight.arrival.taken-back": _("an arrival was taken back"),
    "freight.earliest.overridden": _("a truck was let go early"),
    "freight.equipment.put-down": _("equipment was put down"),
    "freight.equipment.taken": _("equipment was taken along"),
    "freight.goods.damaged": _("goods were damaged"),
    "freight.goods.lost": _("goods were lost"),
    "freight.goods.refused": _("a receiver refused goods"),
    "freight.meeting-place.set": _("a meeting place was set"),
    "freight.pass.granted": _("a pass was granted"),
    "freight.pass.revoked": _("a pass was revoked"),
    "freight.surplus.found": _("a surplus was found"),
    "freight.surplus.settled": _("a surplus was settled"),
    "freight.truck.named": _("a truck was named"),
    "freight.vehicle.added": _("a vehicle was registered"),
    "freight.vehicles.offered": _("vehicles were offered"),
    "freight.waybill.arrived": _("a truck arrived"),
    "freight.waybill.cancelled": _("a waybill was cancelled"),
    "freight.waybill.delayed": _("a delay was reported"),
    "freight.waybill.departed": _("a truck left"),
    "freight.waybill.handed-over": _("goods were handed over"),
    "freight.waybill.loaded": _("a truck was loaded"),
    "freight.waybill.received": _("a truck was received"),
    "freight.seal.crossed-without-pass": _("a vehicle crossed a seal without a valid pass"),
}
