// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Directory} from "../../../contracts/evidence/Directory.sol";
import {Spec} from "../Spec.sol";
import {Vectors} from "../Vectors.sol";

contract DirectoryHarness {
    function contains(
        bytes32 root,
        uint256 streamCount,
        bytes32[3] calldata entry,
        uint256 index,
        bytes32[] calldata siblings
    ) external pure returns (bool) {
        return Directory.contains(root, streamCount, entry[0], uint256(entry[1]), entry[2], index, siblings);
    }
}

contract DirectoryTest is Spec {
    uint256 private constant STREAMS = 3;

    DirectoryHarness private harness = new DirectoryHarness();

    function test_FindsEveryEntryOfTheVectors() external view {
        for (uint256 i = 0; i < STREAMS; ++i) {
            isTrue(_contains(i, i, _siblings(i)), "an entry at its place");
        }
    }

    function test_FindsTheOnlyEntry() external view {
        bytes32[3] memory entry = [Vectors.STREAM_ID, bytes32(uint256(1)), Vectors.SINGLE_LEAF];
        bytes32[] memory none = new bytes32[](0);
        isTrue(harness.contains(Vectors.SINGLE_DIRECTORY_ROOT, 1, entry, 0, none), "alone");
        isFalse(harness.contains(Vectors.SINGLE_DIRECTORY_ROOT, 1, entry, 1, none), "beyond the count");
        isFalse(harness.contains(Vectors.SINGLE_DIRECTORY_ROOT, 2, entry, 0, none), "too short a path");
    }

    function testFuzz_FindsNothingElsewhere(uint256 which, uint256 place, uint256 depth) external view {
        uint256 i = fold(which, 0, STREAMS - 1);
        uint256 index = fold(place, 0, 7);
        bytes32[] memory siblings = _siblings(i);
        uint256 length = fold(depth, 0, siblings.length);
        assembly ("memory-safe") {
            mstore(siblings, length)
        }
        bool honest = index == i && length == 2;
        same(_contains(i, index, siblings) ? 1 : 0, honest ? 1 : 0, "found");
    }

    /// @notice A root of zero contains nothing, whatever path is claimed.
    function testFuzz_FindsNothingUnderNoRoot(bytes32 stream, bytes32 root, uint256 count, uint256 index) external view {
        bytes32[3] memory entry = [stream, bytes32(uint256(1)), root];
        isFalse(harness.contains(bytes32(0), fold(count, 0, 4), entry, index, new bytes32[](0)), "nothing");
    }

    function _contains(uint256 entry, uint256 index, bytes32[] memory siblings) private view returns (bool) {
        bytes32[3] memory words = abi.decode(Vectors.entry(entry), (bytes32[3]));
        return harness.contains(Vectors.DIRECTORY_ROOT, STREAMS, words, index, siblings);
    }

    function _siblings(uint256 index) private pure returns (bytes32[] memory siblings) {
        siblings = new bytes32[](2);
        for (uint256 level = 0; level < siblings.length; ++level) {
            bytes memory row = Vectors.row(level);
            uint256 sibling = (index >> level) ^ 1;
            if (sibling * 32 < row.length) siblings[level] = _word(row, sibling);
        }
    }

    function _word(bytes memory raw, uint256 i) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := mload(add(add(raw, 0x20), mul(i, 0x20)))
        }
    }
}
