// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBatchLedger} from "./IBatchLedger.sol";
import {Opening} from "./Opening.sol";
import {Place, placeAt} from "./Place.sol";
import {StreamTree} from "./StreamTree.sol";

/// @title Fork
/// @notice Two neighbouring nodes of an anchored stream, opened by way of the lowest node above both: what lies above
///         that one is shown once.
library Fork {
    using StreamTree for StreamTree.Node;

    /// @param top the lowest node above both
    /// @param left, right the two nodes: 128 bytes, or none for one beyond the stream's end
    /// @param leftPath, rightPath steps from each to the child of `top` above it, as in `Opening.Proof`; equally many
    struct Proof {
        Opening.Proof top;
        bytes left;
        bytes leftPath;
        bytes right;
        bytes rightPath;
    }

    struct Opened {
        StreamTree.Node top;
        StreamTree.Node left;
        StreamTree.Node right;
    }

    error NotBelow(uint256 level, uint256 index);
    error NoSuchFork(uint256 level, uint256 leftBytes, uint256 rightBytes);

    /// @notice The two nodes and the one above them; reverts where they do not hang below it.
    function open(
        Proof calldata proof,
        IBatchLedger.Batch memory batch,
        bytes32 streamId
    ) internal pure returns (Opened memory opened) {
        StreamTree.Node memory top = Opening.openBody(proof.top, batch, streamId);
        uint256 steps = Opening.stepsOf(proof.leftPath);
        uint256 level = top.place.level();
        require(
            proof.leftPath.length == proof.rightPath.length && level > steps,
            NoSuchFork(level, proof.leftPath.length, proof.rightPath.length)
        );
        // The first position below the right child: neighbours meet there.
        uint256 middle = (2 * top.place.index() + 1) << steps;
        opened.top = top;
        opened.left = _read(proof.left, placeAt(level - steps - 1, middle - 1), streamId);
        opened.right = _read(proof.right, placeAt(level - steps - 1, middle), streamId);
        require(_insideOf(opened, proof) == top.inside, NotBelow(level, top.place.index()));
    }

    function _insideOf(Opened memory opened, Proof calldata proof) private pure returns (bytes32) {
        (StreamTree.Node memory left, StreamTree.Node memory right) = (opened.left, opened.right);
        bytes32 streamId = opened.top.streamId;
        return
            StreamTree.pairInside(
                opened.top.place,
                Opening.climb(left.digest, left.place, streamId, proof.leftPath),
                Opening.climb(right.digest, right.place, streamId, proof.rightPath)
            );
    }

    function _read(
        bytes calldata raw,
        Place place,
        bytes32 streamId
    ) private pure returns (StreamTree.Node memory node) {
        if (raw.length > 0) return Opening.readBody(raw, place, streamId);
        node.place = place;
        node.setEmpty();
    }
}
