"""What ads cost and brought in some days, by campaign, ad, post, creator, product or note of the post."""
