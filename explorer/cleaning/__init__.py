"""The cleaning desk: findings are decided one by one or at once, with a trash and a way back."""

from explorer.cleaning.best import Best, Prefer
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
from explorer.cleaning.desks import Desks
from explorer.cleaning.difference import FieldDifference, differences, identical
from explorer.cleaning.merge import RULE, merged_fields
from explorer.cleaning.proposal import Choice, Proposal, Step
from explorer.cleaning.script import script

__all__ = [
    "RULE",
    "Action",
    "Best",
    "Change",
    "Choice",
    "Course",
    "Decision",
    "Desk",
    "DeskError",
    "Desks",
    "Dropped",
    "Entry",
    "FieldDifference",
    "FieldsSet",
    "Open",
    "Prefer",
    "Progress",
    "Proposal",
    "Stand",
    "Step",
    "Trashed",
    "differences",
    "identical",
    "merged_fields",
    "script",
]
