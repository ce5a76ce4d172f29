// SPDX-License-Identifier: Apache-2.0
#include "tilewright/status.h"
