"""Speed, memory, and what a result depends on; run by hand. What they measure stands in README.md here."""
