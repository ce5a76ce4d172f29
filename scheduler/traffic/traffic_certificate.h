// SPDX-License-Identifier: Apache-2.0
// What another program needs to see that no plan moves fewer bytes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scheduler/order/order_certificate.h"
#include "scheduler/problem.h"
#include "scheduler/traffic/solve_traffic.h"
#include "scheduler/traffic/traffic_bound.h"
#include "scheduler/traffic/traffic_solution.h"

namespace tilewright::scheduler {

struct CertifiedPart {
  BoundPart part;
  OrderProof proof;  // that no order of the part needs less than its peak
};

struct TrafficCertificate {
  std::vector<std::int64_t> prices;    // per moment of the plan's order: see priced_bound.h
  std::int64_t order_bound_bytes = 0;  // that the prices prove of the plan's order
  std::vector<CertifiedPart> parts;
  std::int64_t bound_bytes = 0;  // that the parts prove of every order
};

/// The proofs of the bounds of `solution`, a plan of `problem` under `options`. What the search
/// over orders adds to the bound has none. Parts whose least peak is not proven again within the
/// limits are left out. Errors: those of `solve_traffic`.
[[nodiscard]] Result<TrafficCertificate> certify_traffic(const Problem& problem,
                                                         const TrafficSolution& solution,
                                                         const TrafficOptions& options = {});

/// The proofs and the claims of `solution` as a JSON object, a key of the certificate's file.
[[nodiscard]] std::string write_traffic_proof(const Problem& problem,
                                              const TrafficSolution& solution,
                                              const TrafficCertificate& certificate);

}  // namespace tilewright::scheduler
