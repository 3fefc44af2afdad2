"""What there is and what is saved: plain records, their indexes, the clock."""
