"""TOWN: the system under study, one folder a service; services never import one another."""
