"""How soon a graph of workers is ready, against a bare loop that knows no order."""
from measure import Run, median

LEVELS, WIDTH = 10, 100
NEEDS = 3


def level_of(width, needs):
    """Each worker depends on some of the level below, spread over it."""
    def extra(i):
        level, place = divmod(i, width)
        others = {(level - 1) * width + (place + k * width // needs) % width for k in range(needs)} if level else set()
        return {"ready": {"notify": True}, "dependsOn": {f"w{other:04}": "ready" for other in sorted(others)}}
    return extra


def ready_after(count, width, needs):
    """ms from the exec of talosd until the first and until the last of them has said READY=1."""
    run = Run(count, "talosd", subject="notify", extra=level_of(width, needs)).start()
    stamps = [record[2] for record in run.wait_for(count)]
    run.stop()
    return (min(stamps) - run.began) / 1e6, (max(stamps) - run.began) / 1e6


def bench():
    loop, graph, trips = [], [], []
    for _ in range(5):
        run = Run(LEVELS * WIDTH, "loop").start()
        loop.append((max(record[2] for record in run.wait_for(LEVELS * WIDTH)) - run.began) / 1e6)
        run.stop()
        graph.append(ready_after(LEVELS * WIDTH, WIDTH, NEEDS)[1])
        first, last = ready_after(LEVELS, 1, 1)
        trips.append((last - first) / (LEVELS - 1))
    bound = 1.2 * median(loop) + LEVELS * median(trips)
    return [(f"graph: {LEVELS * WIDTH} workers in {LEVELS} levels ready / (1.2 bare loop + {LEVELS} round trips)", median(graph) / bound, 1.0, "x",
             f"{median(graph):.0f} / (1.2 * {median(loop):.0f} + {LEVELS} * {median(trips):.1f}) ms")]
