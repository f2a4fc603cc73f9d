// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Authority} from "../../../contracts/access/Authority.sol";
import {Roles} from "../../../contracts/access/Roles.sol";
import {BatchLedger} from "../../../contracts/evidence/BatchLedger.sol";
import {Challenges} from "../../../contracts/evidence/Challenges.sol";
import {Directory} from "../../../contracts/evidence/Directory.sol";
import {Fork} from "../../../contracts/evidence/Fork.sol";
import {Frame} from "../../../contracts/evidence/Frame.sol";
import {IOperatorBond} from "../../../contracts/evidence/IOperatorBond.sol";
import {IPolicyholdersFund} from "../../../contracts/evidence/IPolicyholdersFund.sol";
import {Meta} from "../../../contracts/evidence/Meta.sol";
import {Metrics, NO_MAXS, NO_MINS} from "../../../contracts/evidence/Metrics.sol";
import {Opening} from "../../../contracts/evidence/Opening.sol";
import {OperatorBond} from "../../../contracts/evidence/OperatorBond.sol";
import {Place, placeAt} from "../../../contracts/evidence/Place.sol";
import {StreamTree} from "../../../contracts/evidence/StreamTree.sol";
import {DeviceRegistry} from "../../../contracts/identity/DeviceRegistry.sol";
import {ReadingSignature} from "../../../contracts/identity/ReadingSignature.sol";
import {TestToken} from "../../../contracts/settlement/TestToken.sol";
import {Spec} from "../Spec.sol";

/// @notice A probe, an operator with a bond, and trees of one stream that may say whatever they like.
abstract contract ChallengeWorld is Spec {
    using StreamTree for StreamTree.Node;

    /// @param frames the frame of each position; empty bytes for a hole
    /// @param rows all nodes, from the leaves up
    struct Tree {
        bytes[] frames;
        StreamTree.Node[][] rows;
    }

    uint256 internal constant CHALLENGE_SECONDS = 14 days;
    uint256 internal constant KEY = 7;
    uint48 internal constant START_MS = 1_799_000_000_000;
    uint256 internal constant PERIOD_MS = 60_000;
    bytes32 internal constant SALT = "salt";
    address internal constant FARMER = address(0xfa);

    /// @dev Eight values that nothing is special about, none of them zero.
    uint256 internal constant VALUES = 0x80001770_80006d60_80001ce8_80000001_80007530_80000258_80000c80_80000000;

    Authority internal authority = new Authority(address(this));
    TestToken internal token = new TestToken(address(this));
    DeviceRegistry internal registry = new DeviceRegistry(address(authority));
    OperatorBond internal bond =
        new OperatorBond(
            address(authority),
            token,
            IOperatorBond.Rules({minimum: 1000, slashed: 100, cooldownSeconds: uint40(CHALLENGE_SECONDS)})
        );
    BatchLedger internal ledger = new BatchLedger(address(authority), bond);
    Challenges internal challenges = new Challenges(ledger, registry, bond, CHALLENGE_SECONDS);
    bytes32 internal streamId;
    bytes8 internal device;

    function setUp() public virtual {
        cheats.warp(1_800_000_000);
        cheats.roll(100);
        (uint256 x, uint256 y) = cheats.publicKeyP256(KEY);
        (bytes32 r, bytes32 s) = cheats.signP256(KEY, ReadingSignature.possessionHash(address(registry), FARMER));
        streamId = registry.register(x, y, FARMER, r, s);
        device = bytes8(sha256(abi.encode(x, y)));
        authority.grantRole(Roles.OPERATOR, address(this), 0);
        ledger.setOperator(address(this));
        bond.connect(ledger, address(challenges), IPolicyholdersFund(address(this)));
        token.mint(address(this), 1e6);
        token.approve(address(bond), 1e6);
        bond.post(address(this), 5000);
    }

    /// @dev A record that no rule has anything against but for what is changed in it.
    function recordAt(uint256 index, bytes32 prev) internal view returns (Frame memory frame) {
        uint256 timeMs = START_MS + index * PERIOD_MS;
        frame.w0 = (1 << 240) | (uint256(uint64(device)) << 160) | (index << 80) | (timeMs << 32);
        frame.values = Metrics.wrap(VALUES);
        frame.w2 = uint256(prev);
    }

    function signed(Frame memory frame) internal pure returns (bytes memory) {
        (bytes32 r, bytes32 s) = cheats.signP256(KEY, frame.recordHash());
        (frame.r, frame.s) = (r, bytes32(ReadingSignature.lowS(uint256(s))));
        return abi.encode(frame);
    }

    /// @dev Frames of an honest probe; position i is a hole where bit i of `holes` is set.
    function honestFrames(uint256 size, uint256 holes) internal view returns (bytes[] memory frames) {
        frames = new bytes[](size);
        bytes32 prev = 0;
        for (uint256 i = 0; i < size; ++i) {
            Frame memory frame = recordAt(i, prev);
            prev = frame.recordHash();
            if ((holes >> i) & 1 == 0) frames[i] = signed(frame);
        }
    }

    /// @dev The tree that the rules make of frames, also of such that admission refuses.
    function treeOf(bytes[] memory frames) internal view returns (Tree memory tree) {
        uint256 height = StreamTree.heightOf(frames.length);
        tree.frames = frames;
        tree.rows = new StreamTree.Node[][](height + 1);
        for (uint256 level = 0; level <= height; ++level) {
            uint256 howMany = (frames.length + (1 << level) - 1) >> level;
            tree.rows[level] = new StreamTree.Node[](howMany);
            for (uint256 i = 0; i < howMany; ++i) {
                tree.rows[level][i] = level == 0 ? leafOf(frames[i], i) : parentOf(tree, level, i);
            }
        }
    }

    function leafOf(bytes memory raw, uint256 index) internal view returns (StreamTree.Node memory node) {
        (node.place, node.streamId) = (placeAt(0, index), streamId);
        if (raw.length == 0) {
            (node.meta, node.mins, node.maxs) = (Meta.wrap(1 << 64), NO_MINS, NO_MAXS);
            node.inside = keccak256(belowHole(index, 2));
        } else {
            Frame memory frame = abi.decode(raw, (Frame));
            uint256 timeMs = frame.timeMs();
            node.meta = Meta.wrap((timeMs << 208) | (timeMs << 160) | (1 << 96) | (uint256(frame.flags()) << 48));
            (node.mins, node.maxs) = (frame.values, Metrics.wrap(Metrics.unwrap(frame.values) | _unmeasured(frame)));
            node.inside = frame.insideAt(index);
        }
        node.seal();
    }

    function parentOf(
        Tree memory tree,
        uint256 level,
        uint256 i
    ) internal view returns (StreamTree.Node memory node) {
        StreamTree.Node memory left = tree.rows[level - 1][2 * i];
        StreamTree.Node memory right = _at(tree, level - 1, 2 * i + 1);
        (node.place, node.streamId) = (placeAt(level, i), streamId);
        node.meta = left.meta.join(right.meta);
        node.mins = left.mins.lowest(right.mins);
        node.maxs = left.maxs.highest(right.maxs);
        node.inside = StreamTree.pairInside(node.place, left.digest, right.digest);
        node.seal();
    }

    /// @dev Says something else in a node's body, at one byte, and hashes everything above it again.
    function lie(Tree memory tree, uint256 level, uint256 i, uint256 offset, uint8 by) internal pure {
        StreamTree.Node memory node = tree.rows[level][i];
        bytes memory body = bodyOf(node);
        body[offset] ^= bytes1(by);
        (uint256 meta, uint256 mins, uint256 maxs, bytes32 inside) =
            abi.decode(body, (uint256, uint256, uint256, bytes32));
        (node.meta, node.mins, node.maxs) = (Meta.wrap(meta), Metrics.wrap(mins), Metrics.wrap(maxs));
        node.inside = inside;
        sealAgain(tree, level, i);
    }

    /// @dev Hashes a node that was changed, and everything above it.
    function sealAgain(Tree memory tree, uint256 level, uint256 i) internal pure {
        tree.rows[level][i].seal();
        for (; level + 1 < tree.rows.length; ++level) {
            i /= 2;
            StreamTree.Node memory above = tree.rows[level + 1][i];
            bytes32 left = tree.rows[level][2 * i].digest;
            above.inside = StreamTree.pairInside(above.place, left, _at(tree, level, 2 * i + 1).digest);
            above.seal();
        }
    }

    function rootOf(Tree memory tree) internal pure returns (bytes32) {
        return tree.rows[tree.rows.length - 1][0].digest;
    }

    /// @dev Anchors a stream alone in a batch.
    function anchor(Tree memory tree) internal returns (uint256) {
        return anchorEntry(streamId, tree.frames.length, rootOf(tree));
    }

    function anchorEntry(bytes32 stream, uint256 size, bytes32 root) internal returns (uint256 number) {
        number = ledger.lastBatch() + 1;
        ledger.anchor(number, keccak256(abi.encode(uint256(5) << 248, stream, size, root)), 1, 1, "manifest");
    }

    function proofOf(
        Tree memory tree,
        uint256 batch,
        uint256 level,
        uint256 i
    ) internal pure returns (Opening.Proof memory proof) {
        (proof.batch, proof.size, proof.index) = (batch, tree.frames.length, i);
        StreamTree.Node memory node = _at(tree, level, i);
        proof.node = node.digest == 0 ? new bytes(32) : bodyOf(node);
        proof.path = pathOf(tree, level, i, tree.rows.length - 1);
    }

    function pathOf(Tree memory tree, uint256 level, uint256 i, uint256 to) internal pure returns (bytes memory path) {
        for (; level < to; ++level) {
            bytes32 sibling = _at(tree, level, i ^ 1).digest;
            i /= 2;
            StreamTree.Node memory above = tree.rows[level + 1][i];
            path = abi.encodePacked(
                path,
                Meta.unwrap(above.meta),
                Metrics.unwrap(above.mins),
                Metrics.unwrap(above.maxs),
                sibling
            );
        }
    }

    /// @dev The children of an inner node.
    function forkAt(
        Tree memory tree,
        uint256 batch,
        uint256 level,
        uint256 i
    ) internal pure returns (Fork.Proof memory fork) {
        fork.top = proofOf(tree, batch, level, i);
        fork.left = bodyOf(tree.rows[level - 1][2 * i]);
        StreamTree.Node memory right = _at(tree, level - 1, 2 * i + 1);
        if (right.digest != 0) fork.right = bodyOf(right);
    }

    /// @dev The leaves of positions `i` − 1 and `i`.
    function forkBefore(Tree memory tree, uint256 batch, uint256 i) internal pure returns (Fork.Proof memory fork) {
        uint256 level = 1;
        while ((i - 1) >> level != i >> level) ++level;
        fork.top = proofOf(tree, batch, level, i >> level);
        (fork.left, fork.right) = (bodyOf(tree.rows[0][i - 1]), bodyOf(tree.rows[0][i]));
        fork.leftPath = pathOf(tree, 0, i - 1, level - 1);
        fork.rightPath = pathOf(tree, 0, i, level - 1);
    }

    function entryOf(bytes32 stream, uint256 size, bytes32 root) internal pure returns (Directory.Entry memory entry) {
        (entry.streamId, entry.size, entry.root) = (stream, size, root);
    }

    function bodyOf(StreamTree.Node memory node) internal pure returns (bytes memory) {
        return abi.encode(node.meta, node.mins, node.maxs, node.inside);
    }

    function belowReading(bytes memory frame, uint256 index) internal pure returns (bytes memory) {
        return abi.encodePacked(placeAt(0, index).asReading(), frame);
    }

    function belowHole(uint256 index, uint256 reason) internal view returns (bytes memory) {
        return abi.encodePacked(placeAt(0, index).asHole(), streamId, reason);
    }

    function belowPair(Tree memory tree, uint256 level, uint256 i) internal pure returns (bytes memory) {
        bytes32 left = tree.rows[level - 1][2 * i].digest;
        return abi.encodePacked(placeAt(level, i).asPair(), left, _at(tree, level - 1, 2 * i + 1).digest);
    }

    /// @dev What hangs below any node of an honest tree.
    function belowOf(Tree memory tree, uint256 level, uint256 i) internal view returns (bytes memory) {
        if (level > 0) return belowPair(tree, level, i);
        return tree.frames[i].length > 0 ? belowReading(tree.frames[i], i) : belowHole(i, 2);
    }

    /// @dev Commits to a call of the challenges, and makes it a block later.
    function convict(bytes memory data) internal returns (bool done, bytes memory answer) {
        challenges.commit(commitmentOf(data));
        cheats.roll(block.number + 1);
        return address(challenges).call(data);
    }

    function commitmentOf(bytes memory data) internal view returns (bytes32) {
        bytes memory evidence = new bytes(data.length - 32);
        for (uint256 i = 0; i < evidence.length; ++i) evidence[i] = data[i < 4 ? i : i + 32];
        return keccak256(abi.encode(address(this), SALT, keccak256(evidence)));
    }

    function isConvicted(bytes memory data, string memory what) internal {
        (bool done, ) = convict(data);
        isTrue(done, what);
    }

    function isRefused(bytes memory data, bytes memory because, string memory what) internal {
        (bool done, bytes memory answer) = convict(data);
        isFalse(done, what);
        same(keccak256(answer), keccak256(because), what);
    }

    /// @dev The node, or an empty one beyond the stream's end.
    function _at(Tree memory tree, uint256 level, uint256 i) internal pure returns (StreamTree.Node memory node) {
        if (i < tree.rows[level].length) return tree.rows[level][i];
        node.setEmpty();
    }

    function _unmeasured(Frame memory frame) private pure returns (uint256 lanes) {
        for (uint256 slot = 0; slot < 8; ++slot) {
            if ((frame.flags() >> (8 + slot)) & 1 == 1) lanes |= uint256(type(uint32).max) << (224 - 32 * slot);
        }
    }
}
