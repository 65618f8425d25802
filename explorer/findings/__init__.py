"""Findings: outliers, near-duplicates and labels that disagree, and the desk where they go."""

from explorer.findings.disagreement import LabelError, Votes, disagreements, vote
from explorer.findings.duplicates import (
    closest_scores,
    duplicate_groups,
    linked,
    starting_threshold,
)
from explorer.findings.finding import Evidence, Finding, FindingKind, Label, marks
from explorer.findings.labels import label_in, labels_of
from explorer.findings.neighbourhoods import Labels, Neighbourhoods
from explorer.findings.outliers import (
    Dissimilar,
    OutlierMethod,
    density_scores,
    dissimilar_findings,
    distance_scores,
    most_dissimilar,
    strongest,
)

__all__ = [
    "Dissimilar",
    "Evidence",
    "Finding",
    "FindingKind",
    "Label",
    "LabelError",
    "Labels",
    "Neighbourhoods",
    "OutlierMethod",
    "Votes",
    "closest_scores",
    "density_scores",
    "disagreements",
    "dissimilar_findings",
    "distance_scores",
    "duplicate_groups",
    "label_in",
    "labels_of",
    "linked",
    "marks",
    "most_dissimilar",
    "starting_threshold",
    "strongest",
    "vote",
]
