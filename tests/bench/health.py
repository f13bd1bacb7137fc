"""What it costs to look at many workers, and how soon one that says that it is ready is running."""
import json
import os
import resource
import select
import signal
import socket
import threading
import time

from control import Api
from measure import Run, median, now, p99


class Listeners:
    """Sockets that take connections and let go of them, in a thread; when each came is kept."""

    def __init__(self, count):
        self.sockets = {}
        self.came = []
        self.poll = select.epoll()
        self.ending = threading.Event()
        for _ in range(count):
            listening = socket.socket()
            listening.bind(("127.0.0.1", 0))
            listening.listen(8)
            listening.setblocking(False)
            self.sockets[listening.fileno()] = listening
            self.poll.register(listening, select.EPOLLIN)
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def ports(self):
        return [listening.getsockname()[1] for listening in self.sockets.values()]

    def serve(self):
        while not self.ending.is_set():
            for fd, _ in self.poll.poll(0.1):
                try:
                    self.sockets[fd].accept()[0].close()
                    self.came.append(now())
                except BlockingIOError:
                    pass

    def close(self):
        self.ending.set()
        self.thread.join()
        self.poll.close()
        for listening in self.sockets.values():
            listening.close()


def cpu_ns(pid):
    return int(open(f"/proc/{pid}/schedstat").read().split()[0])


def bench_probes():
    count, seconds = 1000, 10
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4 * count)), hard))
    listeners = Listeners(count)
    ports = listeners.ports()
    run = Run(count, "talosd", extra=lambda i: {"health": {"tcp": f"127.0.0.1:{ports[i]}", "interval": "1s"}}).start()
    run.wait_for(count)
    time.sleep(3)   # until each has been found healthy
    began, used, known = now(), cpu_ns(run.pid), len(listeners.came)
    time.sleep(seconds)
    took = now() - began
    share = 100 * (cpu_ns(run.pid) - used) / took
    came = [at for at in listeners.came[known:] if at < began + took]
    run.stop()
    listeners.close()
    slices = [0] * (seconds * 10)
    for at in came:
        slices[min(len(slices) - 1, (at - began) * len(slices) // took)] += 1
    rate = len(came) * 1e9 / took
    return [("health: CPU of talosd for 1000 tcp probes a second", share * 1000 / rate, 10.0, "%", f"{rate:.0f} a second came"),
            ("health: the busiest 100 ms of them / the mean", max(slices) * len(slices) / len(came), 2.0, "x", f"{max(slices)} looks")]


class Running(threading.Thread):
    """When the history told that a process is running, by its PID."""

    def __init__(self, run):
        super().__init__(daemon=True)
        self.at, self.news = {}, threading.Condition()
        api = Api(run)
        api.request("GET", "/v1/events?since=0&follow")
        self.answer = api.getresponse()
        self.start()

    def run(self):
        for line in self.answer:
            came = now()
            if not line.startswith(b"data: "):
                continue
            event = json.loads(line[6:])
            if event.get("worker") and event.get("to") == "running":
                with self.news:
                    self.at[event["pid"]] = came
                    self.news.notify()

    def of(self, pid):
        with self.news:
            if not self.news.wait_for(lambda: pid in self.at, timeout=60):
                raise SystemExit(f"pid {pid} is not told to be running")
            return self.at[pid]


def bench_readiness():
    run = Run(1, "talosd", subject="notify", extra=lambda i: {"ready": {"notify": True}}).start()
    pid = run.wait_for(1)[0][1]
    running, samples = Running(run), []
    running.of(pid)
    for _ in range(200):
        known = len(run.records)
        os.kill(pid, signal.SIGKILL)
        _, pid, ready = run.wait_for(known + 1)[known]
        samples.append((running.of(pid) - ready) / 1e6)
    run.stop()
    return [("readiness: READY=1 to running in the history, as a client is told", median(samples), 1.0, "ms", f"p99 {p99(samples):.2f} ms")]
