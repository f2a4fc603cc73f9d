// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {StreamTree} from "./StreamTree.sol";

/// @title Directory
/// @notice Every stream of a batch with its size and root (protocol §4).
library Directory {
    uint256 private constant LEAF = 5;
    uint256 private constant NODE = 6;

    /// @notice True when entry number `index` of a directory of `streamCount` streams is the stream with this size and
    ///         root. `siblings` is the entry's path, bottom up.
    function contains(
        bytes32 directoryRoot,
        uint256 streamCount,
        bytes32 streamId,
        uint256 size,
        bytes32 streamRoot,
        uint256 index,
        bytes32[] calldata siblings
    ) internal pure returns (bool) {
        if (index >= streamCount || siblings.length != StreamTree.heightOf(streamCount)) return false;
        bytes32 node = keccak256(abi.encode(LEAF << 248, streamId, size, streamRoot));
        for (uint256 level = 1; level <= siblings.length; ++level) {
            bytes32 sibling = siblings[level - 1];
            bool isRight = (index >> (level - 1)) & 1 == 1;
            (bytes32 left, bytes32 right) = isRight ? (sibling, node) : (node, sibling);
            node = keccak256(abi.encode((NODE << 248) | (level << 240) | (index >> level), left, right));
        }
        return node == directoryRoot;
    }
}
