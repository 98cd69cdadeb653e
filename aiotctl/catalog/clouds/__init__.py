"""Clouds: what makes the machines and services of an environment's hub."""
