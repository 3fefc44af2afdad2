"""What the brand sells and what one unit costs, by SKU."""
