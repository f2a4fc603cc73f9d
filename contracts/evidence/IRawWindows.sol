// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IWindowVerifier} from "./IWindowVerifier.sol";

/// @title Windows proven from signed frames alone
/// @notice Every signature, the hash chain and every value are checked here; no operator is believed (protocol §5).
///         Frames are shown in parts, in order; those before the reading before the window change nothing, and those
///         after the reading after it are not looked at.
interface IRawWindows {
    /// @param complete true once a reading before the window and one after it were shown
    struct RawWindow {
        bytes32 streamId;
        uint48 fromMs;
        uint48 toMs;
        bool complete;
    }

    /// @notice Where the next part goes on.
    /// @param prover who may show it; zero where there is no such raw window
    /// @param frames how many were checked
    /// @param nextSeq least number that the next one may have
    struct Cursor {
        address prover;
        uint32 frames;
        uint40 nextSeq;
    }

    /// @notice Somebody put the sha256 of a segment on the ledger, so that its readings are known to be no younger.
    event SegmentCommitted(bytes32 indexed segment, uint40 timestamp);
    /// @notice A window is being proven from frames.
    event RawWindowOpened(uint256 indexed id, bytes32 indexed streamId, uint48 fromMs, uint48 toMs, address prover);
    /// @notice More frames were checked.
    /// @param frames how many of this part
    event RawWindowExtended(uint256 indexed id, uint256 frames, bool complete);

    error NotTheProver(uint256 id, address caller);
    error AlreadyComplete(uint256 id);
    error NotComplete(uint256 id);
    /// @notice A part is 1 to 1,000 frames of 160 bytes.
    error ImpossiblePart(uint256 length);
    /// @notice Another schema, undefined flags, or a slot that contradicts its flag.
    error MalformedRecord(uint256 seq);
    error OtherDevice(uint256 seq, uint256 device);
    error NotSigned(uint256 seq);
    /// @notice Numbers rise, and no tree has room for one from 2³² on.
    error ImpossibleSeq(uint256 seq, uint256 atLeast);
    error TimeNotIncreasing(uint256 seq, uint256 timeMs, uint256 lastMs);
    /// @notice Later than the part's commitment, or than this block, by more than 300 s.
    error FromTheFuture(uint256 seq, uint256 timeMs, uint256 latestMs);
    /// @notice `prev` is not the hash of the record before, or not zero in record 0.
    error BrokenChain(uint256 seq);

    /// @notice Commits to a segment's exact bytes; the first time counts. Anybody.
    function commit(bytes32 segmentSha256) external;

    /// @notice When a segment was committed, in seconds; 0 where it was not.
    function committedAt(bytes32 segmentSha256) external view returns (uint40);

    /// @notice Begins a raw window of [fromMs, toMs], both inclusive. Anybody; only the caller extends it.
    function open(bytes32 streamId, uint48 fromMs, uint48 toMs) external returns (uint256 id);

    /// @notice Checks the next frames: 160 bytes each, rising numbers; a number left out is a hole.
    /// @dev All or nothing: one frame that is refused, or too little gas, and nothing of the part counts.
    function extend(uint256 id, bytes calldata frames) external;

    /// @notice Whose window it is, and whether it is whole; all zero where there is none of that number.
    function rawWindow(uint256 id) external view returns (RawWindow memory);

    /// @notice Where the proof of a raw window stands.
    function cursor(uint256 id) external view returns (Cursor memory);

    /// @notice The window as a window proof would have given it. Reverts unless it is whole.
    /// @dev `anchoredAt` is the time by which every part of it had been committed; type(uint40).max where one was not.
    ///      `before` is the reading before the window, level 0, with its signature in the low form.
    function window(uint256 id) external view returns (IWindowVerifier.Window memory);
}
