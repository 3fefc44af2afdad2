"""The directory of creators and their own TikTok connections."""
