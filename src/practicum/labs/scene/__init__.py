"""The scenes of investigations: a defect drawn from a seed, and the damage that it leaves.

`staging.prepare` brings a lab's range into the scene of a seed; it returns at once when the
scene stands there already. `staging.hand_in` takes the learner's answer and returns the
observations that the lab's ``checks.py`` is run on. `solving.solve` runs a ``solve.py`` first.
"""
