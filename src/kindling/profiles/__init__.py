"""One creator's and one post's whole story: pages, timeline and scores, gathered from every area."""
