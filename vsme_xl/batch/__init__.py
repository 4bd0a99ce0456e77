"""A folder of client workbooks turned into results and a portfolio; modules in the order of the way of the data."""
