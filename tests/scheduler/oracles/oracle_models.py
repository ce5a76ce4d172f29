# SPDX-License-Identifier: Apache-2.0
"""The planner's problems as integer programs, for solvers from PyPI: CP-SAT and HiGHS."""

import highspy
from oracle_problems import causes_of, is_dead, readers_of, usable_pairs, writers_of
from ortools.sat.python import cp_model

INFINITY = highspy.kHighsInf


class LinearModel:
    """Minimise one variable under linear constraints; all variables are whole and bounded."""

    def __init__(self):
        self.bounds, self.rows = [], []

    def variable(self, low, high):
        self.bounds.append((low, high))
        return len(self.bounds) - 1

    def at_most(self, terms, limit):
        """The sum of (factor, variable) in `terms` is at most `limit`."""
        self.rows.append((list(terms), limit))

    def equal(self, terms, value):
        terms = list(terms)
        self.at_most(terms, value)
        self.at_most([(-factor, x) for factor, x in terms], -value)

    def least_by_cp_sat(self, goal):
        model = cp_model.CpModel()
        xs = [model.new_int_var(low, high, f"x{i}") for i, (low, high) in enumerate(self.bounds)]
        for terms, limit in self.rows:
            model.add(sum(factor * xs[x] for factor, x in terms) <= limit)
        model.minimize(sum(factor * xs[x] for factor, x in goal))
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        if solver.solve(model) != cp_model.OPTIMAL:
            return None
        return round(solver.objective_value)

    def least_by_highs(self, goal):
        solver = highspy.Highs()
        solver.setOptionValue("output_flag", False)
        solver.setOptionValue("threads", 1)
        for low, high in self.bounds:
            solver.addVar(low, high)
        for x in range(len(self.bounds)):
            solver.changeColIntegrality(x, highspy.HighsVarType.kInteger)
            solver.changeColCost(x, 0.0)
        for factor, x in goal:
            solver.changeColCost(x, float(factor))
        for terms, limit in self.rows:
            merged = {}
            for factor, x in terms:
                merged[x] = merged.get(x, 0) + factor
            columns = list(merged)
            values = [float(merged[x]) for x in columns]
            solver.addRow(-INFINITY, float(limit), len(columns), columns, values)
        solver.run()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return round(solver.getInfo().objective_function_value)


def order_model(problem):
    """(model, goal): the least peak over all orders. done(v, j): op v runs in step j or before."""
    model, count = LinearModel(), len(problem["ops"])
    steps = range(count)
    runs = [[model.variable(0, 1) for _ in steps] for _ in steps]  # op, step
    for v in steps:
        model.equal([(1, x) for x in runs[v]], 1)
    for j in steps:
        model.equal([(1, runs[v][j]) for v in steps], 1)

    def done(v, j, factor=1):
        return [(factor, runs[v][k]) for k in range(j + 1)]

    for v in steps:
        for cause in causes_of(problem, v):
            for j in steps:
                model.at_most(done(v, j) + done(cause, j - 1, -1), 0)
    top = sum(s["bytes"] for s in problem["storages"]) + 10
    peak = model.variable(0, top)
    needs = [[(-1, peak)] for _ in steps]
    for i, storage in enumerate(problem["storages"]):
        if is_dead(problem, i):
            continue
        writers, readers = writers_of(problem, i), readers_of(problem, i)
        for j in steps:
            lives = model.variable(0, 1)
            needs[j].append((storage["bytes"], lives))
            openers = [[]] if storage["input"] else [done(v, j) for v in writers]
            ends = [[]] if storage["output"] else [done(v, j - 1, -1) for v in writers + readers]
            born = 1 if storage["input"] else 0
            for opened in openers:
                for ended in ends:  # lives >= opened - ended
                    model.at_most([*opened, *ended, (-1, lives)], -born)
    for v in steps:
        add_credits(problem, model, runs, v, needs)
        for j in steps:
            needs[j].append((problem["ops"][v]["scratch_bytes"], runs[v][j]))
    for need in needs:
        model.at_most(need, 0)
    return model, [(1, peak)]


def add_credits(problem, model, runs, v, needs):
    used = {}
    steps = range(len(runs))
    for r, w, saved in usable_pairs(problem, v):
        for j in steps:
            uses = model.variable(0, 1)
            used.setdefault((r, j), []).append((1, uses))
            used.setdefault((~w, j), []).append((1, uses))
            needs[j].append((-saved, uses))
            model.at_most([(1, uses), (-1, runs[v][j])], 0)
            for other in readers_of(problem, r):
                if other != v:  # ran before
                    before = [(-1, runs[other][k]) for k in range(j)]
                    model.at_most([(1, uses), *before], 0)
            for other in writers_of(problem, w):
                if other != v:  # has not run
                    model.at_most([(1, uses), *((1, runs[other][k]) for k in range(j + 1))], 1)
    for terms in used.values():
        model.at_most(terms, 1)


def spans_of(problem, order):
    """{storage: (first step, last step)} under `order`."""
    place = {v: j for j, v in enumerate(order)}
    spans = {}
    for i, storage in enumerate(problem["storages"]):
        if is_dead(problem, i):
            continue
        touches = [place[v] for v in writers_of(problem, i) + readers_of(problem, i)]
        first = 0 if storage["input"] else min(place[v] for v in writers_of(problem, i))
        spans[i] = (first, len(order) - 1 if storage["output"] else max(touches))
    return spans


def blocks_of(problem, order):
    """(spans, sizes) of what lies in the arena: storages, and the scratch of op v as -1 - v."""
    spans = spans_of(problem, order)
    sizes = {i: problem["storages"][i]["bytes"] for i in spans}
    for j, v in enumerate(order):
        if scratch_bytes := problem["ops"][v]["scratch_bytes"]:
            spans[-1 - v] = (j, j)
            sizes[-1 - v] = scratch_bytes
    return spans, sizes


def least_arena(problem, order):
    """The least height of an arena under `order`, over all choices of in-place pairs, by CP-SAT."""
    model = cp_model.CpModel()
    spans, sizes = blocks_of(problem, order)
    top = sum(sizes.values())
    height = model.new_int_var(0, top, "height")
    offsets = {i: model.new_int_var(0, top, f"o{i}") for i in spans}
    shared = {}
    for j, v in enumerate(order):
        chosen = {}
        for r, w, _ in usable_pairs(problem, v):
            if spans[r][1] != j or spans[w][0] != j:
                continue
            shared[r, w] = model.new_bool_var(f"s{r}_{w}")
            model.add(offsets[r] == offsets[w]).only_enforce_if(shared[r, w])
            chosen.setdefault(r, []).append(shared[r, w])
            chosen.setdefault(~w, []).append(shared[r, w])
        for options in chosen.values():
            model.add_at_most_one(options)
    things = sorted(spans)
    for k, a in enumerate(things):
        model.add(offsets[a] + sizes[a] <= height)
        for b in things[:k]:
            if spans[a][1] < spans[b][0] or spans[b][1] < spans[a][0]:
                continue
            apart = [model.new_bool_var(""), model.new_bool_var("")]
            model.add(offsets[a] + sizes[a] <= offsets[b]).only_enforce_if(apart[0])
            model.add(offsets[b] + sizes[b] <= offsets[a]).only_enforce_if(apart[1])
            model.add_bool_or(apart + [shared[p] for p in ((a, b), (b, a)) if p in shared])
    return solved(model, height)


def least_arena_of_rectangles(problem, order):
    """The same without in-place pairs, by CP-SAT's own constraint on rectangles."""
    model = cp_model.CpModel()
    spans, sizes = blocks_of(problem, order)
    top = sum(sizes.values())
    height = model.new_int_var(0, top, "height")
    times, places = [], []
    for i, (first, last) in sorted(spans.items()):
        offset = model.new_int_var(0, top, f"o{i}")
        model.add(offset + sizes[i] <= height)
        times.append(model.new_fixed_size_interval_var(first, last - first + 1, f"t{i}"))
        places.append(model.new_fixed_size_interval_var(offset, sizes[i], f"p{i}"))
    model.add_no_overlap_2d(times, places)
    return solved(model, height)


def solved(model, goal):
    model.minimize(goal)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    return round(solver.objective_value) if solver.solve(model) == cp_model.OPTIMAL else None


def best_credit(pairs):
    if not pairs:
        return 0
    (read, write, saved), rest = pairs[0], pairs[1:]
    apart = [pair for pair in rest if pair[0] != read and pair[1] != write]
    return max(best_credit(rest), saved + best_credit(apart))


def residency_model(problem, order):
    """(model, goal): least avoidable bytes under `order`; None if an op does not fit.

    Between two uses next to each other `kept` bytes stay; the others are read again, and what an op
    wrote is written out once if one of the gaps up to the next write does not keep it.
    """
    capacity, storages = problem["banks"][0]["bytes"], problem["storages"]
    model, goal, constant = LinearModel(), [], 0
    rooms = []
    held = [[] for _ in order]  # per step, what is kept across it
    for j, v in enumerate(order):
        op = problem["ops"][v]
        operands = sum(storages[i]["bytes"] for i in {*op["reads"], *op["writes"]})
        later = {v2 for v2 in order[j + 1 :]}
        usable = [
            pair
            for pair in usable_pairs(problem, v)
            if not later & set(readers_of(problem, pair[0]))
            and not set(order[:j]) & set(writers_of(problem, pair[1]))
        ]
        rooms.append(capacity - operands - op["scratch_bytes"] + best_credit(usable))
        if rooms[-1] < 0:
            return None
    for i, storage in enumerate(storages):
        uses = [
            j
            for j, v in enumerate(order)
            if i in {*problem["ops"][v]["reads"], *problem["ops"][v]["writes"]}
        ]
        version, written = None, False
        for k, use in enumerate(uses):
            if i in problem["ops"][order[use]]["writes"]:
                is_last = not any(i in problem["ops"][order[u]]["writes"] for u in uses[k + 1 :])
                version, written = None, not (is_last and storage["output"])
            if k + 1 == len(uses):
                break
            kept = model.variable(0, storage["bytes"])
            goal.append((-1, kept))
            constant += storage["bytes"]
            for step in range(use + 1, uses[k + 1]):
                held[step].append((1, kept))
            if written:
                if version is None:
                    version = model.variable(0, storage["bytes"])
                    goal.append((1, version))
                model.at_most([(-1, kept), (-1, version)], -storage["bytes"])
    for terms, room in zip(held, rooms, strict=True):
        model.at_most(terms, room)
    return model, goal, constant
