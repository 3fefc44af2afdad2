"""What happens to comments, as webhooks for creators who connected the app."""

from __future__ import annotations

from tiktok_sandbox.world.comments.threads import Comment
from tiktok_sandbox.world.state.clock import seconds
from tiktok_sandbox.world.webhook_queue import queue_account_webhook
from tiktok_sandbox.world.world import World


def comment_content(comment: Comment, action: str) -> dict[str, object]:
    """Content of comment.update; field names after the Accounts webhook page."""
    return {
        "comment_id": int(comment.comment_id),
        "video_id": int(comment.item_id),
        "parent_comment_id": int(comment.parent_id or 0),
        "comment_type": "reply" if comment.is_reply else "comment",
        "comment_action": action,
        "timestamp": seconds(comment.created_at),
        "unique_identifier": f"uid{comment.user_id}",
    }


def queue_comment_webhook(world: World, comment: Comment, action: str) -> None:
    """Queue what a person did to a comment: insert, delete, set_to_hidden, set_to_public."""
    hook = world.state.webhooks.hooks.get("COMMENT")
    if hook is None or (hook.item_list and comment.item_id not in hook.item_list):
        return
    owner = world.creator_of(world.state.posts[comment.item_id]).open_id
    if any(g.open_id == owner and not g.revoked for g in world.state.creator_grants):
        content = comment_content(comment, action)
        queue_account_webhook(world, "comment.update", hook.callback_url, owner, content, world.now)
