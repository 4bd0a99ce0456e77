"""The reading edge: a workbook file to facts and findings, through a mapping."""
