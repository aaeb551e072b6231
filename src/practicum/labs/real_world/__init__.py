"""The second world: the protocol file of a simulation, run by processes over a real network."""
