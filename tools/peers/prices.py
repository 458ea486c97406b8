"""The master problem of column generation: which tours, in shares, carry the most weight if each stop is visited once and
each worker has one tour. Reads a line {"weights": of stops, "workers"}, then lines of tours [[worker, weight, [stop, ...]], ...]; answers
each with {"value", "prices"}: the dual price of every stop. A stop may also be given up by a tour that passes it, for its
weight: any tour without it is a tour, and no price leaves its weight behind. An interior point without crossover: its prices lie in the
middle of the optimal face, and fewer rounds are needed than with those of a corner."""

import highspy
import numpy as np

import wire


def master(weights, workers):
    h = highspy.Highs()
    for option, value in {
        "output_flag": False, "threads": 1, "solver": "ipm", "run_crossover": "off", "ipm_optimality_tolerance": 1e-6,
    }.items():
        h.setOptionValue(option, value)
    stops = len(weights)
    rows = stops + workers
    none = np.array([], dtype=np.int32)
    h.addRows(rows, np.full(rows, -highspy.kHighsInf), np.ones(rows), 0, none, none, np.array([]))
    h.changeObjectiveSense(highspy.ObjSense.kMaximize)
    every = np.arange(stops, dtype=np.int32)
    h.addCols(stops, -np.array(weights), np.zeros(stops), np.full(stops, highspy.kHighsInf), stops, every, every, np.full(stops, -1.0))
    return h


def add(h, stops, tours):
    costs = np.array([weight for _, weight, _ in tours], dtype=float)
    starts = np.cumsum([0] + [len(t) + 1 for _, _, t in tours][:-1]).astype(np.int32)
    index = np.array([i for worker, _, t in tours for i in [*t, stops + worker]], dtype=np.int32)
    n = len(tours)
    h.addCols(n, costs, np.zeros(n), np.full(n, highspy.kHighsInf), len(index), starts, index, np.ones(len(index)))


def main():
    head = wire.read()
    h = master(head["weights"], head["workers"])
    stops = len(head["weights"])
    while (tours := wire.read()) is not None:
        if tours:
            add(h, stops, tours)
        h.run()
        duals = h.getSolution().row_dual[:stops]
        wire.write({"value": h.getInfo().objective_function_value, "prices": [max(0.0, d) for d in duals]})


if __name__ == "__main__":
    main()
