// SPDX-License-Identifier: Apache-2.0
// The graph of a .tflite file while its operators are turned into nodes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "lib/graph/builder.h"
#include "lib/import/tflite_tensors.h"

namespace tilewright::importer::tflite {

/// Who reads a tensor: how often, as an operand or as an output of the graph, and the last
/// operator.
struct Readers {
  std::size_t count = 0;
  std::size_t last_operator = 0;
};

/// One import. `values[i]` is the value that tensor i became; none if nothing was read of it yet,
/// or if no value of ours can hold it.
struct State {
  const File& file;
  const schema::SubGraph& subgraph;
  std::vector<StoredTensor> tensors;
  std::vector<std::optional<graph::ValueId>> values;
  std::vector<Readers> readers;  // of each tensor
  std::vector<bool> done;        // operators that became part of an earlier one's nodes
  graph::Builder builder;
  /// Whether inputs have other shapes than the file says: stored shapes then say nothing.
  bool is_resized = false;
  /// The first thing found that is well formed but that nothing of ours does.
  std::optional<Error> unsupported;
  /// Copies of buffers, shared by all tensors that read them.
  std::vector<std::optional<graph::Constant>> buffers;
  /// Bytes that may still be made for constants that are not in the file (converted weights).
  std::int64_t derived_bytes_left = 0;

  /// Keeps the first error of its kind; checking goes on, since a defect outranks it.
  void note_unsupported(Error error) {
    if (!unsupported) unsupported = std::move(error);
  }
};

/// The value of a tensor; constants become values when they are first read. None if it has none.
[[nodiscard]] std::optional<graph::ValueId> value_of(State& state, std::size_t tensor);

}  // namespace tilewright::importer::tflite
