"""Reports: what is asked, how it is summed, at once or as a task."""
