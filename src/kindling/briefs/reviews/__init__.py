"""Reviews: the queue, notes, decisions of brand and legal, the caption lock."""
