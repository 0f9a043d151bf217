"""The sandbox provider: pictures and clips drawn on the CPU, deterministic, offline and labelled as such."""
