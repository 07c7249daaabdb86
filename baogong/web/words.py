"""
What stored codes are called when a person reads them: one table a kind of code, English here, Chinese in the catalogue.

    {{ row.state|word:"waybill" }}

A subject's own stand in its file (`need_words`, `freight_words`, `supply_words`, `crew_words`, `parcel_words`, …), what
papers' fields are called in `field_words`; here are those of several subjects, and all together. A code whose kind nobody
names is called as the first table here calls it.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from baogong.engine.release.rule import Eligibility
from baogong.places.regions import english_of, region_of
from baogong.web.crew_words import CREW_EVENTS, CREW_WORDS
from baogong.web.field_words import FIELDS
from baogong.web.freight_words import FREIGHT_EVENTS, FREIGHT_WORDS
from baogong.web.need_words import NEED_EVENTS, NEED_WORDS
from baogong.web.order_words import ORDER_EVENTS, ORDER_PAPERS, ORDER_WORDS
from baogong.web.parcel_words import EVENTS, PARCEL_WORDS
from baogong.web.release_words import RELEASE_EVENTS, RELEASE_WORDS
from baogong.web.stories.words import STORY_WORDS
from baogong.web.supply_words import SUPPLY_EVENTS, SUPPLY_WORDS
from baogong.web.tower.words import TOWER_EVENTS, TOWER_WORDS

WORDS: Mapping[str, Mapping[str, str | Promise]] = {
    "parcel-mine": {
        "EXPECTED": _("on its way to the station"),
        "AT_STATION": _("at the station"),
        "ON_CART": _("on its way to your compound"),
        "WITH_COURIER": _("the courier brings it"),
        "ON_SHELF": _("on the shelf: fetch it"),
        "HANDED_OVER": _("you have it"),
        "SENT_BACK": _("sent back"),
        "LOST": _("lost: the station looks for it"),
        "WITHDRAWN": _("given up before it came"),
    },
    "act-told": {
        "TAKEN": _("taken by the courier"),
        "HANDED_OVER": _("handed over"),
        "FAILED": _("tried in vain"),
        "ON_SHELF": _("put on the shelf"),
        "RETURNED": _("back at the station"),
        "FREE": _("free to help"),
        "CALLED": _("called by telephone"),
    },
    "building": {
        "SERVED": _("served"),
        "WAITING": _("waiting"),
        "FAILED": _("failed"),
        "NOTHING": _("nothing to bring"),
    },
    "duty": {
        "ADMIN": _("administrator"),
        "COMMAND": _("command office"),
        "APPROVER": _("approver"),
        "CLERK": _("clerk"),
        "KEEPER": _("warehouse keeper"),
        "DRIVER": _("driver"),
        "CARRIER": _("carrier's dispatcher"),
        "AUDITOR": _("auditor"),
    },
    "personal_act": {
        "KEEP": _("registered"),
        "LOOK_UP": _("looked up by the last four"),
        "REVEAL": _("shown in full"),
        "ERASE": _("erased"),
        "END_PURPOSE": _("purpose ended, everything erased"),
        "TOO_OFTEN": _("refused: too often"),
    },
    "document": {
        "ACCEPTANCE": _("gift accepted or declined"),
        "ALLOTMENT": _("allotment"),
        "CARRIAGE_ANSWER": _("answer about carriage"),
        "CARRIAGE_REQUEST": _("request for carriage"),
        "COMMUNITY_USE": _("owner agrees to community use"),
        "CONSIGNMENT": _("goods carried for others"),
        "COUNT": _("stock count"),
        "DAMAGE_REPORT": _("damage report"),
        "DOUBT": _("doubt settled"),
        "FAILED_STANDARD": _("found to fail its standard"),
        "FOUND_AGAIN": _("lost parcels found again"),
        "FREEZE": _("freeze"),
        "FREEZE_LIFT": _("freeze lifted"),
        "GIFT": _("gift"),
        "GRN": _("goods received note"),
        "IMPORT": _("import"),
        "INVOICE": _("supplier's bill"),
        "KIT": _("kit"),
        "LOSS_REPORT": _("loss report"),
        "NOT_ARRIVED": _("correction of an arrival"),
        "MONEY_GIFT": _("gift of money"),
        "MONEY_RECEIPT": _("money came"),
        "MERGE": _("two names, one house"),
        "OFFER_CORRECTION": _("published figure corrected"),
        "PASS": _("pass"),
        "PAYMENT": _("payment"),
        "PLAN_APPROVAL": _("plan approved"),
        "PLAN_UNDOING": _("plan undone"),
        "PACKING": _("packing run"),
        "PACKING_CLOSE": _("packing run closed"),
        "PACKING_CONSENT": _("consent to packing"),
        "PACKING_UNDO": _("packing run taken back"),
        "PURCHASE": _("purchase"),
        "PURCHASE_CANCELLATION": _("purchase called off"),
        "REFUND": _("refund"),
        "RELEASE": _("release opened"),
        "WINNERS": _("winners of another office"),
        "GIVER_COSTS": _("what a giver owes"),
        **ORDER_PAPERS,
        "PROOF": _("proof of a need"),
        "RE_EARMARK": _("earmark moved"),
        "RETURN": _("goods returned"),
        "SHARE": _("share"),
        "SHIPMENT": _("paid orders shipped"),
        "SURPLUS": _("surplus"),
        "THANK_YOU": _("thank-you note"),
        "OFFER": _("supplier’s offer"),
        "BULLETIN": _("daily bulletin"),
        "WAYBILL": _("waybill"),
        "WEIGHING": _("weighing"),
        "WEIGHT_STATEMENT": _("weights compared"),
        "HOURS": _("volunteer’s hours put right"),
        "LOAN": _("loan"),
        "LOAN_BACK": _("things came back"),
        "LOAN_HOME": _("things sent back to their lender"),
        "LOAN_IN": _("things taken in to be lent"),
    },
    **CREW_WORDS,
    "told": {
        "given": _("came in as a gift"),
        "carried": _("came in to be carried for its owner"),
        "ordered": _("ordered, money set aside"),
        "paid": _("paid"),
        "bought": _("bought"),
        "frozen": _("set aside"),
        "lifted": _("given back to the shop"),
        "shared": _("promised"),
        "taken_back": _("promise taken back"),
        "packed": _("packed"),
        "re_earmarked": _("earmark moved"),
        "shipped": _("loaded"),
        "arrived": _("arrived"),
        "signed": _("signed for"),
        "lost": _("lost or damaged"),
        "returned": _("returned"),
        "corrected": _("corrected"),
    },
    **NEED_WORDS,
    **FREIGHT_WORDS,
    **SUPPLY_WORDS,
    "paper": {
        "WAITING": _("waits for signatures"),
        "SIGNED": _("in force"),
        "ALONE": _("in force, second signature due"),
        "REFUSED": _("refused"),
        "CANCELLED": _("cancelled"),
    },
    "zone": {
        "SEALED": _("sealed area"),
        "CONTROLLED": _("controlled area"),
        "PRECAUTION": _("precaution area"),
        "": _("in no zone"),
        "OUT": _("taken out"),
        "UNREAD": _("for a person to read"),
    },
    "zone-service": {
        "DOOR": _("goods to the door"),
        "SHELF": _("goods to a shelf, fetched when called"),
        "FREE": _("goods as usual, to a shelf or the door, or fetched at the station"),
    },
    "zone-why": {
        "name-unknown": _("no community has this name or address"),
        "name-of-several": _("several communities have this name"),
        "street-unknown": _("no community lies on this street"),
        "everywhere": _("all others: which streets?"),
        "building-unknown": _("the community has no such building"),
        "unit-unknown": _("the building has no such unit"),
        "no-state": _("nothing says which zone"),
        "room": _("down to a room"),
        "no-street": _("a number without a street"),
        "no-number": _("a word without its number"),
        "numbers": _("numbers that make no sense"),
        "address-in-prose": _("an address within a sentence"),
        "zone-in-prose": _("a sentence about a zone, or about all others"),
        "others-of-what": _("the other buildings, or a part: of which compound?"),
        "day-of-what": _("a day: of the address before it or behind it?"),
        "day-without-year": _("a day of no year that the notice tells, or of no calendar"),
        "exception-of-what": _("an exception: of what?"),
        "lifted": _("lifted: withdraw the line it speaks of"),
        "parity": _("odd or even numbers of what?"),
        "sign": _("signs that nothing read"),
    },
    "basis": {
        "QUANTITY": _("a quantity"),
        "PEOPLE": _("people × days × daily use"),
        "HOUSEHOLDS": _("people by group × days × use"),
        "NO_LIMIT": _("no upper limit"),
        "OWN_DECISION": _("the owner's own decision"),
        "AUTHORITY_ORDER": _("an authority's order"),
    },
    "plan": {
        "PROPOSED": _("proposed"),
        "APPROVED": _("approved"),
        "UNDONE": _("undone"),
        "WITHDRAWN": _("withdrawn"),
        "REJECTED": _("rejected"),
        "REPLACED": _("replaced"),
    },
    "kind-of-plan": {
        "SHARE": _("share"),
        "CONVOY": _("convoy"),
        "SOURCING": _("basket"),
        "ROUNDS": _("couriers’ rounds"),
    },
    "state": {
        "AVAILABLE": _("in stock"),
        "FROZEN": _("frozen for relief"),
        "OFFERED": _("offered to the public"),
        "ABOARD": _("on the road"),
        "SHELF": _("on a shelf"),
        "TO_LEND": _("to be lent"),
        "LENT": _("lent"),
        "HANDED_OVER": _("signed for"),
        "LOST": _("lost"),
        "SPOILED": _("spoiled"),
        "SOLD": _("sold"),
        "USED": _("used"),
        "RETURNED": _("returned"),
        "OUTSIDE": _("from outside"),
        "CONVERSION": _("repacked"),
    },
    "reason": {
        "COUNT": _("counted"),
        "PURCHASE": _("bought"),
        "SALE": _("sold"),
        "GIFT": _("given"),
        "CONSIGNMENT": _("taken over to be carried"),
        "FREEZE": _("frozen"),
        "LIFT": _("freeze lifted"),
        "ALLOT": _("promised"),
        "UNDO": _("undone"),
        "RELEASE": _("put out to the public"),
        "CLAIM": _("claimed"),
        "LOAD": _("loaded"),
        "UNLOAD": _("unloaded"),
        "HANDOVER": _("handed over"),
        "LOSS": _("lost"),
        "DAMAGE": _("damaged"),
        "USE": _("used"),
        "RETURN": _("returned"),
        "LOAN": _("on loan"),
        "CORRECTION": _("corrected"),
        "CONVERSION": _("repacked"),
        "RE_EARMARK": _("earmark moved"),
        "EXPIRY": _("expired"),
        "EXTENSION": _("extended"),
    },
    "role": {
        "STATION": _("station"),
        "WAREHOUSE": _("warehouse"),
        "HUB": _("hub"),
        "PICKUP": _("pick-up"),
        "RECEIVER": _("receiver"),
        "COMMAND": _("command office"),
    },
    "party": {
        "ORGANISATION": _("organisation"),
        "SITE": _("site"),
        "TEAM": _("visiting team"),
        "PERSON": _("person"),
        "VEHICLE": _("vehicle"),
    },
    "unit": {
        "PIECE": _("pieces"),
        "SET": _("sets"),
        "PAIR": _("pairs"),
        "BOTTLE": _("bottles"),
        "PACK": _("packs"),
        "G": _("g"),
        "FEN": _("fen"),
    },
    "one-unit": {  # behind the number 1, in languages that tell one from many
        "PIECE": _("piece"),
        "SET": _("set"),
        "PAIR": _("pair"),
        "BOTTLE": _("bottle"),
        "PACK": _("pack"),
        "G": _("g"),
        "FEN": _("fen"),
    },
    "evidence": {
        "SIGNATURE": _("signature"),
        "PHOTO": _("photo"),
        "CODE": _("code"),
        "WITNESS": _("witness"),
        "NOTE": _("note"),
    },
    "hand": {  # in place of a person's name
        "HOUSEHOLD": _("the household"),
        "CLAIMANT": _("the claimant"),
        "SCANNED": _("scanned"),
        "TYPED": _("typed"),
    },
    "act-note": {
        "TOLD_LATE": _("told after what came later; nothing moved by it"),
        "late": _("told after what came later; nothing moved by it"),
        "SEALED": _("its house was sealed while it lay on the shelf"),
    },
    "evidence-told": {
        "SIGNATURE": _("signed"),
        "PHOTO": _("photo where it lies"),
        "CODE": _("code scanned"),
        "WITNESS": _("witnessed"),
        "NOTE": _("written down"),
    },
    "memory": {
        "NONE": _("without memory"),
        "EARLIER_MET": _("counting what was received"),
        "PAUSE": _("pausing two rounds after being served"),
    },
    "share-rule": {"leximin": _("leximin"), "pro_rata": _("pro rata"), "first_come": _("first come")},
    "stopped": {
        "PROVEN": _("proven: no plan is better"),
        "SETTLED": _("settled: no single change makes it better"),
        "MOVES": _("stopped after the moves allowed"),
        "NODES": _("stopped after the nodes allowed"),
        "TIME": _("stopped by the clock"),
    },
    "field": FIELDS,
    "event": {
        "delivery.pairing.offered": _("a courier's telephone was offered"),
        **EVENTS,
        **RELEASE_EVENTS,
        **ORDER_EVENTS,
        **TOWER_EVENTS,
        "journal.clock.moved": _("the drill's clock was set forward"),
        "journal.call.logged": _("a call was logged"),
        "journal.document.cancelled": _("a document was cancelled"),
        "journal.document.drawn": _("a document was drawn up"),
        "journal.document.refused": _("a document was refused"),
        "journal.document.signed": _("a document was signed"),
        "journal.group.joined": _("somebody joined the group"),
        "journal.group.left": _("somebody left the group"),
        "journal.evidence.kept": _("evidence was kept"),
        "journal.handed-over": _("a handover was posted"),
        "journal.import.applied": _("a list was written"),
        "journal.task.added": _("a task was added"),
        "journal.task.finished": _("a task ended"),
        "journal.task.given": _("a task was handed on"),
        "journal.task.taken": _("a task was taken"),
        "journal.watch.set": _("a watch was set"),
        "ops.command.given": _("a command was given at the terminal"),
        "planning.plan.approved": _("a plan was approved"),
        "planning.plan.made": _("a plan was made"),
        "planning.plan.overtaken": _("a plan was overtaken by what happened since"),
        "planning.plan.rejected": _("a plan was rejected"),
        "planning.plan.undone": _("a plan was undone"),
        "planning.plan.withdrawn": _("a plan was withdrawn"),
        "journal.webhook.added": _("another system is told of events"),
        "journal.webhook.ended": _("another system is told no more"),
        **CREW_EVENTS,
        **FREIGHT_EVENTS,
        **NEED_EVENTS,
        **SUPPLY_EVENTS,
    },
    **PARCEL_WORDS,
    **RELEASE_WORDS,
    **ORDER_WORDS,
    **TOWER_WORDS,
    **STORY_WORDS,
}


def word(code: object, kind: str = "") -> str:
    """The label of a code of this kind, or of the first kind that has it; the code itself where nobody named it."""
    key = str(code if code is not None else "")
    tables = [WORDS[kind]] if kind else WORDS.values()
    if kind == "city" and key not in WORDS[kind] and not (get_language() or "").startswith("zh"):
        return english_of(key) or key
    return next((str(table[key]) for table in tables if key in table), key)


def region_name(code: str) -> str:
    """A district by its name; one that nobody named here by its prefecture or province and its code."""
    found = region_of(code)
    if found is not None:
        name = found.zh if (get_language() or "").startswith("zh") else found.en
        return f"{name} {found.rest}".rstrip()
    province = word(code[:2], "province")
    if province == code[:2]:
        return code
    # Of a city of a province's rank all codes are districts of its own; 00 stands for the whole.
    return f"{province} {code}" if code[2:].strip("0") else province


def district_name(code: str, who: Eligibility) -> str:
    """A district as the rule calls it, else as the register does."""
    own = who.name_of(code)
    if own is None:
        return region_name(code)
    return own.zh if (get_language() or "").startswith("zh") else own.en
