"""What a person asks for becomes a specification: its content, names and landing addresses."""
