// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Anchored batches
/// @notice What the operator committed to, and when.
interface IBatchLedger {
    /// @param directoryRoot root of the directory of all streams (protocol §4)
    /// @param streamCount number of streams in that directory
    /// @param anchoredAt block time in seconds; 0 where there is no such batch
    struct Batch {
        bytes32 directoryRoot;
        uint32 streamCount;
        uint40 anchoredAt;
    }

    /// @notice The operator committed to every stream at its size of now.
    event BatchAnchored(
        uint256 indexed number,
        bytes32 directoryRoot,
        uint256 streamCount,
        uint256 readings,
        bytes32 manifest
    );
    /// @notice Another account anchors, or none.
    event OperatorChanged(address indexed operator);

    error NotOperator(address caller);
    error BondTooLow(address operator);
    error NotAnchored(uint256 number);
    error NotInTheOperatorRole(address account);
    error NotNext(uint256 number, uint256 next);
    error OtherContent(uint256 number);
    error EmptyBatch();
    error TooMany(uint256 value);

    /// @notice Anchors batch `number`, which must be the last one's number + 1. Operator only, while his bond suffices.
    /// @dev The same content again changes nothing and emits nothing; other content under an old number reverts.
    /// @param readings all readings that the batch's streams hold together
    /// @param manifest sha256 of the manifest's bytes
    function anchor(
        uint256 number,
        bytes32 directoryRoot,
        uint256 streamCount,
        uint256 readings,
        bytes32 manifest
    ) external;

    /// @notice Hands anchoring to another operator, who must hold the operator's role. Governor only.
    /// @dev Anchoring reads only the address kept here: taking the role from an operator stops him with the next
    ///      `setOperator`. Zero: nobody anchors.
    function setOperator(address operator) external;

    /// @notice Who anchors; zero where nobody does.
    function operator() external view returns (address);

    /// @notice Who anchored a batch; reverts where there is none of that number.
    function operatorOf(uint256 number) external view returns (address);

    /// @notice Number of the newest batch that somebody anchored; 0 where he anchored none.
    function lastBatchOf(address anchoredBy) external view returns (uint256);

    /// @notice Number of the newest batch; 0 before the first.
    function lastBatch() external view returns (uint256);

    /// @notice A batch; all zero where there is none of that number.
    function batch(uint256 number) external view returns (Batch memory);
}
