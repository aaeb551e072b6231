"""The simulator beside its peers: the same programs, each engine by its own documentation.

What runs inside the peers' own virtual environment (``lap``, ``tracing``, ``sameness``,
``programs``, ``protocols/`` and ``engines/``) imports the standard library, that engine, and for
ours msgspec.
"""
