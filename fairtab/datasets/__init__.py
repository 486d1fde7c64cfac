"""Datasets: one YAML file each in conf/dataset describes a table, which is split in the same way for every seed."""
