"""A real Slurm of two nodes on this machine: python -m tests.cluster.slurm FOLDER starts one, until its input ends.

It needs root and the packages slurm-wlm, slurmdbd, munge and mariadb-server. All daemons keep their files in one folder
and listen on ports of their own, so a Slurm of the machine itself is left alone. Only children of this process are
stopped.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

NEEDED = ("munged", "slurmctld", "slurmdbd", "slurmd", "mariadbd", "mariadb-install-db")
NODES = ("one", "two")
HOST = socket.gethostname().split(".")[0]
CONF = """\
ClusterName=test
SlurmctldHost={host}
SlurmUser=root
SlurmctldPort={controller}
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=2,batch_sched_delay=0
MessageTimeout=30
KillWait=3
OverTimeLimit=0
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=localhost
AccountingStoragePort={accounting}
AccountingStoragePass={folder}/munge/socket
JobRequeue=1
{nodes}
PartitionName=main Nodes={names} Default=YES MaxTime=INFINITE State=UP
"""
ACCOUNTING = """\
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
DbdHost=localhost
DbdPort={accounting}
SlurmUser=root
PidFile={folder}/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser=root
"""


def is_installed() -> bool:
    """Tell whether this machine can start the cluster."""
    return os.geteuid() == 0 and all(shutil.which(name) for name in NEEDED)


class Cluster:
    """The daemons, each a child of this process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.daemons: dict[str, subprocess.Popen[bytes]] = {}
        socket_of_database = folder / "database.socket"
        self.environment = {
            **os.environ,
            "SLURM_CONF": str(folder / "slurm.conf"),
            "MYSQL_UNIX_PORT": str(socket_of_database),
        }

    def start(self) -> None:
        """Write the configuration, and start all daemons. Returns when both nodes are idle."""
        munge = self.folder / "munge"
        for name in (munge, self.folder / "state", *(self.folder / f"spool-{node}" for node in NODES)):
            name.mkdir(mode=0o755, parents=True)
        (munge / "key").write_bytes(secrets.token_bytes(128))
        (munge / "key").chmod(0o400)
        self._configure()
        self._start(
            "munged",
            *("--foreground", "--force", f"--key-file={munge}/key", f"--socket={munge}/socket"),
            *(f"--pid-file={munge}/pid", f"--seed-file={munge}/seed", f"--log-file={munge}/log"),
        )
        self._start_database()
        self._wait("munge", (munge / "socket").exists)
        self._start("slurmdbd", "-D")
        self._wait("slurmdbd", lambda: self._answers("sacctmgr", "--immediate", "--noheader", "list", "cluster"))
        self._answers("sacctmgr", "--immediate", "add", "cluster", "test")
        self.start_controller()
        for node in NODES:
            self.start_node(node)
        self._wait("the nodes", lambda: self.slurm("sinfo", "-h", "-o", "%T").split() == ["idle"])

    def start_controller(self) -> None:
        self._start("slurmctld", "-D")
        self._wait("slurmctld", lambda: self._answers("scontrol", "ping"))

    def start_node(self, node: str) -> None:
        self._start("slurmd", "-D", "-N", node, name=node)

    def stop(self, name: str) -> None:
        """End a daemon at once, as a crash would."""
        daemon = self.daemons.pop(name)
        daemon.kill()
        daemon.wait()

    def stop_all(self) -> None:
        """End jobs and daemons, in the order that lets each end the next."""
        with contextlib.suppress(subprocess.CalledProcessError):
            self.slurm("scancel", "--user=root", "--signal=KILL", "--full")
        for daemon in reversed(self.daemons.values()):
            daemon.terminate()
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()

    def slurm(self, *command: str) -> str:
        """Call one of Slurm's commands, and give what it prints."""
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=True)
        return done.stdout

    def _configure(self) -> None:
        ports = _free_ports(2 + len(NODES))
        node = "NodeName={} NodeHostname={} NodeAddr=127.0.0.1 Port={} CPUs=1 RealMemory=2000 State=UNKNOWN"
        nodes = "\n".join(node.format(name, HOST, port) for name, port in zip(NODES, ports[2:], strict=True))
        known = {"folder": self.folder, "controller": ports[0], "accounting": ports[1], "host": f"{HOST}(127.0.0.1)"}
        for name, text in (("slurm.conf", CONF), ("slurmdbd.conf", ACCOUNTING)):
            path = self.folder / name
            path.write_text(text.format(nodes=nodes, names=",".join(NODES), **known))
            path.chmod(0o600)

    def _start_database(self) -> None:
        data = self.folder / "database"
        own = ("--no-defaults", f"--datadir={data}", "--user=root")
        quiet = {"check": True, "capture_output": True}
        subprocess.run(["mariadb-install-db", *own, "--auth-root-authentication-method=normal"], **quiet)
        self._start("mariadbd", *own, "--skip-networking", f"--socket={self.environment['MYSQL_UNIX_PORT']}")
        self._wait("the database", lambda: self._answers("mariadb-admin", "--no-defaults", "--user=root", "ping"))

    def _start(self, program: str, *options: str, name: str = "") -> None:
        with (self.folder / f"{name or program}.log").open("ab") as log:
            command = [shutil.which(program) or program, *options]
            self.daemons[name or program] = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)

    def _answers(self, *command: str) -> bool:
        return subprocess.run(command, env=self.environment, capture_output=True, check=False).returncode == 0

    def _wait(self, what: str, is_so: Callable[[], bool]) -> None:
        for _ in range(120):
            if is_so():
                return
            time.sleep(0.5)
        raise RuntimeError(f"{what} did not start in a minute: see the logs in {self.folder}")


def _free_ports(n: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(n)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Cluster]:
    """Give a cluster that is stopped at the end of the block."""
    cluster = Cluster(folder)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop_all()


if __name__ == "__main__":
    with running(Path(sys.argv[1]).absolute()) as cluster:
        sys.stdout.write(f"export SLURM_CONF={cluster.environment['SLURM_CONF']}\n")
        sys.stdout.flush()
        sys.stdin.read()
