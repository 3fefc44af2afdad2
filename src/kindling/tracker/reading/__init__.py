"""How a sheet is read: files into cells, columns by their header, cells as people write them. Pure but for `sheets`."""
