"""State and mechanisms of the simulated TikTok. Knows no HTTP.

Where things are, from the ground up; a folder knows those above it in this list:

randomness   draws: columns of them, or one at a time
families     what a world is drawn from: its numbers, its YAML files
texts        what people write: grammars, captions, what products are called
state        what is saved: entities and other records, clock and hours, indexes, refusals, open
             questions (behaviour)
posts        what a post is like (latents, traits), a viewer's response, how far it gets (waves),
             impressions one by one
ledgers      what was booked: hours of ads and posts, orders, running sums, comment counts
world        the world: state, ledgers and sums of one simulated TikTok
creators     permissions (codes and bindings), requests, marketplace, habits
ads          budgets, materials, pushes, reviews, statuses, pixel events, rollback
webhooks     the queue of webhooks
comments     threads: who writes, about what, in which words; what people do to them and what
             that changes
delivery     free views (organic); paid views: eligible_ads, pacing, market, auctions;
             orders; measures (sums for reports)
truth        what_if, counterfactuals, profit
passing      one simulated hour after the other (hours), webhooks of what happened, folding
drawing      a fresh world: build, population, business
storage      a world as a file
"""
