// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <charconv>
#include <type_traits>

#include "kernels/op_enums.h"
#include "kernels/op_fields.h"
#include "lib/graph/print.h"

namespace tilewright::graph {
namespace {

/// An attribute by its path from the op (`window.stride_h`), with its value as text.
struct Attribute {
  std::string path;
  std::string text;
  bool is_own_enum = false;
};

struct AttributeReader {
  std::vector<Attribute>& found;
  int rank = 0;
  std::string prefix;

  void operator()(const char* name, bool value) const { add(name, value ? "true" : "false"); }

  template <typename T>
    requires std::is_arithmetic_v<T>
  void operator()(const char* name, T value) const {
    add(name, number(value));
  }

  template <typename T>
    requires std::is_enum_v<T>
  void operator()(const char* name, T value) const {
    add(name, std::string(kernels::enum_name(value)));
    found.back().is_own_enum = prefix.empty();
  }

  void operator()(const char* name, const Shape& shape) const { add(name, to_string(shape)); }

  template <typename T, std::size_t N>
  void operator()(const char* name, const std::array<T, N>& values) const {
    std::string text;
    for (int axis = 0; axis < rank; ++axis)
      text += (axis == 0 ? "" : ",") + number(values[static_cast<std::size_t>(axis)]);
    add(name, "[" + text + "]");
  }

  template <typename T>
    requires std::is_class_v<T>
  void operator()(const char* name, const T& nested) const {
    kernels::for_each_field(nested, AttributeReader{found, rank, prefix + name + "."});
  }

 private:
  template <typename T>
  static std::string number(T value) {
    std::array<char, 32> text{};
    const auto written = std::to_chars(text.data(), text.data() + text.size(), value);
    return {text.data(), written.ptr};
  }

  void add(const char* name, std::string text) const {
    found.push_back({.path = prefix + name, .text = std::move(text)});
  }
};

template <typename T>
std::vector<Attribute> attributes_of(const T& op, int rank) {
  std::vector<Attribute> found;
  kernels::for_each_field(op, AttributeReader{found, rank, ""});
  return found;
}

}  // namespace

std::string print_attributes(const Op& op, int rank) {
  return std::visit(
      [&]<typename T>(const T& alternative) {
        const std::vector<Attribute> usual = attributes_of(T{}, rank);
        const std::vector<Attribute> mine = attributes_of(alternative, rank);
        std::string text;
        for (std::size_t i = 0; i < mine.size(); ++i) {
          if (!mine[i].is_own_enum && mine[i].text == usual[i].text) continue;
          text += " " + mine[i].path + "=" + mine[i].text;
        }
        return text;
      },
      op);
}

}  // namespace tilewright::graph
