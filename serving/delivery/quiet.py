"""Libraries that carry our messages keep no log: theirs quotes addresses with tokens and what receivers say.

Called by the modules that bring such a library in, before its first use.
"""

import logging

_NEVER = logging.CRITICAL + 1


def silence(*names: str) -> None:
    """Let the loggers called ``names``, and those under them, say nothing."""
    for name in names:
        logging.getLogger(name).setLevel(_NEVER)
