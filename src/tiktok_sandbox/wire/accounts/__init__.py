"""A creator's own account (`business/*`): codes without the app, videos, promotions."""
