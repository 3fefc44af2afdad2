"""The life cycle of an authorization: rules, transitions, polling, the daily sweep, paid windows."""
