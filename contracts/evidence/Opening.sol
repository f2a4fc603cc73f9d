// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// Assembly here: nodes are read from calldata as they are hashed.
// solhint-disable no-inline-assembly

import {Directory} from "./Directory.sol";
import {IBatchLedger} from "./IBatchLedger.sol";
import {IWindowVerifier} from "./IWindowVerifier.sol";
import {Place, placeAt} from "./Place.sol";
import {StreamTree} from "./StreamTree.sol";

/// @title Opening
/// @notice One node of an anchored stream, and the way from it up to the batch's directory (protocol §6). It shows what
///         the operator committed to, and nothing of whether that is true.
library Opening {
    using StreamTree for StreamTree.Node;

    /// @param batch number of the anchored batch
    /// @param entry position of the stream in the batch's directory
    /// @param siblings directory path, bottom up
    /// @param size the stream's size in that batch, in positions
    /// @param index position of the node at its level, which is the tree's height less the steps of `path`
    /// @param node meta, mins, maxs and inside of the node, 128 bytes; or its digest alone, 32 bytes
    /// @param path a step for each level above, bottom up: the parent's meta, mins and maxs, and the digest of its other
    ///        child, 128 bytes
    struct Proof {
        uint256 batch;
        uint256 entry;
        bytes32[] siblings;
        uint256 size;
        uint256 index;
        bytes node;
        bytes path;
    }

    error NoSuchPath(uint256 size, uint256 index, uint256 pathBytes);
    error BrokenPath(uint256 pathBytes);
    error NotANode(uint256 nodeBytes);

    uint256 internal constant DIGEST_BYTES = 32;
    uint256 internal constant BODY_BYTES = 128;

    /// @dev meta, mins, maxs of the parent and the other child's digest.
    uint256 private constant STEP_BYTES = 128;

    /// @notice The node that `proof` opens in the stream, found in the batch's directory; reverts where it is not there.
    /// @dev Of a node shown by its digest alone, `meta`, `mins`, `maxs` and `inside` are arbitrary. A stream of a size that
    ///      no tree has (0, or above 2³²) opens at its root alone, as level 0.
    function open(
        Proof calldata proof,
        IBatchLedger.Batch memory batch,
        bytes32 streamId
    ) internal pure returns (StreamTree.Node memory node) {
        uint256 steps = stepsOf(proof.path);
        uint256 height = heightOf(proof.size);
        require(
            steps <= height && proof.index >> steps == 0,
            NoSuchPath(proof.size, proof.index, proof.path.length)
        );
        Place place = placeAt(height - steps, proof.index);
        node = read(proof.node, place, streamId);
        bytes32 root = climb(node.digest, place, streamId, proof.path);
        require(
            contains(batch, streamId, proof.size, root, proof.entry, proof.siblings),
            IWindowVerifier.NotInDirectory(streamId, proof.batch)
        );
    }

    /// @notice The same of a node that must be shown by its 128 bytes.
    function openBody(
        Proof calldata proof,
        IBatchLedger.Batch memory batch,
        bytes32 streamId
    ) internal pure returns (StreamTree.Node memory) {
        require(proof.node.length == BODY_BYTES, NotANode(proof.node.length));
        return open(proof, batch, streamId);
    }

    /// @notice A node from its 128 bytes, or from its digest alone.
    function read(
        bytes calldata raw,
        Place place,
        bytes32 streamId
    ) internal pure returns (StreamTree.Node memory node) {
        if (raw.length != DIGEST_BYTES) return readBody(raw, place, streamId);
        (node.place, node.streamId, node.digest) = (place, streamId, bytes32(raw));
    }

    /// @notice A node from its 128 bytes.
    function readBody(
        bytes calldata raw,
        Place place,
        bytes32 streamId
    ) internal pure returns (StreamTree.Node memory node) {
        (node.place, node.streamId) = (place, streamId);
        require(raw.length == BODY_BYTES, NotANode(raw.length));
        assembly ("memory-safe") {
            calldatacopy(add(node, 0x40), raw.offset, 0x80)
        }
        node.seal();
    }

    /// @notice How many levels a path leads up; reverts where it is not whole.
    function stepsOf(bytes calldata path) internal pure returns (uint256) {
        require(path.length % STEP_BYTES == 0, BrokenPath(path.length));
        return path.length / STEP_BYTES;
    }

    /// @notice The digest that the steps of a whole `path` lead to, from `digest` at `place`. The caller has made sure
    ///         that the tree has so many levels.
    function climb(
        bytes32 digest,
        Place place,
        bytes32 streamId,
        bytes calldata path
    ) internal pure returns (bytes32) {
        StreamTree.Node memory above;
        above.streamId = streamId;
        uint256 step;
        assembly ("memory-safe") {
            step := path.offset
        }
        uint256 end = step + path.length;
        while (step < end) {
            bytes32 sibling;
            bool isRight = Place.unwrap(place) & 1 == 1;
            place = place.parent();
            assembly ("memory-safe") {
                calldatacopy(add(above, 0x40), step, 0x60)
                sibling := calldataload(add(step, 0x60))
                step := add(step, 0x80)
            }
            above.place = place;
            above.inside = isRight
                ? StreamTree.pairInside(place, sibling, digest)
                : StreamTree.pairInside(place, digest, sibling);
            above.seal();
            digest = above.digest;
        }
        return digest;
    }

    /// @notice True when the batch's directory has the stream at `entry` with this size and root.
    function contains(
        IBatchLedger.Batch memory batch,
        bytes32 streamId,
        uint256 size,
        bytes32 root,
        uint256 entry,
        bytes32[] calldata siblings
    ) internal pure returns (bool) {
        return Directory.contains(batch.directoryRoot, batch.streamCount, streamId, size, root, entry, siblings);
    }

    /// @notice Height of the tree of a stream of `size`; 0 for a size that no tree has.
    function heightOf(uint256 size) internal pure returns (uint256) {
        return size > StreamTree.MAX_SIZE ? 0 : StreamTree.heightOf(size);
    }

    /// @notice How many positions of a stream of `size` lie below a place: clamp(size − index·2^level, 0, 2^level).
    function occupancy(uint256 size, Place place) internal pure returns (uint256) {
        uint256 width = 1 << place.level();
        uint256 before = place.index() * width;
        if (size <= before) return 0;
        return size - before < width ? size - before : width;
    }
}
