"""Protocol servers for simulated devices."""
