// SPDX-License-Identifier: Apache-2.0
// From a model file to an answer: `hello_session examples/digits/digits.onnx`.
#include <algorithm>
#include <cstdio>
#include <span>
#include <tilewright/tilewright.h>

namespace {

// An image of 8x8 grey values, from 0 to 16.
constexpr float kSeven[] = {
    0, 0, 1,  11, 16, 16, 7,  0,  //
    0, 0, 7,  13, 8,  16, 5,  0,  //
    0, 0, 0,  1,  1,  16, 4,  0,  //
    0, 0, 2,  7,  13, 16, 15, 0,  //
    0, 1, 15, 16, 16, 12, 3,  0,  //
    0, 1, 8,  4,  16, 2,  0,  0,  //
    0, 0, 0,  9,  11, 0,  0,  0,  //
    0, 0, 1,  14, 4,  0,  0,  0,
};

void draw_seven(std::span<float> image) {
  std::ranges::transform(kSeven, image.begin(), [](float grey) { return grey / 16; });
}

int report(const tilewright::Error& error) {
  std::fprintf(stderr, "%s\n", error.message.c_str());
  return 1;
}

int read_digit(const char* path) {
  // README begins
  auto session = tilewright::Session::open(path);  // .tflite or .onnx, told by content
  if (!session) return report(session.error());    // where, what was expected, what came

  auto image = session->input("image").as<float>();  // planned memory: nothing is copied
  if (!image) return report(image.error());          // as if it were of another type
  draw_seven(*image);

  if (auto status = session->run(); !status) return report(status.error());

  auto scores = session->output(0).as<const float>();
  if (!scores) return report(scores.error());
  std::printf("a %td\n", std::ranges::max_element(*scores) - scores->begin());
  // README ends
  return 0;
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count == 2) return read_digit(arguments[1]);
  std::fprintf(stderr, "usage: hello_session MODEL\n");
  return 2;
}
