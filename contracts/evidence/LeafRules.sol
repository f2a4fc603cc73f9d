// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Frame, FRAME_BYTES, frameFrom} from "./Frame.sol";
import {Meta} from "./Meta.sol";
import {Metrics, NO_MAXS, NO_MINS} from "./Metrics.sol";
import {Place} from "./Place.sol";
import {StreamTree} from "./StreamTree.sol";

/// @title Leaf rules
/// @notice What a node must say of what hangs below it: the rules by which admission accepts a record (protocol §1) and
///         by which a leaf is made of it (§3).
library LeafRules {
    uint256 private constant WORD = 32;
    uint256 private constant READING_BYTES = WORD + FRAME_BYTES;
    uint256 private constant HOLE_BYTES = 3 * WORD;
    uint256 private constant PAIR_BYTES = 3 * WORD;

    uint256 private constant LAST_HOLE_REASON = 7;

    /// @notice True when the node follows from `below`, the bytes that its `inside` is the hash of. Of a pair that is only
    ///         its place: whether it combines its children, they must be opened to see.
    /// @param device the probe's id, which its readings carry
    function follows(
        StreamTree.Node memory node,
        bytes calldata below,
        bytes8 device
    ) internal pure returns (bool) {
        Place place = node.place;
        if (place.level() > 0) return below.length == PAIR_BYTES && _word(below, 0) == place.asPair();
        if (below.length == READING_BYTES && _word(below, 0) == place.asReading()) {
            return _isReading(node, frameFrom(below[WORD:]), device);
        }
        return below.length == HOLE_BYTES && _word(below, 0) == place.asHole() && _isHole(node, below);
    }

    function _isReading(
        StreamTree.Node memory node,
        Frame memory frame,
        bytes8 device
    ) private pure returns (bool) {
        return
            frame.isWellFormed() &&
            frame.device() == device &&
            frame.seq() == node.place.index() &&
            (frame.seq() > 0 || frame.w2 == 0) &&
            Meta.unwrap(node.meta) == Meta.unwrap(frame.leafMeta()) &&
            Metrics.unwrap(node.mins) == Metrics.unwrap(frame.values) &&
            Metrics.unwrap(node.maxs) == Metrics.unwrap(frame.values.asMaxs());
    }

    function _isHole(StreamTree.Node memory node, bytes calldata below) private pure returns (bool) {
        uint256 reason = _word(below, 2);
        return
            bytes32(_word(below, 1)) == node.streamId &&
            reason > 0 &&
            reason <= LAST_HOLE_REASON &&
            Meta.unwrap(node.meta) == 1 << 64 &&
            Metrics.unwrap(node.mins) == Metrics.unwrap(NO_MINS) &&
            Metrics.unwrap(node.maxs) == Metrics.unwrap(NO_MAXS);
    }

    function _word(bytes calldata raw, uint256 i) private pure returns (uint256) {
        return uint256(bytes32(raw[WORD * i:WORD * (i + 1)]));
    }
}
