"""From creator to permission in a real browser: the team at a desk, the creator on a phone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest
from playwright.sync_api import Locator, expect
from takes import recorded

from conftest import Walker

pytestmark = [pytest.mark.journey, pytest.mark.slow]

TITLE = "Morning light, one film"
CONNECTED = 8  # creators of the sample world who connected TikTok during the walk
CAPTION = "Our winter mornings with the sample lamp #ad"


def task(phone: Walker, words: str) -> Locator:
    """An entry of the creator's list that is about this film."""
    return phone.page.get_by_role("link", name=re.compile(f"({words}).*{TITLE}"))


def write_agreement(desk: Walker, handle: str, **terms: str) -> str:
    """The manager writes an agreement and offers it; returns its address."""
    page = desk.page
    desk.go("agreements/new/")
    page.get_by_label("Creator's handle", exact=True).fill(f"@{handle}")
    page.get_by_label("Title", exact=True).fill(TITLE)
    for label, text in terms.items():
        field = page.locator(f"[name={label}]")
        for folded in page.locator("details:not([open])").filter(has=field).all():
            folded.locator("summary").first.click()
        if field.get_attribute("type") == "checkbox":
            field.set_checked(text == "yes")
        elif field.evaluate("each => each.tagName") == "SELECT":
            field.select_option(text)
        else:
            field.fill(text)
    page.get_by_role("button", name="Save as draft").click()
    expect(page.get_by_role("heading", level=1, name=TITLE)).to_be_visible()
    desk.look()
    page.get_by_role("button", name="Offer version 1").click()
    expect(page.get_by_text("is waiting for the creator's consent")).to_be_visible()
    desk.look()
    return page.url


def agree(phone: Walker) -> None:
    """The creator reads what is offered on the phone, and agrees with their name."""
    page = phone.page
    phone.portal()
    task(phone, "Read and agree").click()
    expect(page.get_by_role("heading", level=1, name=TITLE)).to_be_visible()
    phone.look()
    page.get_by_label("I have read this and agree to it.").check()
    page.get_by_label("Your full name").fill("Sample Creator")
    page.get_by_role("button", name="Agree", exact=True).click()
    expect(page.get_by_text("Agreed. Thank you!")).to_be_visible()
    phone.look()


def ask_for_code(desk: Walker, item_id: str, *, days: int) -> str:
    """The manager asks for the post's code and sends the portal link by hand; returns the permission's address."""
    page = desk.page
    desk.go(f"authorizations/ask/{item_id}/")
    page.get_by_label("Days to ask for").select_option(str(days))
    page.get_by_label("How", exact=True).select_option("portal")
    page.get_by_label("For the ad account").select_option(index=0)
    page.get_by_role("button", name="Ask for the video code").click()
    expect(page.locator(".chip.is-requested").first).to_be_visible()
    desk.look()
    return page.url


class Film:
    """One deliverable on its way through the rounds: what the creator hands in, what the team says to it."""

    def __init__(self, desk: Walker, phone: Walker) -> None:
        self.desk, self.phone = desk, phone

    def hand_in(self, number: int, *, says: str) -> None:
        page = self.phone.page
        browser = page.context.browser
        assert browser is not None
        self.phone.portal()
        task(self.phone, "Submit your draft|Changes requested").click()
        upload = {"name": f"take{number}.mp4", "mimeType": "video/mp4"}
        content = recorded(browser, f"Sample take {number}")
        page.get_by_label("Video file").set_input_files([{**upload, "buffer": content}])  # type: ignore[list-item]  # a payload, not a path
        page.get_by_label("Caption you want to post").fill(CAPTION)
        page.get_by_label("What you say in the video").fill(says)
        page.get_by_label("Music", exact=True).select_option("none")
        page.get_by_label("Disclosure setting you will switch on").select_option("paid_partnership")
        page.get_by_role("button", name="Submit", exact=True).click()
        expect(page.get_by_text("Submitted.")).to_be_visible()
        self.phone.look()

    def open_review(self, number: int) -> None:
        self.desk.go("briefs/reviews/")
        self.desk.page.get_by_role("link", name=TITLE).first.click()
        heading = f"{TITLE}, round {number}"
        expect(self.desk.page.get_by_role("heading", level=1, name=heading)).to_be_visible()
        self.desk.look()

    def note(self, moment: str, text: str) -> None:
        page = self.desk.page
        page.get_by_label("Timestamp").fill(moment)
        page.get_by_label("Note", exact=True).fill(text)
        page.get_by_role("button", name="Add note").click()
        expect(page.get_by_role("list").get_by_text(text)).to_be_visible()
        self.desk.look()

    def decide(self, side: str, verdict: str, reason: str = "") -> None:
        page = self.desk.page
        card = page.get_by_role("region", name=f"Decision for {side}")
        for line in card.locator("input[name=ticked]").all():
            line.check()
        card.locator(f"input[name=verdict][value={verdict}]").check()
        card.get_by_label(re.compile("^Reason")).fill(reason)
        card.get_by_role("button", name=f"Save decision for {side}").click()
        expect(page.get_by_text("Saved. The deliverable is now:")).to_be_visible()
        self.desk.look()


def test_a_brief_becomes_a_permission_by_a_pasted_code(desk: Walker, phone: Walker) -> None:
    """Brief, agreement, sample, three rounds, both decisions, the post, the code, the permission."""
    opened, page = desk.opened, desk.page
    post = opened.plain_post()
    handle, item_id = post["handle"], post["item_id"]

    desk.sign_in("manager")
    _write_brief(desk)
    _give_out(desk, handle)
    agreement = write_agreement(
        desk, handle, deliverables="1", term_days="60", hold_days="90",
        renewal_prices="30 = 120.00", content_fee_minor="300.00", rights_fee_minor="90.00",
    )  # fmt: skip

    phone.open_portal(handle)
    agree(phone)
    page.goto(agreement)
    expect(page.locator(".chip.is-agreed").first).to_be_visible()
    _send_sample(desk)
    page.goto(agreement)
    desk.look()
    desk.picture("agreement-desk")

    _three_rounds(desk, phone)

    # The caption is final; only now is the post made, and its code asked for.
    opened.phones("POST", f"phone/v1/posts/{item_id}/caption/", text=CAPTION)
    phone.portal()
    phone.picture("portal-home-phone")
    task(phone, "Post it and send the link").click()
    expect(phone.page.get_by_text(CAPTION).first).to_be_visible()
    phone.look()
    phone.page.get_by_label("Link of your post").fill(
        f"https://www.tiktok.com/@{handle}/video/{item_id}"
    )
    phone.page.get_by_role("button", name="Send the link").click()
    expect(phone.page.get_by_text("The brand can now see your post.")).to_be_visible()

    desk.be("manager")
    _until_in_library(desk, item_id)
    permission = ask_for_code(desk, item_id, days=30)
    code = _paste_code(phone, item_id)
    page.goto(permission)
    desk.wait_until(re.compile("^Bound$"))
    desk.look()
    expect(page.get_by_text("a safety margin of 24 hours")).to_be_visible()
    assert code not in page.content()
    phone.portal("consents/")
    expect(phone.page.get_by_text("version 1")).to_be_visible()
    phone.portal("payments/")
    expect(phone.page.get_by_role("heading", name=re.compile("300.00"))).to_be_visible()


def _write_brief(desk: Walker) -> None:
    page = desk.page
    desk.go("briefs/add/")
    page.get_by_label("Title").fill(TITLE)
    page.get_by_label("Products").fill("LUMEN-LAMP")
    page.get_by_label("Facts about the product").fill("A lamp as bright as a cloudy day.")
    page.get_by_label("Audience problem it solves").fill("Dark mornings in winter.")
    page.get_by_label("Proof points").fill("Sample test with 40 people")
    page.get_by_label("Allowed claims").fill("brighter mornings")
    page.get_by_label("Forbidden claims").fill("cures\nguaranteed")
    page.get_by_label("Must say").fill("sample lamp")
    page.get_by_label("Must show").fill("the lamp switched on")
    page.get_by_label("Disclosure").select_option("paid_partnership")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1, name=TITLE)).to_be_visible()
    desk.look()
    page.get_by_role("button", name="Mark as ready").click()
    expect(page.locator(".chip.is-brief_ready")).to_be_visible()


def _give_out(desk: Walker, handle: str) -> None:
    page = desk.page
    page.get_by_role("link", name="Assign to creators").click()
    desk.look()
    page.get_by_label("Or paste handles").fill(f"@{handle}")
    page.get_by_role("button", name="Assign", exact=True).click()
    expect(page.get_by_text(f"@{handle}").first).to_be_visible()
    desk.look()


def _send_sample(desk: Walker) -> None:
    page = desk.page
    page.get_by_text("Plan a sample").click()
    page.get_by_label("Product (SKU)").fill("LUMEN-LAMP")
    page.get_by_label("Total value").fill("24.00")
    page.get_by_role("button", name="Plan", exact=True).click()
    expect(page.locator(".chip.is-sample-planned")).to_be_visible()
    desk.go("agreements/samples/?state=planned")
    row = page.get_by_role("row").filter(has_text="LUMEN-LAMP")
    row.get_by_text("Mark as sent").click()
    row.get_by_label("Carrier").fill("Sample Post")
    row.get_by_label("Tracking number").fill("SAMPLE-0002")
    row.get_by_role("button", name="Sent").click()
    desk.look()


def _three_rounds(desk: Walker, phone: Walker) -> None:
    """Two revisions as agreed; brand and legal decide apart on the third."""
    work = Film(desk, phone)
    work.hand_in(1, says="The sample lamp is guaranteed to help.")
    desk.be("reviewer")
    work.open_review(1)
    work.note("0:01", "Nothing is guaranteed: leave the word out.")
    desk.page.get_by_role("button", name="Go to 0:01 of the video").click()
    film = "document.querySelector('[data-film]')"
    desk.page.wait_for_function(f"{film}.currentTime >= 1 && !{film}.seeking")
    desk.picture("review-desk")
    work.decide("brand", "changes", "Take out the promise.")

    phone.portal()
    task(phone, "Changes requested").click()
    expect(phone.page.get_by_text("Nothing is guaranteed")).to_be_visible()
    phone.look()
    phone.page.get_by_text("Answer", exact=True).first.click()
    phone.page.get_by_label("Your answer").first.fill("I cut it out.")
    phone.page.get_by_role("button", name="Send", exact=True).click()
    expect(phone.page.get_by_text("I cut it out.")).to_be_visible()

    work.hand_in(2, says="The sample lamp makes brighter mornings.")
    work.open_review(2)
    work.note("0:01", "Show the lamp switched on.")
    work.decide("brand", "changes", "The lamp is not on.")
    work.hand_in(3, says="This sample lamp makes brighter mornings.")
    work.open_review(3)
    for button in desk.page.get_by_role("button", name="Mark as done").all():
        button.click()
    work.decide("brand", "approve")
    desk.be("legal")
    work.open_review(3)
    work.decide("legal", "approve")
    desk.go("briefs/pipeline/")
    desk.picture("board-desk")
    desk.page.get_by_role("link", name=TITLE).first.click()
    expect(desk.page.get_by_role("heading", name="Caption, locked")).to_be_visible()
    desk.look()


def _until_in_library(desk: Walker, item_id: str) -> None:
    """The worker puts the post that was linked or agreed on into the library."""
    for _ in range(60):
        answer = desk.page.goto(desk.opened.page(f"posts/{item_id}/"))
        if answer is not None and answer.ok:
            desk.look()
            return
        desk.page.wait_for_timeout(500)
    raise AssertionError("the post never came into the library")


def _paste_code(phone: Walker, item_id: str) -> str:
    """The creator makes the code in the TikTok app and pastes it into the portal."""
    made = phone.opened.phones("POST", f"phone/v1/posts/{item_id}/code/", days=30)
    phone.portal()
    phone.page.get_by_role("link", name=re.compile("Allow ads with your post")).click()
    phone.look()
    phone.page.get_by_role("textbox", name="Video code").fill(made["auth_code"])
    phone.page.get_by_role("button", name="Send the code").click()
    expect(phone.page.get_by_text("Sent. If there is a problem")).to_be_visible()
    phone.look()
    return str(made["auth_code"])


def test_a_permission_is_withdrawn_and_everybody_is_told(desk: Walker, phone: Walker) -> None:
    """Ads run, the creator takes the code back: ads paused at TikTok, notices, no running ad, a breach."""
    opened, page = desk.opened, desk.page
    handle, item_id = _with_one_running_ad(desk)
    agreement = _agreed_for_one_post(desk, phone, handle, item_id, days=365)
    expect(phone.page.get_by_text("No ad runs with your posts now.")).to_be_hidden()
    desk.go("authorizations/risk/")
    expect(
        page.get_by_role("heading", name=re.compile("^Authorizations, highest spend first"))
    ).to_be_visible()
    desk.picture("risk-desk")

    opened.phones("POST", "sandbox/v1/behaviour/", revoke_while_in_use="stops_ads")
    opened.phones("POST", f"phone/v1/posts/{item_id}/revoke/")
    opened.phones("POST", "sandbox/v1/behaviour/", revoke_while_in_use="refused")
    opened.phones("POST", "sandbox/v1/clock/advance/", hours=7)
    desk.go(f"posts/{item_id}/")
    desk.wait_until(re.compile("^Revoked$"))
    page.get_by_role("region", name="Ad authorizations").get_by_role("link").first.click()
    expect(page.locator(".chip.is-revoked").first).to_be_visible()
    desk.look()
    _until_paused(desk, item_id)

    page.goto(agreement)
    breaches = page.get_by_role("region", name="Breaches")
    expect(breaches.get_by_text("Open", exact=True)).to_be_visible()
    expect(breaches.get_by_role("article").get_by_text(item_id)).to_be_visible()
    desk.look()
    for name in ("manager", "buyer", "legal"):
        desk.be(name)
        told = f"@{handle}, post {item_id}"
        expect(page.get_by_role("link", name=told).first).to_be_visible()
        desk.look()
        desk.go("workspace/notices/")
        full = f"{told}: The creator withdrew the video code."
        expect(page.get_by_role("link", name=full)).to_be_visible()
    phone.portal()
    expect(phone.page.get_by_text("No ad runs with your posts now.")).to_be_visible()
    phone.portal("ads/")


def _agreed_for_one_post(
    desk: Walker, phone: Walker, handle: str, item_id: str, *, days: int, **terms: str
) -> str:
    """An agreement for one post from today on, consented to on the phone; returns its address."""
    desk.sign_in("manager")
    agreement = write_agreement(
        desk, handle, item_ids=item_id, start_trigger="date", term_days=str(days), hold_days="365",
        start_on=desk.opened.now().date().isoformat(), content_fee_minor="200.00",
        renewal_prices="30 = 120.00", **terms,
    )  # fmt: skip
    phone.open_portal(handle)
    agree(phone)
    return agreement


def _with_one_running_ad(desk: Walker) -> tuple[str, str]:
    """Handle and post of a creator with one ad that delivers, by a code that is in use."""
    truth = desk.opened.phones("GET", "sandbox/v1/truth/")
    enabled = [ad for ad in truth["ads"] if ad["operation_status"] == "ENABLE"]
    codes = {
        row["item_id"]: row["handle"]
        for row in truth["authorizations"]
        if row["code_status"] == "IN_USE"
    }
    owners = [codes.get(ad["item_id"]) for ad in enabled]
    for ad in enabled:
        handle = codes.get(ad["item_id"])
        if ad["delivering"] and handle is not None and owners.count(handle) == 1:
            return handle, ad["item_id"]
    raise AssertionError("no creator has just one running ad")


def _until_paused(desk: Walker, item_id: str) -> None:
    """What the simulated TikTok itself holds: every ad of the post is switched off."""
    for _ in range(60):
        ads = desk.opened.phones("GET", "sandbox/v1/truth/")["ads"]
        statuses = {ad["operation_status"] for ad in ads if ad["item_id"] == item_id}
        if "ENABLE" not in statuses:
            return
        desk.page.wait_for_timeout(1_000)
    raise AssertionError("the ads of a withdrawn permission still run")


def test_a_connected_creator_renews_from_the_phone(desk: Walker, phone: Walker) -> None:
    """Agreement, connection, code, approval of the ad, live, expiring, renewed: the flight goes on at TikTok."""
    opened, page = desk.opened, desk.page
    post = opened.plain_post(but_of=_connected(desk))
    handle, item_id = post["handle"], post["item_id"]
    agreement = _agreed_for_one_post(
        desk, phone, handle, item_id, days=30, final_approval="yes", spend_cap_minor="2000.00"
    )
    _until_in_library(desk, item_id)
    permission = ask_for_code(desk, item_id, days=30)

    phone.portal()
    phone.page.get_by_role("link", name=re.compile("Allow ads with your post")).click()
    phone.page.get_by_role("link", name="Connect TikTok").click()
    phone.page.get_by_label("Who are you?").select_option(handle)
    phone.page.get_by_role("button", name="Allow").click()
    expect(
        phone.page.get_by_text("Connected. You no longer have to copy video codes.")
    ).to_be_visible()
    phone.look()
    phone.page.get_by_role("link", name=re.compile("Allow ads with your post")).click()
    phone.look()
    phone.page.get_by_label("For how long").select_option("30")
    phone.page.get_by_role("button", name="Allow ads").click()
    expect(phone.page.get_by_text("the video code was created", exact=False)).to_be_visible()
    page.goto(permission)
    desk.wait_until(re.compile("^Bound$"))
    _launch(desk, phone, item_id, days=40)
    desk.be("manager")
    page.goto(agreement)
    expect(page.get_by_role("region", name="Maximum ad spend")).to_be_visible()
    desk.look()
    page.get_by_role("region", name="Maximum ad spend").scroll_into_view_if_needed()
    desk.picture("maximum-ad-spend-desk", at_top=False)
    cut, approved = _flight_ends(desk, item_id)
    assert cut < approved  # the permission ends first

    opened.phones("POST", "sandbox/v1/clock/advance/", days=17)
    page.goto(permission)
    desk.wait_until(re.compile("^Expiring$"))
    desk.look()
    before = _end_on_page(desk)
    page.get_by_label("Days", exact=True).select_option("30")
    expect(page.get_by_label("Days", exact=True)).to_contain_text("30 days, $120.00")
    page.get_by_role("button", name="Ask for renewal").click()
    expect(page.get_by_text("Requested. The creator answers in the portal")).to_be_visible()
    desk.look()

    phone.open_portal(handle)  # the visit of weeks ago has ended
    phone.page.get_by_role("link", name=re.compile("Extend a running ad")).click()
    expect(phone.page.get_by_text("120.00")).to_be_visible()
    phone.look()
    phone.picture("renewal-phone")
    phone.page.get_by_label("Your full name").fill("Sample Creator")
    phone.page.get_by_role("button", name="Yes, extend it").click()
    expect(phone.page.get_by_text("Extended. Thank you!")).to_be_visible()
    phone.portal("ads/")
    after = before + timedelta(days=30)
    expect(phone.page.get_by_text(f"{after:%d %b %Y}").first).to_be_visible()
    phone.portal("payments/")
    expect(phone.page.get_by_role("heading", name=re.compile("120.00"))).to_be_visible()
    page.goto(permission)
    assert _end_on_page(desk) == after
    expect(page.get_by_text("The end date moved from").first).to_be_visible()
    desk.look()
    _until_flight_ends(desk, item_id, approved)
    desk.be("finance")
    desk.go("payments/")
    row = page.get_by_role("row").filter(has_text=f"@{handle}").filter(has_text="120.00")
    expect(row.first).to_be_visible()


def _launch(desk: Walker, phone: Walker, item_id: str, *, days: int) -> None:
    """The post goes live: chosen by hand, planned, the ad approved by its creator, the plan by finance, applied."""
    page = desk.page
    desk.go(f"posts/{item_id}/")
    page.get_by_label("SKU").select_option("LUMEN-LAMP")
    page.get_by_role("region", name="Product").get_by_role("button", name="Save").click()
    status = page.get_by_role("region", name="Change status")
    status.get_by_label("Status").select_option(label="Spark-ready")
    status.get_by_label("Reason").fill("Watched it.")
    status.get_by_role("button", name="Save").click()
    desk.be("buyer")
    desk.go(f"inventory/?q={item_id}")
    chosen = page.get_by_role("checkbox", name=re.compile(item_id))
    for _ in range(150):  # until the worker has asked TikTok about the music
        if chosen.count():
            break
        page.wait_for_timeout(1_000)
        page.reload()
    chosen.check()
    page.get_by_label("Daily budget per post").fill("30.00")
    page.get_by_label("Days", exact=True).fill(str(days))
    page.get_by_role("button", name="Plan launch").click()
    expect(page.get_by_role("button", name=re.compile("^Approve"))).to_be_visible()
    desk.look()
    plan = page.url
    _approve_the_ad(desk, phone)
    desk.be("finance")
    page.goto(plan)
    page.get_by_role("button", name=re.compile("^Approve")).click()
    expect(page.locator(".chip.is-approved")).to_be_visible()
    desk.be("buyer")
    page.goto(plan)
    page.get_by_role("button", name="Apply", exact=True).click()
    expect(page.locator(".chip.is-applied")).to_be_visible(timeout=60_000)


def _approve_the_ad(desk: Walker, phone: Walker) -> None:
    """The buyer asks, the creator looks at the ad on the phone and approves it."""
    page = desk.page
    expect(page.get_by_text("Approved by the creator. The agreement asks for")).to_be_visible()
    page.get_by_role("button", name="Ask creators to approve their ads").click()
    desk.look()
    phone.portal()
    phone.page.get_by_role("link", name=re.compile("Approve an ad")).click()
    phone.look()
    phone.picture("approve-ad-phone")
    phone.page.get_by_role("button", name="Approve this ad").click()
    expect(phone.page.get_by_text("Approved. The brand can now run the ad.")).to_be_visible()
    phone.look()


def _flight_ends(desk: Walker, item_id: str) -> tuple[str, str]:
    """When the post's ad group ends at TikTok, read there, and the end that was approved: 40 days from its start."""
    group = _ad_group(desk, item_id)
    start = datetime.fromisoformat(group["schedule_start_time"])
    return group["schedule_end_time"], str(start + timedelta(days=40))


def _until_flight_ends(desk: Walker, item_id: str, moment: str) -> None:
    """The worker sets the flight out again; what TikTok holds is read from there."""
    for _ in range(60):
        ends = _ad_group(desk, item_id)["schedule_end_time"]
        if ends == moment:
            return
        desk.page.wait_for_timeout(1_000)
    raise AssertionError(f"the ad group still ends {ends}, approved was {moment}")


def _ad_group(desk: Walker, item_id: str) -> dict[str, str]:
    """The ad group of the post's newest ad, asked of the simulated TikTok with a token of our own."""
    opened = desk.opened
    (ad,) = [
        ad
        for ad in opened.phones("GET", "sandbox/v1/truth/")["ads"]
        if ad["item_id"] == item_id and ad["operation_status"] == "ENABLE"
    ]
    token = opened.phones("POST", "sandbox/v1/grants/ads/")["access_token"]
    answer = httpx.get(
        f"{opened.sandbox}/open_api/v1.3/adgroup/get/",
        params={"advertiser_id": ad["advertiser_id"], "page_size": 100},
        headers={"Access-Token": token},
        trust_env=False,
    ).json()
    assert answer["code"] == 0, answer
    (found,) = [row for row in answer["data"]["list"] if row["adgroup_id"] == ad["adgroup_id"]]
    return dict(found)


def _connected(desk: Walker) -> frozenset[str]:
    """Creators who connected TikTok during the walk."""
    creators = desk.opened.phones("GET", "sandbox/v1/world/")["creators"]
    return frozenset(each["handle"] for each in creators[:CONNECTED])


def _end_on_page(desk: Walker) -> date:
    """The end of the permission as its page tells it."""
    told = desk.page.locator("dt:text-is('Ends') + dd").inner_text()
    found = re.search(r"(\d{1,2} \w{3} \d{4})", told)
    assert found, told
    return datetime.strptime(found[1], "%d %b %Y").replace(tzinfo=UTC).date()
