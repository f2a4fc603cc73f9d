// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReadingSignature} from "../identity/ReadingSignature.sol";
import {Frame} from "./Frame.sol";
import {IRawWindows} from "./IRawWindows.sol";
import {IWindowVerifier} from "./IWindowVerifier.sol";
import {gapMs} from "./Meta.sol";
import {Metrics, NO_MINS} from "./Metrics.sol";
import {StreamTree} from "./StreamTree.sol";

/// @title Raw scan
/// @notice Reads a stream's frames in order and collects what lies in a window, as the walk of a proof would.
library RawScan {
    enum Phase {
        Nothing,
        Before,
        Inside,
        Complete
    }

    /// @param frames how many were checked
    /// @param nextSeq least number that the next one may have
    /// @param lastMs, lastHash time and signed hash of the last one; once whole, of the last one in the window
    /// @param anchoredAt when the last part was committed, in seconds
    /// @param beforeSeq, beforeInside number of the reading before the window, and what hangs below its leaf
    /// @param firstMs time of the first reading in the window
    /// @param count, flags, mins, maxs of the readings in the window
    /// @param maxGapMs longest gap from the reading before to the one after
    /// @param missing holes from the reading before to the one after; known once the window is whole
    struct Scan {
        bytes32 streamId;
        address prover;
        uint48 fromMs;
        uint48 toMs;
        bytes32 lastHash;
        Phase phase;
        uint32 frames;
        uint40 nextSeq;
        uint48 lastMs;
        uint40 anchoredAt;
        uint32 beforeSeq;
        uint48 firstMs;
        bytes32 beforeInside;
        uint32 count;
        uint16 flags;
        uint32 maxGapMs;
        uint32 missing;
        Metrics mins;
        Metrics maxs;
    }

    /// @notice Whose frames they must be, and how late they may be.
    /// @param device first 8 bytes of the SHA-256 of x ‖ y
    struct Source {
        uint256 device;
        uint256 latestMs;
    }

    /// @notice Checks the next frame as admission does, and counts it.
    /// @dev `revert` behind `if`, not `require`: that works out what it would say even when it says nothing.
    /// @return whole true when this is the reading after the window
    function take(Scan memory scan, Frame memory frame, Source memory source) internal view returns (bool whole) {
        (uint256 seq, uint256 timeMs, uint256 device) = frame.heading();
        if (!frame.isWellFormed()) revert IRawWindows.MalformedRecord(seq);
        if (device != source.device) revert IRawWindows.OtherDevice(seq, device);
        (bytes32 hash, bool valid) = frame.verified();
        if (!valid) revert IRawWindows.NotSigned(seq);
        uint256 next = scan.nextSeq;
        uint256 lastMs = scan.lastMs;
        unchecked {
            // Below `next` the difference is huge: one comparison for both ends.
            if (seq - next >= StreamTree.MAX_SIZE - next) revert IRawWindows.ImpossibleSeq(seq, next);
        }
        if (timeMs > source.latestMs) revert IRawWindows.FromTheFuture(seq, timeMs, source.latestMs);
        if (timeMs <= lastMs) revert IRawWindows.TimeNotIncreasing(seq, timeMs, lastMs);
        // Behind a hole, and before the first frame shown, there is nothing to compare with; before record 0 there is zero.
        if (seq == next && bytes32(frame.w2) != scan.lastHash) revert IRawWindows.BrokenChain(seq);

        if (timeMs < scan.fromMs) {
            _passBefore(scan, frame, seq);
        } else {
            unchecked {
                if (timeMs - lastMs > scan.maxGapMs) scan.maxGapMs = uint32(gapMs(lastMs, timeMs));
            }
            if (timeMs > scan.toMs) return _passAfter(scan, seq);
            _passInside(scan, frame, timeMs);
        }
        unchecked {
            scan.nextSeq = uint40(seq + 1);
        }
        (scan.lastMs, scan.lastHash) = (uint48(timeMs), hash);
    }

    /// @notice What was collected, as a window proof gives it. The caller has made sure that it is whole.
    function report(Scan memory scan) internal pure returns (IWindowVerifier.Window memory) {
        return
            IWindowVerifier.Window({
                firstMs: scan.firstMs,
                lastMs: scan.lastMs,
                maxGapMs: scan.maxGapMs,
                count: scan.count,
                missing: scan.missing,
                flags: scan.flags,
                mins: Metrics.unwrap(scan.mins),
                maxs: Metrics.unwrap(scan.maxs),
                anchoredAt: scan.anchoredAt,
                before: IWindowVerifier.Neighbour({level: 0, index: scan.beforeSeq, inside: scan.beforeInside})
            });
    }

    function _passBefore(Scan memory scan, Frame memory frame, uint256 seq) private pure {
        (scan.phase, scan.beforeSeq) = (Phase.Before, uint32(seq));
        frame.s = bytes32(ReadingSignature.lowS(uint256(frame.s)));
        scan.beforeInside = frame.inside();
    }

    function _passInside(Scan memory scan, Frame memory frame, uint256 timeMs) private pure {
        uint256 count = scan.count;
        if (count == 0) {
            require(scan.phase == Phase.Before, IWindowVerifier.NoReadingBefore());
            (scan.phase, scan.firstMs, scan.mins) = (Phase.Inside, uint48(timeMs), NO_MINS);
        }
        unchecked {
            scan.count = uint32(count + 1);
        }
        scan.flags |= frame.flags();
        (scan.mins, scan.maxs) = frame.values.widen(scan.mins, scan.maxs);
    }

    function _passAfter(Scan memory scan, uint256 seq) private pure returns (bool) {
        require(scan.phase != Phase.Nothing, IWindowVerifier.NoReadingBefore());
        require(scan.phase == Phase.Inside, IWindowVerifier.NoReadingInside());
        scan.phase = Phase.Complete;
        // Holes count on whichever side of the window's edges they lie (protocol §5).
        scan.missing = uint32(seq - scan.beforeSeq - 1 - scan.count);
        scan.nextSeq = uint40(seq + 1);
        return true;
    }
}
