"""Solves a small day exactly, as a mixed integer program over arcs: nothing in it is shared with the tours of ours or with
the bound. Reads a problem, answers {"weight", "proven", "tours"}."""

import highspy

import wire


class Program:
    """The model: x[worker, from, to] says that a worker goes from a stop (None: from where they are) to the next."""

    def __init__(self, problem):
        self.p = problem
        self.h = highspy.Highs()
        self.h.setOptionValue("output_flag", False)
        self.h.setOptionValue("threads", 1)
        self.h.setOptionValue("time_limit", 120.0)
        self.h.setOptionValue("mip_rel_gap", 0.0)
        self.stops = range(len(problem["Stops"]))
        self.workers = range(len(problem["Workers"]))
        self.x = {arc: self.h.addBinary() for arc in self.arcs()}
        self.begin = [self.h.addVariable(lb=s["Ready"], ub=s["Due"]) for s in problem["Stops"]]

    def arcs(self):
        for w in self.workers:
            may = [i for i in self.stops if self.p["May"][w][i]]
            for j in may:
                if self.arrive(w, None, j) <= self.p["Stops"][j]["Due"]:
                    yield w, None, j
                for i in may:
                    if i != j and self.p["Stops"][i]["Ready"] + self.after(w, i, j) <= self.p["Stops"][j]["Due"]:
                        yield w, i, j

    def after(self, w, i, j):
        return self.p["Stops"][i]["Work"] + self.p["Ride"][i][j]

    def arrive(self, w, i, j):
        return self.p["Workers"][w]["Free"] + self.p["Start"][w][j]

    def into(self, j, w=None):
        return [x for (v, _, to), x in self.x.items() if to == j and w in (None, v)]

    def out(self, i, w):
        return [x for (v, at, _), x in self.x.items() if at == i and v == w]

    def constrain(self):
        for j in self.stops:
            if self.into(j):
                self.h.addConstr(sum(self.into(j)) <= 1)
            for w in self.workers:
                if self.out(j, w):
                    self.h.addConstr(sum(self.out(j, w)) <= sum(self.into(j, w)))
        for w in self.workers:
            if self.out(None, w):
                self.h.addConstr(sum(self.out(None, w)) <= 1)
        for (w, i, j), x in self.x.items():
            ready = self.p["Stops"][j]["Ready"]
            if i is None:
                self.h.addConstr(self.begin[j] >= ready + max(0, self.arrive(w, i, j) - ready) * x)
            else:
                room = max(0, self.p["Stops"][i]["Due"] + self.after(w, i, j) - ready)
                self.h.addConstr(self.begin[j] - self.begin[i] + room * (1 - x) >= self.after(w, i, j))

    def solve(self):
        self.constrain()
        self.h.maximize(sum(self.p["Stops"][to]["Weight"] * x for (_, _, to), x in self.x.items()))
        on = {arc for arc, x in self.x.items() if self.h.val(x) > 0.5}
        return {
            "weight": self.h.getInfo().objective_function_value,
            "proven": self.h.getModelStatus() == highspy.HighsModelStatus.kOptimal,
            "tours": [follow(on, w) for w in self.workers],
        }


def follow(on, worker):
    tour, at = [], None
    while True:
        at = next((j for w, i, j in on if w == worker and i == at), None)
        if at is None:
            return tour
        tour.append(at)


if __name__ == "__main__":
    while (day := wire.read()) is not None:
        wire.write(Program(day).solve())
