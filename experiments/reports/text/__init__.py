"""Tables as text: in the terminal, in Markdown, LaTeX and CSV."""
