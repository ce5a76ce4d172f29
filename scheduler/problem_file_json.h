// SPDX-License-Identifier: Apache-2.0
// A problem as a JSON value, for the files that hold one. Internal to the scheduler.
#pragma once

#include <nlohmann/json.hpp>

#include "scheduler/order/order_certificate.h"
#include "scheduler/problem.h"

namespace tilewright::scheduler {

[[nodiscard]] nlohmann::ordered_json problem_json(const Problem& problem);

/// The proof of a least peak, as docs/planning.md has it under "Certificates".
[[nodiscard]] nlohmann::ordered_json order_proof_json(const OrderProof& proof);

/// `value` as text of one line per entry of its lists of objects; ends with a line break.
[[nodiscard]] std::string json_text(const nlohmann::ordered_json& value);

}  // namespace tilewright::scheduler
