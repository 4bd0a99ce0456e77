"""The portfolio of a batch: companies, groups, time series and findings over all clients, as one workbook."""
