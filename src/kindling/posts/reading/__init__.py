"""What a look at TikTok tells of posts: where they come from, their captions, whose account, which rivals."""
