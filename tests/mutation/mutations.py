# SPDX-License-Identifier: Apache-2.0
"""Guards of the planner's rules, and how to take each away.

A mutation is (file, text that is there once, what comes in its place, the guard it removes). A rule
only saves work; its guard is what keeps the answer right, so a test must notice when it is gone.
"""

from typing import NamedTuple


class Mutation(NamedTuple):
    file: str
    text: str
    replacement: str
    guard: str


ORDER = "scheduler/order/"
ARENA = "scheduler/arena/"
TRAFFIC = "scheduler/traffic/"
CHECKER = "tests/certificate/check_certificate.py"

MUTATIONS = (
    Mutation(
        ORDER + "order_greedy.cpp",
        "cost.after_bytes <= state.live_bytes() && cost.needed_bytes <= budget_bytes",
        "cost.after_bytes <= state.live_bytes()",
        "a free move fits under the budget",
    ),
    Mutation(
        ORDER + "order_greedy.cpp",
        "cost.after_bytes <= state.live_bytes() && cost.needed_bytes <= budget_bytes",
        "cost.needed_bytes <= budget_bytes",
        "a free move leaves no more memory than it finds",
    ),
    Mutation(
        ORDER + "order_decision.cpp",
        "if (table_.live_bytes(node) >= state_.live_bytes()) ancestor = node;",
        "ancestor = node;",
        "a commit needs memory that has fallen back",
    ),
    Mutation(
        ORDER + "order_decision.cpp",
        "if (known != kNoNode && table_.is_alive(known)) return;",
        "if (known != kNoNode) return;",
        "a set seen in a discarded subtree is expanded again",
    ),
    Mutation(
        ORDER + "order_decision.cpp",
        "if (needed_bytes > budget_bytes_) {",
        "if (needed_bytes >= budget_bytes_) {",
        "an op that needs exactly the budget may run",
    ),
    Mutation(
        ORDER + "order_decision.cpp",
        "        least_refused_bytes_ = std::min(least_refused_bytes_, needed_bytes);\n",
        "        least_refused_bytes_ = needed_bytes;\n",
        "the bound is the least refusal, not the last",
    ),
    Mutation(
        ORDER + "order_decision.cpp",
        "[&](std::int32_t op) { return has_op(valley.executed, op); });",
        "[&](std::int32_t) { return true; });",
        "a commit runs only the ops below the valley",
    ),
    Mutation(
        ORDER + "order_decision.cpp",
        "if (state_.complete() && until_ != SearchUntil::Valley) {",
        "if (state_.complete()) {",
        "a part that ends with more memory has not descended",
    ),
    Mutation(
        ORDER + "valley.cpp",
        "if (storage.open_at_start || std::ranges::any_of(storage.openers, lives)) return;",
        "if (storage.open_at_start) return;",
        "a storage that lives anyway costs a valley nothing",
    ),
    Mutation(
        ORDER + "valley.cpp",
        "if (!std::all_of(closers.begin(), closers.end(), can_run)) return;",
        "",
        "a storage is repaid only if all its readers may run",
    ),
    Mutation(
        ORDER + "valley.cpp",
        "if (!storage.stays_open) add_profit(",
        "add_profit(",
        "an output is never repaid",
    ),
    Mutation(
        ORDER + "flow_bound.cpp",
        "if (!lives) bytes += storage.bytes;",
        "bytes += storage.bytes;",
        "the flow bound counts a storage that lives once",
    ),
    Mutation(
        ORDER + "op_relatives.cpp",
        "~(result.before[i] | result.after[i])",
        "~result.before[i]",
        "what waits for an op has not run when it runs",
    ),
    Mutation(
        ORDER + "order_reduce.cpp",
        "return b.most_change <= 0 && b.most_rise <= a.least_fall;",
        "return b.most_change <= 0;",
        "a forward join needs no more than the op before it",
    ),
    Mutation(
        ORDER + "order_reduce.cpp",
        "return b.most_change <= 0 && b.most_rise <= a.least_fall;",
        "return b.most_rise <= a.least_fall;",
        "a forward join leaves no more memory than it finds",
    ),
    Mutation(
        ORDER + "order_reduce.cpp",
        "return a.least_change >= 0 && a.most_fall <= b.least_rise;",
        "return a.least_change >= 0;",
        "a backward join needs no more than the op after it",
    ),
    Mutation(
        ORDER + "order_reduce.cpp",
        "return a.least_change >= 0 && a.most_fall <= b.least_rise;",
        "return a.most_fall <= b.least_rise;",
        "a backward join leaves no less memory than it finds",
    ),
    Mutation(
        ORDER + "order_reduce.cpp",
        "several = several || (found != kNone && found != other);",
        "",
        "a join has no other neighbour on that side",
    ),
    Mutation(
        ORDER + "step_range.cpp",
        "return !storage.open_at_start && (alone || outside_ == Outside::HaveNotRun);",
        "return !storage.open_at_start;",
        "a storage that others may have opened is not sure to open here",
    ),
    Mutation(
        ORDER + "step_range.cpp",
        "return !storage.stays_open && (alone || outside_ == Outside::HaveRun);",
        "return !storage.stays_open;",
        "a storage that others may still read is not sure to close here",
    ),
    Mutation(
        ORDER + "order_twins.cpp",
        "if (!is_image(a[i], b[i]) || !is_image(b[i], a[i])) return false;",
        "",
        "twins read the same storages and share the same pairs",
    ),
    Mutation(
        ORDER + "order_twins.cpp",
        "if (x.bytes != y.bytes || x.stays_open != y.stays_open) return false;",
        "",
        "twins write equal storages",
    ),
    Mutation(
        ORDER + "order_twins.cpp",
        "if (a.opens.size() != b.opens.size() || a.scratch_bytes != b.scratch_bytes) return false;",
        "if (a.opens.size() != b.opens.size()) return false;",
        "twins need the same scratch",
    ),
    Mutation(
        ORDER + "graph_parts.cpp",
        "    for (const OrderWait& wait : graph.waits)\n      join_waiting(wait);\n",
        "",
        "ops that wait for each other are in one part",
    ),
    Mutation(
        ORDER + "graph_parts.cpp",
        "      join(join(kNone, storage.openers), storage.closers);\n",
        "",
        "ops that share a storage are in one part",
    ),
    Mutation(
        ORDER + "graph_parts.cpp",
        "return storage.bytes == 0 || (storage.stays_open && is_open(storage, executed));",
        "return storage.bytes == 0 || storage.stays_open;",
        "an output that does not live yet ties its writers together",
    ),
    Mutation(
        ORDER + "graph_parts.cpp",
        "return is_open(graph_.storages[at(static_cast<std::int32_t>(pair.write))], executed_);",
        "return pair.bytes < 0;",
        "a pair whose write lives at the split is gone",
    ),
    Mutation(
        ORDER + "order_parts.cpp",
        "if (!is_last && budget_bytes <= waiting_[i].failed_budget_bytes) return Outcome::Stuck;",
        "if (waiting_[i].failed_budget_bytes >= 0) return Outcome::Stuck;",
        "a part that got stuck is tried again with more budget",
    ),
    Mutation(
        ORDER + "order_parts.cpp",
        "question_.budget_bytes - others_bytes(waiting_[i])",
        "question_.budget_bytes",
        "what the other parts hold counts while a part runs",
    ),
    Mutation(
        ORDER + "order_exact.cpp",
        "std::min(found.least_refused_bytes, bounds_.peak_bytes)",
        "bounds_.peak_bytes",
        "a refusal proves no more than the least need refused",
    ),
    Mutation(
        ORDER + "flow_certificate.cpp",
        "if (!std::ranges::all_of(closers, may_run)) return;",
        "",
        "a certified flow starts at storages that can be closed",
    ),
    Mutation(
        ORDER + "flow_certificate.cpp",
        "      return is_open(graph_.storages[static_cast<std::size_t>(pair.write)]);",
        "      return !is_open(graph_.storages[static_cast<std::size_t>(pair.write)]);",
        "a certified flow counts the credit of pairs",
    ),
    Mutation(
        ORDER + "transports.cpp",
        "        if (!implies(closed_[i], opened_[k])) continue;\n",
        "",
        "a transport pays for what must have been opened",
    ),
    Mutation(
        ORDER + "order_certificate.cpp",
        "bound_bytes_ - 1 - (base_bytes - start_bytes(part.graph))",
        "bound_bytes_ - 1",
        "what the other parts hold counts in the proof of one",
    ),
    Mutation(
        ORDER + "order_certificate.cpp",
        "log_.backward.left.size() == 1 || end_live_bytes >= start_live_bytes;",
        "false;",
        "parts are proven stuck where more memory is",
    ),
    Mutation(
        ORDER + "order_certificate.cpp",
        "SearchRegion region{base, set_of(graph, part.ops)};",
        "SearchRegion region{base, all_ops(graph)};",
        "the states of a part run its own ops",
    ),
    Mutation(
        CHECKER,
        '        demand(not over, "states: an order leads through")\n',
        "",
        "a checked part does not go down",
    ),
    Mutation(
        CHECKER,
        "    demand(len(masks) > 1 and rise <= 0 or masks == [end & ~start], "
        '"parts: memory may not fall")\n',
        "",
        "checked parts are stuck where more memory is",
    ),
    Mutation(
        CHECKER,
        '        demand(not mask & ~left, "parts: an op in two")\n',
        "",
        "no op is in two checked parts",
    ),
    Mutation(
        CHECKER,
        '    demand(not left & end, "parts: an op in none")\n',
        "",
        "every op is in a checked part",
    ),
    Mutation(
        CHECKER,
        '        demand(len(users) < 2 or stays or not s.size, "parts: they share a storage")\n',
        "",
        "checked parts share no storage",
    ),
    Mutation(
        CHECKER,
        '        demand(not causes & union(masks) & ~mask, "parts: one waits for another")\n',
        "",
        "no checked part waits for another",
    ),
    Mutation(
        ARENA + "arena_search.cpp",
        "is_placed(i) || lowest_[at(i)] != choice->floor || !may_come_next(i)",
        "is_placed(i) || !may_come_next(i)",
        "only what can lie on the floor is placed there",
    ),
    Mutation(
        ARENA + "arena_search.cpp",
        "    if (choice->hole_top == kNoBytes) return Fit::Impossible;\n",
        "    return Fit::Impossible;\n",
        "a hole is tried after the blocks",
    ),
    Mutation(
        ARENA + "arena_search.cpp",
        "        if (block(i).pinned_offset) return false;\n",
        "",
        "a pinned block is not lifted",
    ),
    Mutation(
        ARENA + "arena_search.cpp",
        "if (a.first_section != b.first_section || a.bytes != b.bytes) continue;",
        "if (a.first_section != b.first_section) continue;",
        "twins of the arena are equal",
    ),
    Mutation(
        ARENA + "arena_search.cpp",
        "        if (a.pinned_offset || b.pinned_offset) continue;\n",
        "",
        "a pinned block has no twin",
    ),
    Mutation(
        ARENA + "arena_search.cpp",
        "if (s < range.last && (crossing_[at(s)] > 0 || !rules_.splits)) continue;",
        "",
        "sections are split only where nothing crosses",
    ),
    Mutation(
        ARENA + "arena_search.cpp",
        "      key_.push_back(floor_[at(s)]);\n",
        "",
        "a refuted state is known by its floors",
    ),
    Mutation(
        ARENA + "arena_search.cpp",
        "if (is_new && !is_placed(entry.block)) key_.push_back(~std::int64_t{entry.block});",
        "",
        "a refuted state is known by what is left to place",
    ),
    Mutation(
        ARENA + "arena_search.cpp",
        "if (rest < top && !is_in(other, s)) top = above(rest);",
        "",
        "a hole may end where a block rests on a neighbour",
    ),
    Mutation(
        ARENA + "arena_search.cpp",
        "if (fit == Fit::Impossible) refuted_.add(key);",
        "refuted_.add(key);",
        "a state that fits is not remembered as refuted",
    ),
    Mutation(
        ARENA + "arena_exact.cpp",
        "heights_.at_least(runs_[i].capacity_bytes + 1)",
        "heights_.at_least(runs_[i].capacity_bytes + 2 * part_.alignment_bytes + 1)",
        "a refuted height proves only the next one",
    ),
    Mutation(
        TRAFFIC + "traffic_search.cpp",
        "if (state.units + moves_.conversion_units(state, node.state) <= node.state.units) return;",
        "if (state.units <= node.state.units) return;",
        "a state dominates another only if it can become it at that cost",
    ),
    Mutation(
        TRAFFIC + "traffic_search.cpp",
        "        unexplored_ = std::min(unexplored_, nodes_[position].lower_bound);\n",
        "",
        "choices that were not listed keep the bound down",
    ),
    Mutation(
        TRAFFIC + "traffic_bound.cpp",
        "right[i] = counted[i] && !left[i];",
        "right[i] = counted[i];",
        "a storage counts in the bound of one part only",
    ),
    Mutation(
        TRAFFIC + "traffic_bound.cpp",
        "        (written[i] || !may_die_in_place[i]);",
        "        true;",
        "what dies in place is not needed twice",
    ),
    Mutation(
        TRAFFIC + "traffic_bound.cpp",
        "std::max<std::int64_t>(0, missing - clean_bytes / line_.unit_bytes)",
        "missing",
        "what has a copy outside is not written again",
    ),
    Mutation(
        TRAFFIC + "residency.cpp",
        "return std::max(std::min(node.lower_bound, refuted), most_demand_);",
        "return best;",
        "an unfinished branch and bound proves only its open bound",
    ),
    Mutation(
        TRAFFIC + "residency.cpp",
        "make_fit(line_, part_.gaps, kept);\n",
        "",
        "what is rounded must fit",
    ),
    Mutation(
        TRAFFIC + "cover_program.cpp",
        "if (factor < 0 && !add_product(bound, factor, column.upper)) return 0;",
        "",
        "dual values that overcharge a column are paid back",
    ),
)
