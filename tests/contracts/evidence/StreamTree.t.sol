// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Frame, frameFrom} from "../../../contracts/evidence/Frame.sol";
import {Meta} from "../../../contracts/evidence/Meta.sol";
import {Metrics, NO_MAXS, NO_MINS} from "../../../contracts/evidence/Metrics.sol";
import {placeAt} from "../../../contracts/evidence/Place.sol";
import {StreamTree} from "../../../contracts/evidence/StreamTree.sol";
import {Spec} from "../Spec.sol";
import {Vectors} from "../Vectors.sol";

contract FrameHarness {
    function read(bytes calldata raw) external pure returns (uint16, uint16, uint48, uint48, bytes32) {
        Frame memory frame = frameFrom(raw);
        return (frame.schema(), frame.flags(), frame.seq(), frame.timeMs(), frame.inside());
    }
}

contract StreamTreeTest is Spec {
    using StreamTree for StreamTree.Node;

    uint256 private constant NODE_WORDS = 5;

    /// @notice Every node of the vectors is the one that its children make, from the leaves to the root.
    function test_JoinsTheTreeOfTheVectors() external pure {
        StreamTree.Node[] memory row = _level(0);
        for (uint256 i = 0; i < row.length; ++i) _checkSealed(row[i], 0, i);
        for (uint256 level = 1; level <= 4; ++level) {
            StreamTree.Node[] memory wanted = _level(level);
            same(wanted.length, (row.length + 1) / 2, "nodes of a level");
            for (uint256 i = 0; i < wanted.length; ++i) {
                StreamTree.Node memory right;
                if (2 * i + 1 < row.length) right = row[2 * i + 1];
                else right.setEmpty();
                row[2 * i].join(right, placeAt(level, i));
                _checkSame(row[2 * i], wanted[i]);
            }
            row = wanted;
        }
        same(row[0].digest, Vectors.ROOT, "root");
    }

    /// @notice The leaf of every reading follows from its frame.
    function test_ReadsTheFramesOfTheVectors() external {
        FrameHarness harness = new FrameHarness();
        StreamTree.Node[] memory leaves = _level(0);
        for (uint256 i = 0; i < Vectors.SIZE; ++i) {
            bytes memory raw = Vectors.frame(i);
            if (raw.length == 0) continue;
            (uint16 schema, uint16 flags, uint48 seq, uint48 timeMs, bytes32 inside) = harness.read(raw);
            same(schema, 1, "schema");
            same(seq, i, "seq");
            same(flags, leaves[i].meta.flags(), "flags");
            same(timeMs, leaves[i].meta.firstMs(), "time");
            same(inside, leaves[i].inside, "inside");
        }
    }

    function testFuzz_TakesTheLowestAndHighestOfEveryLane(uint256 a, uint256 b, uint8 equal) external pure {
        // Some lanes equal, which random words never are.
        for (uint256 i = 0; i < 8; ++i) {
            if ((equal >> i) & 1 == 0) continue;
            uint256 mask = uint256(type(uint32).max) << (32 * i);
            b = (b & ~mask) | (a & mask);
        }
        (Metrics x, Metrics y) = (Metrics.wrap(a), Metrics.wrap(b));
        (Metrics low, Metrics high) = (x.lowest(y), x.highest(y));
        for (uint256 slot = 0; slot < 8; ++slot) {
            (uint32 l, uint32 r) = (x.lane(slot), y.lane(slot));
            same(low.lane(slot), l < r ? l : r, "lowest");
            same(high.lane(slot), l > r ? l : r, "highest");
        }
    }

    function test_TakesTheLowestAndHighestAtTheEdges() external pure {
        uint32[6] memory edges = [0, 1, 0x7fffffff, 0x80000000, 0xfffffffe, type(uint32).max];
        for (uint256 i = 0; i < edges.length; ++i) {
            for (uint256 j = 0; j < edges.length; ++j) {
                Metrics x = Metrics.wrap(uint256(edges[i]) << 96);
                Metrics y = Metrics.wrap(uint256(edges[j]) << 96);
                same(x.lowest(y).lane(4), i < j ? edges[i] : edges[j], "lowest");
                same(x.highest(y).lane(4), i > j ? edges[i] : edges[j], "highest");
            }
        }
    }

    function testFuzz_LeavesAMetricAsItIsBesideNoReadings(uint256 a) external pure {
        Metrics x = Metrics.wrap(a);
        same(Metrics.unwrap(x.lowest(NO_MINS)), a, "identity of the lowest");
        same(Metrics.unwrap(x.highest(NO_MAXS)), a, "identity of the highest");
    }

    /// @notice Joining in any grouping gives the same: (a, b), c as a, (b, c).
    function testFuzz_JoinsAssociatively(uint32[3] memory seeds, uint8 holes, uint48 start, uint40[5] memory steps)
        external
        pure
    {
        Meta[3] memory parts;
        uint256 time = uint256(start) / 2;
        for (uint256 i = 0; i < 3; ++i) {
            uint256 firstMs = time + 1 + steps[i];
            uint256 lastMs = firstMs + (seeds[i] % 1000);
            bool isHole = (holes >> i) & 1 == 1;
            uint256 tail = (uint256(seeds[i] % 99) << 64) | (uint256(seeds[i] & 0xffff) << 48);
            parts[i] = isHole
                ? Meta.wrap(1 << 64)
                : Meta.wrap((firstMs << 208) | (lastMs << 160) | (uint256(seeds[i]) << 128) | (3 << 96) | tail);
            if (!isHole) time = lastMs;
        }
        Meta leftFirst = parts[0].join(parts[1]).join(parts[2]);
        Meta rightFirst = parts[0].join(parts[1].join(parts[2]));
        same(Meta.unwrap(leftFirst), Meta.unwrap(rightFirst), "grouping");
        isTrue(leftFirst.isCanonical(), "canonical");
    }

    function test_KnowsWhatIsNotCanonical() external pure {
        isTrue(Meta.wrap(7 << 64).isCanonical(), "holes");
        isFalse(Meta.wrap((7 << 64) | 1).isCanonical(), "padding");
        isFalse(Meta.wrap((7 << 64) | (1 << 48)).isCanonical(), "flags without readings");
        isFalse(Meta.wrap((7 << 64) | (1 << 128)).isCanonical(), "gap without readings");
        isFalse(Meta.wrap((7 << 64) | (1 << 208)).isCanonical(), "times without readings");
        isTrue(Meta.wrap((5 << 208) | (5 << 160) | (1 << 96)).isCanonical(), "one reading");
        isFalse(Meta.wrap((6 << 208) | (5 << 160) | (1 << 96)).isCanonical(), "backwards");
        isFalse(Meta.wrap((5 << 208) | (5 << 160) | (1 << 96) | (1 << 47)).isCanonical(), "padding of a reading");
    }

    function test_FindsTheLeastHeight() external pure {
        uint256[9] memory sizes = [uint256(1), 2, 3, 4, 5, 8, 9, (1 << 32) - 1, 1 << 32];
        uint256[9] memory heights = [uint256(0), 1, 2, 2, 3, 3, 4, 32, 32];
        for (uint256 i = 0; i < sizes.length; ++i) same(StreamTree.heightOf(sizes[i]), heights[i], "height");
    }

    function _checkSealed(StreamTree.Node memory node, uint256 level, uint256 index) private pure {
        bytes32 digest = node.digest;
        node.place = placeAt(level, index);
        node.seal();
        same(node.digest, digest, "digest");
    }

    function _checkSame(StreamTree.Node memory got, StreamTree.Node memory wanted) private pure {
        same(Meta.unwrap(got.meta), Meta.unwrap(wanted.meta), "meta");
        same(Metrics.unwrap(got.mins), Metrics.unwrap(wanted.mins), "mins");
        same(Metrics.unwrap(got.maxs), Metrics.unwrap(wanted.maxs), "maxs");
        same(got.inside, wanted.inside, "inside");
        same(got.digest, wanted.digest, "digest");
    }

    function _level(uint256 level) private pure returns (StreamTree.Node[] memory nodes) {
        bytes memory raw = Vectors.level(level);
        nodes = StreamTree.blanks(raw.length / (32 * NODE_WORDS), Vectors.STREAM_ID);
        for (uint256 i = 0; i < nodes.length; ++i) {
            uint256 word = NODE_WORDS * i;
            nodes[i].meta = Meta.wrap(_word(raw, word));
            nodes[i].mins = Metrics.wrap(_word(raw, word + 1));
            nodes[i].maxs = Metrics.wrap(_word(raw, word + 2));
            nodes[i].inside = bytes32(_word(raw, word + 3));
            nodes[i].digest = bytes32(_word(raw, word + 4));
        }
    }

    function _word(bytes memory raw, uint256 i) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(add(raw, 0x20), mul(i, 0x20)))
        }
    }
}
