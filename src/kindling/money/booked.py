"""Which books of a workspace hold amounts already."""

from __future__ import annotations

from kindling.agreements.models import AgreementVersion, Payable, UsageRight
from kindling.conversions.models import OrderImport
from kindling.launches.models import Plan
from kindling.products.models import Product
from kindling.workspaces.models import Workspace


def booked(workspace: Workspace) -> str:
    """What is written in the workspace's currency, as "products, agreements and plans"; "" for empty books."""
    there = {
        "products": Product.objects.filter(workspace=workspace),
        "agreements": AgreementVersion.objects.filter(agreement__workspace=workspace),
        "usage rights": UsageRight.objects.filter(workspace=workspace),
        "payments": Payable.objects.filter(workspace=workspace),
        "plans": Plan.objects.filter(workspace=workspace),
        "orders": OrderImport.objects.filter(workspace=workspace, taken__gt=0),
    }
    names = [name for name, rows in there.items() if rows.exists()]
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
