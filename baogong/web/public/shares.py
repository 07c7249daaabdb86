"""An approved share, open to everyone: the rule, the other rules beside it, each receiver's reason."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from baogong.engine.fairshare import FairnessRule
from baogong.tower import queries as tower
from baogong.web.names import item_names
from baogong.web.pages import PageRequest, page
from baogong.web.public.account import name_of
from baogong.web.rule_bars import RULES, need_bars, worst_served
from baogong.web.templatetags.baogong import unit_in


@page(public=True)
def share(request: PageRequest, plan: UUID) -> HttpResponse:
    found = tower.public_share(plan)
    goods = item_names()
    rows = [(row, name_of(row.receiver), goods.get(row.item, "")) for row in found.rows]
    context = {
        "share": found,
        "rule": FairnessRule(**found.rule),
        "weights": sorted(found.weights.items()),
        "rules": [(name, found.in_stock.rules[name]) for name in RULES if name in found.in_stock.rules],
        "rows": rows,
        "worst": worst_served(
            need_bars(
                receiver,
                name,
                unit_in(row.item, goods),
                row.asked,
                {"leximin": row.got, "pro_rata": row.pro_rata, "first_come": row.first_come},
            )
            for row, receiver, name in rows
        ),
    }
    return render(request, "public/share.html", context)
