"""How Hypothesis looks for examples: the same ones on every run of CI, new ones elsewhere; and
a terminal that is as wide, and as colourless, wherever the tests are run from."""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("elsewhere", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "elsewhere")

# Read by rich when the package is imported, which is after this.
os.environ["COLUMNS"] = "250"
for forced in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
    os.environ.pop(forced, None)
