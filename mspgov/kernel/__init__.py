"""Working time, money and periods: pure Python and numpy.

No Django, no clock, no input or output.
"""
