// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {StreamTree} from "./StreamTree.sol";

/// @title Directory
/// @notice Every stream of a batch with its size and root (protocol §4).
library Directory {
    /// @param streamId, size, root the stream, its size in positions and its tree's root
    /// @param index position in the directory
    /// @param siblings path, bottom up
    struct Entry {
        bytes32 streamId;
        uint256 size;
        bytes32 root;
        uint256 index;
        bytes32[] siblings;
    }

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

    /// @notice Size of a stream as entries of one directory show it: its own entry; or two neighbours between which it
    ///         would stand, the first entry or the last one, which show that it is absent and its size 0. The largest
    ///         number where they show none of these.
    function sizeShown(
        bytes32 streamId,
        Entry[] calldata entries,
        uint256 streamCount
    ) internal pure returns (uint256) {
        if (entries.length == 1 && entries[0].streamId == streamId) return entries[0].size;
        return _isAbsent(streamId, entries, streamCount) ? 0 : type(uint256).max;
    }

    function _isAbsent(
        bytes32 streamId,
        Entry[] calldata entries,
        uint256 streamCount
    ) private pure returns (bool) {
        if (entries.length == 1) {
            (bytes32 only, uint256 index) = (entries[0].streamId, entries[0].index);
            return (index == 0 && streamId < only) || (index + 1 == streamCount && only < streamId);
        }
        return
            entries.length == 2 &&
            entries[0].index + 1 == entries[1].index &&
            entries[0].streamId < streamId &&
            streamId < entries[1].streamId;
    }
}
