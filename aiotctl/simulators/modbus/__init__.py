"""Modbus devices: TCP, RTU over TCP and serial RTU."""
