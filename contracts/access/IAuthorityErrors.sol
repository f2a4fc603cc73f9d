// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Errors of an authority
/// @notice In an interface of their own, so that a contract that calls an authority can declare them.
interface IAuthorityErrors {
    error OneKeyTwoDuties(address account, uint64 held, uint64 asked);
}
