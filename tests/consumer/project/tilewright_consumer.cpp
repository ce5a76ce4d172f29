// SPDX-License-Identifier: Apache-2.0
// Uses everything: reads a .tflite or .onnx file, saves it for the device component, and runs it.
#include <cstdio>

#include "tilewright/tilewright.h"

int main(int, char** arguments) {
  const auto model = tilewright::Model::load(arguments[1]);
  if (!model) return std::puts(model.error().message.c_str());
  if (!model->save(arguments[2])) return 1;
  auto session = tilewright::Session::open(arguments[1]);
  return session && session->run() ? 0 : 1;
}
