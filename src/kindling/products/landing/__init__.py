"""The pages that ads lead to: fetched, read, and kept as answers."""
