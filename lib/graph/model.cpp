// SPDX-License-Identifier: Apache-2.0
#include "tilewright/model.h"

#include <utility>

#include "lib/graph/graph.h"
#include "lib/graph/model_file.h"
#include "runtime/file_io.h"

namespace tilewright {
namespace {

std::vector<TensorSpec> specs_of(const graph::Graph& graph, std::span<const graph::ValueId> ids) {
  std::vector<TensorSpec> specs;
  specs.reserve(ids.size());
  for (const graph::ValueId id : ids)
    specs.push_back(graph.value(id).spec);
  return specs;
}

Result<Model> model_in(std::span<const std::byte> bytes, const std::shared_ptr<const void>& owner) {
  TILEWRIGHT_TRY(graph::Graph graph, graph::read_model(bytes, owner));
  return Model(std::make_shared<const graph::Graph>(std::move(graph)));
}

}  // namespace

Result<Model> Model::open_saved(const std::string& path) {
  TILEWRIGHT_TRY(const runtime::MappedFile file,
                 runtime::map_file(path, graph::kMaxModelFileBytes));
  Result<Model> model = model_in(file.bytes, file.owner);
  if (!model) return Error{model.error().code, "'" + path + "': " + model.error().message};
  return model;
}

Result<Model> Model::open_saved(std::span<const std::byte> bytes) {
  const graph::Constant copy = graph::copy_constant(bytes);
  return model_in(copy.bytes, copy.owner);
}

Status Model::save(const std::string& path) const {
  TILEWRIGHT_TRY(const std::vector<std::byte> bytes, graph::write_model(*graph_));
  return runtime::write_file(path, bytes);
}

std::vector<TensorSpec> Model::inputs() const {
  return specs_of(*graph_, graph_->inputs);
}

std::vector<TensorSpec> Model::outputs() const {
  return specs_of(*graph_, graph_->outputs);
}

}  // namespace tilewright
