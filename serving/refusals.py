"""Why a night keeps the earlier list: each reason with its own exit code and what to do about it."""

from enum import IntEnum


class ExitCode(IntEnum):
    """What ``zhaoren`` returns to the scheduler."""

    OK = 0
    WRONG_USAGE = 2
    SETTINGS_WRONG = 10
    ANOTHER_NIGHT_RUNNING = 11
    NO_CHAMPION = 12
    MODEL_NOT_REPRODUCED = 13
    FEED_NOT_USABLE = 14
    NOBODY_TO_SCORE = 15
    INPUTS_CHANGED = 16
    LISTS_DAMAGED = 17
    POLICY_WRONG = 18
    STORAGE_FAILED = 19
    STEP_FAILED = 20
    REPLAY_DIFFERS = 21
    MESSAGES_DEAD = 22
    NOT_FOUND = 23
    LEASE_LOST = 24
    CONTRACTS_WRONG = 25
    KEY_UNUSABLE = 26
    LAKE_DAMAGED = 27
    FACTS_EXPIRED = 28
    SOURCE_NOT_READ = 29
    CONTRACTS_BREAK = 31
    AUDIT_BROKEN = 32
    STORE_OTHER_VERSION = 33
    SHEET_NOT_UNDERSTOOD = 34
    LIST_MISSING = 35
    NOT_ANNOUNCED = 36
    INTERRUPTED = 130


class Refusal(Exception):
    """Something was found that makes going on wrong. What was published before stays.

    ``found`` says what was found and where, ``to_do`` what a person should do next. Neither carries
    personal data.
    """

    def __init__(self, code: ExitCode, *, found: str, to_do: str) -> None:
        super().__init__(f"{found} {to_do}")
        self.code = code
        self.found = found
        self.to_do = to_do
