"""Subscriptions of other systems to what happens here. For administrators."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from baogong.api.v1.access import caller
from baogong.api.v1.fields import Code
from baogong.api.v1.requests import Key, once_made
from baogong.journal.services import webhooks
from baogong.kernel.actor import Duty

router = Router(tags=["webhooks"])


class WebhookIn(Schema):
    """
    `kinds`: "supply.gift.received", "supply.*" or "*". `with_words`: the far end is the office's own and also reads
    reasons and titles, which may hold a name; others get codes, amounts, ids and numbers of papers.
    """

    url: str = Field(max_length=400)
    kinds: list[Code] = Field(min_length=1, max_length=50)
    with_words: bool = False
    note: str = Field("", max_length=200)


class WebhookOut(Schema):
    id: UUID
    url: str
    kinds: list[str]
    with_words: bool
    note: str
    made_at: datetime
    ended_at: datetime | None


class WebhookMadeOut(Schema):
    """`secret` checks the signatures, as Standard Webhooks describes (`webhook-signature`, v1)."""

    id: UUID
    secret: str


class WebhookListOut(Schema):
    items: list[WebhookOut]


@router.get("", response=WebhookListOut, operation_id="webhook_list")
def webhook_list(request: HttpRequest) -> dict[str, Any]:
    caller(request).require(Duty.ADMIN)
    return {"items": webhooks.webhooks()}


@router.post("", response={201: WebhookMadeOut}, operation_id="webhook_add")
def webhook_add(request: HttpRequest, key: Key, given: WebhookIn) -> Status[dict[str, Any]]:
    """Send CloudEvents to an address from now on, at least once each, under the same `webhook-id`."""
    who = caller(request)
    made = once_made(
        request,
        key,
        lambda: webhooks.add_webhook(
            url=given.url,
            kinds=given.kinds,
            with_words=given.with_words,
            note=given.note,
            actor=who.actor,
            now=who.now,
            request_id=key,
        )[0],
        given,
    )
    return Status(201, {"id": made, "secret": webhooks.secret_of(made)})


@router.post("/{webhook}/end", response=WebhookListOut, operation_id="webhook_end")
def webhook_end(request: HttpRequest, webhook: UUID, key: Key) -> dict[str, Any]:
    """Nothing more is sent there."""
    who = caller(request)
    webhooks.end_webhook(webhook=webhook, actor=who.actor, now=who.now)
    return {"items": webhooks.webhooks()}
