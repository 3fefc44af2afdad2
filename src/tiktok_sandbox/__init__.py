"""A simulated TikTok for Spark Ads: it speaks the API for Business and knows its own truth.

world      state and mechanisms; knows no HTTP. worlds/ holds the families of worlds as YAML
runtime    what one running sandbox holds beside its world: limits, faults, history, courier
media      covers, clips, faces and sounds, drawn when asked for; their signed links
wire       TikTok's HTTP, a folder per subject
phone      the creator's app
control    what only a sandbox can do: clock, reset, faults, truth, the shop
describe   generated descriptions: coverage table, OpenAPI, calibration
app        all of it as one ASGI application; server runs it, cli and pytest_plugin start it
"""
