// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDeviceRegistry} from "../identity/IDeviceRegistry.sol";
import {Frame, FRAME_BYTES, frameFrom} from "./Frame.sol";
import {IBatchLedger} from "./IBatchLedger.sol";
import {IWindowVerifier} from "./IWindowVerifier.sol";
import {Meta} from "./Meta.sol";
import {Metrics} from "./Metrics.sol";
import {Opening} from "./Opening.sol";
import {StreamTree} from "./StreamTree.sol";

/// @title Shown holes
/// @notice Signed records of positions that the tree has as holes: they count in the window, whichever side they help
///         (protocol §5).
library ShownHoles {
    /// @param leaf opens the hole, in the batch of the window's proof
    /// @param frame the record of that position, with its signature
    struct Shown {
        Opening.Proof leaf;
        bytes frame;
    }

    /// @notice Whose window it is, and the batch that its proof opened.
    struct Subject {
        bytes32 streamId;
        uint256 batchNumber;
        IBatchLedger.Batch batch;
        IDeviceRegistry.Device probe;
        uint48 fromMs;
        uint48 toMs;
    }

    /// @notice Positions rise, and lie between the reading before the window and the one after it.
    error NotInTheWindow(uint256 position, uint256 from, uint256 to);
    error OtherBatch(uint256 batch, uint256 ofTheWindow);
    error NotAHole(uint256 level, uint256 position);
    error NotItsRecord(uint256 position);
    error NotInTime(uint256 position, uint48 timeMs);

    /// @dev Meta of a hole's leaf: nothing but one missing position.
    uint256 private constant HOLE_META = 1 << 64;

    /// @notice Counts shown holes in a window that a proof of `subject.batch` gave: each is a reading more and a hole less,
    ///         with its values and flags. Gaps, and the times of the first and the last reading, stay as they were proven.
    function count(
        IWindowVerifier.Window memory window,
        Subject memory subject,
        Shown[] calldata shown
    ) internal view {
        bytes8 device = bytes8(sha256(abi.encode(subject.probe.x, subject.probe.y)));
        uint256 next = (uint256(window.before.index) + 1) << window.before.level;
        uint256 end = next + window.count + window.missing;
        for (uint256 i = 0; i < shown.length; ++i) {
            uint256 position = shown[i].leaf.index;
            require(position >= next && position < end, NotInTheWindow(position, next, end - 1));
            _requireHole(subject, shown[i].leaf);
            _add(window, _record(subject, shown[i], device));
            next = position + 1;
        }
    }

    function _requireHole(Subject memory subject, Opening.Proof calldata proof) private pure {
        require(proof.batch == subject.batchNumber, OtherBatch(proof.batch, subject.batchNumber));
        StreamTree.Node memory leaf = Opening.openBody(proof, subject.batch, subject.streamId);
        require(
            leaf.place.level() == 0 && Meta.unwrap(leaf.meta) == HOLE_META,
            NotAHole(leaf.place.level(), proof.index)
        );
    }

    /// @dev The record of the position: well-formed, of this probe and number, signed, and made in the window.
    function _record(
        Subject memory subject,
        Shown calldata shown,
        bytes8 device
    ) private view returns (Frame memory frame) {
        uint256 position = shown.leaf.index;
        require(shown.frame.length == FRAME_BYTES, NotItsRecord(position));
        frame = frameFrom(shown.frame);
        require(
            frame.isWellFormed() &&
                frame.device() == device &&
                frame.seq() == position &&
                frame.isSignedBy(subject.probe.x, subject.probe.y),
            NotItsRecord(position)
        );
        uint48 timeMs = frame.timeMs();
        require(timeMs >= subject.fromMs && timeMs <= subject.toMs, NotInTime(position, timeMs));
    }

    function _add(IWindowVerifier.Window memory window, Frame memory frame) private pure {
        ++window.count;
        --window.missing;
        window.flags |= frame.flags();
        (Metrics mins, Metrics maxs) = frame.values.widen(Metrics.wrap(window.mins), Metrics.wrap(window.maxs));
        (window.mins, window.maxs) = (Metrics.unwrap(mins), Metrics.unwrap(maxs));
    }
}
