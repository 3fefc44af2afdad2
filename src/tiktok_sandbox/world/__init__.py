"""State and mechanisms of the simulated TikTok. Knows no HTTP.

Where things are:

what there is      world (state and its doors), entities, indexes, storage, clock, behaviour
drawing a world    family, family_files (YAML), families, population, latents, traits, business
one view           response (rates), impressions (one viewer at a time), randomness, draws
free views         organic
paid views         fleet (what may run), pacing, market, delivery, budgets, tally
what is booked     ledger, orders, measures, books, folding
people and rules   permissions, statuses, reviews, pushes, habits, requests, marketplace
comments           comments, comment_texts, comment_words, comment_counts, comment_acts, ad_threads
other assets       materials, smart_plus, split_tests, events (pixels), webhooks
the truth          what_if, counterfactuals
passing            one simulated hour after the other; everything above is called from there
"""
