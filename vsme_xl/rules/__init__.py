"""The expression language of the rules: parsed once, read by NumPy, by Excel and by people."""
