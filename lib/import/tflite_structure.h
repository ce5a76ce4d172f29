// SPDX-License-Identifier: Apache-2.0
// What a whole .tflite file claims about itself, checked before any operator is looked at: indices,
// who writes what, and the order of operators.
#pragma once

#include <vector>

#include "lib/import/tflite_tensors.h"

namespace tilewright::importer::tflite {

/// Checks every subgraph and gives the tensors of the first, which is the one that is imported.
///
/// Errors: InvalidModel: no subgraph; an index out of range; a tensor written twice; a constant or
/// an input that is written; an operator that reads what no earlier one wrote (so a cycle); an
/// output that nobody writes.
[[nodiscard]] Result<std::vector<StoredTensor>> check_structure(const File& file);

}  // namespace tilewright::importer::tflite
