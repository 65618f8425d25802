"""The distance matrix of a sample or of chosen points: its order, its files."""

from explorer.matrix.files import MatrixFormat, write_matrix
from explorer.matrix.matrices import Matrices
from explorer.matrix.matrix import Matrix, compute
from explorer.matrix.question import MAX_CELLS, MAX_SAMPLE, Question
from explorer.matrix.seriation import Seriation, seriate

__all__ = [
    "MAX_CELLS",
    "MAX_SAMPLE",
    "Matrices",
    "Matrix",
    "MatrixFormat",
    "Question",
    "Seriation",
    "compute",
    "seriate",
    "write_matrix",
]
