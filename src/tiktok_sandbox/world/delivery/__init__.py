"""One hour of views, free and paid: auction, pacing, orders, and the sums of them."""
