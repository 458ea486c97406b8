"""Looks for tours with a solver of others. Reads {"solver", "limit": seconds, "problem"}, answers {"tours", "took"}; building
the model does not count. Times are tenths of a second, rounded so that what is in time for the solver is in time.

A stop with "Late" may begin after its due time, at so much a second. OR-tools has a cost for that. PyVRP has not: there a
stop is a choice between windows of growing lateness, each with what is left of its prize. VROOM has windows only: they
are widened by several amounts, and whoever asked judges which tours are best."""

import math
import time

import wire

UNIT = 10
FAR = 10**7 * UNIT
WIDER = [0, 1800, 3600, 7200, 14400, 28800]  # seconds


def up(seconds):
    return math.ceil(seconds * UNIT)


def down(seconds):
    return math.floor(seconds * UNIT)


def crews(problem):
    """Workers who may do the same, and for each worker the number of their crew."""
    kinds = {}
    return [kinds.setdefault(tuple(may), len(kinds)) for may in problem["May"]], list(kinds)


def matrix(problem):
    """Rides between stops, then from where the workers are, then to a place that is nowhere: the end."""
    import numpy as np

    stops, workers = len(problem["Stops"]), len(problem["Workers"])
    rides = np.zeros((stops + workers + 1,) * 2, dtype=np.int64)
    rides[:stops, :stops] = np.ceil(np.array(problem["Ride"]) * UNIT)
    rides[stops : stops + workers, :stops] = np.ceil(np.array(problem["Start"]) * UNIT)
    return rides


def penalty(problem, stop):
    return round(stop["Weight"] * (problem["Price"] or 1800) * UNIT)


def ortools(problem, limit):
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    stops, workers = problem["Stops"], problem["Workers"]
    n, m = len(stops), len(workers)
    manager = pywrapcp.RoutingIndexManager(n + m + 1, m, list(range(n, n + m)), [n + m] * m)
    routing = pywrapcp.RoutingModel(manager)
    rides = matrix(problem)
    routing.SetArcCostEvaluatorOfAllVehicles(routing.RegisterTransitMatrix(rides.tolist()))
    passing = rides.copy()
    for i, stop in enumerate(stops):
        passing[i, : n + m] += up(stop["Work"])
    routing.AddDimension(routing.RegisterTransitMatrix(passing.tolist()), FAR, FAR, False, "time")
    clock = routing.GetDimensionOrDie("time")
    for w, worker in enumerate(workers):
        clock.CumulVar(routing.Start(w)).SetMin(up(worker["Free"]))
    for i, stop in enumerate(stops):
        index = manager.NodeToIndex(i)
        if stop["Late"]:
            clock.CumulVar(index).SetMin(up(stop["Ready"]))
            clock.SetCumulVarSoftUpperBound(index, max(0, down(stop["Due"])), round(stop["Late"]))
        else:
            clock.CumulVar(index).SetRange(up(stop["Ready"]), down(stop["Due"]))
        routing.AddDisjunction([index], penalty(problem, stop))
        routing.VehicleVar(index).SetValues([-1] + [w for w in range(m) if problem["May"][w][i]])
    how = pywrapcp.DefaultRoutingSearchParameters()
    how.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    how.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    how.time_limit.FromMilliseconds(round(limit * 1000))
    routing.CloseModelWithParameters(how)
    began = time.monotonic()
    found = routing.SolveWithParameters(how)
    took = time.monotonic() - began
    tours = [[] for _ in workers]
    for w in range(m if found else 0):
        at = found.Value(routing.NextVar(routing.Start(w)))
        while not routing.IsEnd(at):
            tours[w].append(manager.IndexToNode(at))
            at = found.Value(routing.NextVar(at))
    return [tours], took


def choices(problem):
    """Windows of a stop with what a visit in them is worth: one, or several of growing lateness."""
    for i, stop in enumerate(problem["Stops"]):
        worth = penalty(problem, stop)
        if not stop["Late"]:
            yield i, down(stop["Due"]), worth, None
            continue
        for before, after in zip([0, *WIDER], [0, *WIDER][1:]):
            left = worth - round((before + after) / 2 * stop["Late"] * UNIT)
            if left > 0:
                yield i, max(down(stop["Due"] + after), 0), left, i


def pyvrp(problem, limit):
    import pyvrp as vrp
    from pyvrp.stop import MaxRuntime

    stops, workers = problem["Stops"], problem["Workers"]
    n, m = len(stops), len(workers)
    offers = [c for c in choices(problem) if c[1] >= up(stops[c[0]]["Ready"])]
    groups, members = [], {}
    for number, (_, _, _, group) in enumerate(offers):
        if group is not None:
            members.setdefault(group, []).append(number)
    number_of = {stop: k for k, stop in enumerate(members)}
    groups = [vrp.ClientGroup(each, required=False) for each in members.values()]
    clients = [
        vrp.Client(
            location=i, service_duration=up(stops[i]["Work"]), tw_early=up(stops[i]["Ready"]), tw_late=due, prize=worth,
            required=False, group=None if group is None else number_of[group],
        )
        for i, due, worth, group in offers
    ]
    crew, kinds = crews(problem)
    rides = matrix(problem)
    matrices = []
    for may in kinds:
        own = rides.copy()
        for i, allowed in enumerate(may):
            if not allowed:
                own[:, i] = FAR
                own[i, i] = 0
        matrices.append(own)
    data = vrp.ProblemData(
        locations=[vrp.Location(0, 0) for _ in range(n + m + 1)],
        clients=clients,
        depots=[vrp.Depot(location=n + w) for w in range(m + 1)],
        vehicle_types=[
            vrp.VehicleType(start_depot=w, end_depot=m, tw_early=up(workers[w]["Free"]), profile=crew[w]) for w in range(m)
        ],
        distance_matrices=matrices, duration_matrices=matrices, groups=groups,
    )
    began = time.monotonic()
    result = vrp.solve(data, MaxRuntime(limit), seed=1, collect_stats=False, display=False)
    took = time.monotonic() - began
    tours = [[] for _ in workers]
    if result.is_feasible():
        for route in result.best.routes():
            tours[route.vehicle_type()] = [offers[visit][0] for visit in visits(route)]
    return [tours], took


def visits(route):
    """The clients of a route, by number."""
    return [activity.idx for activity in route if activity.is_client()]


def vroom(problem, limit):
    import vroom as vr

    stops, workers = problem["Stops"], problem["Workers"]
    n = len(stops)
    rides = matrix(problem).astype("uint32")
    may = list(zip(*problem["May"])) if workers else []
    kinds = {}
    need = [kinds.setdefault(who, len(kinds)) for who in may]
    top = max((s["Weight"] for s in stops), default=1)
    found, spent = [], 0.0
    for wider in WIDER if any(s["Late"] for s in stops) else [0]:
        # There is no limit of time: levels of exploration follow until one takes longer than it.
        for level in range(6):
            day = vr.Input()
            day.set_durations_matrix("car", rides)
            for w, worker in enumerate(workers):
                day.add_vehicle(vr.Vehicle(
                    w, start=n + w, skills={k for who, k in kinds.items() if who[w]}, time_window=(up(worker["Free"]), FAR),
                ))
            for i, s in enumerate(stops):
                window = (up(s["Ready"]), max(up(s["Ready"]), down(s["Due"] + wider)))
                day.add_job(vr.Job(
                    i, location=i, service=up(s["Work"]), skills={need[i]}, priority=round(100 * s["Weight"] / top),
                    time_windows=[window],
                ))
            began = time.monotonic()
            answer = day.solve(exploration_level=level, nb_threads=1)
            took = time.monotonic() - began
            if level and took > limit:
                break
            spent = max(spent, took)
            tours = [[] for _ in workers]
            for row in answer.routes.itertuples():
                if row.type == "job":
                    tours[row.vehicle_id].append(int(row.id))
            found.append(tours)
            if took > limit / 2:
                break
    return found, spent


if __name__ == "__main__":
    while (asked := wire.read()) is not None:
        tours, took = {"ortools": ortools, "pyvrp": pyvrp, "vroom": vroom}[asked["solver"]](asked["problem"], asked["limit"])
        wire.write({"tours": tours, "took": took})
