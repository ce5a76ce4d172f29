// SPDX-License-Identifier: Apache-2.0
// The file a command works on: a model, a saved model or a plan, told apart by content.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "lib/compilation.h"
#include "tools/tilewright/command.h"
#include "tools/tilewright/traffic_options.h"

namespace tilewright::tool {

/// `error` with the file it is about before its message, unless that names it.
[[nodiscard]] Error in_file(const std::string& path, Error error);

/// Loads `common.model`, a model or saved model. Errors: those of Model::load; InvalidArgument, for
/// a plan or a shape that the file cannot take.
[[nodiscard]] Result<Model> load_model(const CommonOptions& common);

/// `compile_in_detail`, whose errors name the file.
[[nodiscard]] Result<Compilation> compile_model(const CommonOptions& common, const Model& model,
                                                const CompileOptions& options);

/// Loads a saved plan, or loads and compiles a model. `load_ms` and `compile_ms` are added to
/// `timings`. Errors: those of Plan::load, load_model and compile; InvalidArgument, for a plan that
/// breaks `--isa`, `--shape` or `--memory-limit`, or comes with options of what is chosen in it:
/// kernels, groups, or by `flags` memories.
[[nodiscard]] Result<Plan> load_plan(const CommonOptions& common, const TrafficFlags& flags,
                                     Json& timings);

/// The input called `name`, or else of that index. Errors: InvalidArgument, "`flag`: expected one
/// of 'x', 'y' or its index, got 'z'".
[[nodiscard]] Result<std::size_t> find_input(const std::vector<TensorSpec>& inputs,
                                             const std::string& name, const std::string& flag);

}  // namespace tilewright::tool
