"""Other systems that are told of events: the administrator's list."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from baogong.journal.services import webhooks as service
from baogong.kernel.actor import Duty
from baogong.web.pages import PageRequest, page, text_from, uuid_from


@page(Duty.ADMIN)
def webhooks(request: PageRequest) -> HttpResponse:
    if request.method == "POST":
        if request.POST.get("act") == "end":
            service.end_webhook(webhook=uuid_from(request, "webhook"), actor=request.actor, now=request.now)
            messages.success(request, _("Nothing more is sent there."))
        else:
            _id, secret = service.add_webhook(
                url=text_from(request, "url"),
                kinds=text_from(request, "kinds").replace(",", " ").split(),
                with_words=request.POST.get("with_words") == "1",
                note=request.POST.get("note", "").strip(),
                actor=request.actor,
                now=request.now,
                request_id=uuid_from(request, "request_id"),
            )
            request.session["webhook_secret"] = secret
        return redirect("account:webhooks")
    context = {"hooks": service.webhooks(), "secret": request.session.pop("webhook_secret", None)}
    return render(request, "account/webhooks.html", context)
