// What every Device must do, the fake one of tests and a GPU alike.
#ifndef LOCKSTEP_TESTS_CORE_DEVICE_DEVICE_CONTRACT_H_
#define LOCKSTEP_TESTS_CORE_DEVICE_DEVICE_CONTRACT_H_

#include <string>

#include "core/device/device.h"

namespace lockstep {

// Empty if `device` keeps the contract, else the first thing in which it does not.
std::string CheckDevice(Device* device);

}  // namespace lockstep

#endif  // LOCKSTEP_TESTS_CORE_DEVICE_DEVICE_CONTRACT_H_
