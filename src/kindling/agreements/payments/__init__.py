"""What is owed to creators: fees, payables, the payment file."""
