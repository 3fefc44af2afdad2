"""What every endpoint shares: the call, its parameters and their declared form, errors."""
