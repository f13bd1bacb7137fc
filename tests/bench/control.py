"""The control API under load: what it costs, and what it costs the supervision beside it."""
import http.client
import json
import os
import select
import signal
import socket
import threading
import time

from measure import Run, median, now, pss_kib, settle


class Api(http.client.HTTPConnection):
    """A connection to talosd's control socket."""

    def __init__(self, run):
        super().__init__("talos", timeout=60)
        self.path = str(run.dir / "data" / "control.sock")

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        end = time.monotonic() + 20
        while True:
            try:
                return self.sock.connect(self.path)
            except (FileNotFoundError, ConnectionRefusedError):
                if time.monotonic() > end:
                    raise
                select.select([], [], [], 0.01)

    def ask(self, method, target):
        self.request(method, target)
        answer = self.getresponse()
        body = answer.read()
        if answer.status >= 300:
            raise SystemExit(f"{method} {target}: {answer.status} {body[:200]}")
        return body


def running(count):
    run = Run(count, "talosd").start()
    run.wait_for(count)
    settle(run.pid)
    return run


def bench_size():
    took = {}
    for count in (1, 1000):
        run = running(count)
        api, samples = Api(run), []
        for _ in range(50):
            began = now()
            api.ask("GET", "/v1/status")
            samples.append((now() - began) / 1e6)
        took[count] = median(samples)
        run.stop()
    return [("status over the socket, 1000 workers: more than one", took[1000] - took[1], 10.0, "ms",
             f"{took[1000]:.2f} / {took[1]:.2f} ms")]


def requests_at(run, per_second, stop, done):
    """That many status requests a second, until `stop` is set; how many there were goes to `done`."""
    api, began, count = Api(run), time.monotonic(), 0
    while not stop.is_set():
        api.ask("GET", "/v1/status")
        count += 1
        ahead = began + count / per_second - time.monotonic()
        if ahead > 0:
            select.select([], [], [], ahead)
    done.append(count / (time.monotonic() - began))


def bench_load():
    run = running(10)
    samples = {"idle": [], "loaded": []}
    rates = []
    for _ in range(5):
        for kind in samples:
            stop = threading.Event()
            load = threading.Thread(target=requests_at, args=(run, 1000, stop, rates))
            if kind == "loaded":
                load.start()
            end = time.monotonic() + 2
            while time.monotonic() < end:
                for at in range(10):
                    samples[kind].append(run.restart(at) / 1e6)
                select.select([], [], [], 0.05)
            stop.set()
            if kind == "loaded":
                load.join()
    run.stop()
    idle, loaded = median(samples["idle"]), median(samples["loaded"])
    return [("restart with 1000 status requests a second / idle", loaded / idle, 1.3, "x",
             f"{loaded:.2f} / {idle:.2f} ms, {median(rates):.0f} requests a second")]


def follow(run, since, wanted, counts):
    api = Api(run)
    api.request("GET", f"/v1/events?follow&since={since}")
    answer, seen, last, gaps = api.getresponse(), 0, since, 0
    while seen < wanted:
        line = answer.readline()
        if not line:
            break
        if line.startswith(b"id:"):
            number = int(line[3:])
            gaps += number != last + 1
            last, seen = number, seen + 1
    counts.append((seen, gaps))


def bench_events():
    """Workers are killed until there were 10,000 events; each follower must see every one."""
    run, wanted = running(50), 10_000
    api = Api(run)
    since = json.loads(api.ask("GET", "/v1/status"))["sequence"]
    counts = []
    followers = [threading.Thread(target=follow, args=(run, since, wanted, counts)) for _ in range(10)]
    for one in followers:
        one.start()
    began, known = time.monotonic(), {}
    while any(one.is_alive() for one in followers):
        run.pump(0.001)
        for id_, pid, _ in run.records:
            known[id_] = pid
        run.records.clear()
        for id_, pid in list(known.items()):
            os.kill(pid, signal.SIGKILL)
            del known[id_]
        if time.monotonic() - began > 120:
            raise SystemExit(f"followers: {counts}")
    took = time.monotonic() - began
    run.stop()
    lost = sum(wanted - seen + gaps for seen, gaps in counts)
    return [("events that 10 followers missed", lost, 0, "", f"{wanted / took:.0f} a second for {took:.1f} s")]


def bench_reload():
    run = running(1000)
    path = run.dir / "talos.json"
    config, blocked, planned = json.loads(path.read_text()), [], []
    for round_ in range(5):
        config["workers"]["w0500"]["env"] = {"ROUND": str(round_)}
        path.write_text(json.dumps(config))
        other, longest, stop = Api(run), [0.0], threading.Event()

        def look():
            while not stop.is_set():
                began = now()
                other.ask("GET", "/livez")
                longest[0] = max(longest[0], (now() - began) / 1e6)
        watcher = threading.Thread(target=look)
        watcher.start()
        began = now()
        plan = json.loads(Api(run).ask("POST", "/v1/reload?wait=30s"))
        planned.append((now() - began) / 1e6)
        stop.set()
        watcher.join()
        blocked.append(longest[0])
        assert plan["unchanged"] == 999 and plan["reached"], plan
    run.stop()
    return [("reload of 1000 workers, one changed: the loop was blocked", median(blocked), 50.0, "ms",
             f"the longest answer to another client; applied after {median(planned):.0f} ms")]


def bench_memory():
    """talosd with one worker: before anybody has connected, and after a client of each kind was there."""
    before, after = [], []
    for _ in range(3):
        run = running(1)
        before.append(pss_kib(run.pid))
        api = Api(run)
        for target in ("/v1/status", "/v1/workers", "/metrics", "/v1/events?since=0"):
            api.ask("GET", target)
        api.close()
        settle(run.pid)
        after.append(pss_kib(run.pid))
        run.stop()
    return [("control: PSS once it was used, more than before", median(after) - median(before), 300.0, "KiB",
             f"{median(after)} / {median(before)} KiB")]


def bench():
    return bench_size() + bench_load() + bench_events() + bench_reload() + bench_memory()
