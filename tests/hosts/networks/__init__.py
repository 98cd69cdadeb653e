"""Data over bad networks: devices that count feed three gateways at two sites, and all is done to them that a
plant's network, its machines and its clocks do. Of every value is told what became of it.
"""
