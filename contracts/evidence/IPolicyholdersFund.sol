// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The policyholders' fund
/// @notice What policyholders get from slashes and lost bonds.
interface IPolicyholdersFund {
    /// @notice Books money that has been transferred to the fund just before.
    /// @param streamId whose policyholders it is for; zero: those of all streams
    function credit(bytes32 streamId, uint256 amount) external;
}
