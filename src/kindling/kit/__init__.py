"""Tools without a business word: money, time, text, tables."""
