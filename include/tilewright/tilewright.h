// SPDX-License-Identifier: Apache-2.0
// Everything: load a Model, compile it to a Plan, run a Session of it.
#pragma once

#include "tilewright/compile.h"
#include "tilewright/model.h"
#include "tilewright/ops.h"
#include "tilewright/plan.h"
#include "tilewright/planner.h"
#include "tilewright/platform.h"
#include "tilewright/session.h"
#include "tilewright/status.h"
#include "tilewright/tensor.h"
