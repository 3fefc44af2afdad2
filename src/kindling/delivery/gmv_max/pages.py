"""The page of GMV Max: which posts it uses, and what TikTok says they sold."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from kindling.delivery.gmv_max import service, sync
from kindling.delivery.gmv_max.lists import GMV_MAX
from kindling.kit.money import Money
from kindling.lists.web import show_list
from kindling.workspaces.service import Actor
from kindling.workspaces.web import page


@page()
def gmv_max(request: HttpRequest, actor: Actor) -> HttpResponse:
    context = {
        "readings": service.readings(actor.workspace),
        "totals": service.totals(service.used(actor.workspace)),
        "days": sync.DAYS,
        "campaigns": [
            (
                each,
                Money(each.budget_minor, each.ad_account.currency) if each.budget_minor else None,
            )
            for each in service.campaigns(actor.workspace)
        ],
    }
    return show_list(request, actor, GMV_MAX, "delivery/gmv_max.html", context)
