// SPDX-License-Identifier: Apache-2.0
// Errors are values: a code for programs and a message for people, "where: expected what, got
// what".
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "tilewright/detail/check.h"

namespace tilewright {

enum class ErrorCode : std::uint8_t {
  InvalidArgument,    // the caller is wrong: shape, dtype, null data, an option
  InvalidModel,       // bytes of a model, plan, cache or problem file that break its format
  Unsupported,        // well formed, but no importer, rewrite or kernel handles it
  ResourceExhausted,  // memory, or a named limit of this library
  NotFound,           // a file, a tensor name
  IoError,            // the machine refused to read or write
  KernelFailed,       // a kernel reported a failure while running
  Infeasible,         // proven: no solution exists within the limits given
  Cancelled,          // the caller asked to stop
};

/// The name of `code` in snake_case, as printed in JSON: `invalid_model`.
[[nodiscard]] constexpr const char* to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::InvalidArgument:
      return "invalid_argument";
    case ErrorCode::InvalidModel:
      return "invalid_model";
    case ErrorCode::Unsupported:
      return "unsupported";
    case ErrorCode::ResourceExhausted:
      return "resource_exhausted";
    case ErrorCode::NotFound:
      return "not_found";
    case ErrorCode::IoError:
      return "io_error";
    case ErrorCode::KernelFailed:
      return "kernel_failed";
    case ErrorCode::Infeasible:
      return "infeasible";
    case ErrorCode::Cancelled:
      return "cancelled";
  }
  return "unknown";
}

struct Error {
  ErrorCode code = ErrorCode::InvalidArgument;
  std::string message;  // "conv2d 'stem': expected 3 inputs, got 2"
};

/// Either a `T` or an `Error`. Has the vocabulary of C++23's `std::expected`.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit

  [[nodiscard]] bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  [[nodiscard]] T& operator*() & { return *value_ptr(); }
  [[nodiscard]] const T& operator*() const& { return *value_ptr(); }
  [[nodiscard]] T&& operator*() && { return std::move(*value_ptr()); }
  [[nodiscard]] T* operator->() { return value_ptr(); }
  [[nodiscard]] const T* operator->() const { return value_ptr(); }

  [[nodiscard]] const Error& error() const& {
    const Error* error = std::get_if<1>(&state_);
    TILEWRIGHT_CHECK(error != nullptr);
    return *error;
  }
  [[nodiscard]] Error&& error() && {
    Error* error = std::get_if<1>(&state_);
    TILEWRIGHT_CHECK(error != nullptr);
    return std::move(*error);
  }

 private:
  T* value_ptr() {
    T* value = std::get_if<0>(&state_);
    TILEWRIGHT_CHECK(value != nullptr);
    return value;
  }
  const T* value_ptr() const {
    const T* value = std::get_if<0>(&state_);
    TILEWRIGHT_CHECK(value != nullptr);
    return value;
  }

  std::variant<T, Error> state_;
};

struct Unit {};
using Status = Result<Unit>;

[[nodiscard]] inline Status ok() {
  return Unit{};
}

}  // namespace tilewright

#define TILEWRIGHT_DETAIL_JOIN2(a, b) a##b
#define TILEWRIGHT_DETAIL_JOIN(a, b) TILEWRIGHT_DETAIL_JOIN2(a, b)

/// Returns the error of a `Status` expression to the caller.
#define TILEWRIGHT_RETURN_IF_ERROR(expression)                           \
  do {                                                                   \
    auto tilewright_status = (expression);                               \
    if (!tilewright_status) return std::move(tilewright_status).error(); \
  } while (false)

/// Declares a variable from a `Result`, or returns its error: `TILEWRIGHT_TRY(const Graph graph,
/// import(bytes));`
#define TILEWRIGHT_TRY(declaration, expression)                                     \
  auto TILEWRIGHT_DETAIL_JOIN(tilewright_result_, __LINE__) = (expression);         \
  if (!TILEWRIGHT_DETAIL_JOIN(tilewright_result_, __LINE__)) {                      \
    return std::move(TILEWRIGHT_DETAIL_JOIN(tilewright_result_, __LINE__)).error(); \
  }                                                                                 \
  declaration = *std::move(TILEWRIGHT_DETAIL_JOIN(tilewright_result_, __LINE__)) /* NOLINT */
