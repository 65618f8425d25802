"""What is public in a library, and under which name: functions, classes, their methods."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from scipy.stats import rv_continuous, rv_discrete

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MODULES = {
    "numpy": "char dtypes exceptions fft lib.recfunctions lib.scimath lib.stride_tricks linalg ma "
    "polynomial polynomial.chebyshev polynomial.hermite polynomial.laguerre polynomial.legendre "
    "polynomial.polynomial random rec strings",
    "scipy": "cluster.hierarchy cluster.vq constants datasets differentiate fft integrate "
    "interpolate io io.arff io.wavfile linalg linalg.interpolative ndimage odr optimize "
    "optimize.elementwise signal signal.windows sparse sparse.csgraph sparse.linalg spatial "
    "spatial.distance spatial.transform special stats stats.contingency stats.mstats stats.qmc "
    "stats.sampling",
    "sklearn": "base calibration cluster compose covariance cross_decomposition datasets "
    "decomposition discriminant_analysis dummy ensemble exceptions feature_extraction "
    "feature_extraction.image feature_extraction.text feature_selection frozen gaussian_process "
    "gaussian_process.kernels impute inspection isotonic kernel_approximation kernel_ridge "
    "linear_model manifold metrics metrics.cluster metrics.pairwise mixture model_selection "
    "multiclass multioutput naive_bayes neighbors neural_network pipeline preprocessing "
    "random_projection semi_supervised svm tree utils utils.extmath utils.sparsefuncs",
    "pandas": "api.extensions api.indexers api.types arrays errors plotting tseries.frequencies "
    "tseries.holiday tseries.offsets",
    "skimage": "color data draw exposure feature filters filters.rank graph io measure metrics "
    "morphology registration restoration segmentation transform util",
}
"""The parts of each library that its reference manual lists, besides the top."""

METHODS_OF = {
    "numpy": "ndarray random.Generator ma.MaskedArray polynomial.Polynomial",
    "scipy": "stats.rv_continuous stats.rv_discrete stats.gaussian_kde stats.Normal "
    "sparse.csr_array spatial.KDTree spatial.ConvexHull spatial.transform.Rotation "
    "interpolate.BSpline interpolate.PPoly signal.ShortTimeFFT signal.StateSpace "
    "optimize.OptimizeResult",
    "sklearn": "pipeline.Pipeline compose.ColumnTransformer cluster.KMeans "
    "linear_model.LogisticRegression linear_model.SGDClassifier "
    "ensemble.RandomForestClassifier ensemble.GradientBoostingRegressor "
    "neighbors.KNeighborsClassifier decomposition.PCA tree.DecisionTreeClassifier "
    "feature_extraction.text.CountVectorizer model_selection.GridSearchCV "
    "gaussian_process.GaussianProcessRegressor",
    "pandas": "DataFrame Series Index MultiIndex DatetimeIndex CategoricalIndex IntervalIndex "
    "PeriodIndex Timestamp Timedelta Series.str Series.dt Series.cat DataFrame.plot "
    "api.typing.DataFrameGroupBy api.typing.Rolling api.typing.Resampler",
    "skimage": "graph.RAG transform.ProjectiveTransform measure.LineModelND",
}
"""The classes whose methods are taken; a method that several inherit stands under the first."""

SWITCHES = (
    "sklearn.experimental.enable_halving_search_cv",
    "sklearn.experimental.enable_iterative_imputer",
)
"""Modules whose import makes others usable."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A documented object.

    Attributes:
        name: the shortest dotted name by which a user reaches it.
        module: the first part of that name, up to the module.
        kind: function, class, exception, distribution, method or property.
        documented: the object that carries the docstring.

    """

    name: str
    module: str
    kind: str
    documented: Any


def entries() -> list[Entry]:
    """Return what is public and documented, sorted by name; a docstring told twice only once."""
    for switch in SWITCHES:
        import_module(switch)
    found: dict[str, Entry] = {}
    for entry in (*sorted(_members(), key=_closeness), *_methods()):
        docstring = inspect.getdoc(entry.documented)
        if docstring:
            found.setdefault(docstring, entry)
    return sorted(found.values(), key=lambda entry: entry.name)


def _members() -> Iterator[Entry]:
    for path in (*MODULES, *_dotted(MODULES)):
        module = import_module(path)
        yield from (
            Entry(f"{path}.{name}", path, _kind(documented), documented)
            for name, documented in _public(module)
            if callable(documented) and _belongs(documented, path.split(".")[0])
        )


def _dotted(parts: Mapping[str, str]) -> Iterator[str]:
    for library, paths in parts.items():
        yield from (f"{library}.{path}" for path in paths.split())


def _public(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """Yield what a module exports: by its list, else what it defines itself."""
    listed: Iterable[str] | None = getattr(module, "__all__", None)
    for name in dir(module) if listed is None else listed:
        member = getattr(module, name, None)
        defined_here = getattr(member, "__module__", "") == module.__name__
        if not name.startswith("_") and (listed is not None or defined_here):
            yield name, member


def _belongs(documented: Any, library: str) -> bool:
    """Tell whether an object is the library's own; compiled ones often do not say."""
    home = getattr(documented, "__module__", None) or library
    return home.split(".")[0] == library and type(documented).__name__ != "PytestTester"


def _methods() -> Iterator[Entry]:
    for path in _dotted(METHODS_OF):
        owner, module = _resolved(path)
        for name in sorted(vars(owner).keys() | _inherited(owner)):
            member = inspect.getattr_static(owner, name)
            if name.startswith("_") or inspect.isclass(member):
                continue
            if isinstance(member, property) or type(member).__name__ == "getset_descriptor":
                yield Entry(f"{path}.{name}", module, "property", member)
            elif callable(documented := getattr(member, "__func__", member)):
                yield Entry(f"{path}.{name}", module, "method", documented)


def _inherited(owner: type) -> set[str]:
    """Return the names that a class has from others of its library."""
    library = owner.__module__.split(".")[0]
    return {
        name
        for ancestor in owner.__mro__
        if ancestor.__module__.split(".")[0] == library
        for name in vars(ancestor)
    }


def _resolved(path: str) -> tuple[type, str]:
    """Return the class at a dotted name, an accessor's own for an accessor, and its module."""
    library, *rest = path.split(".")
    found: Any = import_module(library)
    module = library
    for name in rest:
        if isinstance(found, ModuleType):
            module = found.__name__
        found = getattr(found, name)
    return found if inspect.isclass(found) else type(found), module


def _kind(documented: Any) -> str:
    if inspect.isclass(documented):
        return "exception" if issubclass(documented, BaseException) else "class"
    return "distribution" if isinstance(documented, (rv_continuous, rv_discrete)) else "function"


def _closeness(entry: Entry) -> tuple[int, bool, int, str]:
    """Order names so that the one to prefer comes first: short, and the object's own."""
    name = entry.name.rsplit(".", 1)[-1]
    renamed = getattr(entry.documented, "__name__", name) != name
    return entry.name.count("."), renamed, len(entry.name), entry.name
