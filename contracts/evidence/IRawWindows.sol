// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IWindowVerifier} from "./IWindowVerifier.sol";

/// @title Windows proven from signed frames alone
/// @notice Every signature, the hash chain and every value are checked here; no operator is believed (protocol §5).
interface IRawWindows {
    /// @param complete true once a reading before the window and one after it were shown
    struct RawWindow {
        bytes32 streamId;
        uint48 fromMs;
        uint48 toMs;
        bool complete;
    }

    /// @notice Somebody put the sha256 of a segment on the ledger, so that its readings are known to be no younger.
    event SegmentCommitted(bytes32 indexed segment, uint40 at);
    /// @notice A window is being proven from frames.
    event RawWindowOpened(uint256 indexed id, bytes32 indexed streamId, uint48 fromMs, uint48 toMs, address prover);
    /// @notice More frames were checked.
    event RawWindowExtended(uint256 indexed id, uint256 frames, bool complete);

    /// @notice Commits to a segment's exact bytes; the first time counts. Anybody.
    function commit(bytes32 segmentSha256) external;

    /// @notice When a segment was committed, in seconds; 0 where it was not.
    function committedAt(bytes32 segmentSha256) external view returns (uint40);

    /// @notice Begins a raw window of [fromMs, toMs], both inclusive. Anybody; only the caller extends it.
    function open(bytes32 streamId, uint48 fromMs, uint48 toMs) external returns (uint256 id);

    /// @notice Checks the next frames: 160 bytes each, rising numbers; a number left out is a hole.
    function extend(uint256 id, bytes calldata frames) external;

    /// @notice Whose window it is, and whether it is whole.
    function rawWindow(uint256 id) external view returns (RawWindow memory);

    /// @notice The window as a window proof would have given it. Reverts unless it is whole.
    /// @dev `anchoredAt` is the time by which every part of it had been committed; type(uint40).max where one was not.
    ///      `before` is the reading before the window, level 0.
    function window(uint256 id) external view returns (IWindowVerifier.Window memory);
}
