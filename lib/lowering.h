// SPDX-License-Identifier: Apache-2.0
// From graph to program: which ops really run, and which tensors are views of the same bytes.
//
// A concat is written in place by its producers; a slice, a reshape or a transpose that keeps the
// innermost dimension is read where it lies, or written as its reader wants it, wherever layout
// allows:
//
//   a ─► conv ─┐                       storage 0 (concat's output): [ conv | pool ]
//              ├─► concat ─► slice     conv and pool write their columns of it, the slice's reader
//              reads columns
//   b ─► pool ─┘                       of it: neither concat nor slice is a step
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tilewright/status.h"

#include "kernels/kernel.h"
#include "lib/graph/graph.h"

namespace tilewright {

/// Bytes that are planned as one: a tensor with all its views.
struct ProgramStorage {
  std::string name;
  std::int64_t bytes = 0;
  bool input = false;
  bool output = false;
};

/// Where a tensor lies in a storage.
struct Place {
  std::size_t storage = 0;
  std::int64_t offset_bytes = 0;
  kernels::Strides strides{};  // elements

  friend bool operator==(const Place&, const Place&) = default;
};

struct ProgramOperand {
  TensorSpec spec;
  std::optional<graph::Constant> constant;  // else it lies at `place`
  Place place;
  /// Of an op with producers: whose output it is. Such a tensor has no place.
  std::optional<std::size_t> producer = {};
};

struct ProgramOp {
  std::string name;
  Op op;
  std::vector<ProgramOperand> src;
  ProgramOperand dst;
  std::vector<ProgramOp> producers = {};  // run inside this op, strip by strip; see strip_groups.h
};

struct ProgramTensor {
  TensorSpec spec;
  std::size_t storage = 0;  // at its beginning, dense
};

struct Program {
  std::vector<ProgramStorage> storages;
  std::vector<ProgramOp> ops;  // in an order in which each reads only what exists
  std::vector<ProgramTensor> inputs;
  std::vector<ProgramTensor> outputs;
};

/// Lowers a verified graph. What must be copied after all (a concat's input that others read too,
/// an output that is an input) becomes a slice of everything: a copy.
[[nodiscard]] Program lower(const graph::Graph& graph);

/// Whether the op only moves data: transposes, copies, pads, gathers.
[[nodiscard]] bool is_copy(const ProgramOp& op);

/// Ops of the program that do.
[[nodiscard]] std::int64_t count_copies(const Program& program);

/// The specs of an op's operands, as `kernels::Call` wants them.
[[nodiscard]] std::vector<TensorSpec> src_specs(const ProgramOp& op);

/// Whether the operand is all of its storage, element after element.
[[nodiscard]] bool fills_storage(const Program& program, const ProgramOperand& operand);

/// Calls f(operand) for everything that an op and its producers read from storages.
template <typename F>
void for_each_read(const ProgramOp& op, F&& f) {
  for (const ProgramOp& producer : op.producers)
    for_each_read(producer, f);
  for (const ProgramOperand& src : op.src) {
    if (!src.constant && !src.producer) f(src);
  }
}

}  // namespace tilewright
