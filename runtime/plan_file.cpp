// SPDX-License-Identifier: Apache-2.0
#include "runtime/plan_file.h"

#include <algorithm>
#include <cstring>

#include "kernels/registry.h"
#include "runtime/bank_plan_codec.h"
#include "runtime/bytes.h"
#include "runtime/op_codec.h"

namespace tilewright::runtime {
namespace {

constexpr std::string_view kMagic = "TWPLAN\r\n";
constexpr std::size_t kHeaderBytes = 48;
constexpr std::size_t kLeastTensorBytes = 27;  // an unnamed scalar, its offset and region

void put_operand(ByteWriter& writer, const Operand& operand) {
  writer.put(operand.region);
  writer.put(operand.offset_bytes);
  writer.put(operand.dtype);
  put_shape(writer, operand.shape);
  for (int axis = 0; axis < operand.shape.rank(); ++axis) {
    writer.put(operand.strides[static_cast<std::size_t>(axis)]);
  }
  writer.put(operand.rest.has_value());
  if (!operand.rest) return;
  writer.put(operand.rest->begin_bytes);
  writer.put(operand.rest->offset_bytes);
}

Operand get_operand(ByteReader& reader) {
  Operand operand;
  operand.region = reader.get_enum(Region::Strip);
  operand.offset_bytes = reader.get<std::int64_t>();
  operand.dtype = reader.get_enum(DType::Bool);
  operand.shape = get_shape(reader);
  for (int axis = 0; axis < operand.shape.rank(); ++axis) {
    operand.strides[static_cast<std::size_t>(axis)] = reader.get<std::int64_t>();
  }
  if (!reader.get_bool()) return operand;
  Rest& rest = operand.rest.emplace();
  rest.begin_bytes = reader.get<std::int64_t>();
  rest.offset_bytes = reader.get<std::int64_t>();
  return operand;
}

void put_step(ByteWriter& writer, const Step& step);

void put_producers(ByteWriter& writer, const Step& step) {
  writer.put(static_cast<std::uint32_t>(step.producers.size()));
  for (const Step& producer : step.producers)
    put_step(writer, producer);
  writer.put(step.strip_rows);
}

void put_step(ByteWriter& writer, const Step& step) {
  writer.put_string(step.name);
  put_op(writer, step.op);
  writer.put_string(step.kernel->name);
  writer.put(step.config.algorithm);
  writer.put(step.config.block_rows);
  writer.put(step.config.block_columns);
  writer.put(step.config.block_depth);
  writer.put(static_cast<std::uint32_t>(step.src.size()));
  for (const Operand& src : step.src)
    put_operand(writer, src);
  put_operand(writer, step.dst);
  writer.put(step.packed_region);
  writer.put(step.packed_offset_bytes);
  writer.put(step.packed_bytes);
  writer.put(step.scratch_offset_bytes);
  writer.put(step.scratch_bytes);
  writer.put(step.stage_bytes);
  writer.put(step.sharing.threads);
  writer.put(step.sharing.parts);
  writer.put(step.sharing.axis);
  put_producers(writer, step);
}

Result<Step> get_step(ByteReader& reader, IsaMask isas, int depth = 0);

/// What follows a step: `depth` keeps a file from nesting them without end.
Status get_producers(ByteReader& reader, IsaMask isas, int depth, Step& step) {
  const std::size_t count = reader.get_count(1);
  if (count > 0 && depth > 0) reader.fail("producers without producers");
  for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
    TILEWRIGHT_TRY(Step producer, get_step(reader, isas, depth + 1));
    step.producers.push_back(std::move(producer));
  }
  step.strip_rows = reader.get<std::int64_t>();
  return reader.status("plan");
}

Result<Step> get_step(ByteReader& reader, IsaMask isas, int depth) {
  Step step;
  step.name = reader.get_string();
  step.op = get_op(reader);
  const std::string kernel = reader.get_string();
  step.config.algorithm = reader.get<std::int32_t>();
  step.config.block_rows = reader.get<std::int32_t>();
  step.config.block_columns = reader.get<std::int32_t>();
  step.config.block_depth = reader.get<std::int32_t>();
  const std::size_t src_count = reader.get_count(1);
  for (std::size_t i = 0; i < src_count; ++i)
    step.src.push_back(get_operand(reader));
  step.dst = get_operand(reader);
  step.packed_region = reader.get_enum(Region::External);
  step.packed_offset_bytes = reader.get<std::int64_t>();
  step.packed_bytes = reader.get<std::int64_t>();
  step.scratch_offset_bytes = reader.get<std::int64_t>();
  step.scratch_bytes = reader.get<std::int64_t>();
  step.stage_bytes = reader.get<std::int64_t>();
  step.sharing.threads = reader.get<std::int32_t>();
  step.sharing.parts = reader.get<std::int32_t>();
  step.sharing.axis = reader.get_enum(CutAxis::Columns);
  TILEWRIGHT_RETURN_IF_ERROR(reader.status("plan"));
  step.kernel = kernels::find(kernel);
  if (step.kernel == nullptr) {
    return Error{
        ErrorCode::Unsupported,
        "plan: step '" + step.name + "': expected a kernel of this build, got '" + kernel + "'"};
  }
  if ((isas & bit(step.kernel->isa)) == 0) {
    return Error{ErrorCode::Unsupported, "plan: step '" + step.name + "': expected a CPU with " +
                                             to_string(step.kernel->isa) + ", got one without"};
  }
  TILEWRIGHT_RETURN_IF_ERROR(get_producers(reader, isas, depth, step));
  return step;
}

void put_tensors(ByteWriter& writer, const std::vector<PlanTensor>& tensors) {
  writer.put(static_cast<std::uint32_t>(tensors.size()));
  for (const PlanTensor& tensor : tensors) {
    put_spec(writer, tensor.spec);
    writer.put(tensor.offset_bytes);
    writer.put(tensor.region);
  }
}

std::vector<PlanTensor> get_tensors(ByteReader& reader) {
  std::vector<PlanTensor> tensors(reader.get_count(kLeastTensorBytes));
  for (PlanTensor& tensor : tensors) {
    tensor.spec = get_spec(reader);
    tensor.offset_bytes = reader.get<std::int64_t>();
    tensor.region = reader.get_enum(Region::External);
  }
  return tensors;
}

void put_proof(ByteWriter& writer, const MemoryProof& proof) {
  writer.put(proof.peak_bytes);
  writer.put(proof.peak_lower_bound_bytes);
  writer.put(proof.arena_bytes);
  writer.put(proof.arena_lower_bound_bytes);
  writer.put(proof.order_proven_optimal);
  writer.put(proof.arena_proven_optimal);
  writer.put(proof.jointly_optimal);
}

MemoryProof get_proof(ByteReader& reader) {
  MemoryProof proof;
  proof.peak_bytes = reader.get<std::int64_t>();
  proof.peak_lower_bound_bytes = reader.get<std::int64_t>();
  proof.arena_bytes = reader.get<std::int64_t>();
  proof.arena_lower_bound_bytes = reader.get<std::int64_t>();
  proof.order_proven_optimal = reader.get_bool();
  proof.arena_proven_optimal = reader.get_bool();
  proof.jointly_optimal = reader.get_bool();
  return proof;
}

Status read_structure(std::span<const std::byte> bytes, IsaMask isas, FlatPlan& plan) {
  ByteReader reader(bytes);
  plan.threads = reader.get<std::int32_t>();
  plan.arena_bytes = reader.get<std::int64_t>();
  plan.memory = get_proof(reader);
  plan.inputs = get_tensors(reader);
  plan.outputs = get_tensors(reader);
  const std::size_t steps = reader.get_count(1);
  TILEWRIGHT_RETURN_IF_ERROR(reader.status("plan"));
  for (std::size_t i = 0; i < steps; ++i) {
    TILEWRIGHT_TRY(Step step, get_step(reader, isas));
    plan.steps.push_back(std::move(step));
  }
  plan.banks = get_banks(reader);
  if (reader.left() != 0) reader.fail("the end of the structure");
  return reader.status("plan");
}

Error other(const std::string& what) {
  return Error{ErrorCode::Unsupported, "plan: expected " + what};
}

}  // namespace

bool is_plan_file(std::span<const std::byte> bytes) {
  return bytes.size() >= kMagic.size() &&
         std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) == 0;
}

std::vector<std::byte> write_plan(const FlatPlan& plan) {
  ByteWriter structure;
  structure.put(plan.threads);
  structure.put(plan.arena_bytes);
  put_proof(structure, plan.memory);
  put_tensors(structure, plan.inputs);
  put_tensors(structure, plan.outputs);
  structure.put(static_cast<std::uint32_t>(plan.steps.size()));
  for (const Step& step : plan.steps)
    put_step(structure, step);
  put_banks(structure, plan.banks);

  ByteWriter file;
  file.put_bytes(std::as_bytes(std::span(kMagic)));
  file.put(kPlanFileVersion);
  file.put(kOpCodecVersion);
  file.put(kernels::build_hash());
  file.put(static_cast<std::uint64_t>(structure.size()));
  file.put(checksum(structure.bytes()));
  file.put(static_cast<std::uint64_t>(plan.constants.size()));
  file.put_bytes(structure.bytes());
  file.pad_to(kTensorAlignment);
  file.put_bytes(plan.constants);
  return {file.bytes().begin(), file.bytes().end()};
}

Result<std::shared_ptr<const FlatPlan>> read_plan(std::span<const std::byte> bytes,
                                                  std::shared_ptr<const void> owner, IsaMask isas) {
  if (!is_plan_file(bytes))
    return Error{ErrorCode::InvalidModel, "plan: expected a plan file, got other bytes"};
  ByteReader header(bytes.subspan(kMagic.size()));
  const auto file_version = header.get<std::uint32_t>();
  const auto codec_version = header.get<std::uint32_t>();
  const auto build = header.get<std::uint64_t>();
  const auto structure_bytes = header.get<std::uint64_t>();
  const auto structure_sum = header.get<std::uint64_t>();
  const auto constant_bytes = header.get<std::uint64_t>();
  TILEWRIGHT_RETURN_IF_ERROR(header.status("plan"));
  if (file_version != kPlanFileVersion || codec_version != kOpCodecVersion) {
    return other("file version " + std::to_string(kPlanFileVersion) + "." +
                 std::to_string(kOpCodecVersion) + ", got " + std::to_string(file_version) + "." +
                 std::to_string(codec_version));
  }
  if (build != kernels::build_hash())
    return other("the kernels of this build, got those of another; compile again");
  const std::uint64_t after_header = bytes.size() - kHeaderBytes;
  const auto alignment = static_cast<std::uint64_t>(kTensorAlignment);
  if (structure_bytes > after_header) {
    return Error{ErrorCode::InvalidModel, "plan: expected " + std::to_string(structure_bytes) +
                                              " bytes of structure, got " +
                                              std::to_string(after_header)};
  }
  const std::uint64_t constants_at =
      (kHeaderBytes + structure_bytes + alignment - 1) / alignment * alignment;
  if (constants_at > bytes.size() || constant_bytes != bytes.size() - constants_at) {
    return Error{ErrorCode::InvalidModel, "plan: expected " + std::to_string(constant_bytes) +
                                              " bytes of constants to end the file"};
  }
  const std::span<const std::byte> structure = bytes.subspan(kHeaderBytes, structure_bytes);
  if (checksum(structure) != structure_sum) {
    return Error{ErrorCode::InvalidModel,
                 "plan: expected the checksum of its structure, got a damaged file"};
  }
  auto plan = std::make_shared<FlatPlan>();
  plan->constants_owner = std::move(owner);
  plan->constants = bytes.subspan(constants_at, constant_bytes);
  TILEWRIGHT_RETURN_IF_ERROR(read_structure(structure, isas, *plan));
  TILEWRIGHT_RETURN_IF_ERROR(check_plan(*plan));
  return std::shared_ptr<const FlatPlan>(std::move(plan));
}

}  // namespace tilewright::runtime
