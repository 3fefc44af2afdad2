"""What a team asks to be notified of."""
