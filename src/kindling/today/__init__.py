"""The five questions, and what needs a person now."""
