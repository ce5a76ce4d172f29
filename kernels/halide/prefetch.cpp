// SPDX-License-Identifier: Apache-2.0
#include "kernels/halide/prefetch.h"

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

namespace tilewright::kernels::generators {
namespace {

using namespace Halide::Internal;
using Halide::Expr;

constexpr int kLineFloats = 16;
constexpr const char* kBuffer = "weights";

struct VectorRead {
  Expr first;  // index
  int lanes;
};

/// Finds loops and which vectors of the weights are read, each once, in the order of the code.
class Finder : public IRVisitor {
 public:
  bool has_loop = false;
  std::vector<VectorRead> reads;

 protected:
  using IRVisitor::visit;
  void visit(const For* op) override {
    has_loop = true;
    IRVisitor::visit(op);
  }
  void visit(const Load* op) override {
    IRVisitor::visit(op);
    const Ramp* ramp = op->index.as<Ramp>();
    if (op->name != kBuffer || ramp == nullptr || !is_const_one(ramp->stride)) return;
    const bool is_known = std::any_of(reads.begin(), reads.end(), [&](const VectorRead& read) {
      return equal(read.first, ramp->base);
    });
    if (!is_known) reads.push_back({ramp->base, ramp->lanes});
  }
};

Stmt prefetch(const Expr& index) {
  const Expr base = Variable::make(Halide::Handle(), kBuffer);
  return Evaluate::make(
      Call::make(Halide::Float(32), Call::prefetch, {base, index, 1, 1}, Call::Intrinsic));
}

Expr variable(const std::string& name) {
  return Variable::make(Halide::Int(32), name);
}

/// Index of an element of the next panel. `loops` are those of the dot kernel around its innermost
/// one: panels, tiles, then the reduction; a panel holds `nr` elements for each of its steps.
Expr next_panel_index(const std::vector<const For*>& loops, int nr) {
  if (loops.size() < 5) throw std::runtime_error("prefetch: expected the five loops of a product");
  const For* const* loop = &loops[loops.size() - 5];
  const auto at = [&](int i) { return variable(loop[i]->name); };
  const Expr tiles = loop[1]->extent;
  Expr depth = 1;
  Expr step = 0;
  for (int i = 2; i < 5; ++i) {
    depth = depth * loop[i]->extent;
    step = step * loop[i]->extent + at(i);
  }
  // Elements per step and tile, so that all tiles together get through the panel; then no more. One
  // tile alone reads too fast for this.
  const Expr share = (nr + tiles - 1) / tiles;
  const Expr elements = select(tiles > 1 && at(1) * share < nr, share, 0);
  return (at(0) + 1) * variable(std::string(kBuffer) + ".stride.4") +
         (at(1) * depth + step) * elements;
}

class Inserter : public IRMutator {
 public:
  explicit Inserter(const Prefetches& prefetches) : prefetches_(prefetches) {}

 protected:
  using IRMutator::visit;
  Stmt visit(const For* op) override {
    loops_.push_back(op);
    Finder finder;
    op->body.accept(&finder);
    const bool is_innermost = !finder.has_loop && !finder.reads.empty();
    Stmt result = is_innermost ? prefetching(op, finder.reads) : IRMutator::visit(op);
    loops_.pop_back();
    return result;
  }

 private:
  [[nodiscard]] Stmt prefetching(const For* op, const std::vector<VectorRead>& reads) const {
    Stmt body = op->body;
    const Expr ahead = variable(op->name) + prefetches_.steps;
    int floats = 0;
    for (const VectorRead& read : reads) {
      if (floats % kLineFloats == 0)
        body = Block::make(prefetch(substitute(op->name, ahead, read.first)), body);
      floats += read.lanes;
    }
    if (prefetches_.next_panel)
      body = Block::make(prefetch(next_panel_index(loops_, floats)), body);
    return For::make(op->name, op->min, op->extent, op->for_type, op->partition_policy,
                     op->device_api, body);
  }

  Prefetches prefetches_;
  std::vector<const For*> loops_;
};

}  // namespace

Stmt with_prefetches(const Stmt& body, const Prefetches& prefetches) {
  return Inserter(prefetches).mutate(body);
}

std::string with_kept_prefetches(std::string assembly) {
  constexpr std::string_view kOnce = "prefetchnta";
  for (std::size_t at = 0; (at = assembly.find(kOnce, at)) != std::string::npos;)
    assembly.replace(at, kOnce.size(), "prefetcht0");
  return assembly;
}

}  // namespace tilewright::kernels::generators
