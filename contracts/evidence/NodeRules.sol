// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Meta} from "./Meta.sol";
import {Metrics} from "./Metrics.sol";
import {Opening} from "./Opening.sol";
import {StreamTree} from "./StreamTree.sol";

/// @title Node rules
/// @notice What a node must say of its children and of the stream's size (protocol §3).
library NodeRules {
    /// @notice True when `top` is the combination of its children, and they are in order.
    function combines(
        StreamTree.Node memory top,
        StreamTree.Node memory left,
        StreamTree.Node memory right
    ) internal pure returns (bool) {
        (Meta a, Meta b) = (left.meta, right.meta);
        bool bothRead = a.count() > 0 && b.count() > 0;
        if (bothRead && b.firstMs() <= a.lastMs()) return false;
        return
            Meta.unwrap(top.meta) == Meta.unwrap(a.join(b)) &&
            Metrics.unwrap(top.mins) == Metrics.unwrap(left.mins.lowest(right.mins)) &&
            Metrics.unwrap(top.maxs) == Metrics.unwrap(left.maxs.highest(right.maxs));
    }

    /// @notice True when the node stands for exactly as many positions as a stream of `size` has below its place.
    /// @param isWhole false where only the node's digest is known: then all that can be told is whether it is empty
    function isFilled(StreamTree.Node memory node, bool isWhole, uint256 size) internal pure returns (bool) {
        if (size == 0 || size > StreamTree.MAX_SIZE) return false;
        uint256 taken = Opening.occupancy(size, node.place);
        if ((taken == 0) != (node.digest == bytes32(0))) return false;
        return !isWhole || uint256(node.meta.count()) + node.meta.missing() == taken;
    }
}
