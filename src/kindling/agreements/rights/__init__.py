"""Usage rights: their term, the permission clocks, renewals, imports and corrections."""
