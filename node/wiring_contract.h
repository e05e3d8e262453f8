/* All channels of the daemon, for the contract's document. */
#pragma once

#include "node/contract.h"

extern const struct br_contract_channel br_wiring_channels[];
extern const unsigned br_wiring_channel_n;
