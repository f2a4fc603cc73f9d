// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Meta} from "../../../contracts/evidence/Meta.sol";
import {Spec} from "../Spec.sol";

contract MetaTest is Spec {
    function testFuzz_APairHasTheFlagsOfBothSides(uint16 left, uint16 right) external pure {
        Meta joined = _reading(5, left).join(_reading(9, right));
        same(joined.flags(), left | right, "flags");
    }

    function testFuzz_APairHasTheLongestGapOfBothSidesAndBetween(uint32 left, uint32 right, uint32 between) external pure {
        Meta a = Meta.wrap(Meta.unwrap(_reading(5, 0)) | (uint256(left) << 128));
        Meta b = Meta.wrap(Meta.unwrap(_reading(5 + uint48(between), 0)) | (uint256(right) << 128));
        uint256 longest = left > right ? left : right;
        if (between > longest) longest = between;
        same(a.join(b).maxGapMs(), longest, "gap");
    }

    function _reading(uint48 timeMs, uint16 flags) private pure returns (Meta) {
        return Meta.wrap((uint256(timeMs) << 208) | (uint256(timeMs) << 160) | (1 << 96) | (uint256(flags) << 48));
    }
}
