// SPDX-License-Identifier: Apache-2.0
// Model files in a better order: what changes, what does not, and what is refused.
#include "lib/reorder.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tilewright/tilewright.h"

#include "lib/import/op_list.h"
#include "tests/lib/import/onnx_writer.h"
#include "tests/lib/import/tflite_model.h"

namespace tilewright::importer {
namespace {

using Catch::Matchers::ContainsSubstring;
using enum schema::BuiltinOperator;
using Bytes = std::vector<std::byte>;

// x 1024 -> left, right 4096 each -> 64 each -> sum: both expansions first need 9216, one branch
// after the other 64 + 1024 + 4096.
constexpr std::int64_t kPeakBefore = 9216, kPeakAfter = 5184;

std::int32_t quadruple(TfliteModel& model, std::int32_t x, const std::string& name) {
  const auto y = model.tensor(name, {1, 8, 8, 16});
  schema::ConcatenationOptionsT concat;
  concat.axis = 3;
  model.op(CONCATENATION, {x, x, x, x}, {y}, concat);
  return y;
}

std::int32_t mean(TfliteModel& model, std::int32_t x, const std::string& name) {
  const auto y = model.tensor(name, {1, 1, 1, 16});
  schema::ReducerOptionsT options;
  options.keep_dims = true;
  model.op(MEAN, {x, model.integers(name + "/axes", {1, 2})}, {y}, options);
  return y;
}

TfliteModel two_branches() {
  TfliteModel model;
  const auto x = model.input("x", {1, 8, 8, 4});
  const auto left = quadruple(model, x, "left");
  const auto right = quadruple(model, x, "right");
  const auto l = mean(model, left, "l");
  const auto r = mean(model, right, "r");
  const auto y = model.tensor("y", {1, 1, 1, 16});
  model.op(ADD, {l, r}, {y}, schema::AddOptionsT{});
  model.output(y);
  model.model.description = "kept as it is";
  return model;
}

Bytes onnx_two_branches() {
  using namespace onnx_writer;
  File file;
  file.inputs = {value("x", {1, 4, 8, 8})};
  file.outputs = {value("y", {1, 16, 1, 1})};
  const auto concat = [](const char* name) {
    return node("Concat", {"x", "x", "x", "x"}, {name}, {attribute("axis", 1)}, name);
  };
  const auto reduce = [](const char* from, const char* name) {
    return node("GlobalAveragePool", {from}, {name}, {}, std::string(name) + " of a longer name");
  };
  file.nodes = {concat("left"), concat("right"), reduce("left", "l"), reduce("right", "r"),
                node("Add", {"l", "r"}, {"y"}, {}, "sum")};
  const std::string text = write(file);
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

Reordered reordered(const Bytes& bytes, const ReorderOptions& options = {}) {
  Result<Reordered> result = reorder_model(bytes, options);
  if (!result) FAIL(result.error().message);
  return *std::move(result);
}

void check_refused(const Bytes& bytes, const ReorderOptions& options, ErrorCode code,
                   const std::string& message) {
  const Result<Reordered> result = reorder_model(bytes, options);
  REQUIRE_FALSE(result);
  CHECK(result.error().code == code);
  CHECK_THAT(result.error().message, ContainsSubstring(message));
}

/// What the network computes for a fixed input, byte for byte.
Bytes outputs(const Bytes& file) {
  const auto model = Model::load(file);
  if (!model) FAIL(model.error().message);
  const auto plan = compile(*model);
  if (!plan) FAIL(plan.error().message);
  auto session = Session::create(*plan);
  REQUIRE(session);
  const auto x = session->input(0).as<float>();
  REQUIRE(x);
  for (std::size_t i = 0; i < x->size(); ++i)
    (*x)[i] = static_cast<float>(i % 17) - 5.5F;
  REQUIRE(session->run());
  const TensorView y = session->output(0);
  return {y.data, y.data + y.size_bytes()};
}

/// Each node by its name: its op and the names of what it reads and writes.
std::map<std::string, std::string> described(const Bytes& file) {
  const Result<graph::Graph> graph = import_model(file, {});
  if (!graph) FAIL(graph.error().message);
  std::map<std::string, std::string> nodes;
  for (const graph::Node& node : graph->nodes) {
    std::string text = std::to_string(node.op.index());
    for (const graph::ValueId id : node.inputs)
      text += " " + graph->value(id).spec.name + to_string(graph->value(id).spec);
    nodes[node.name] = text + " -> " + to_string(graph->value(node.output).spec);
  }
  return nodes;
}

schema::ModelT unpacked(const Bytes& file) {
  schema::ModelT model;
  schema::GetModel(file.data())->UnPackTo(&model);
  return model;
}

/// The tables of a file, written anew without what reordering may change.
std::string tables_without_plan(const Bytes& file) {
  schema::ModelT model = unpacked(file);
  const auto is_plan = [](const auto& entry) { return entry->name == "OfflineMemoryAllocation"; };
  if (std::erase_if(model.metadata, is_plan) > 0) model.buffers.pop_back();
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(schema::Model::Pack(builder, &model));
  return {reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize()};
}

std::vector<std::int32_t> plan_of(const Bytes& file) {
  const schema::ModelT model = unpacked(file);
  std::vector<std::int32_t> numbers;
  for (const auto& entry : model.metadata) {
    if (entry->name != "OfflineMemoryAllocation") continue;
    const std::vector<std::uint8_t>& data = model.buffers[entry->buffer]->data;
    numbers.resize(data.size() / sizeof(std::int32_t));
    std::memcpy(numbers.data(), data.data(), data.size());
  }
  return numbers;
}

/// No two tensors that live at the same time overlap; replays the file's own op list.
void check_plan_by_replay(const Bytes& file, std::int64_t arena_bytes) {
  const std::vector<std::int32_t> plan = plan_of(file);
  const Result<OpList> list = tflite_op_list(file);
  REQUIRE(list);
  REQUIRE(plan.size() == 3 + list->tensors.size());
  CHECK(plan[0] == 0);
  CHECK(plan[1] == 0);
  CHECK(plan[2] == static_cast<std::int32_t>(list->tensors.size()));
  std::vector<std::size_t> last_use(list->tensors.size(), 0);
  for (std::size_t op = 0; op < list->ops.size(); ++op) {
    for (const auto& ids : {list->ops[op].reads, list->ops[op].writes}) {
      for (const std::size_t tensor : ids)
        last_use[tensor] = op;
    }
  }
  std::set<std::size_t> live;
  for (std::size_t i = 0; i < list->tensors.size(); ++i) {
    CHECK((plan[3 + i] == -1) == list->tensors[i].constant);
    if (list->tensors[i].input) live.insert(i);
    if (list->tensors[i].output) last_use[i] = list->ops.size();
  }
  for (std::size_t op = 0; op < list->ops.size(); ++op) {
    live.insert(list->ops[op].writes.begin(), list->ops[op].writes.end());
    for (const std::size_t a : live) {
      const std::int64_t a_end = plan[3 + a] + list->tensors[a].bytes;
      CHECK(a_end <= arena_bytes);
      for (const std::size_t b : live) {
        if (b <= a) continue;
        const std::int64_t b_end = plan[3 + b] + list->tensors[b].bytes;
        CHECK((a_end <= plan[3 + b] || b_end <= plan[3 + a]));
      }
    }
    std::erase_if(live, [&](std::size_t i) { return last_use[i] <= op; });
  }
}

}  // namespace

TEST_CASE("a .tflite file gets the best order and keeps all other bytes", "[reorder]") {
  const Bytes before = two_branches().bytes();
  const Reordered found = reordered(before);
  CHECK(found.peak_before_bytes == kPeakBefore);
  CHECK(found.peak_after_bytes == kPeakAfter);
  CHECK(found.peak_lower_bound_bytes == kPeakAfter);
  CHECK(found.moved_ops == 2);
  REQUIRE(found.bytes.size() == before.size());
  std::vector<std::size_t> changed;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i] != found.bytes[i]) changed.push_back(i);
  }
  REQUIRE_FALSE(changed.empty());
  // Two neighbouring elements of the vector of operators.
  CHECK(changed.back() - changed.front() < 8);
  CHECK(described(found.bytes) == described(before));
  CHECK(outputs(found.bytes) == outputs(before));
  // It is a fixed point.
  CHECK(reordered(found.bytes).bytes == found.bytes);
}

TEST_CASE("an .onnx file gets the best order of its nodes and keeps all other bytes", "[reorder]") {
  const Bytes before = onnx_two_branches();
  const Reordered found = reordered(before);
  CHECK(found.peak_before_bytes == kPeakBefore);
  CHECK(found.peak_after_bytes == kPeakAfter);
  CHECK(found.moved_ops == 2);
  REQUIRE(found.bytes.size() == before.size());
  CHECK(found.bytes != before);
  Bytes a = before, b = found.bytes;
  std::ranges::sort(a);
  std::ranges::sort(b);
  CHECK(a == b);
  CHECK(described(found.bytes) == described(before));
  CHECK(outputs(found.bytes) == outputs(before));
  CHECK(reordered(found.bytes).bytes == found.bytes);
}

TEST_CASE("a file whose order is best already stays as it is", "[reorder]") {
  const Bytes bytes = conv_model().bytes();
  const Reordered found = reordered(bytes);
  CHECK(found.moved_ops == 0);
  CHECK(found.bytes == bytes);
  CHECK(found.peak_before_bytes == found.peak_after_bytes);
}

TEST_CASE("an offline plan is added or replaced, and all tables stay", "[reorder]") {
  const Bytes before = two_branches().bytes();
  const Reordered found = reordered(before, {.offline_plan = true});
  REQUIRE(found.offline_plan);
  CHECK(found.offline_plan->arena_bytes == kPeakAfter);
  CHECK(found.offline_plan->lower_bound_bytes == kPeakAfter);
  CHECK(found.offline_plan->greedy_before_bytes >= kPeakBefore);
  CHECK((tables_without_plan(found.bytes) == tables_without_plan(reordered(before).bytes)));
  check_plan_by_replay(found.bytes, found.offline_plan->arena_bytes);
  CHECK(outputs(found.bytes) == outputs(before));
  const Bytes again = reordered(found.bytes, {.offline_plan = true}).bytes;
  CHECK(plan_of(again) == plan_of(found.bytes));
  CHECK(unpacked(again).metadata.size() == 1);
}

TEST_CASE("other metadata and its buffers survive an offline plan", "[reorder]") {
  TfliteModel model = two_branches();
  model.model.buffers.push_back(std::make_unique<schema::BufferT>());
  model.model.buffers.back()->data = {1, 2, 3};
  model.model.metadata.push_back(std::make_unique<schema::MetadataT>());
  model.model.metadata.back()->name = "min_runtime_version";
  model.model.metadata.back()->buffer = static_cast<std::uint32_t>(model.model.buffers.size() - 1);
  const Bytes after = reordered(model.bytes(), {.offline_plan = true}).bytes;
  const schema::ModelT tables = unpacked(after);
  REQUIRE(tables.metadata.size() == 2);
  CHECK(tables.metadata[0]->name == "min_runtime_version");
  CHECK(tables.buffers[tables.metadata[0]->buffer]->data == std::vector<std::uint8_t>{1, 2, 3});
}

TEST_CASE("a plan for the old order is not left in a reordered file", "[reorder]") {
  const Bytes planned = reordered(two_branches().bytes(), {.offline_plan = true}).bytes;
  check_refused(planned, {}, ErrorCode::InvalidArgument, "the file holds one for its own order");
  check_refused(onnx_two_branches(), {.offline_plan = true}, ErrorCode::InvalidArgument,
                "expected a .tflite file");
}

TEST_CASE("operators with effects keep their order", "[reorder]") {
  TfliteModel model = two_branches();
  // Custom operators may share state: both expansions now run before the first mean.
  auto custom = std::make_unique<schema::OperatorCodeT>();
  custom->builtin_code = CUSTOM;
  custom->deprecated_builtin_code = 32;
  custom->custom_code = "Stateful";
  model.model.operator_codes.push_back(std::move(custom));
  const auto code = static_cast<std::uint32_t>(model.model.operator_codes.size() - 1);
  for (std::size_t i = 0; i < 3; ++i) {
    model.graph().operators[i]->opcode_index = code;
    model.graph().operators[i]->builtin_options.Reset();
  }
  const Reordered found = reordered(model.bytes());
  CHECK(found.moved_ops == 0);
  CHECK(found.peak_after_bytes == kPeakBefore);
}

TEST_CASE("metadata that names operators by position is refused", "[reorder]") {
  TfliteModel model = two_branches();
  model.model.metadata.push_back(std::make_unique<schema::MetadataT>());
  model.model.metadata.back()->name = "model_control_dependencies";
  check_refused(model.bytes(), {}, ErrorCode::Unsupported, "model_control_dependencies");
}

TEST_CASE("damaged files are refused or reordered, never more", "[reorder]") {
  for (const Bytes& good : {two_branches().bytes(), onnx_two_branches()}) {
    std::uint32_t state = 1;
    for (int i = 0; i < 400; ++i) {
      Bytes bytes = good;
      state = state * 1664525 + 1013904223;
      bytes[state % bytes.size()] ^= static_cast<std::byte>(1U << (state >> 29));
      const Result<Reordered> plain = reorder_model(bytes, {});
      const Result<Reordered> planned = reorder_model(bytes, {.offline_plan = true});
      if (plain) CHECK(plain->bytes.size() == bytes.size());
      if (planned) CHECK(planned->bytes.size() > bytes.size());
    }
    for (std::size_t size = 0; size < good.size(); size += 7)
      CHECK_FALSE(reorder_model(std::span(good).first(size), {}));
  }
}

}  // namespace tilewright::importer
