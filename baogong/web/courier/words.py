"""Everything the courier's page says: rendered into it in both languages, because it has no site to ask in a stairwell."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: Mapping[str, str | Promise] = {
    "skip": _("Skip to the content"),
    "drill": _("Drill"),
    "hand-HOUSEHOLD": _("the household"),
    # the bar
    "bar-online": _("Connected"),
    "bar-offline": _("No network: keep working, nothing is lost"),
    "bar-trouble": _("The house answers wrongly. It is tried again by itself; what you did is kept here."),
    "bar-offline-afloat": _("No network"),
    "bar-trouble-afloat": _("The house answers wrongly. It is tried again by itself."),
    "bar-broken": _("This page stumbled. It tries again by itself."),
    "bar-ended": _("This telephone was taken out of service"),
    "bar-unsent": _("%(n)s not sent yet"),
    "bar-all-sent": _("All sent, %(at)s"),
    "bar-send": _("Send now"),
    "bar-sending": _("Sending …"),
    "newer-page": _("A newer page is there. Tap to take it; nothing of yours is lost."),
    "no-https": _(
        "Without HTTPS this page cannot be opened again while the network is cut, and there is no camera. Leave it open and"
        " type the short codes: that does everything."
    ),
    "no-https-cure": _("How to trust this house"),
    "afloat": _(
        "%(n)s of what you did cannot be kept on this telephone: its storage is full or shut. It is sent while this page is"
        " open. Do not close it; write it down, and call the station if there is no network. Tap here."
    ),
    "afloat-lead": _(
        "This telephone cannot keep these: its storage is full or shut. They are sent by themselves while this page is open,"
        " and are lost when it is closed. Write down code, time and what you did, or save them as a file. Without network,"
        " call the station. Photos or apps deleted from the telephone make room."
    ),
    "leaky": _(
        "This telephone's storage is full or shut: keep this page open until your shift ends. Closed, it has to be set up"
        " anew. Photos or apps deleted from the telephone make room; a private window keeps nothing."
    ),
    "stumbled": _(
        "Something on this page did not work. Look whether what you did last is shown. If not, do it once more; if that does"
        " not help, write it down and call the station."
    ),
    "told-waiting": _("The house has %(n)s answers to read. Tap here."),
    "held-waiting": _("%(n)s of what you did is not taken by the house as it is. It is kept. Tap here."),
    "held-lead": _(
        "The house does not take these as they are; everything else was sent. They stay on this telephone and are tried"
        " again. Show them to the station's keeper, who can write them by hand."
    ),
    # setting up
    "pair-title": _("Set up this telephone"),
    "pair-lead": _("Your station's keeper shows a code. Scan it with the camera, or type it here. It works once."),
    "pair-code": _("Code of the keeper's page"),
    "pair-go": _("Set it up"),
    "pair-refused": _(
        "This code opens nothing: it was used, is too old, or has a wrong sign. Ask the keeper for a new one."
    ),
    "pair-offline": _("The house was not reached. Find a place with network once; after that the page works without."),
    # today's rounds
    "home-lead": _("%(station)s · this phone is set up until %(until)s"),
    "next-stop": _("Next stop"),
    "no-rounds": _("No round for you yet. When the station plans one, it comes by itself."),
    "bring-back": _("Bring back to the station: %(n)s"),
    "what-else": _("What else"),
    "scan": _("Scan or type a code"),
    "calls": _("Call list"),
    "free": _("I am free"),
    "end": _("End my shift"),
    "rounds": _("My rounds"),
    "round": _("Round"),
    "round-left": _("%(n)s of %(all)s left, %(stops)s stops"),
    "round-done": _("Done: %(all)s parcels, %(stops)s stops"),
    "round-failed": _("%(failed)s of %(all)s were tried in vain: they go back to the station"),
    "besides": _("Taken over from others"),
    "round-times": _("Leaves %(from)s, back about %(until)s"),
    "not-on-sheet": _("This is not on your list any more. Somebody else may have it now."),
    "take-title": _("%(n)s parcels are still at the station"),
    "take-lead": _("Count them. If all are in your hands, one tap is enough."),
    "take-all": _("I have all %(n)s"),
    "take-scan": _("One is missing: scan them one by one"),
    "take-one": _("I have it now"),
    "goes-up": _("It lies on shelf %(shelf)s, and is wanted at the door: take it off there and bring it up."),
    "take-off": _("I took it off shelf %(shelf)s"),
    # a stop
    "at-shelf": _("Shelf %(shelf)s"),
    "at-door": _("To the door"),
    "to-bring": _("%(n)s to bring"),
    "stop-done": _("done"),
    "failed-goes-back": _("%(n)s failed: back to the station"),
    "failed-back": _("%(n)s failed, back at the station"),
    "failed-here": _("Tried in vain: %(n)s"),
    "failed-lead": _("It goes back to the station with you: never on a shelf, never to another door."),
    "cold-first": _("cold first"),
    "cold": _("cold"),
    "in-person": _("in person, never a shelf"),
    "wants-door": _("wants it at the door"),
    "tried": _("tried %(n)s times"),
    "not-sent": _("not sent yet"),
    "shelve-all": _("All %(n)s are on shelf %(shelf)s"),
    "shelve-one": _("On shelf %(shelf)s"),
    "done-here": _("Done here: %(n)s"),
    # a parcel
    "strange-parcel": _(
        "This parcel is not on your list. If it is not yours, put it aside. If it is in your hands, hand it over in person"
        " or bring it back: the house decides."
    ),
    "mode-CONTACTLESS": _("Left at the door"),
    "mode-WITNESSED": _("I see it taken"),
    "mode-SIGNED": _("They sign for it"),
    "left-lead": _(
        "A photo shows where it lies. A code scanned off the label shows that you had it before you; a typed one is your"
        " word alone. One of them is enough, a photo is best."
    ),
    "photo": _("Photo"),
    "photo-take": _("Take a photo"),
    "photo-none": _("No photo yet"),
    "photo-taken": _("The photo is taken"),
    "or-code": _("Or the code of the parcel"),
    "left-nothing-shown": _("Neither a photo nor the right code yet."),
    "left-go": _("It lies there"),
    "seen-lead": _("Stand two metres away. Who took it?"),
    "taker-RESIDENT": _("Somebody of the household"),
    "taker-NEIGHBOUR": _("A neighbour for them"),
    "taker-VOLUNTEER": _("A volunteer for them"),
    "sign-here": _("Sign here with a finger"),
    "sign-again": _("Sign again"),
    "sign-name": _("Name, if it cannot be read"),
    "sign-nothing": _("Nobody has signed yet."),
    "sign-go": _("Signed and handed over"),
    "failed": _("It did not work"),
    "failed-title": _("Why not?"),
    "note": _("Note, if you like"),
    "why-NOBODY": _("Nobody came"),
    "why-REFUSED": _("They do not want it"),
    "why-NO_ENTRY": _("I was not let in"),
    "why-WRONG_ADDRESS": _("Wrong address"),
    "why-DAMAGED": _("It is damaged"),
    "why-NO_TIME": _("No time left"),
    "why-SHELF_FULL": _("The shelf is full"),
    "why-SEALED": _("The house is sealed now"),
    "sealed-now": _(
        "This house is sealed now: nobody may come down. Leave nothing on its shelf. Bring it up to the door; if nobody lets"
        " you in, bring it back to the station at once."
    ),
    "sealed-back": _("Bring back %(n)s: the house is sealed"),
    "after-all": _("It worked after all"),
    "returned": _("It is back at the station"),
    "fetched": _("I saw it fetched from the shelf"),
    "from-shelf": _("fetched from the shelf"),
    "cancel": _("Not this way"),
    "state-EXPECTED": _("not there yet"),
    "state-AT_STATION": _("at the station"),
    "state-ON_CART": _("on a cart"),
    "state-WITH_COURIER": _("with you"),
    "state-elsewhere": _("with another courier"),
    "state-ON_SHELF": _("on the shelf"),
    "state-HANDED_OVER": _("handed over"),
    "state-SENT_BACK": _("sent back"),
    "state-LOST": _("lost"),
    "state-RETURNED": _("back at the station"),
    # scan or type
    "code": _("Short code or waybill number"),
    "code-help": _("Large or small letters, with or without blanks."),
    "code-wrong": _("%(code)s: one sign is wrong. Compare it with the label and type it again."),
    "camera": _("Scan with the camera"),
    "camera-shut": _("The camera does not open. Type the code."),
    "no-camera": _("This page gets no camera here: it needs HTTPS. Typing the short code does the same."),
    "find": _("Find"),
    # the call list
    "no-calls": _("Nobody of your stops has to be called."),
    "call-parcels": _("%(n)s parcels, %(there)s of them on the shelf"),
    "call-full": _(
        "Full until %(from)s: this shelf takes %(n)s people in %(minutes)s minutes. Ask these down from then on."
    ),
    "call-was-planned": _("planned for %(from)s–%(until)s"),
    "call-no-window": _(
        "The plan had no window left for them: ask them down at the time above, or bring it to the door."
    ),
    "call-again": _("ring once more"),
    "call-no-phone": _("No telephone number is known: ring the bell, or take it to the door."),
    "call-what-to-say": _("What to say"),
    "call-script": _(
        "Hello, this is the neighbourhood's delivery. %(n)s parcels for you are on shelf %(shelf)s. Please come between"
        " %(from)s and %(until)s, with a mask, one person, and keep your distance. If you cannot come down, say so: we"
        " bring them to your door."
    ),
    "outcome-COMES": _("Comes"),
    "outcome-NO_ANSWER": _("No answer"),
    "outcome-TO_DOOR": _("Wants it at the door"),
    # what the house answered
    "told": _("What the house answered"),
    "told-none": _("Nothing to read."),
    "understood": _("I have read it"),
    "told-late": _(
        "%(parcel)s: what you did counts. Meanwhile it had been planned for %(by)s; the station sees both and tells them."
    ),
    "told-late-nobody": _(
        "%(parcel)s: what you did counts. It was not planned for you any more; the station sees it and sorts it out."
    ),
    "told-crowded": _(
        "Shelf %(shelf)s: %(n)s households are told to come around %(at)s, more than it takes. It is written. Ring one of"
        " them again and name a later time, or keep them apart."
    ),
    "told-unfit": _(
        "%(parcel)s: it is written as it happened. But your pass or a test had run out at that time: take nothing more,"
        " ring the station, and bring back what is still in your hands."
    ),
    "refused": _("%(parcel)s, %(kind)s: not written (%(code)s). Show it to the station’s keeper."),
    "refused-already-handed-over": _(
        "%(parcel)s: %(by)s handed it over already, at %(at)s. That stands. If you still hold a parcel, bring it to the"
        " station."
    ),
    "refused-with-somebody-else": _(
        "%(parcel)s: the house knows it with %(by)s since %(at)s. Yours is not written. Ring the station."
    ),
    "refused-not-here": _(
        "%(parcel)s: the house knows it elsewhere. Yours is not written. Show it to the station's keeper."
    ),
    "refused-handover-not-allowed": _(
        "%(parcel)s may not be handed over in this way. Nothing was written. Hand it over as its label says, or bring it back."
    ),
    "refused-in-person-never-on-a-shelf": _(
        "%(parcel)s is handed over in person and never lies on a shelf. Nothing was written. Take it off the shelf again."
    ),
    "refused-sealed-never-on-a-shelf": _(
        "%(parcel)s: the house is sealed, nobody may come down. It is not written as on the shelf. Take it off the shelf at"
        " once: up to the door, or back to the station."
    ),
    "refused-not-this-shelf": _(
        "%(parcel)s: this shelf is full, closed, or another unit's. Nothing was written. Use another shelf, or the door."
    ),
    "refused-nothing-to-show": _(
        "%(parcel)s: photo, code, witness or signature is missing. Nothing was written. Do it again."
    ),
    "refused-parcel-not-there": _(
        "%(parcel)s is no parcel of this house. Nothing was written. Show it to the station's keeper."
    ),
    "refused-parcel-unusable": _(
        "%(parcel)s, %(kind)s: something it needs was not said. Nothing was written. Do it again on this page."
    ),
    "kind-TAKEN": _("taken"),
    "kind-HANDED_OVER": _("handed over"),
    "kind-ON_SHELF": _("put on the shelf"),
    "kind-FAILED": _("tried in vain"),
    "kind-RETURNED": _("brought back"),
    "kind-FREE": _("I am free"),
    "kind-CALLED": _("called"),
    "kind-ENDED": _("shift ended"),
    # I am free, the end
    "free-own": _("This building of your own round is not finished:"),
    "free-lead": _("All of your own stops are done. Tell the station that you can help."),
    "free-tell": _("I am free: where can I help?"),
    "free-asking": _("Asking the house …"),
    "free-line": _("%(n)s × %(kind)s, planned for %(courier)s"),
    "free-metres": _("%(metres)s metres from you"),
    "free-metres-estimated": _("about %(metres)s metres from you (estimated from the order of buildings)"),
    "free-some": _("Nobody has fetched these yet. Fetch them, count them, then tap."),
    "free-whole": _(
        "Nobody has fetched these yet. A building's goods of one kind have one courier: take all of them or none."
    ),
    "free-take": _("I have these %(n)s"),
    "free-scan": _("Take some only: scan them one by one"),
    "free-ring": _(
        "%(courier)s carries these: ring, and help at the shelf and with the calls. They stay on %(courier)s's telephone."
    ),
    "free-carried": _(
        "No network: this is what the house knew at %(at)s. What somebody else has taken since, you hear when it is back."
    ),
    "free-nothing": _("Nothing is left where you may help. Thank you. Rest."),
    "free-offline": _(
        "This telephone carries no list of where to help yet. Your “I am free” is kept and sent later; ask at the next"
        " building."
    ),
    "end-in-hand": _("%(n)s parcels are still in your hands. Bring them to the station first."),
    "end-all-the-same": _("End my shift all the same"),
    "end-told": _("The station is told what is still in your hands."),
    "end-unsent": _("%(n)s are not sent yet. Go where there is network, send, then end your shift."),
    "end-lead": _("Everything is sent. Rounds, addresses and telephone numbers are deleted from this telephone."),
    "end-wipe": _("Delete everything from this telephone"),
    "left-over-title": _("Your shift is over"),
    "left-over-lead": _(
        "Rounds, addresses and telephone numbers are gone from this telephone. What you did is sent for another day."
    ),
    "left-replaced-title": _("Another telephone is in use"),
    "left-replaced-lead": _(
        "It was set up in place of this one, or this one was given back. Rounds, addresses and telephone numbers are gone"
        " from here. What you did here is sent until a day after the shift."
    ),
    "left-ended-title": _("This telephone is out of service"),
    "left-ended-lead": _(
        "It was shut out, or the shift ended more than a day ago. Rounds, addresses and telephone numbers are gone from"
        " here. Show this page to the keeper before you delete it."
    ),
    "left-unsent": _("%(n)s are not sent yet. Go where there is network; they are sent by themselves:"),
    "pair-anew": _("Set up this telephone anew"),
    "rescue": _("Save them as a file, pictures and signatures too"),
    "wipe-unsent": _("%(n)s of what you did was never sent, and is lost with it for good. Save it as a file first."),
    "ended-unsent": _("%(n)s could not be sent. The keeper can write them by hand:"),
}


def in_both_languages() -> dict[str, dict[str, str]]:
    """language → key → sentence, Chinese first."""
    found = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found[language] = {key: str(text) for key, text in WORDS.items()}
    return found
