// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What challenges left of a stream
/// @notice Whoever relies on an anchored stream asks here first.
interface IStreamStanding {
    /// @notice Batches `fromBatch` … `throughBatch`, both inclusive, are void for this stream.
    event StreamVoided(bytes32 indexed streamId, uint256 fromBatch, uint256 throughBatch);
    /// @notice A batch is void for every stream.
    event BatchVoided(uint256 indexed batch);
    /// @notice The probe contradicted itself about this moment: from then on its readings decide nothing by themselves.
    event StreamSuspected(bytes32 indexed streamId, uint48 fromMs);

    error AlreadySuspect(bytes32 streamId, uint48 fromMs);

    /// @notice False where the batch is void, or void for this stream. Whether it is anchored is not asked.
    function isUsable(bytes32 streamId, uint256 batch) external view returns (bool);

    /// @notice True where the batch is void for every stream.
    function isVoid(uint256 batch) external view returns (bool);

    /// @notice Time of the earliest reading that the probe contradicted itself about, in ms; type(uint48).max where it
    ///         never did. A window that ends at this time or later cannot be decided by arithmetic.
    function suspectFromMs(bytes32 streamId) external view returns (uint48);
}
