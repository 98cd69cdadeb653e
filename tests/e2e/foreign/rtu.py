"""A pymodbus server of RTU frames, over TCP or on a serial line.

python rtu.py tcp PORT UNIT
python rtu.py serial DEVICE UNIT
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from pymodbus import FramerType
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

sys.path.insert(0, str(Path(__file__).parent))
import registers


def entries(table: registers.Table, kind: DataType) -> list[SimData]:
    """A table as the library holds it."""
    bits = kind is DataType.BITS
    made = (
        (first, [bool(word) for word in words] if bits else list(words)) for first, words in table.items()
    )
    return [SimData(first, values=values, datatype=kind) for first, values in sorted(made)]


async def serve(line: str, place: str, unit: int) -> None:
    """Serves until it is ended."""
    bits = (entries(table, DataType.BITS) for table in (registers.COIL, registers.DISCRETE))
    words = (entries(table, DataType.REGISTERS) for table in (registers.HOLDING, registers.INPUT))
    device = SimDevice(unit, (*bits, *words))
    if line == "tcp":
        server = ModbusTcpServer(device, address=("127.0.0.1", int(place)), framer=FramerType.RTU)
    else:
        server = ModbusSerialServer(device, port=place, baudrate=9600, framer=FramerType.RTU)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2], int(sys.argv[3])))
