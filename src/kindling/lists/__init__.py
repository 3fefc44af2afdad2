"""Every list of the product: columns, filters, order, saved views and exports, said once for page, API and shell."""
