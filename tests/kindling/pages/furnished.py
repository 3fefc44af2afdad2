"""What the tests of pages walk through: a workspace with something on every page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.test import Client
from sample_team import Team

from kindling.access.models import Invitation
from kindling.agreements.models import AgreementVersion, Breach, Payable, Sample, TermsTemplate
from kindling.authorizations.models import Authorization, Intake
from kindling.briefs.models import Brief, BriefTemplate, Deliverable, Draft, ReviewNote
from kindling.comments.models import Comment
from kindling.conversions.models import OrderImport
from kindling.creators.models import CreatorNote
from kindling.delivery.models import Ad, StopRule
from kindling.launches.models import AdVideo, Plan, PlanTemplate
from kindling.lists.models import ListExport, SavedView, Undo
from kindling.notices.models import Notice, Webhook
from kindling.outreach.models import Enrolment, OutreachMessage
from kindling.posts.models import Post
from kindling.tracker.models import Sheet

Browser = Callable[[str], Client]


@dataclass(frozen=True, slots=True)
class Furnished:
    """A workspace with a creator, posts, a permission, an intake, a draft plan and a running ad."""

    team: Team
    post: Post
    plan: Plan
    campaign_template: PlanTemplate
    video: AdVideo
    authorization: Authorization
    intake: Intake
    ad: Ad
    codes: tuple[str, ...]
    version: AgreementVersion
    payable: Payable
    sample: Sample
    breach: Breach
    brief: Brief
    deliverable: Deliverable
    draft: Draft
    note: ReviewNote
    sheet: Sheet
    creator_note: CreatorNote
    enrolment: Enrolment
    message: OutreachMessage
    invitation: Invitation
    view: SavedView
    export: ListExport
    undo: Undo
    order_file: OrderImport
    terms_template: TermsTemplate
    brief_template: BriefTemplate
    comment: Comment
    rule: StopRule
    webhook: Webhook
    notice: Notice

    @property
    def slug(self) -> str:
        return self.team.workspace.slug

    def number(self, name: str) -> object:
        """A value for a part of an API address: `plan_id` is the number of a plan that exists here."""
        rows = {
            "brief_id": self.brief, "deliverable_id": self.deliverable, "draft_id": self.draft,
            "agreement_id": self.version.agreement, "payable_id": self.payable,
            "batch_id": self.intake, "authorization_id": self.authorization, "plan_id": self.plan,
            "sequence_id": self.enrolment.sequence, "template_id": self.terms_template,
            "outreach_template_id": self.enrolment.sequence.steps.get().template,
            "brief_template_id": self.brief_template,
        }  # fmt: skip
        return rows[name].pk if name in rows else self.argument(name, "")

    def argument(self, name: str, route: str) -> object:
        """A value for a part of an address, by the part's name and the address."""
        if name == "template" and "agreements/" in route:
            return self.terms_template.pk
        if name == "template" and "briefs/" in route:
            return self.brief_template.pk
        if name == "template" and "plans/" in route:
            return self.campaign_template.pk
        if name == "plan":
            return self.plan.pk
        if name == "number" and "plans/" in route:
            return 1
        if name == "item_id" and "plans/" in route:
            return self.plan.content["objects"][-1]["item_id"]
        if name == "pk":
            rows = {
                "briefs/deliverables": self.deliverable,
                "briefs/drafts": self.draft,
                "briefs/notes": self.note,
                "briefs": self.brief,
                "batches": self.intake,
                "plans": self.plan,
                "agreements": self.version.agreement,
            }
            return next(
                (row.pk for key, row in rows.items() if key in route), self.authorization.pk
            )
        return {
            "slug": self.slug,
            "rule": self.rule.pk,
            "webhook": self.webhook.pk,
            "notice": self.notice.pk,
            "item_id": self.post.item_id,
            "handle": self.post.creator.handle,
            "ad_id": self.ad.ad_id,
            "advertiser_id": self.team.account.advertiser_id,
            "name": "posts",
            "number": self.version.number,
            "payable": self.payable.pk,
            "sample": self.sample.pk,
            "video": self.video.pk,
            "breach": self.breach.pk,
            "sheet": self.sheet.pk,
            "enrolment": self.enrolment.pk,
            "sequence": self.enrolment.sequence_id,
            "template": self.enrolment.sequence.steps.get().template_id,
            "message": self.message.pk,
            "note": self.creator_note.pk,
            "member": self.team.workspace.members.get(role="owner").pk,
            "invitation": self.invitation.pk,
            "view": self.view.pk,
            "export": self.export.pk,
            "action": "set_status",
            "undo": self.undo.pk,
            "order_file": self.order_file.pk,
            "comment_id": self.comment.comment_id,
            "sku": self.post.sku,
            "category": "where_to_buy",
            "language": "en",
        }[name]
