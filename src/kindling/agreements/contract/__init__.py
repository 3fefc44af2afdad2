"""What is agreed: terms, their form and wording, versions, and the states of an agreement."""
