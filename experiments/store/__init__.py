"""Runs on disk: the folder is the database, and only this room knows its paths.

    <root>/<dataset>/dataset.json
    <root>/<dataset>/<method>/<variant>/seed-<seed>/
        config.yaml, fit/ (or fit-diverged/)
        <level>/config.yaml, synthetic.parquet, metrics.json, replicates.parquet, marginals.json, provenance.json,
                run.log
        <goal>/the same, and search/found.json, candidates.csv, joint.csv, frontier.png, frontier.svg

place       where things are
run         what is there, and whether it may be used
identity    which configuration made it
frames      finished runs as rows of frames
folded      finished runs of a dataset as one file, <root>/<dataset>.parquet
locks       one process at a time

A run is done if `metrics.json` is there under its name. A cell that is asked for is made again if its table is missing,
as in a clone: git has metrics and no tables. An artefact is used again only if the configuration asked for made it and
its bytes are those that were written. If not, it is made again, or refused.
"""
