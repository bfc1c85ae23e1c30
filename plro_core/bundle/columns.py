"""The Parquet files of a bundle, read in a process of its own: native code takes strangers' bytes apart there.

Columns come back as plain values and become tables anew: Arrow's own form between processes is trusted by whoever reads
it, and the reader has read what nobody vouches for.
"""

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from plro_core.bundle.opening import AGAIN, MOST_UNPACKED
from plro_core.confined import ask
from plro_core.problems import DataProblem

_PLAIN = {str(kind): kind for kind in (pa.int64(), pa.float64(), pa.bool_(), pa.string())}


def tables_of(files: Mapping[str, bytes], names: Sequence[str]) -> dict[str, pa.Table]:
    """Each Parquet file as a table in one piece, so that writing it again gives the same bytes.

    Raises:
        DataProblem: one is not readable, larger than its CSV file says, or not to be read within the limits.
    """
    lacking = next((name for name in names if f"data/{name}.csv" not in files), None)
    if lacking is not None:
        raise DataProblem(f"data/{lacking}.csv: the bundle lacks this file; {AGAIN}.")
    paths = [f"parquet/{name}.parquet" for name in names]
    sizes = [len(files[f"data/{name}.csv"]) for name in names]
    read = ask(__name__, [paths, sizes], [files[path] for path in paths], _taken)
    return dict(zip(names, read, strict=True))


def _taken(value: Any, _: list[bytes]) -> list[pa.Table]:
    return [_of_plain(columns) for columns in value]


def _of_plain(columns: Any) -> pa.Table:
    schema = pa.schema([pa.field(name, _PLAIN[kind], nullable is True) for name, kind, nullable, _ in columns])
    arrays = [pa.array(cells, entry.type) for entry, (*_, cells) in zip(schema, columns, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def answer(value: Any, files: list[bytes]) -> tuple[Any, list[bytes]]:
    """The columns of each table: name, type, may it be empty, cells (in the reader's process)."""
    paths, sizes = value
    read = (_table(*parts) for parts in zip(paths, files, sizes, strict=True))
    return [_plain(table) for table in read], []


def _plain(table: pa.Table) -> list[Any]:
    return [
        [entry.name, str(entry.type), entry.nullable, column.to_pylist()]
        for entry, column in zip(table.schema, table.columns, strict=True)
    ]


def _table(path: str, content: bytes, most: int) -> pa.Table:
    try:
        file = pq.ParquetFile(BytesIO(content), page_checksum_verification=True)
        _check_size(path, content, file, most)
        table = file.read(use_threads=False)
        table.validate(full=True)  # text that is not UTF-8, for one
        return table
    except MemoryError:  # one of Arrow's is also an ArrowException
        raise
    except (pa.ArrowException, OSError, ValueError):
        raise DataProblem(f"{path}: the file is not readable Parquet; {AGAIN}.") from None


def _check_size(path: str, content: bytes, file: pq.ParquetFile, most: int) -> None:
    """A few bytes of Parquet can say a cell a billion times; ``most``, the CSV's bytes, says them all one by one."""
    names, types = file.schema_arrow.names, file.schema_arrow.types
    if len(set(names)) < len(names) or not set(types) <= set(_PLAIN.values()):
        raise DataProblem(
            f"{path}: expected each column once, of whole numbers, numbers, truth values or text; {AGAIN}."
        )
    metadata = file.metadata
    unpacked = sum(metadata.row_group(index).total_byte_size for index in range(metadata.num_row_groups))
    texts = [name for name, kind in zip(names, types, strict=True) if kind == pa.string()]
    too_large = metadata.num_rows * len(names) > most or unpacked > MOST_UNPACKED
    if too_large or _text_bytes(content, texts) > most:
        raise DataProblem(f"data/{path[8:-8]}.csv: it says less than {path} holds; expected both to agree; {AGAIN}.")


def _text_bytes(content: bytes, names: list[str]) -> int:
    """Bytes of the texts of these columns, added up without writing out what is repeated."""
    table = pq.read_table(BytesIO(content), columns=names, read_dictionary=names, use_threads=False)
    chunks = [chunk for column in table.columns for chunk in column.chunks]
    return sum(pc.sum(pc.binary_length(chunk.dictionary).take(chunk.indices)).as_py() or 0 for chunk in chunks)
