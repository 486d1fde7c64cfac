"""HTML pages in one file: templates, tables, small charts, and a style sheet. Pages fetch nothing."""
