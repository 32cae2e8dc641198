"""What is said where something that was brought cannot be used."""


class TableError(ValueError):
    """What came is no table that can be learnt from; its text is one plain sentence for the person who brought it."""
