"""Texts in rows and columns as an Arrow table, for whoever shows them as they are."""

from collections.abc import Sequence

import pyarrow as pa


def texts(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> pa.Table:
    """Rows of texts under their heads, of which two may be the same."""
    columns = [pa.array([row[place] for row in rows], pa.string()) for place in range(len(heads))]
    return pa.Table.from_arrays(columns, names=list(heads))
