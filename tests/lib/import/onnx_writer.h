// SPDX-License-Identifier: Apache-2.0
// Small .onnx files for tests, written field by field as onnx.proto numbers them; broken ones too.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace tilewright::onnx_writer {

/// The bytes of one protobuf message, built field by field.
class Message {
 public:
  Message& integer(int field, std::int64_t value);
  Message& real(int field, float value);
  Message& text(int field, std::string_view bytes);
  Message& message(int field, const Message& inner) { return text(field, inner.bytes()); }

  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  void varint(std::uint64_t value);

  std::string bytes_;
};

using Dims = std::vector<std::int64_t>;
using Names = std::vector<std::string>;

/// TensorProto with raw_data, whatever the extents say. `data_type` is that of TensorProto.
Message raw_tensor(std::string_view name, const Dims& dims, int data_type,
                   std::string_view raw_data);
Message floats(std::string_view name, const Dims& dims, const std::vector<float>& elements);
Message integers(std::string_view name, const Dims& dims, const Dims& elements);
/// A tensor of `dims` whose elements are 0, 1, 2, ...
Message counting(std::string_view name, const Dims& dims);

/// AttributeProto of each type.
Message attribute(std::string_view name, std::int64_t value);
Message attribute(std::string_view name, int value);
Message attribute(std::string_view name, float value);
Message attribute(std::string_view name, const char* value);
Message attribute(std::string_view name, const Dims& values);
Message tensor_attribute(std::string_view name, const Message& tensor);

/// NodeProto; its name is "n" unless said otherwise.
Message node(std::string_view op_type, const Names& inputs, const Names& outputs,
             const std::vector<Message>& attributes = {}, std::string_view name = "n");

/// ValueInfoProto of a float32 tensor; -1 leaves a dimension free.
Message value(std::string_view name, const Dims& dims, int elem_type = 1);
/// A dimension of each name instead of extents; a number is an extent.
Message symbolic_value(std::string_view name, const Names& dims);

/// What a file is made of. The defaults make a valid one, but for the graph's parts.
struct File {
  std::vector<Message> nodes;
  std::vector<Message> inputs, outputs;
  std::vector<Message> initializers;
  int opset = 13;
  int ir_version = 8;
  Names domains = {""};
};
std::string write(const File& file);

}  // namespace tilewright::onnx_writer
