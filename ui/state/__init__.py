"""What is looked at, as plain records: how an address says it, what a person changed by hand, and the way back."""
