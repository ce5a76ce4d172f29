// SPDX-License-Identifier: Apache-2.0
#include "kernels/halide/prefetch.h"

#include <algorithm>
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

class Inserter : public IRMutator {
 public:
  explicit Inserter(int steps) : steps_(steps) {}

 protected:
  using IRMutator::visit;
  Stmt visit(const For* op) override {
    Finder finder;
    op->body.accept(&finder);
    if (finder.has_loop || finder.reads.empty()) return IRMutator::visit(op);
    Stmt body = op->body;
    const Expr ahead = Variable::make(Halide::Int(32), op->name) + steps_;
    int floats = 0;
    for (const VectorRead& read : finder.reads) {
      if (floats % kLineFloats == 0)
        body = Block::make(prefetch(substitute(op->name, ahead, read.first)), body);
      floats += read.lanes;
    }
    return For::make(op->name, op->min, op->extent, op->for_type, op->partition_policy,
                     op->device_api, body);
  }

 private:
  int steps_;
};

}  // namespace

Stmt with_prefetches(const Stmt& body, int steps) {
  return Inserter(steps).mutate(body);
}

std::string with_kept_prefetches(std::string assembly) {
  constexpr std::string_view kOnce = "prefetchnta";
  for (std::size_t at = 0; (at = assembly.find(kOnce, at)) != std::string::npos;)
    assembly.replace(at, kOnce.size(), "prefetcht0");
  return assembly;
}

}  // namespace tilewright::kernels::generators
