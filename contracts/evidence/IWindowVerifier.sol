// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Window proofs
/// @notice What an anchored stream says about a window of time (protocol §5).
interface IWindowVerifier {
    /// @param batch number of the anchored batch
    /// @param index position of the stream in the batch's directory
    /// @param siblings directory path, bottom up
    /// @param size the stream's size in that batch, in positions
    /// @param walk pre-order walk of the stream's tree from its root
    struct WindowProof {
        uint256 batch;
        uint256 index;
        bytes32[] siblings;
        uint256 size;
        bytes walk;
    }

    /// @notice Exactly what lies between the reading before the window and the reading after it.
    /// @param maxGapMs longest time between neighbouring readings, from the one before to the one after
    /// @param missing holes between the reading before and the reading after
    /// @param firstMs, lastMs times of the first and the last reading in the window
    /// @param mins, maxs smallest and greatest value of each metric, packed like a record's second word; a metric that
    ///        some reading lacks has 0 and all ones
    /// @param anchoredAt block time of the proof's batch, in seconds
    /// @param before what comes before the window
    struct Window {
        uint48 firstMs;
        uint48 lastMs;
        uint32 maxGapMs;
        uint32 count;
        uint32 missing;
        uint16 flags;
        uint256 mins;
        uint256 maxs;
        uint40 anchoredAt;
        Neighbour before;
    }

    /// @notice The frontier node before the window.
    /// @param level 0 when it is a single reading, which can then be shown with its record
    /// @param index its position at that level
    /// @param inside hash of what hangs below it
    struct Neighbour {
        uint8 level;
        uint64 index;
        bytes32 inside;
    }

    /// @param offset place in the walk, in bytes
    error MalformedProof(uint256 offset);
    error ImpossibleSize(uint256 size);
    error UnknownBatch(uint256 batch);
    error WindowBackwards(uint48 fromMs, uint48 toMs);
    error NotInDirectory(bytes32 streamId, uint256 batch);
    error WrongOccupancy(uint256 level, uint256 index);
    error OutOfOrder(uint256 level, uint256 index);
    error Straddles(uint256 level, uint256 index);
    error HolesBesideTheWindow(uint256 level, uint256 index);
    error NoReadingBefore();
    error NoReadingAfter();
    error NoReadingInside();

    /// @notice Verifies a window proof and returns the window's aggregates; reverts with one of the errors above.
    function verify(
        bytes32 streamId,
        uint48 fromMs,
        uint48 toMs,
        WindowProof calldata proof
    ) external view returns (Window memory);
}
