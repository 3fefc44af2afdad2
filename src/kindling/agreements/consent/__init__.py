"""The creator's answer, the signed document, and the evidence pack."""
