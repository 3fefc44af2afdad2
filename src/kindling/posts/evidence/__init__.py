"""What speaks for boosting a post: its numbers at each look, and the status that follows from them."""
