"""The bodies of older clients' searches, each with the query that means the same."""

from __future__ import annotations

from pydantic import BaseModel
from qdrant_client import models


class Asked(BaseModel):
    """What every search has; unset fields mean what they mean in a query."""

    filter: models.Filter | None = None
    params: models.SearchParams | None = None
    limit: int
    offset: int | None = None
    with_payload: models.WithPayloadInterface | None = None
    with_vector: models.WithVector | None = None
    score_threshold: float | None = None

    def _query(
        self, query: object, using: str | None, lookup: models.LookupLocation | None = None
    ) -> models.QueryRequest:
        shared = {name: getattr(self, name) for name in Asked.model_fields}
        return models.QueryRequest(query=query, using=using, lookup_from=lookup, **shared)  # type: ignore[arg-type]  # pydantic checks it


class NamedVector(BaseModel):
    """A vector, and the name of those that it is compared with."""

    name: str
    vector: list[float] | models.SparseVector


class Search(Asked):
    """The nearest to a vector."""

    vector: list[float] | NamedVector

    def as_query(self) -> models.QueryRequest:
        """Return the query that means the same."""
        if isinstance(self.vector, NamedVector):
            return self._query(self.vector.vector, self.vector.name)
        return self._query(self.vector, None)


class Recommendation(Asked):
    """Like the positive examples, unlike the negative ones."""

    positive: list[models.VectorInput] | None = None
    negative: list[models.VectorInput] | None = None
    strategy: models.RecommendStrategy | None = None
    using: str | None = None
    lookup_from: models.LookupLocation | None = None

    def as_query(self) -> models.QueryRequest:
        """Return the query that means the same."""
        examples = models.RecommendInput(
            positive=self.positive, negative=self.negative, strategy=self.strategy
        )
        query = models.RecommendQuery(recommend=examples)
        return self._query(query, self.using, self.lookup_from)


class Discovery(Asked):
    """Near a target if there is one, on the right side of pairs."""

    target: models.VectorInput | None = None
    context: list[models.ContextPair] | None = None
    using: str | None = None
    lookup_from: models.LookupLocation | None = None

    def as_query(self) -> models.QueryRequest:
        """Return the query that means the same."""
        pairs = self.context or []
        if self.target is None:
            context = models.ContextQuery(context=pairs)
            return self._query(context, self.using, self.lookup_from)
        discover = models.DiscoverInput(target=self.target, context=pairs)
        query = models.DiscoverQuery(discover=discover)
        return self._query(query, self.using, self.lookup_from)


class Grouping(BaseModel):
    """How the points found are gathered."""

    group_by: str
    group_size: int
    with_lookup: models.WithLookupInterface | None = None

    def _groups(self, query: models.QueryRequest) -> models.QueryGroupsRequest:
        shared = {name: getattr(query, name) for name in models.QueryRequest.model_fields}
        del shared["offset"]
        own = {name: getattr(self, name) for name in Grouping.model_fields}
        return models.QueryGroupsRequest(**shared, **own)


class GroupedSearch(Search, Grouping):
    """A search whose points are gathered."""

    def as_groups(self) -> models.QueryGroupsRequest:
        """Return the query that means the same."""
        return self._groups(self.as_query())


class GroupedRecommendation(Recommendation, Grouping):
    """A recommendation whose points are gathered."""

    def as_groups(self) -> models.QueryGroupsRequest:
        """Return the query that means the same."""
        return self._groups(self.as_query())


class Searches(BaseModel):
    """Several searches."""

    searches: list[Search]


class Recommendations(BaseModel):
    """Several recommendations."""

    searches: list[Recommendation]


class Discoveries(BaseModel):
    """Several discoveries."""

    searches: list[Discovery]
