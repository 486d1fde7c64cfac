"""Methods to compare with: one folder for each family. No family imports another."""
