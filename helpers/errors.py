"""The one exception for input that the user can put right."""


class UserError(ValueError):
    """Bad input, told in one sentence: what was wrong, what was expected, what to do.

    The command line prints the sentence and leaves with exit status 2.

    Examples
    --------
    >>> raise UserError("--epochs must be at least 1, got 0.")
    Traceback (most recent call last):
        ...
    helpers.errors.UserError: --epochs must be at least 1, got 0.
    """
