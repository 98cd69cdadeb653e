"""MQTT devices: clients of the compiled broker, or devices with a broker of their own."""
