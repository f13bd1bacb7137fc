"""How the cost of the API grows with the number of workers: each further worker must cost what the others do."""
import json
import subprocess

from control import Api
from measure import Run, bin_dir, median, now, settle

COUNTS = (1000, 4000, 8000)
TARGETS = ("/v1/status", "/v1/workers", "/metrics", "/readyz")
LIMIT = 2.0                  # of the cost per worker at 8000 / at 1000; a linear search for each name measures 3 to 10
LIMITS = {"/readyz": 4.0}    # so little work a worker that what no longer fits into the processor's cache doubles it


def took_ms(work, times=7):
    samples = []
    for _ in range(times):
        began = now()
        work()
        samples.append((now() - began) / 1e6)
    return median(samples)


def reload(run):
    subprocess.run([str(bin_dir() / "talosctl"), "--data-dir", str(run.dir / "data"), "reload"],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def renamed(run):
    """Every second worker under another name: as many are removed as are added."""
    path = run.dir / "talos.json"
    config = json.loads(path.read_text())
    config["workers"] = {("x" + name if at % 2 else name): spec for at, (name, spec) in enumerate(config["workers"].items())}
    path.write_text(json.dumps(config))
    began = now()
    reload(run)
    return (now() - began) / 1e6


def measure(count):
    run = Run(count, "talosd", extra=lambda i: {"autostart": False}).start()
    api = Api(run)
    api.ask("GET", "/livez")
    settle(run.pid)
    took = {target: took_ms(lambda: api.ask("GET", target)) for target in TARGETS}
    took["reload, nothing changed"] = took_ms(lambda: reload(run), 5)
    took["reload, half renamed"] = renamed(run)
    took["/v1/events"] = took_ms(lambda: api.ask("GET", "/v1/events"), 3)
    run.stop()
    return took


def bench():
    took = {count: measure(count) for count in COUNTS}
    few, many = COUNTS[0], COUNTS[-1]
    return [(f"{what}: a worker's cost with {many} / with {few}", took[many][what] / many / (took[few][what] / few), LIMITS.get(what, LIMIT), "x",
             " / ".join(f"{took[count][what]:.1f}" for count in COUNTS) + f" ms with {', '.join(map(str, COUNTS))}")
            for what in took[few]]
