"""Forms of a draft's campaigns: one campaign's settings, its posts, templates of campaigns, videos for uploads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.http import HttpRequest

from kindling.authorizations.forms import AccountForm
from kindling.kit.forms import Form, MoneyField, TextField, UploadField, WholeNumberField
from kindling.kit.templatetags.kit import words
from kindling.launches.drafts.service import MAX_TEMPLATE_NAME
from kindling.launches.forms import PostsField
from kindling.launches.models import AdVideo
from kindling.launches.planning import specs, videos
from kindling.launches.planning.audience import AGES, GENDERS, dayparting_words
from kindling.launches.planning.objectives import (
    CALLS_TO_ACTION,
    EVENTS,
    OBJECTIVES,
    TYPE_LABELS,
)
from kindling.launches.planning.videos import OwnAccount
from kindling.launches.rules import LOCATIONS

GOALS = {key: goal.label for each in OBJECTIVES.values() for key, goal in each.goals.items()}
FEW = "Separate several with commas."


class DigestForm(Form):
    """The digest of the plan that somebody looked at."""

    digest = forms.CharField(required=False, widget=forms.HiddenInput)


class SwapForm(DigestForm):
    """Another post in the place of one of the plan's."""

    post = forms.ChoiceField(label="Use instead", required=True)

    def __init__(
        self,
        request: HttpRequest | None = None,
        *,
        posts: Iterable[tuple[str, str]],
        **options: Any,
    ) -> None:
        super().__init__(request, **options)
        self.offer("post", posts)


class SaveTemplateForm(Form):
    name = TextField(label="Name of the template", max_length=MAX_TEMPLATE_NAME)


class VideoForm(AccountForm):
    """A video for ads of uploads."""

    file = UploadField(
        label="Video",
        accept=",".join(videos.ENDINGS),
        most=videos.MAX_BYTES,
        if_larger="Export it smaller.",
    )


class CampaignForm(DigestForm):
    """One campaign of a draft, in the ad account's currency. What is left empty is filled in by `specs`.

    posts : those that are ready and those in the campaign, by item id with their labels
    """

    objective = forms.ChoiceField(
        label="Objective", choices=[(key, each.label) for key, each in OBJECTIVES.items()]
    )
    type = forms.ChoiceField(
        label="Type", choices=[(str(key), label) for key, label in TYPE_LABELS.items()]
    )
    goal = forms.ChoiceField(
        label="Goal",
        required=False,
        choices=[("", "Usual for the objective"), *GOALS.items()],
    )
    daily_budget = MoneyField(required=False)
    bid = MoneyField(
        label="Bid",
        required=False,
        help_text="For each result, click or view as the goal is billed. Empty: TikTok bids.",
    )
    days = WholeNumberField(label="Days", required=False, initial=14)
    together = forms.BooleanField(
        label="All ads in one ad group with one budget",
        required=False,
        help_text="The ad group ends with the earliest stop-by time of its posts.",
    )
    posts = PostsField(label="Posts", required=False, widget=forms.CheckboxSelectMultiple)
    call_to_action = forms.ChoiceField(
        label="Call to action",
        choices=[(each, words(each)) for each in CALLS_TO_ACTION],
        initial="SHOP_NOW",
        required=False,
    )
    countries = forms.MultipleChoiceField(
        label="Countries", choices=[(each, each) for each in sorted(LOCATIONS)], required=False,
        widget=forms.CheckboxSelectMultiple, initial=["US"],
    )  # fmt: skip
    landing_url = TextField(
        label="Landing page for all posts",
        required=False,
        attrs={"type": "url", "placeholder": "https://shop.example/page"},
        help_text="The posts of a Smart+ ad lead to one page.",
    )
    pixel_id = TextField(
        label="Pixel", required=False, max_length=32, help_text="Its id at TikTok."
    )
    event = forms.ChoiceField(
        label="Event", required=False, choices=[("", "None"), *EVENTS.items()]
    )
    store_id = TextField(
        label="TikTok Shop", required=False, max_length=32, help_text="Its id, for product sales."
    )
    ages = forms.MultipleChoiceField(
        label="Ages", choices=[(each, each) for each in AGES], required=False,
        widget=forms.CheckboxSelectMultiple, help_text="None ticked: every age.",
    )  # fmt: skip
    gender = forms.ChoiceField(
        label="Gender", choices=[(each, each.capitalize()) for each in GENDERS], required=False
    )
    languages = TextField(label="Languages", required=False, help_text=f"Codes such as en. {FEW}")
    interests = TextField(label="Interests", required=False, help_text=f"TikTok's ids. {FEW}")
    audiences = TextField(label="Audiences", required=False, help_text=f"TikTok's ids. {FEW}")
    excluded_audiences = TextField(
        label="Without audiences", required=False, help_text=f"TikTok's ids. {FEW}"
    )
    dayparting = TextField(
        label="Hours",
        required=False,
        help_text="In the ad account's zone, such as mon-fri 08:00-20:00; sat 10:00-14:00. Empty: always.",
    )
    campaign_id = TextField(
        label="Add to a campaign",
        required=False,
        max_length=32,
        help_text="Its id at TikTok. Empty: a new one.",
    )
    adgroup_id = TextField(
        label="Add to an ad group", required=False, max_length=32, help_text="Its id at TikTok."
    )
    video = forms.ChoiceField(label="Uploaded video", required=False)
    video_account = forms.ChoiceField(label="Publish as", required=False)
    video_text = TextField(
        label="Text", required=False, max_length=100, help_text="The caption, without emoji."
    )
    video_visible = forms.BooleanField(
        label="Show it on the profile too",
        required=False,
        help_text="Otherwise it shows in ads only.",
    )

    def __init__(
        self,
        request: HttpRequest | None = None,
        *,
        posts: Iterable[tuple[str, str]],
        library: Iterable[AdVideo],
        own: Iterable[OwnAccount],
        told: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(request, **options)
        self.told = dict(told or {})
        self.offer("posts", posts)
        self.offer("video", [("", "None"), *((each.video_id, each.file_name) for each in library)])
        self.offer("video_account", [(each.handle, f"@{each.handle}") for each in own])
        self.initial = {**self.initial, **_as_initial(self.told)}

    def spec(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The campaign's fields of a specification; what the form does not show stays as it was."""
        told = {key: value for key, value in self.told.items() if key not in self.fields}
        for name in ("objective", "type", "goal", "days", "together", "posts", "call_to_action", "countries",
                     "landing_url", "pixel_id", "event", "store_id", "ages", "gender", "dayparting",
                     "campaign_id", "adgroup_id"):  # fmt: skip
            told[name] = values[name]
        for name in ("daily_budget", "bid"):
            told[name] = str(values[name].amount) if values[name] else ""
        for name in ("languages", "interests", "audiences", "excluded_audiences"):
            told[name] = [each.strip() for each in values[name].split(",") if each.strip()]
        if values["video"]:
            told["uploads"] = [
                *(each for each in told.get("uploads", []) if each["video_id"] != values["video"]),
                {
                    "video_id": values["video"],
                    "handle": values["video_account"],
                    "text": values["video_text"],
                    "visible": values["video_visible"],
                },
            ]
        return specs.kept(told)


def _as_initial(told: Mapping[str, Any]) -> dict[str, Any]:
    """A campaign's fields as the form shows them."""
    shown = {key: value for key, value in told.items() if key not in {"uploads", "start"}}
    for name in ("languages", "interests", "audiences", "excluded_audiences"):
        value = told.get(name, [])
        shown[name] = ", ".join(value) if isinstance(value, list) else value
    shown["type"] = str(specs.campaign_type(str(told.get("type", ""))))
    for name in ("event", "call_to_action"):
        if told.get(name):
            shown[name] = str(told[name]).upper()
    shown["gender"] = str(told.get("gender", "all")).lower()
    countries = told.get("countries", ["US"])
    shown["countries"] = [
        str(each).upper() for each in (countries if isinstance(countries, list) else [countries])
    ]
    hours = str(told.get("dayparting", ""))
    shown["dayparting"] = dayparting_words(hours) if set(hours) <= set("01") else hours
    return shown
