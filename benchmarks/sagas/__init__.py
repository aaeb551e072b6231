"""Sagas of four steps: ours beside the engines that people would pick instead.

Everything that runs inside an engine's own virtual environment (``rivals/`` and
``closed_loop``) imports the standard library and that engine only.
"""
