// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// Assembly here: some eighty nodes a proof: hashed in place, nothing allocated for them.
// solhint-disable no-inline-assembly

import {IWindowVerifier} from "./IWindowVerifier.sol";
import {Meta} from "./Meta.sol";
import {Metrics, NO_MAXS, NO_MINS} from "./Metrics.sol";
import {Place, placeAt} from "./Place.sol";

/// @title Stream tree
/// @notice What a node is and what it hashes to (protocol §3).
library StreamTree {
    /// @dev The first six words are what is hashed, in that order, so that hashing copies nothing.
    /// @param inside hash of what hangs below
    /// @param digest hash of the node; zero where no position below is taken
    struct Node {
        Place place;
        bytes32 streamId;
        Meta meta;
        Metrics mins;
        Metrics maxs;
        bytes32 inside;
        bytes32 digest;
    }

    uint256 internal constant MAX_SIZE = 1 << 32;

    /// @notice Nodes of a stream that hold nothing else yet: not zeros, but whatever lies in memory.
    function blanks(uint256 howMany, bytes32 streamId) internal pure returns (Node[] memory nodes) {
        assembly ("memory-safe") {
            nodes := mload(0x40)
            mstore(nodes, howMany)
            let pointer := add(nodes, 0x20)
            let node := add(pointer, shl(5, howMany))
            for {
                let first := node
            } lt(pointer, first) {
                pointer := add(pointer, 0x20)
            } {
                mstore(pointer, node)
                mstore(add(node, 0x20), streamId)
                node := add(node, 0xe0)
            }
            mstore(0x40, node)
        }
    }

    /// @notice Makes `node` one beyond the stream's end.
    function setEmpty(Node memory node) internal pure {
        (node.meta, node.mins, node.maxs, node.digest) = (Meta.wrap(0), NO_MINS, NO_MAXS, bytes32(0));
    }

    /// @notice Folds `right` into `left`, which becomes their parent at `place`.
    function join(Node memory left, Node memory right, Place place) internal pure {
        (Meta meta, Meta next) = (left.meta, right.meta);
        if (next.firstMs() <= meta.lastMs()) {
            // Only a side without readings, whose times are zero, may break the order.
            require(meta.count() == 0 || next.count() == 0, IWindowVerifier.OutOfOrder(place.level(), place.index()));
        }
        left.place = place;
        left.meta = meta.join(next);
        left.mins = left.mins.lowest(right.mins);
        left.maxs = left.maxs.highest(right.maxs);
        left.inside = pairInside(place, left.digest, right.digest);
        seal(left);
    }

    /// @notice Sets a node's digest from all else that it holds.
    function seal(Node memory node) internal pure {
        bytes32 digest;
        assembly ("memory-safe") {
            digest := keccak256(node, 0xc0)
        }
        node.digest = digest;
    }

    /// @notice What hangs below the leaf of a reading: its record's three words and its signature.
    function readingInside(
        uint256 index,
        uint256 w0,
        uint256 w1,
        uint256 w2,
        bytes32 r,
        bytes32 s
    ) internal pure returns (bytes32) {
        return keccak256(abi.encode(placeAt(0, index).asReading(), w0, w1, w2, r, s));
    }

    /// @notice Least h with 2^h ≥ size.
    function heightOf(uint256 size) internal pure returns (uint256 height) {
        while (size > 1 << height) ++height;
    }

    /// @notice What hangs below an inner node.
    function pairInside(Place place, bytes32 left, bytes32 right) internal pure returns (bytes32 hash) {
        uint256 word = place.asPair();
        // Behind the free memory pointer, which stays where it is.
        assembly ("memory-safe") {
            let buffer := mload(0x40)
            mstore(buffer, word)
            mstore(add(buffer, 0x20), left)
            mstore(add(buffer, 0x40), right)
            hash := keccak256(buffer, 0x60)
        }
    }
}
