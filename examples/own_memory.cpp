// SPDX-License-Identifier: Apache-2.0
// All memory of a session comes from the embedder: `own_memory MODEL`.
//
// The arena lies in a buffer that exists anyway; inputs and outputs lie in the application's own.
#include <array>
#include <cstdio>
#include <tilewright/tilewright.h>
#include <vector>

namespace {

using tilewright::Status;

/// Memory that the application has, such as a piece of fast on-chip memory.
struct Pool {
  alignas(tilewright::kTensorAlignment) std::array<std::byte, 1 << 18> memory;
  bool is_free = true;

  static void* allocate(void* user, std::int64_t size_bytes, std::int64_t) {
    Pool& pool = *static_cast<Pool*>(user);
    const bool fits = size_bytes <= static_cast<std::int64_t>(pool.memory.size());
    if (!pool.is_free || !fits) return nullptr;  // becomes an error of Session::create
    pool.is_free = false;
    return pool.memory.data();
  }
  static void release(void* user, void*, std::int64_t) { static_cast<Pool*>(user)->is_free = true; }
};

Status run(const char* path, Pool& pool) {
  TILEWRIGHT_TRY(const tilewright::Model model, tilewright::Model::load(std::string(path)));
  const auto limit_bytes = static_cast<std::int64_t>(pool.memory.size());
  TILEWRIGHT_TRY(const tilewright::Plan plan,
                 tilewright::compile(model, {.memory_limit_bytes = limit_bytes}));
  TILEWRIGHT_TRY(
      tilewright::Session session,
      tilewright::Session::create(plan, {.allocator = {Pool::allocate, Pool::release, &pool}}));

  std::vector<std::vector<std::byte>> buffers;
  std::vector<tilewright::TensorView> inputs;
  std::vector<tilewright::MutableTensorView> outputs;
  for (const tilewright::TensorSpec& spec : plan.inputs()) {
    buffers.emplace_back(static_cast<std::size_t>(spec.size_bytes()));
    inputs.push_back({buffers.back().data(), spec.dtype, spec.shape});
  }
  for (const tilewright::TensorSpec& spec : plan.outputs()) {
    buffers.emplace_back(static_cast<std::size_t>(spec.size_bytes()));
    outputs.push_back({buffers.back().data(), spec.dtype, spec.shape});
  }
  TILEWRIGHT_RETURN_IF_ERROR(session.run(inputs, outputs));  // allocates nothing

  const tilewright::MemoryProof proof = plan.memory();
  std::printf("ran in %lld of %lld bytes%s\n", static_cast<long long>(proof.arena_bytes),
              static_cast<long long>(limit_bytes),
              proof.jointly_optimal ? ", and no plan needs less" : "");
  return tilewright::ok();
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 2) {
    std::fprintf(stderr, "usage: own_memory MODEL\n");
    return 2;
  }
  static Pool pool;
  const Status status = run(arguments[1], pool);
  if (!status) std::fprintf(stderr, "%s\n", status.error().message.c_str());
  return status ? 0 : 1;
}
