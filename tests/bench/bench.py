#!/usr/bin/env python3
"""Measure talosd and talosctl against a bare C loop, as ratios inside one run.

    scripts/bench               builds what is needed and runs all of it (about 7 minutes)
    bench.py BIN_DIR [NAME...]  some of: spawn startup restart mass memory idle status control output health readiness graph growth
    bench.py --json FILE ...    the figures as JSON, too

Samples of talosd and of the bare loop are taken in turns, so that a machine that becomes slow is slow for both; medians are
compared. The subjects report their first instruction with CLOCK_MONOTONIC through a FIFO (see subject.c); intervals are
differences of such stamps, not of when this script noticed something.
"""
import argparse
import json
import os
import select
import subprocess
import sys
from pathlib import Path

import control
import graph
import growth
import health
import output
from measure import Run, bin_dir, median, now, p99, pss_kib, settle, use

def bench_spawn():
    out = json.loads(subprocess.run([bin_dir() / "bench_spawn_cost"], check=True, capture_output=True).stdout)
    return [("spawn: blocked with %d other descriptors / with none" % out["descriptors"],
             out["ratio"], 1.5, "x", f"{out['many']:.0f} / {out['none']:.0f} us")]


def bench_startup():
    times = {"bare": [], "adhoc": []}
    for _ in range(40):
        for kind, samples in times.items():
            run = Run(1, kind).start()
            samples.append((run.wait_for(1)[0][2] - run.began) / 1e6)
            run.stop()
    bare, talosd = median(times["bare"]), median(times["adhoc"])
    return [("start: talosd -- PROGRAM to its first instruction", talosd, 3.0, "ms", f"aim 1.9; bare exec {bare:.2f} ms")]


def bench_restart():
    rows, runs = [], {kind: Run(50, kind).start() for kind in ("loop", "talosd")}
    samples = {kind: [] for kind in runs}
    for run in runs.values():
        run.wait_for(50)
    select.select([], [], [], 2)
    for round_ in range(6):
        for at in range(50):
            for kind, run in runs.items():
                samples[kind].append(run.restart(at) / 1e6)
    for run in runs.values():
        run.stop()
    loop, talosd = samples["loop"], samples["talosd"]
    rows.append(("restart: SIGKILL to the successor's first instruction / bare loop", median(talosd) / median(loop), 1.15, "x",
                 f"median {median(talosd):.2f} / {median(loop):.2f} ms, p99 {p99(talosd):.2f} / {p99(loop):.2f} ms, aim 1.05"))
    return rows


def bench_mass():
    start, stop = {"loop": [], "talosd": []}, {"loop": [], "talosd": []}
    for _ in range(4):
        for kind in start:
            run = Run(1000, kind).start()
            start[kind].append((max(r[2] for r in run.wait_for(1000)) - run.began) / 1e6)
            settle(run.pid)
            stop[kind].append(run.stop() / 1e6)
    rows = []
    for what, times, limit, aim in (("start", start, 1.15, "1.05"), ("stop", stop, 1.5, "1.0")):
        talosd, loop = median(times["talosd"]), median(times["loop"])
        rows.append((f"1000 workers, {what} / bare loop", talosd / loop, limit, "x", f"{talosd:.0f} / {loop:.0f} ms, aim {aim}"))
    return rows


def bench_memory():
    def weigh(count, log):
        run = Run(count, "talosd", log).start()
        run.wait_for(count)
        settle(run.pid)
        pss = pss_kib(run.pid)
        run.stop()
        return pss
    one = median([weigh(1, "none") for _ in range(3)])
    none, piped = weigh(1000, "none"), weigh(1000, {"format": "raw"})
    return [("memory: PSS with one worker", one / 1024, 2.5, "MiB", "aim 1.5"),
            ("memory: each further worker, output pipe open", (piped - one) / 999, 4, "KiB", ""),
            ("memory: each further worker, log none", (none - one) / 999, 2, "KiB", "")]


def bench_idle():
    def switches(pid):
        return sum(int(line.split()[1]) for line in open(f"/proc/{pid}/status") if "ctxt_switches" in line)
    run = Run(100, "talosd", {"format": "raw"}).start()
    run.wait_for(100)
    settle(run.pid)
    select.select([], [], [], 1)
    before = switches(run.pid)
    select.select([], [], [], 20)
    count = switches(run.pid) - before
    run.stop()
    return [("idle: context switches in 20 s with 100 workers", count, 0, "", "")]


def bench_status():
    def once(argv):
        null = os.open(os.devnull, os.O_RDWR)
        began = now()
        pid = os.posix_spawn(argv[0], argv, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, null, fd) for fd in (0, 1, 2)])
        os.waitpid(pid, 0)
        took = now() - began
        os.close(null)
        return took / 1e6
    runs = {1: Run(1, "talosd").start(), 1000: Run(1000, "talosd").start()}
    for count, run in runs.items():
        run.wait_for(count)
        settle(run.pid)
    commands = {count: [str(bin_dir() / "talosctl"), "--config", str(run.dir / "talos.json"), "status"] for count, run in runs.items()}
    commands["true"] = ["/bin/true"]
    samples = {name: [] for name in commands}
    for _ in range(60):
        for name, argv in commands.items():
            samples[name].append(once(argv))
    for run in runs.values():
        run.stop()
    true, one, many = (median(samples[n]) for n in ("true", 1, 1000))
    return [("talosctl status, one worker / /bin/true", one / true, 2.0, "x", f"{one:.2f} / {true:.2f} ms"),
            ("talosctl status, 1000 workers: more than with one", many - one, 10.0, "ms", f"{many:.2f} ms")]


BENCHES = {"spawn": bench_spawn, "startup": bench_startup, "restart": bench_restart, "mass": bench_mass,
           "memory": bench_memory, "idle": bench_idle, "status": bench_status, "control": control.bench,
           "output": output.bench, "health": health.bench_probes, "readiness": health.bench_readiness,
           "graph": graph.bench, "growth": growth.bench}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bin", type=Path, help="where talosd, talosctl and the bench programs are")
    parser.add_argument("names", nargs="*", choices=[*BENCHES, []], help="default: all")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    use(options.bin.resolve())
    rows = []
    for name in options.names or BENCHES:
        rows += BENCHES[name]()
        print(f"  {name} done", file=sys.stderr)
    print(f"{'what':68} {'measured':>10} {'limit':>8}")
    for what, value, limit, unit, note in rows:
        word = "" if value <= limit else "  OVER"
        print(f"{what:68} {value:10.2f} {limit:8.2f} {unit:4}{word:6} {note}")
    if options.json:
        options.json.write_text(json.dumps([dict(zip(("what", "value", "limit", "unit", "note"), row)) for row in rows], indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
