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

    uint16 private constant SCHEMA = 1;
    uint16 private constant DEFINED_FLAGS = 0xff1f;
    uint256 private constant LAST_HOLE_REASON = 7;
    uint256 private constant SLOTS = 8;

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
            frame.schema() == SCHEMA &&
            frame.device() == device &&
            frame.seq() == node.place.index() &&
            (frame.seq() > 0 || frame.w2 == 0) &&
            frame.flags() & ~DEFINED_FLAGS == 0 &&
            Meta.unwrap(node.meta) == _metaOf(frame) &&
            _fits(node, frame);
    }

    function _metaOf(Frame memory frame) private pure returns (uint256) {
        uint256 timeMs = frame.timeMs();
        return (timeMs << 208) | (timeMs << 160) | (1 << 96) | (uint256(frame.flags()) << 48);
    }

    /// @dev Slots agree with the record's flags, and the node's values with the slots.
    function _fits(StreamTree.Node memory node, Frame memory frame) private pure returns (bool) {
        uint256 unmeasured = 0;
        for (uint256 slot = 0; slot < SLOTS; ++slot) {
            bool absent = (frame.flags() >> (8 + slot)) & 1 == 1;
            if (absent != (frame.values.lane(slot) == 0)) return false;
            if (absent) unmeasured |= uint256(type(uint32).max) << (224 - 32 * slot);
        }
        uint256 values = Metrics.unwrap(frame.values);
        return Metrics.unwrap(node.mins) == values && Metrics.unwrap(node.maxs) == values | unmeasured;
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
