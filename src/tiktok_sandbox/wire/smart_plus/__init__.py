"""Smart+ campaigns, ad groups, ads, reviews and creative reports."""
