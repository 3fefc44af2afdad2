"""How one call is made: endpoint, pacing, transport, envelope, codes, repeats, pages."""
