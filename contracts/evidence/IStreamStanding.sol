// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What challenges left of a stream
/// @notice Whoever relies on an anchored stream asks here first.
interface IStreamStanding {
    /// @notice False where the batch is void, or void for this stream.
    function isUsable(bytes32 streamId, uint256 batch) external view returns (bool);

    /// @notice Time of the earliest reading that the probe contradicted itself about, in ms; type(uint48).max where it
    ///         never did. A window that ends at this time or later cannot be decided by arithmetic.
    function suspectFromMs(bytes32 streamId) external view returns (uint48);
}
