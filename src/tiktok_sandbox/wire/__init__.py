"""TikTok's HTTP surface: a folder per subject, a module per resource; parse, check, act, answer.

gateway takes a request through limits, faults, token and declared form to its handler; a module
lists its handlers at its end, endpoints joins the lists. By the path of the call:

oauth2/*, tt_user/*, user/*, advertiser/*, term/*    access
tt_video/*, identity/*, tcm/*                        spark
business/*, spark_ad/*                               accounts
campaign/*, adgroup/*, ad/*, file/*, split_test/*    ads
smart_plus/*                                         smart_plus
campaign/gmv_max/*, gmv_max/*                        gmv_max
comment/*, business/comment/*, blockedword/*         comments
report/*                                             reports
pixel/*, event/*                                     measurement
subscription/*, business/webhook/*                   webhooks
what all of them share                               protocol
"""
