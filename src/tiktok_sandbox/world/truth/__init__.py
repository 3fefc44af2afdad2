"""What nobody outside could know: other choices, other formats, profit."""
