"""Comment threads, drawn when somebody reads them, and what people do to them."""
