"""Ids of TikTok's objects. All look like digits, so each has its own type; all are strings."""

from typing import NewType

AdvertiserId = NewType("AdvertiserId", str)
BusinessCenterId = NewType("BusinessCenterId", str)
CampaignId = NewType("CampaignId", str)
AdGroupId = NewType("AdGroupId", str)
AdId = NewType("AdId", str)
SmartAdId = NewType("SmartAdId", str)
"""An ad of Smart+; each of its creatives has an `AdId`."""
CommentId = NewType("CommentId", str)
IdentityId = NewType("IdentityId", str)
ItemId = NewType("ItemId", str)
"""A TikTok post. TikTok calls it an item."""
BusinessId = NewType("BusinessId", str)
"""A creator's TikTok account, as its own token knows it (`open_id`)."""
