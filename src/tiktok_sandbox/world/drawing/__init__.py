"""A fresh world from a family and a seed."""
