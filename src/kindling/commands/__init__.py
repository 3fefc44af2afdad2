"""The command line, one module per subject. Commands translate; services decide."""
