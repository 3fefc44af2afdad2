"""A page that shows the parts pages are made of."""
