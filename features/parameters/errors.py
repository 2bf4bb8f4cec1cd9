"""What goes wrong with policy parameters."""


class ParameterError(LookupError):
    """No such parameter or region, or a file that is not what it must be; the sentence says where."""
