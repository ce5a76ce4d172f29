// SPDX-License-Identifier: Apache-2.0
// What only the full library offers: models of any format, and a session in one call.
#include <memory>

#include "tilewright/model.h"
#include "tilewright/session.h"

#include "lib/graph/model_file.h"
#include "lib/import/import.h"
#include "lib/rewrite/rewrite.h"
#include "runtime/file_io.h"

namespace tilewright {
namespace {

Result<Model> import_and_rewrite(std::span<const std::byte> bytes,
                                 const importer::ImportOptions& options) {
  TILEWRIGHT_TRY(graph::Graph imported, importer::import_model(bytes, options));
  TILEWRIGHT_TRY(graph::Graph rewritten, rewrite(std::move(imported)));
  return Model(std::make_shared<const graph::Graph>(std::move(rewritten)));
}

}  // namespace

Result<Model> Model::load(const std::string& path, const ModelOptions& options) {
  TILEWRIGHT_TRY(const runtime::MappedFile file, runtime::map_file(path, importer::kMaxModelBytes));
  if (graph::is_model_file(file.bytes)) return open_saved(path);
  return import_and_rewrite(file.bytes, {options.shapes, importer::folder_of(path)});
}

Result<Model> Model::load(std::span<const std::byte> bytes, const ModelOptions& options) {
  if (graph::is_model_file(bytes)) return open_saved(bytes);
  return import_and_rewrite(bytes, {options.shapes, ""});
}

Result<Session> Session::open(const std::string& model_path, const CompileOptions& options) {
  TILEWRIGHT_TRY(const Model model, Model::load(model_path));
  TILEWRIGHT_TRY(const Plan plan, compile(model, options));
  return create(plan, {.log = options.log});
}

}  // namespace tilewright
