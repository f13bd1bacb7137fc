"""The workers' output: what it costs to read it and write it down, beside a C loop that does no more than that."""
import json
import os
import select
import subprocess
import tempfile
import time
from pathlib import Path

from measure import Run, bin_dir, median, pss_kib, settle

BLOCKS = 8_000_000      # lines of 100 bytes
LINES = 2_000_000


def writer(count, mode):
    return [str(bin_dir() / "bench_number_lines"), str(count), mode]


def loop(count, mode):
    """Seconds from the start to the last byte in the file, and of CPU, of the C loop."""
    with tempfile.TemporaryDirectory(prefix="talos-bench-") as folder:
        out = subprocess.run([bin_dir() / "bench_log_loop", f"{folder}/log", *writer(count, mode)], check=True, capture_output=True)
    wall, cpu = (int(word) / 1e9 for word in out.stdout.split())
    return wall, cpu


def cat(count, mode):
    """The same through `cat > file`."""
    with tempfile.TemporaryDirectory(prefix="talos-bench-") as folder, open(f"{folder}/log", "wb") as log:
        began = time.monotonic()
        worker = subprocess.Popen(writer(count, mode), stdout=subprocess.PIPE)
        reader = subprocess.Popen(["cat"], stdin=worker.stdout, stdout=log)
        worker.stdout.close()
        worker.wait()
        reader.wait()
        return time.monotonic() - began, 0


def talosd(count, mode, form="raw"):
    """The same of talosd; the worker's life is what counts as time."""
    with tempfile.TemporaryDirectory(prefix="talos-bench-") as folder:
        worker = {"command": writer(count, mode), "restart": "never", "log": {"format": form}}
        Path(folder, "talos.json").write_text(json.dumps({"dataDir": "data", "workers": {"w": worker}}))
        null = open(os.devnull, "r+b")
        process = subprocess.Popen([bin_dir() / "talosd", "--config", f"{folder}/talos.json", "--log-level", "warning"],
                                   stdin=null, stdout=null, stderr=null, start_new_session=True)
        pidfd = os.pidfd_open(process.pid)
        status = Path(folder, "data", "status.json")
        while True:
            select.select([pidfd], [], [], 0.02)
            try:
                row = json.loads(status.read_text())["workers"][0]
            except FileNotFoundError:
                continue
            if row["state"] == "exited":
                break
        cpu = int(Path(f"/proc/{process.pid}/schedstat").read_text().split()[0]) / 1e9
        process.terminate()
        process.wait()
        os.close(pidfd)
        return row["lastExit"]["uptime"] / 1e3, cpu


def in_turns(kinds, rounds):
    """Medians of (seconds, CPU seconds) of each kind, measured in turns."""
    samples = {name: [] for name in kinds}
    for _ in range(rounds):
        for name, measure in kinds.items():
            samples[name].append(measure())
    return {name: tuple(median([one[i] for one in taken]) for i in (0, 1)) for name, taken in samples.items()}


def bench_throughput():
    got = in_turns({"loop": lambda: loop(BLOCKS, "block"), "raw": lambda: talosd(BLOCKS, "block"),
                    "cri": lambda: talosd(BLOCKS, "block", "cri"), "json": lambda: talosd(BLOCKS, "block", "json")}, 5)
    mib, gib = BLOCKS * 100 / (1 << 20), BLOCKS * 100 / (1 << 30)
    speed = {name: f"{mib / wall:.0f} MiB/s, {cpu / gib:.2f} s of CPU a GiB" for name, (wall, cpu) in got.items()}
    return [("output: raw, 4 KiB writes, time / C loop", got["raw"][0] / got["loop"][0], 1.25, "x", f"{speed['raw']}; loop {speed['loop']}"),
            ("output: raw, CPU / C loop", got["raw"][1] / got["loop"][1], 1.3, "x", ""),
            ("output: cri, time / C loop", got["cri"][0] / got["loop"][0], 2.5, "x", speed["cri"]),
            ("output: json, time / C loop", got["json"][0] / got["loop"][0], 2.5, "x", speed["json"])]


def bench_lines():
    got = in_turns({"cat": lambda: cat(LINES, "line"), "loop": lambda: loop(LINES, "line"), "raw": lambda: talosd(LINES, "line"),
                    "cri": lambda: talosd(LINES, "line", "cri")}, 5)
    mib = LINES * 100 / (1 << 20)
    speed = {name: f"{name} {mib / wall:.0f} MiB/s" for name, (wall, _) in got.items()}
    return [("output: a write a line, time / `cat > file`", got["raw"][0] / got["cat"][0], 1.0, "x", ", ".join(speed.values()))]


class Beside(Run):
    """A Run with one more worker, which writes as fast as it can."""

    def __init__(self, count, flood):
        super().__init__(count, "talosd")
        if not flood:
            return
        path = self.dir / "talos.json"
        config = json.loads(path.read_text())
        config["workers"]["flood"] = {"command": writer(10**12, flood), "log": {"format": "raw"}}
        path.write_text(json.dumps(config))


def bench_fairness():
    """Restart latency of one worker while another floods."""
    rows, samples = [], {None: [], "block": [], "line": []}
    for _ in range(3):
        for flood, taken in samples.items():
            run = Beside(5, flood).start()
            run.wait_for(5)
            select.select([], [], [], 1)
            for at in range(50):
                taken.append(run.restart(at % 5) / 1e6)
                select.select([], [], [], 0.005)
            run.stop()
    idle = median(samples[None])
    for flood, word in (("block", "4 KiB writes"), ("line", "a write a line")):
        rows.append((f"output: restart of another while one floods ({word}) / idle", median(samples[flood]) / idle, 2.0, "x",
                     f"{median(samples[flood]):.2f} / {idle:.2f} ms"))
    return rows


def bench_memory():
    def weigh(log, command=None):
        run = Run(1000, "talosd", log)
        if command:
            path = run.dir / "talos.json"
            config = json.loads(path.read_text())
            for worker in config["workers"].values():
                worker["command"] = command(worker["command"])
            path.write_text(json.dumps(config))
        run.start()
        run.wait_for(1000)
        settle(run.pid)
        pss = pss_kib(run.pid)
        run.stop()
        return pss
    none, quiet = weigh("none"), weigh({"format": "raw"})
    spoken = weigh({"format": "raw"}, lambda argv: ["/bin/sh", "-c", 'echo hello; exec "$@"', "sh", *argv])
    return [("output: memory of a quiet worker's pump, beyond log none", (quiet - none) / 1000, 1.0, "KiB", ""),
            ("output: and once it has written a line, with its file open", (spoken - none) / 1000, 2.0, "KiB", "")]


def bench():
    return bench_throughput() + bench_lines() + bench_fairness() + bench_memory()
