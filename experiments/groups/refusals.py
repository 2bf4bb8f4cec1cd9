"""What every refusal about model groups has in common, so that the command line knows it as one."""


class GroupsRefusal(Exception):
    """Nothing was computed or overwritten; the message says what to do."""
