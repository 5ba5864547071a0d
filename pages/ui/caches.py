"""Caches of results of snapshots."""

from collections.abc import Callable, Hashable
from typing import Any

from vae.runs.snapshot import Snapshot

# For `st.cache_resource(hash_funcs=BY_CONTENT)`: a snapshot that was written anew is another one.
BY_CONTENT: dict[str | type[Any], Callable[[Any], Hashable]] = {Snapshot: lambda snapshot: snapshot.key}
