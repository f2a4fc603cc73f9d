// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The eight metric slots of a record's second word, slot 0 in the highest 32 bits. A slot holds a value in
///         offset binary, so that it compares as an unsigned integer.
type Metrics is uint256;

using {lane, lowest, highest} for Metrics global;

/// @dev Identities of `lowest` and `highest`: what a node without readings carries.
Metrics constant NO_MINS = Metrics.wrap(type(uint256).max);
Metrics constant NO_MAXS = Metrics.wrap(0);

/// @dev The highest bit of each of the eight lanes.
uint256 constant TOPS = 0x8000000080000000800000008000000080000000800000008000000080000000;

/// @notice Value of one slot, 0 … 7.
function lane(Metrics all, uint256 slot) pure returns (uint32) {
    return uint32(Metrics.unwrap(all) >> (224 - 32 * slot));
}

/// @notice The smaller value of each slot.
function lowest(Metrics a, Metrics b) pure returns (Metrics) {
    (uint256 x, uint256 y) = (Metrics.unwrap(a), Metrics.unwrap(b));
    uint256 differ = x ^ y;
    return Metrics.wrap(x ^ (differ & _notBelow(x, y, differ)));
}

/// @notice The greater value of each slot.
function highest(Metrics a, Metrics b) pure returns (Metrics) {
    (uint256 x, uint256 y) = (Metrics.unwrap(a), Metrics.unwrap(b));
    uint256 differ = x ^ y;
    return Metrics.wrap(y ^ (differ & _notBelow(x, y, differ)));
}

/// @dev All ones in each lane where x ≥ y; `differ` is x ^ y. One subtraction serves all lanes: with the top bit set in x
///      and cleared in y, no lane borrows from its neighbour, and what is left of the top bit compares the 31 bits below.
///      Where the top bits differ, x's own decides.
function _notBelow(uint256 x, uint256 y, uint256 differ) pure returns (uint256) {
    unchecked {
        uint256 rest = (x | TOPS) - (y & ~TOPS);
        uint256 tops = (rest ^ (differ & (rest ^ x))) & TOPS;
        return (tops << 1) - (tops >> 31);
    }
}
