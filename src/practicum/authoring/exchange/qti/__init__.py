"""QTI 3.0, the XML of questions that assessment systems read: items, a test, and a package.

Written by the information model and binding of 1EdTech (final release, 2022) and its examples.
"""
