"""Pulumi programs of the clouds: one folder a cloud, all fulfilling the one contract."""
