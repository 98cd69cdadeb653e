"""Servers of modbus-tk: one thread for all connections, or a serial line.

python single.py tcp PORT UNIT DELAY_S
python single.py rtu DEVICE UNIT DELAY_S
"""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import serial
from modbus_tk import defines, hooks, modbus_rtu, modbus_tcp

sys.path.insert(0, str(Path(__file__).parent))
import registers

KINDS = {
    defines.HOLDING_REGISTERS: registers.HOLDING,
    defines.ANALOG_INPUTS: registers.INPUT,
    defines.COILS: registers.COIL,
    defines.DISCRETE_INPUTS: registers.DISCRETE,
}

if __name__ == "__main__":
    line, place, unit, delay_s = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    if line == "rtu":
        server = modbus_rtu.RtuServer(serial.Serial(place, 9600, timeout=0.02))
    else:
        server = modbus_tcp.TcpServer(address="127.0.0.1", port=int(place))
    slave = server.add_slave(unit)
    for kind, table in KINDS.items():
        for address, words in table.items():
            slave.add_block(f"{kind}/{address}", kind, address, len(words))
            slave.set_values(f"{kind}/{address}", address, list(words))
    hooks.install_hook("modbus.Slave.handle_request", lambda _: time.sleep(delay_s))
    server.start()
    threading.Event().wait()
