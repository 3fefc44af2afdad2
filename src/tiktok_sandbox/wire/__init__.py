"""TikTok's HTTP surface: one module per resource; parse, check, act on the world, answer.

A request comes in through gateway (limits, faults, token, declared form) and ends in a handler; a
module's handlers are listed at its end, all of them in endpoints. Files of one resource share their
first word: ads, ad_rules, ad_making; reports, report_questions, report_sums, report_tasks.
"""
