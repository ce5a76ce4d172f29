// SPDX-License-Identifier: Apache-2.0
#include "runtime/bank_plan_codec.h"

namespace tilewright::runtime {
namespace {

constexpr std::size_t kTransferBytes = 30;

void put_transfers(ByteWriter& writer, const std::vector<Transfer>& transfers) {
  writer.put(static_cast<std::uint32_t>(transfers.size()));
  for (const Transfer& transfer : transfers) {
    writer.put(transfer.step);
    writer.put(transfer.from);
    writer.put(transfer.from_offset_bytes);
    writer.put(transfer.to);
    writer.put(transfer.to_offset_bytes);
    writer.put(transfer.bytes);
  }
}

std::vector<Transfer> get_transfers(ByteReader& reader) {
  std::vector<Transfer> transfers(reader.get_count(kTransferBytes));
  for (Transfer& transfer : transfers) {
    transfer.step = reader.get<std::int32_t>();
    transfer.from = reader.get_enum(Region::External);
    transfer.from_offset_bytes = reader.get<std::int64_t>();
    transfer.to = reader.get_enum(Region::External);
    transfer.to_offset_bytes = reader.get<std::int64_t>();
    transfer.bytes = reader.get<std::int64_t>();
  }
  return transfers;
}

void put_proof(ByteWriter& writer, const TrafficProof& proof) {
  writer.put(proof.weights_compulsory_bytes);
  writer.put(proof.weights_avoidable_bytes);
  writer.put(proof.activations_compulsory_bytes);
  writer.put(proof.activations_avoidable_bytes);
  writer.put(proof.lower_bound_bytes);
  writer.put(proof.proven_optimal);
}

TrafficProof get_proof(ByteReader& reader) {
  TrafficProof proof;
  proof.weights_compulsory_bytes = reader.get<std::int64_t>();
  proof.weights_avoidable_bytes = reader.get<std::int64_t>();
  proof.activations_compulsory_bytes = reader.get<std::int64_t>();
  proof.activations_avoidable_bytes = reader.get<std::int64_t>();
  proof.lower_bound_bytes = reader.get<std::int64_t>();
  proof.proven_optimal = reader.get_bool();
  return proof;
}

}  // namespace

void put_banks(ByteWriter& writer, const std::optional<BankPlan>& banks) {
  writer.put(banks.has_value());
  if (!banks) return;
  writer.put_string(banks->fast_name);
  writer.put_string(banks->external_name);
  writer.put(banks->external_bytes);
  put_transfers(writer, banks->preload);
  put_transfers(writer, banks->transfers);
  put_proof(writer, banks->proof);
}

std::optional<BankPlan> get_banks(ByteReader& reader) {
  if (!reader.get_bool()) return std::nullopt;
  BankPlan banks;
  banks.fast_name = reader.get_string();
  banks.external_name = reader.get_string();
  banks.external_bytes = reader.get<std::int64_t>();
  banks.preload = get_transfers(reader);
  banks.transfers = get_transfers(reader);
  banks.proof = get_proof(reader);
  return banks;
}

}  // namespace tilewright::runtime
