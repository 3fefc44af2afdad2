"""The import of a team's spreadsheet tracker: read, explained row by row, applied."""
