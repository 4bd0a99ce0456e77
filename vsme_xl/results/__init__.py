"""The results workbook: what stands where, the formulas, and the writers of its sheets."""
