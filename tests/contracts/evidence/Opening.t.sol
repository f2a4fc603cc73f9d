// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBatchLedger} from "../../../contracts/evidence/IBatchLedger.sol";
import {IWindowVerifier} from "../../../contracts/evidence/IWindowVerifier.sol";
import {Meta} from "../../../contracts/evidence/Meta.sol";
import {Opening} from "../../../contracts/evidence/Opening.sol";
import {placeAt} from "../../../contracts/evidence/Place.sol";
import {StreamTree} from "../../../contracts/evidence/StreamTree.sol";
import {Spec} from "../Spec.sol";
import {Vectors} from "../Vectors.sol";

contract OpeningHarness {
    function open(
        Opening.Proof calldata proof,
        IBatchLedger.Batch memory batch,
        bytes32 streamId
    ) external pure returns (StreamTree.Node memory) {
        return Opening.open(proof, batch, streamId);
    }
}

contract OpeningTest is Spec {
    uint256 private constant HEIGHT = 4;
    uint256 private constant STEP_BYTES = 128;
    uint256 private constant NODE_BYTES = 160;

    OpeningHarness private harness = new OpeningHarness();

    function test_OpensEveryNodeOfTheVectors() external view {
        for (uint256 level = 0; level <= HEIGHT; ++level) {
            uint256 nodes = Vectors.level(level).length / NODE_BYTES;
            for (uint256 i = 0; i < nodes; ++i) {
                StreamTree.Node memory node = _open(_proof(level, i));
                same(node.digest, bytes32(_slice(Vectors.level(level), i * NODE_BYTES + 128, 32)), "digest");
                same(node.place.level(), level, "level");
                same(node.place.index(), i, "index");
                same(node.streamId, Vectors.STREAM_ID, "stream");
                same(bytes32(Meta.unwrap(node.meta)), bytes32(_slice(Vectors.level(level), i * NODE_BYTES, 32)), "meta");
                Opening.Proof memory short = _proof(level, i);
                short.node = _slice(Vectors.level(level), i * NODE_BYTES + 128, 32);
                same(_open(short).digest, node.digest, "by its digest");
            }
        }
    }

    function test_OpensAPlaceBeyondTheStreamAsEmpty() external view {
        Opening.Proof memory proof = _proof(0, 12);
        proof.index = 13;
        proof.node = new bytes(32);
        bytes memory leaf = _slice(Vectors.level(0), 12 * NODE_BYTES + 128, 32);
        for (uint256 i = 0; i < 32; ++i) proof.path[96 + i] = leaf[i];
        same(_open(proof).digest, bytes32(0), "empty");
    }

    /// @notice No other bytes open anything.
    function testFuzz_RevertWhen_AnyByteIsAltered(uint256 which, uint256 place, uint8 by) external {
        cheats.assume(by > 0);
        uint256 level = fold(which, 0, HEIGHT);
        uint256 nodes = Vectors.level(level).length / NODE_BYTES;
        Opening.Proof memory proof = _proof(level, fold(which >> 8, 0, nodes - 1));
        uint256 offset = fold(place, 0, proof.node.length + proof.path.length + proof.siblings.length * 32 - 1);
        if (offset < proof.node.length) {
            proof.node[offset] ^= bytes1(by);
        } else if (offset - proof.node.length < proof.path.length) {
            proof.path[offset - proof.node.length] ^= bytes1(by);
        } else {
            offset -= proof.node.length + proof.path.length;
            proof.siblings[offset / 32] ^= bytes32(uint256(by)) << (8 * (offset % 32));
        }
        cheats.expectRevert(_notInDirectory());
        _open(proof);
    }

    function testFuzz_RevertWhen_TheNodeIsSaidToStandElsewhere(uint256 index, uint256 entry, uint256 size) external {
        Opening.Proof memory proof = _proof(0, 5);
        proof.index = fold(index, 0, 15);
        proof.entry = fold(entry, 0, 3);
        proof.size = fold(size, 9, 16);
        cheats.assume(proof.index != 5 || proof.entry != 2 || proof.size != Vectors.SIZE);
        cheats.expectRevert(_notInDirectory());
        _open(proof);
    }

    function test_RevertWhen_ThePathDoesNotFitTheTree() external {
        Opening.Proof memory proof = _proof(0, 5);
        proof.path = _slice(proof.path, 0, proof.path.length - 1);
        cheats.expectRevert(abi.encodeWithSelector(Opening.BrokenPath.selector, proof.path.length));
        _open(proof);
        proof.path = bytes.concat(_proof(0, 5).path, new bytes(STEP_BYTES));
        _expectNoSuchPath(proof);
        proof = _proof(0, 5);
        proof.index = 16;
        _expectNoSuchPath(proof);
        proof = _proof(HEIGHT, 0);
        proof.size = StreamTree.MAX_SIZE + 1;
        proof.path = new bytes(STEP_BYTES);
        _expectNoSuchPath(proof);
    }

    function test_RevertWhen_TheNodeIsOfAnotherLength() external {
        Opening.Proof memory proof = _proof(0, 5);
        for (uint256 i = 0; i < 4; ++i) {
            proof.node = new bytes([0, 31, 127, 129][i]);
            cheats.expectRevert(abi.encodeWithSelector(Opening.NotANode.selector, proof.node.length));
            _open(proof);
        }
    }

    function test_RevertWhen_NothingIsAnchored() external {
        IBatchLedger.Batch memory none;
        cheats.expectRevert(_notInDirectory());
        harness.open(_proof(0, 5), none, Vectors.STREAM_ID);
    }

    function testFuzz_CountsThePositionsBelowAPlace(uint256 size, uint256 level, uint256 index) external pure {
        size = fold(size, 0, 1 << 32);
        level = fold(level, 0, 32);
        index = fold(index, 0, (1 << (32 - level)) + 1);
        uint256 taken = Opening.occupancy(size, placeAt(level, index));
        uint256 first = index << level;
        uint256 end = (index + 1) << level;
        same(taken, size >= end ? 1 << level : size <= first ? 0 : size - first, "positions");
    }

    function test_KnowsNoHeightOfASizeThatNoTreeHas() external pure {
        same(Opening.heightOf(StreamTree.MAX_SIZE), 32, "the largest");
        same(Opening.heightOf(StreamTree.MAX_SIZE + 1), 0, "beyond");
        same(Opening.heightOf(type(uint256).max), 0, "far beyond");
        same(Opening.heightOf(0), 0, "none");
    }

    function _expectNoSuchPath(Opening.Proof memory proof) private {
        cheats.expectRevert(
            abi.encodeWithSelector(Opening.NoSuchPath.selector, proof.size, proof.index, proof.path.length)
        );
        _open(proof);
    }

    function _notInDirectory() private pure returns (bytes memory) {
        return abi.encodeWithSelector(IWindowVerifier.NotInDirectory.selector, Vectors.STREAM_ID, 1);
    }

    function _open(Opening.Proof memory proof) private view returns (StreamTree.Node memory) {
        IBatchLedger.Batch memory batch = IBatchLedger.Batch({
            directoryRoot: Vectors.DIRECTORY_ROOT,
            streamCount: 3,
            anchoredAt: 1
        });
        return harness.open(proof, batch, Vectors.STREAM_ID);
    }

    function _proof(uint256 level, uint256 index) private pure returns (Opening.Proof memory proof) {
        (proof.batch, proof.entry, proof.size, proof.index) = (1, 2, Vectors.SIZE, index);
        proof.siblings = new bytes32[](2);
        proof.siblings[1] = bytes32(_slice(Vectors.row(1), 0, 32));
        proof.node = _slice(Vectors.level(level), index * NODE_BYTES, 128);
        for (uint256 below = level; below < HEIGHT; ++below) {
            bytes memory row = Vectors.level(below);
            uint256 sibling = (index ^ 1) * NODE_BYTES;
            bytes memory digest = sibling < row.length ? _slice(row, sibling + 128, 32) : new bytes(32);
            index /= 2;
            proof.path = bytes.concat(proof.path, _slice(Vectors.level(below + 1), index * NODE_BYTES, 96), digest);
        }
    }

    function _slice(bytes memory raw, uint256 from, uint256 length) private pure returns (bytes memory part) {
        part = new bytes(length);
        for (uint256 i = 0; i < length; ++i) part[i] = raw[from + i];
    }
}
