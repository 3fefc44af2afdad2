"""The creator's app: make, extend and delete codes; delete, hide or re-caption a post."""
