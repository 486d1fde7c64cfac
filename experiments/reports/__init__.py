"""Reports: functions of the runs' frame, nothing else."""
