// SPDX-License-Identifier: Apache-2.0
#include "scheduler/problem_file_guard.h"

#include <optional>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace tilewright::scheduler {
namespace {

using Document = nlohmann::json;

/// Receives the parser's events; an event that returns false stops the parser.
class Guard : public nlohmann::json_sax<Document> {
 public:
  Guard(std::string where, int max_depth) : where_(std::move(where)), max_depth_(max_depth) {}

  bool null() override { return true; }
  bool boolean(bool /*value*/) override { return true; }
  bool number_integer(number_integer_t /*value*/) override { return true; }
  bool number_unsigned(number_unsigned_t /*value*/) override { return true; }
  bool string(string_t& /*value*/) override { return true; }
  bool binary(binary_t& /*value*/) override { return true; }

  bool number_float(number_float_t /*value*/, const string_t& text) override {
    // The parser turns whole numbers beyond 64 bits into floating point.
    if (text.find_first_of(".eE") != string_t::npos) return true;
    return fail(ErrorCode::InvalidModel, "expected numbers of at most 64 bits, got " + text);
  }

  bool start_object(std::size_t /*size*/) override {
    keys_.emplace_back();
    return enter();
  }
  bool end_object() override {
    keys_.pop_back();
    --depth_;
    return true;
  }
  bool start_array(std::size_t /*size*/) override { return enter(); }
  bool end_array() override {
    --depth_;
    return true;
  }

  bool key(string_t& name) override {
    if (keys_.back().insert(name).second) return true;
    return fail(ErrorCode::InvalidModel, "expected each key once, got '" + name + "' twice");
  }

  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*exception*/) override {
    return fail(ErrorCode::InvalidModel,
                "expected JSON, got a syntax error at byte " + std::to_string(position));
  }

  [[nodiscard]] Status status() const {
    if (error_) return *error_;
    return ok();
  }

 private:
  bool enter() {
    if (++depth_ <= max_depth_) return true;
    return fail(ErrorCode::ResourceExhausted,
                "expected at most " + std::to_string(max_depth_) + " nested levels, got more");
  }

  bool fail(ErrorCode code, const std::string& message) {
    if (!error_) error_ = Error{code, where_ + ": " + message};
    return false;
  }

  std::string where_;
  int max_depth_;
  int depth_ = 0;
  std::vector<std::set<std::string>> keys_;  // of the objects entered
  std::optional<Error> error_;
};

}  // namespace

Status guard_json(std::string_view where, std::string_view text, int max_depth) {
  Guard guard(std::string(where), max_depth);
  Document::sax_parse(text, &guard);
  return guard.status();
}

}  // namespace tilewright::scheduler
