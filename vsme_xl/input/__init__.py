"""The input workbook: what stands where, its live formulas, and the writers of its sheets."""
