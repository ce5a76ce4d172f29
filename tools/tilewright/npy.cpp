// SPDX-License-Identifier: Apache-2.0
#include "tools/tilewright/npy.h"

#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>

#include "runtime/file_io.h"

namespace tilewright::tool {
namespace {

constexpr std::string_view kMagic("\x93NUMPY", 6);
constexpr std::int64_t kMaxFileBytes = std::int64_t{1} << 34;

struct TypeName {
  DType dtype;
  std::string_view name;
};
constexpr TypeName kTypeNames[] = {
    {DType::Float32, "<f4"}, {DType::Float16, "<f2"}, {DType::Float64, "<f8"},
    {DType::Int8, "|i1"},    {DType::UInt8, "|u1"},   {DType::Int16, "<i2"},
    {DType::Int32, "<i4"},   {DType::Int64, "<i8"},   {DType::Bool, "|b1"},
};

Error bad(const std::string& path, const std::string& expected) {
  return Error{ErrorCode::InvalidArgument, path + ": expected " + expected};
}

/// The text behind `'key':` in the header's dictionary.
std::optional<std::string_view> value_of(std::string_view header, std::string_view key) {
  const std::string quoted = "'" + std::string(key) + "'";
  const std::size_t at = header.find(quoted);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view rest = header.substr(at + quoted.size());
  const std::size_t begin = rest.find_first_not_of(": ");
  if (begin == std::string_view::npos) return std::nullopt;
  return rest.substr(begin);
}

std::optional<DType> parse_type(std::string_view header) {
  const auto text = value_of(header, "descr");
  if (!text) return std::nullopt;
  for (const TypeName& type : kTypeNames) {
    if (text->substr(0, 5) == "'" + std::string(type.name) + "'") return type.dtype;
  }
  return std::nullopt;
}

std::optional<Shape> parse_shape(std::string_view header) {
  const auto text = value_of(header, "shape");
  if (!text || text->empty() || text->front() != '(') return std::nullopt;
  std::vector<std::int64_t> dims;
  std::string_view rest = text->substr(1);
  for (;;) {
    const std::size_t at = rest.find_first_not_of(" ,");
    if (at == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(at);
    if (rest.front() == ')') break;
    std::int64_t dim = 0;
    const auto [stop, error] = std::from_chars(rest.data(), rest.data() + rest.size(), dim);
    if (error != std::errc() || dims.size() == kMaxRank) return std::nullopt;
    dims.push_back(dim);
    rest.remove_prefix(static_cast<std::size_t>(stop - rest.data()));
  }
  const Shape shape{std::span<const std::int64_t>(dims)};
  if (!check_shape(shape)) return std::nullopt;
  return shape;
}

/// Where the header's text lies: behind magic, version and its own length.
std::optional<std::string_view> header_of(std::span<const std::byte> bytes) {
  if (bytes.size() < 12 || std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0)
    return std::nullopt;
  const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(bytes[i]); };
  const bool is_long = byte(6) >= 2;
  const std::size_t begin = is_long ? 12 : 10;
  std::size_t size = byte(8) | byte(9) << 8;
  if (is_long) size |= byte(10) << 16 | byte(11) << 24;
  if (size > bytes.size() - begin) return std::nullopt;
  return std::string_view(reinterpret_cast<const char*>(bytes.data()) + begin, size);
}

}  // namespace

Result<NpyArray> read_npy(const std::string& path) {
  TILEWRIGHT_TRY(std::vector<std::byte> bytes, runtime::read_file(path, kMaxFileBytes));
  const auto header = header_of(bytes);
  if (!header) return bad(path, "a .npy file");
  const auto dtype = parse_type(*header);
  if (!dtype) return bad(path, "a little-endian float, integer or bool dtype in its header");
  const auto shape = parse_shape(*header);
  if (!shape) return bad(path, "a shape in its header");
  const auto order = value_of(*header, "fortran_order");
  if (!order || order->substr(0, 5) != "False") return bad(path, "C order");
  const auto data_at = static_cast<std::size_t>(header->data() + header->size() -
                                                reinterpret_cast<const char*>(bytes.data()));
  const std::int64_t expected = shape->elements() * size_bytes(*dtype);
  const auto got = static_cast<std::int64_t>(bytes.size() - data_at);
  if (got != expected) {
    return bad(path, std::to_string(expected) + " bytes of data, got " + std::to_string(got));
  }
  return NpyArray{
      *dtype, *shape, {bytes.begin() + static_cast<std::ptrdiff_t>(data_at), bytes.end()}};
}

Status write_npy(const std::string& path, const TensorView& tensor) {
  std::string_view type;
  for (const TypeName& name : kTypeNames) {
    if (name.dtype == tensor.dtype) type = name.name;
  }
  std::string header = "{'descr': '" + std::string(type) + "', 'fortran_order': False, 'shape': (";
  for (const std::int64_t dim : tensor.shape.dims())
    header += std::to_string(dim) + ", ";
  header += "), }";
  constexpr std::size_t kPrefixBytes = 10;
  header.resize((kPrefixBytes + header.size() + 64) / 64 * 64 - kPrefixBytes, ' ');
  header.back() = '\n';
  std::string file(kMagic);
  file += {'\x01', '\x00', static_cast<char>(header.size() & 0xff),
           static_cast<char>(header.size() >> 8)};
  file += header;
  file.append(reinterpret_cast<const char*>(tensor.data),
              static_cast<std::size_t>(tensor.size_bytes()));
  return runtime::write_file(path, std::as_bytes(std::span(file)));
}

}  // namespace tilewright::tool
