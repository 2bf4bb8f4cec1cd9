"""Households that came by another way than a list, and what that says about whom the engine missed."""

from serving.channels.intake import (
    Confirmation,
    Intake,
    IntakeConflict,
    IntakeReceipt,
    IntakeUnknown,
    confirm_intake,
    record_intake,
)
from serving.channels.missed import Fate, Missed, missed
from serving.store.tables.channels import Entered, IntakeChannel

__all__ = [
    "Confirmation",
    "Entered",
    "Fate",
    "Intake",
    "IntakeChannel",
    "IntakeConflict",
    "IntakeReceipt",
    "IntakeUnknown",
    "Missed",
    "confirm_intake",
    "missed",
    "record_intake",
]
