"""What a replacement stands for: the module as it is installed, loaded beside it.

A replacement may then change one thing and leave the rest as it is, as a release does.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import sys
from types import ModuleType


def original(name: str) -> ModuleType:
    """The installed module ``name``, under a name of its own. ImportError if there is none."""
    alias = f"{name}__installed"
    if alias in sys.modules:
        return sys.modules[alias]
    package = importlib.import_module(name.rpartition(".")[0])
    found = importlib.machinery.PathFinder.find_spec(name, package.__path__)
    spec = found and importlib.util.spec_from_file_location(alias, found.origin)
    if not spec or spec.loader is None:
        raise ImportError(f"{name} is not installed, so that nothing can be built on it", name=name)
    module = importlib.util.module_from_spec(spec)
    sys.modules[alias] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[alias]
        raise
    return module
