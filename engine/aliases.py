"""Aliases: other names of collections, changed several at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qdrant_client import models

from engine.errors import Conflict, NotFound
from engine.storage.folders import check_collection_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def changed_aliases(
    aliases: Mapping[str, str],
    actions: Sequence[models.AliasOperations],
    collections: Sequence[str],
) -> dict[str, str]:
    """Return the aliases after some actions, in their order.

    An alias that exists is given to another collection by creating it again; deleting one that does
    not exist changes nothing.

    Args:
        aliases: collection names by alias.
        actions: what to do.
        collections: names of all collections.

    Raises:
        NotFound: a collection, or an alias to be renamed, does not exist.
        Conflict: an alias would have the name of a collection.
        WrongInput: the alias is not allowed as a name.

    """
    after = dict(aliases)
    for action in actions:
        match action:
            case models.CreateAliasOperation(create_alias=create):
                _check_free(create.alias_name, collections)
                if create.collection_name not in collections:
                    raise NotFound(f"Collection `{create.collection_name}` doesn't exist!")
                after[create.alias_name] = create.collection_name
            case models.DeleteAliasOperation(delete_alias=delete):
                after.pop(delete.alias_name, None)
            case models.RenameAliasOperation(rename_alias=rename):
                _check_free(rename.new_alias_name, collections)
                if rename.old_alias_name not in after:
                    raise NotFound(f"Alias {rename.old_alias_name} does not exists!")
                after[rename.new_alias_name] = after.pop(rename.old_alias_name)
    return after


def _check_free(alias: str, collections: Sequence[str]) -> None:
    check_collection_name(alias)
    if alias in collections:
        raise Conflict(f"Collection `{alias}` already exists!")
