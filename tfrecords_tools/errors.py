"""The error for wrong data sets and flags."""


class ConversionError(ValueError):
    """The data set or a flag is not as it must be. The message is one sentence that says what must hold."""
