"""The review of a workbook: a copy with every finding marked in its cell, and a mail draft that carries it."""
