"""Arrays into temporary tables by binary COPY."""

import io
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from django.db import connection

from itsm.calc.measurement import NEVER
from itsm.queries.arrays import EPOCH_2000_US, Fields, wire
from mspgov.kernel.instants import Micros


def copy_back(table: str, fields: Fields, columns: Mapping[str, npt.NDArray[np.generic]]) -> None:
    """Arrays of one length into a temporary table whose columns are `fields` in order."""
    layout = wire(fields)
    rows = np.zeros(len(next(iter(columns.values()))), layout)
    rows["count"] = len(fields)
    for name, kind in fields:
        rows[f"{name}_length"] = np.dtype(kind).itemsize
        rows[name] = columns[name]
    head = b"PGCOPY\n\xff\r\n\0" + bytes(8)
    with connection.cursor() as c:
        c.copy_expert(f"copy {table} from stdin (format binary)", io.BytesIO(head + rows.tobytes() + b"\xff\xff"))


def timestamps(micros: Micros) -> Micros:
    """The inverse of `instants`."""
    return np.where(micros == NEVER, NEVER, micros - EPOCH_2000_US)
