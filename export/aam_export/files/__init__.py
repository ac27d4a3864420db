"""Files as Audience Manager takes them: their names and lines, what a file holds, how it is written and encrypted."""
