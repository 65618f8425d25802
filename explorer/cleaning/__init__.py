"""The cleaning desk: findings are decided one by one, with a trash, a log and a way back."""

from explorer.cleaning.change import Change, Dropped, FieldsSet
from explorer.cleaning.decision import (
    Action,
    Course,
    Decision,
    DeskError,
    Entry,
    Stand,
    Trashed,
)
from explorer.cleaning.desk import Desk, Open, Progress
from explorer.cleaning.difference import FieldDifference, differences, identical
from explorer.cleaning.merge import RULE, merged_fields
from explorer.cleaning.script import script

__all__ = [
    "RULE",
    "Action",
    "Change",
    "Course",
    "Decision",
    "Desk",
    "DeskError",
    "Dropped",
    "Entry",
    "FieldDifference",
    "FieldsSet",
    "Open",
    "Progress",
    "Stand",
    "Trashed",
    "differences",
    "identical",
    "merged_fields",
    "script",
]
