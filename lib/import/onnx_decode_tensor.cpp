// SPDX-License-Identifier: Apache-2.0
#include "lib/import/onnx_decode.h"

namespace tilewright::importer::onnx {
namespace {

Result<StringPair> decode_pair(const WireField& message) {
  StringPair pair;
  for (WireReader reader(message); !reader.done();) {
    TILEWRIGHT_TRY(const WireField field, reader.next());
    if (field.number == 1) {
      TILEWRIGHT_TRY(pair.key, read_string(field, "StringStringEntryProto.key"));
    } else if (field.number == 2) {
      TILEWRIGHT_TRY(pair.value, read_string(field, "StringStringEntryProto.value"));
    }
  }
  return pair;
}

/// The fields that hold elements.
Status decode_elements(const WireField& field, TensorProto& tensor) {
  switch (field.number) {
    case 4:
      return append_floats(field, "TensorProto.float_data", tensor.float_data);
    case 5:
      return append_ints(field, "TensorProto.int32_data", tensor.int32_data);
    case 6:
      ++tensor.string_count;
      return expect_message(field, "TensorProto.string_data");
    case 7:
      return append_ints(field, "TensorProto.int64_data", tensor.int64_data);
    case 9:
      tensor.raw_data = field.bytes;
      return expect_message(field, "TensorProto.raw_data");
    case 10:
      return append_doubles(field, "TensorProto.double_data", tensor.double_data);
    case 11:
      return append_ints(field, "TensorProto.uint64_data", tensor.uint64_data);
    default:
      return ok();
  }
}

}  // namespace

Result<TensorProto> decode_tensor(const WireField& message) {
  TensorProto tensor;
  for (WireReader reader(message); !reader.done();) {
    TILEWRIGHT_TRY(const WireField field, reader.next());
    switch (field.number) {
      case 1:
        TILEWRIGHT_RETURN_IF_ERROR(append_ints(field, "TensorProto.dims", tensor.dims));
        break;
      case 2: {
        TILEWRIGHT_TRY(tensor.data_type, read_int(field, "TensorProto.data_type"));
        break;
      }
      case 3:
        tensor.has_segment = true;
        break;
      case 8: {
        TILEWRIGHT_TRY(tensor.name, read_string(field, "TensorProto.name"));
        break;
      }
      case 13: {
        TILEWRIGHT_RETURN_IF_ERROR(expect_message(field, "TensorProto.external_data"));
        TILEWRIGHT_TRY(StringPair pair, decode_pair(field));
        tensor.external_data.push_back(std::move(pair));
        break;
      }
      case 14: {
        TILEWRIGHT_TRY(const std::int64_t location, read_int(field, "TensorProto.data_location"));
        tensor.is_external = location != 0;
        break;
      }
      default:
        TILEWRIGHT_RETURN_IF_ERROR(decode_elements(field, tensor));
    }
  }
  return tensor;
}

}  // namespace tilewright::importer::onnx
