"""A Modbus TCP server of pyModbusTCP: exact about gaps, slow, with few registers at once and one that fails.

python meter.py PORT
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from pyModbusTCP.server import DataHandler, ModbusServer

sys.path.insert(0, str(Path(__file__).parent))
import registers

MOST = 60
DELAY_S = 0.03
ILLEGAL_ADDRESS, ILLEGAL_VALUE, DEVICE_FAILURE = 2, 3, 4


class Device(DataHandler):
    """Answers for what there is."""

    def answer(self, table: registers.Table, address: int, count: int) -> DataHandler.Return:
        """The entries asked for, or the exception."""
        time.sleep(DELAY_S)
        entries = {first + n: word for first, words in table.items() for n, word in enumerate(words)}
        asked = range(address, address + count)
        if count > MOST:
            return self.Return(exp_code=ILLEGAL_VALUE)
        if any(one not in entries for one in asked):
            return self.Return(exp_code=ILLEGAL_ADDRESS)
        if table is registers.HOLDING and registers.FAILING in asked:
            return self.Return(exp_code=DEVICE_FAILURE)
        return self.Return(exp_code=0, data=[entries[one] for one in asked])

    def read_coils(self, address: int, count: int, srv_info: object) -> DataHandler.Return:
        return self.answer(registers.COIL, address, count)

    def read_d_inputs(self, address: int, count: int, srv_info: object) -> DataHandler.Return:
        return self.answer(registers.DISCRETE, address, count)

    def read_h_regs(self, address: int, count: int, srv_info: object) -> DataHandler.Return:
        return self.answer(registers.HOLDING, address, count)

    def read_i_regs(self, address: int, count: int, srv_info: object) -> DataHandler.Return:
        return self.answer(registers.INPUT, address, count)


if __name__ == "__main__":
    ModbusServer("127.0.0.1", int(sys.argv[1]), data_hdl=Device()).start()
