"""Asks landing pages, and keeps what they said: a check goes by kept answers, and asks again when they are old."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from kindling.errors import InvalidInputError, NotFoundError
from kindling.kit.fitting import fitted
from kindling.kit.guarded_fetch import Fetched, FetchError, Refused, StandIn, follow
from kindling.products.landing.reading import check_selector, read_page
from kindling.products.landing.rules import (
    PageAnswer,
    PageFacts,
    PageProblem,
    Selectors,
    page_of,
)
from kindling.products.models import LandingPageAnswer, Product
from kindling.workspaces.models import Workspace
from kindling.workspaces.rules import Action
from kindling.workspaces.service import Actor, record

MOST_BYTES = 3_000_000
SECONDS_A_PAGE = 10.0
AT_ONCE = 4
MANY_PAGES = 500  # more are not named in a query
MAX_URL = 1000
SAMPLE_SHOP = "shop.example"
PAGE_TYPES = ("text/html", "application/xhtml+xml")
REFUSES = frozenset({403, 405, 406, 429, 451, 503})  # what shops answer to programs, not to people
HEADERS = {
    "Accept": "text/html,application/xhtml+xml",
    "Accept-Language": "en",
    "User-Agent": "Kindling (checks the landing pages of its own ads)",
}
PROBLEM_OF = {
    Refused.LINK: PageProblem.ADDRESS,
    Refused.PLAIN_HTTP: PageProblem.NOT_HTTPS,
    Refused.PRIVATE: PageProblem.PRIVATE,
    Refused.NAME: PageProblem.UNREACHABLE,
    Refused.CERTIFICATE: PageProblem.CERTIFICATE,
    Refused.REDIRECTS: PageProblem.REDIRECTS,
    Refused.TOO_LONG: PageProblem.TOO_LONG,
    Refused.TOO_SLOW: PageProblem.TOO_SLOW,
    Refused.BROKEN: PageProblem.UNREACHABLE,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A page to ask for, and the product that it should show."""

    url: str
    product: Product | None


def good_for() -> timedelta:
    return timedelta(hours=settings.KINDLING_LANDING_PAGE_HOURS)


def kept(workspace: Workspace, urls: Iterable[str], *, now: datetime) -> dict[str, PageAnswer]:
    """The answers that are still good, by page (`page_of`). Asks nothing."""
    rows = LandingPageAnswer.objects.filter(workspace=workspace, asked_at__gt=now - good_for())
    pages = sorted({page for page in map(page_of, urls) if page})
    if len(pages) <= MANY_PAGES:
        rows = rows.filter(url__in=pages)
    return {row.url: _as_rule(row) for row in rows}


def read_stale(
    workspace: Workspace, wanted: Iterable[Wanted], *, now: datetime, most: int = MANY_PAGES
) -> int:
    """Ask for every page whose answer is missing or old, a few at once; returns how many were asked.

    raises : RuntimeError inside a transaction; nothing of the network, which is an answer too
    """
    by_page = {page_of(each.url): each for each in wanted if page_of(each.url)}
    fresh = kept(workspace, by_page, now=now)
    due = [
        (page, each) for page, each in by_page.items() if page not in fresh and len(page) <= MAX_URL
    ][:most]
    if not due:
        return 0
    _check_no_transaction()
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="pages") as pool:
        answers = list(pool.map(lambda pair: ask(pair[0], pair[1].product, now=now), due))
    for (_, each), answer in zip(due, answers, strict=True):
        _keep(workspace, answer, each.product)
    return len(due)


def check(actor: Actor, address: str, *, now: datetime, sku: str = "") -> PageAnswer:
    """Ask for a page now, and keep the answer: of a product by its SKU, or of any address.

    raises : InvalidInputError for what is neither, NotFoundError for a product that is not there
    """
    actor.require(Action.CHECK_PAGES)
    product = None
    if sku or not address.startswith(("https://", "http://")):
        product = find_product(actor.workspace, sku or address)
        address = address if sku and address else product.landing_url
    page = page_of(address)
    if not page or len(page) > MAX_URL:
        raise InvalidInputError(
            f"{address or 'An empty text'} is no address of a page.",
            next_step="Enter an address that begins with https://, or a SKU with a landing page.",
        )
    product = (
        product or Product.objects.filter(workspace=actor.workspace, landing_url=address).first()
    )
    answer = ask(page, product, now=now)
    _keep(actor.workspace, answer, product)
    return answer


def find_product(workspace: Workspace, sku: str) -> Product:
    found = Product.objects.filter(workspace=workspace, sku=sku).first()
    if found is None:
        raise NotFoundError(
            f"There is no product {sku!r}.", next_step="Open Products to see all SKUs."
        )
    return found


def set_selectors(actor: Actor, product: Product, given: Selectors, *, at: datetime) -> None:
    """Set where a product's page says its name, price and stock. Raises InvalidInputError for no selector."""
    actor.require(Action.CHECK_PAGES)
    _check_selectors(given)
    before = selectors_of(product)
    with transaction.atomic():
        Product.objects.filter(pk=product.pk).update(
            title_selector=given.title, price_selector=given.price, stock_selector=given.stock
        )
        # What the page said was read in another way: it is read again.
        LandingPageAnswer.objects.filter(product=product).delete()
        record(
            actor, "changed selectors", product.sku, at=at,
            before={"price": before.price, "title": before.title, "stock": before.stock},
            after={"price": given.price, "title": given.title, "stock": given.stock},
        )  # fmt: skip
    product.title_selector, product.price_selector = given.title, given.price
    product.stock_selector = given.stock


def try_selectors(actor: Actor, product: Product, given: Selectors, *, now: datetime) -> PageAnswer:
    """What a product's page says with these selectors; nothing is kept. Raises InvalidInputError."""
    actor.require(Action.CHECK_PAGES)
    _check_selectors(given)
    page = page_of(product.landing_url)
    if not page:
        raise InvalidInputError(
            f"The product {product.sku} has no landing page.",
            next_step="Import the product with a landing page.",
        )
    return ask(page, product, now=now, selectors=given)


def _check_selectors(given: Selectors) -> None:
    for name in ("title", "price", "stock"):
        css = getattr(given, name)
        if css and not check_selector(css):
            raise InvalidInputError(
                f"{css!r} is no CSS selector.",
                next_step="Copy one from the browser's developer tools, as .product-price.",
                field=name,
            )


def selectors_of(product: Product | None) -> Selectors:
    if product is None:
        return Selectors()
    return Selectors(product.title_selector, product.price_selector, product.stock_selector)


def last_answer(workspace: Workspace, url: str) -> PageAnswer | None:
    """What a page said last, however long ago."""
    row = LandingPageAnswer.objects.filter(workspace=workspace, url=page_of(url)).first()
    return _as_rule(row) if row else None


# --- Asking -------------------------------------------------------------------------------------------------------


def ask(
    page: str, product: Product | None, *, now: datetime, selectors: Selectors | None = None
) -> PageAnswer:
    """Fetch and read one page. selectors : instead of the product's. Raises RuntimeError inside a transaction."""
    _check_no_transaction()
    shop = settings.KINDLING_SAMPLE_SHOP
    stand_in = StandIn(SAMPLE_SHOP, shop) if shop else None
    try:
        found = follow(
            page, most_bytes=MOST_BYTES, seconds=SECONDS_A_PAGE, stand_in=stand_in, headers=HEADERS
        )
    except FetchError as error:
        return _answer(page, PROBLEM_OF[error.why], now=now)
    problem = _problem_of(found)
    if problem is not PageProblem.NONE:
        return _answer(page, problem, now=now, found=found)
    facts, problem = read_page(
        found.body,
        currency=product.currency if product else "",
        sku=product.sku if product else "",
        selectors=selectors_of(product) if selectors is None else selectors,
    )
    return _answer(page, problem, now=now, found=found, facts=facts)


def _problem_of(found: Fetched) -> PageProblem:
    if found.status in REFUSES:
        return PageProblem.REFUSES
    if found.status != 200:
        return PageProblem.STATUS
    kind = found.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in PAGE_TYPES or found.headers.get("content-encoding", "identity") != "identity":
        return PageProblem.NO_PAGE
    return PageProblem.NONE


def _answer(
    page: str, problem: PageProblem, *, now: datetime, found: Fetched | None = None,
    facts: PageFacts | None = None,
) -> PageAnswer:  # fmt: skip
    return PageAnswer(
        url=page,
        final_url=found.url if found else "",
        status=found.status if found else 0,
        problem=problem,
        facts=facts or PageFacts(),
        asked_at=now,
    )


def _keep(workspace: Workspace, answer: PageAnswer, product: Product | None) -> None:
    facts = answer.facts
    LandingPageAnswer.objects.update_or_create(
        workspace=workspace,
        url=answer.url,
        defaults=fitted(
            LandingPageAnswer,
            product=product,
            asked_at=answer.asked_at,
            final_url=answer.final_url,
            status=answer.status,
            problem=answer.problem.value,
            title=facts.title,
            sku=facts.sku,
            price_minor=facts.price_minor,
            currency=facts.currency,
            in_stock=facts.in_stock,
            found_by=facts.found_by,
        ),
    )


def _as_rule(row: LandingPageAnswer) -> PageAnswer:
    facts = PageFacts(row.title, row.sku, row.price_minor, row.currency, row.in_stock, row.found_by)
    return PageAnswer(
        row.url, row.final_url, row.status, PageProblem(row.problem), facts, row.asked_at
    )


def _check_no_transaction() -> None:
    if transaction.get_connection().in_atomic_block:
        raise RuntimeError("A landing page is never asked for inside a transaction.")
