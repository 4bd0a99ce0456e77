"""Answers that move on: into the workbook of the next year, or into another workbook of the same year."""
