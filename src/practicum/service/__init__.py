"""TOOLBOX: what a service may touch: ports, operations, resilience; live adapters in `live`."""
