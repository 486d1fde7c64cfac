"""Quality, speed and memory, run by hand or by `make bench`. What they measure stands in README.md here."""
