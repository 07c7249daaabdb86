"""The kinds of parcels that lists may name: how each is handed over, what one weighs; the command adds to them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.utils.translation import gettext as _

from baogong.delivery import queries as delivery
from baogong.delivery.services import parcels
from baogong.engine.pinyin import syllables
from baogong.engine.sheets.names import fold
from baogong.kernel.actor import Duty
from baogong.web.command.views.places import OFFICE
from baogong.web.pages import PageRequest, UnusableForm, grams_from, page, text_from, written


@page(*OFFICE, keeps=("name", "name_en", "weight_g", "is_cold"))
def parcel_kinds(request: PageRequest) -> HttpResponse:
    """All kinds, and a form for one more."""
    known = delivery.categories()
    if request.method == "POST":
        request.actor.require(Duty.COMMAND)
        name, name_en = text_from(request, "name"), written(request, "name_en")
        code = slugify("-".join(syllables(name)))[: parcels.KIND_CODE_MAX]
        taken = {fold(word) for each in known for word in (each.code, each.name_zh, each.name_en)}
        if {fold(word) for word in (name, name_en, code) if word} & taken:
            raise UnusableForm(
                _("There is a kind “%s” already. Nothing was written.") % name[:40],
                where="name",
                found=name[:40],
                expected=_("a name that no kind has"),
                cure=_("Write that one in the list, or choose another name."),
            )
        parcels.set_category(
            code=code,
            name_zh=name,
            name_en=name_en,
            modes=request.POST.getlist("modes"),
            is_cold=bool(request.POST.get("is_cold")),
            weight_g=grams_from(request, "weight_g", default=1000, most=parcels.WEIGHT_MAX_G),
            actor=request.actor,
            now=request.now,
        )
        messages.success(request, _("Lists may name this kind from now on."))
        return redirect("command:parcel_kinds")
    context = {
        "kinds": known,
        "handovers": parcels.MODES,
        "may_write": request.actor.may_any(Duty.COMMAND),
        "typed": {field: (request.typed.get(field) or [""])[0] for field in ("name", "name_en", "weight_g", "is_cold")},
    }
    return render(request, "command/parcel_kinds.html", context)
