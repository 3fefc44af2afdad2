"""What happened in each hour, and the running sums of it."""
