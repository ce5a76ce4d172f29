// SPDX-License-Identifier: Apache-2.0
#include "lib/rewrite/rewrite.h"

#include "lib/graph/tidy.h"
#include "lib/graph/verify.h"
#include "lib/rewrite/pass.h"

namespace tilewright {
namespace {

/// Each round that is not the last one makes the graph smaller or moves something towards an end of
/// it, so real graphs need a handful. The cap is for mistakes: the graph is right after each round.
constexpr int kMaxRounds = 100;

Result<bool> run_pass(const rewriting::Pass& pass, graph::Graph& graph,
                      const RewriteOptions& options) {
  TILEWRIGHT_TRY(const bool changed, pass.run(graph));
  if (!changed) return false;
  graph::tidy(graph);
  if (const Status status = graph::verify(graph); !status) {
    return Error{status.error().code,
                 "after pass '" + std::string(pass.name) + "': " + status.error().message};
  }
  for (const RewriteObserver& observer : options.observers)
    observer.changed(observer.user, pass.name, graph);
  return true;
}

/// Repeats the passes of a group until none changes the graph; says whether any did.
Result<bool> run_group(std::span<const rewriting::Pass> group, graph::Graph& graph,
                       const RewriteOptions& options) {
  bool ever_changed = false;
  for (int round = 0; round < kMaxRounds; ++round) {
    bool any_changed = false;
    for (const rewriting::Pass& pass : group) {
      TILEWRIGHT_TRY(const bool changed, run_pass(pass, graph, options));
      any_changed = any_changed || changed;
    }
    if (!any_changed) break;
    ever_changed = true;
  }
  return ever_changed;
}

}  // namespace

Result<graph::Graph> rewrite(graph::Graph graph, const RewriteOptions& options) {
  TILEWRIGHT_RETURN_IF_ERROR(graph::verify(graph));
  graph::tidy(graph);
  for (int round = 0; round < kMaxRounds; ++round) {
    TILEWRIGHT_TRY(const bool simpler, run_group(rewriting::simplifying_passes(), graph, options));
    TILEWRIGHT_TRY(const bool finer, run_group(rewriting::finishing_passes(), graph, options));
    if (!simpler && !finer) break;
  }
  TILEWRIGHT_RETURN_IF_ERROR(graph::verify_weights(graph));
  return graph;
}

}  // namespace tilewright
