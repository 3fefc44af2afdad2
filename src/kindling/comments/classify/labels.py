"""The categories of comments and the languages the classifier was trained in. Order is that of the model's columns."""

from __future__ import annotations

from enum import StrEnum


class Category(StrEnum):
    """What a comment is about. Source: the platform's own scheme, docs/explanation/comments.md."""

    BUYING_QUESTION = "buying_question"
    PRODUCT_QUESTION = "product_question"
    PRICE_SHIPPING = "price_shipping"
    WHERE_TO_BUY = "where_to_buy"
    PRAISE_TRUST = "praise_trust"
    TAG_FRIEND = "tag_friend"
    OWN_EXPERIENCE_POSITIVE = "own_experience_positive"
    OWN_EXPERIENCE_NEGATIVE = "own_experience_negative"
    SKEPTICISM = "skepticism"
    ORDER_SUPPORT = "order_support"
    SAFETY_CLAIM_CONCERN = "safety_claim_concern"
    AD_DISCLOSURE_COMPLAINT = "ad_disclosure_complaint"
    CREATOR_DIRECTED = "creator_directed"
    COMPETITOR_MENTION = "competitor_mention"
    DUPE_MENTION = "dupe_mention"
    SPAM_SCAM = "spam_scam"
    ABUSE_HATE = "abuse_hate"
    PERSONAL_DATA = "personal_data"
    OFF_TOPIC = "off_topic"
    MEME_AMBIGUOUS = "meme_ambiguous"


CATEGORIES = tuple(Category)
LANGUAGES = ("en", "es", "de", "pt", "fr", "id")
