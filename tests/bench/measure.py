"""What the benchmarks are made of: a supervisor with its subjects, and what they report."""
import atexit
import json
import os
import select
import signal
import statistics
import struct
import tempfile
import time
from pathlib import Path

RECORD = struct.Struct("<iiq")
_bin = Path()


def use(folder):
    """Where talosd, talosctl and the bench programs are."""
    global _bin
    _bin = folder


def bin_dir():
    return _bin


def now():
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC)


def median(samples):
    return statistics.median(samples) if samples else float("nan")


def p99(samples):
    return sorted(samples)[min(len(samples) - 1, int(len(samples) * 0.99))] if samples else float("nan")


running = []


@atexit.register
def stop_all():
    """What is left of a bench that ended by an error."""
    for run in list(running):
        run.stop()


class Run:
    """One supervisor (talosd or the bare loop) with its subjects, in a directory of its own."""

    def __init__(self, count, kind, log="none", subject="sleep", extra=lambda i: {}):
        """`subject`: what each does, see subject.c; `extra`: more of the config of worker number i."""
        self.count, self.kind = count, kind
        self.folder = tempfile.TemporaryDirectory(prefix="talos-bench-")
        self.dir = Path(self.folder.name)
        self.fifo = str(self.dir / "fifo")
        os.mkfifo(self.fifo)
        self.fd = os.open(self.fifo, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self.records, self.tail, self.process = [], b"", None
        program = str(bin_dir() / "bench_subject")
        workers = {f"w{i:04}": {"command": [program, subject, self.fifo, str(i)], "startTime": "0s", "log": log,
                                "restart": {"policy": "always", "delay": "0s", "jitter": 0}, **extra(i)} for i in range(count)}
        (self.dir / "talos.json").write_text(json.dumps({"dataDir": "data", "workers": workers}))
        self.argv = {"loop": [program, "loop", self.fifo, str(count)],
                     "bare": [program, "sleep", self.fifo, "0"],
                     "adhoc": [str(bin_dir() / "talosd"), "--log-level", "warning", "--data-dir", str(self.dir / "data"),
                               "--", program, "sleep", self.fifo, "0"],
                     "talosd": [str(bin_dir() / "talosd"), "--config", str(self.dir / "talos.json"), "--log-level", "warning"]}[kind]

    def start(self):
        null = os.open(os.devnull, os.O_RDWR)
        self.began = now()
        self.pid = os.posix_spawn(self.argv[0], self.argv, os.environ, setsid=True,
                                  file_actions=[(os.POSIX_SPAWN_DUP2, null, fd) for fd in (0, 1, 2)])
        os.close(null)
        running.append(self)
        return self

    def pump(self, timeout):
        if select.select([self.fd], [], [], max(0, timeout))[0]:
            data = self.tail + os.read(self.fd, 65536)
            whole = len(data) // RECORD.size * RECORD.size
            self.tail = data[whole:]
            self.records += RECORD.iter_unpack(data[:whole])

    def wait_for(self, count, timeout=120):
        """The first `count` records, or an error."""
        end = time.monotonic() + timeout
        while len(self.records) < count:
            if time.monotonic() > end:
                raise SystemExit(f"{self.kind}: {len(self.records)} of {count} subjects reported")
            self.pump(end - time.monotonic())
        return self.records

    def restart(self, at):
        """ns from SIGKILL of the subject `at` to the successor's first instruction."""
        self.pump(0)
        known = len(self.records)
        pid = [r for r in self.records if r[0] == at][-1][1]
        killed = now()
        os.kill(pid, signal.SIGKILL)
        while True:
            for record in self.wait_for(known + 1)[known:]:
                if record[0] == at and record[1] != pid:
                    return record[2] - killed
            known = len(self.records)

    def stop(self):
        """ns from SIGTERM to the supervisor's end, everything reaped."""
        running.remove(self)
        watch = os.pidfd_open(self.pid)
        began = now()
        os.kill(self.pid, signal.SIGTERM)
        select.select([watch], [], [], 60)
        took = now() - began
        os.close(watch)
        os.waitpid(self.pid, 0)
        self.close()
        return took

    def close(self):
        os.close(self.fd)
        self.folder.cleanup()


def pss_kib(pid):
    return next(int(line.split()[1]) for line in open(f"/proc/{pid}/smaps_rollup") if line.startswith("Pss:"))


def settle(pid):
    """Waits until the process has used no CPU for 300 ms."""
    before = None
    while (used := open(f"/proc/{pid}/schedstat").read().split()[0]) != before:
        before = used
        select.select([], [], [], 0.3)
