"""Tables that people bring: text becomes a sheet, a sheet columns, columns an experiment; and the page around it."""
