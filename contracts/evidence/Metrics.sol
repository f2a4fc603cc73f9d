// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The eight metric slots of a record's second word, slot 0 in the highest 32 bits. A slot holds a value in
///         offset binary, so that it compares as an unsigned integer.
type Metrics is uint256;

using {lane, lowest, highest, absent, asMaxs, widen} for Metrics global;

/// @dev Identities of `lowest` and `highest`: what a node without readings carries.
Metrics constant NO_MINS = Metrics.wrap(type(uint256).max);
Metrics constant NO_MAXS = Metrics.wrap(0);

/// @dev The highest bit of each of the eight lanes.
uint256 constant TOPS = 0x8000000080000000800000008000000080000000800000008000000080000000;

/// @dev Moves bit 32·(7 − i) to bit 224 + i for each slot i: the sum of 2^(231 − 33·k) for k = 0 … 7.
uint256 constant GATHER = 0x8000000040000000200000001000000008000000040000000200000001;

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

/// @notice Bit i is set where slot i is 0, which says that it was not measured.
function absent(Metrics all) pure returns (uint256) {
    uint256 tops = _zeroTops(all);
    if (tops == 0) return 0;
    // One bit a slot, at distances of 32, is gathered by one multiplication: no two partial products meet.
    unchecked {
        return uint8(((tops >> 31) * GATHER) >> 224);
    }
}

/// @notice The same values, but all ones in each slot that was not measured: it proves nothing, so its range is everything.
function asMaxs(Metrics all) pure returns (Metrics) {
    uint256 tops = _zeroTops(all);
    if (tops == 0) return all;
    unchecked {
        return Metrics.wrap(Metrics.unwrap(all) | ((tops << 1) - (tops >> 31)));
    }
}

/// @notice `mins.lowest(values)` and `maxs.highest(values.asMaxs())`, at half the price: everything in one function.
function widen(Metrics values, Metrics mins, Metrics maxs) pure returns (Metrics, Metrics) {
    uint256 y = Metrics.unwrap(values);
    uint256 x = Metrics.unwrap(mins);
    unchecked {
        uint256 differ = x ^ y;
        uint256 tops = (x | TOPS) - (y & ~TOPS);
        tops = (tops ^ (differ & (tops ^ x))) & TOPS;
        x ^= differ & ((tops << 1) - (tops >> 31));

        tops = ~(((y & ~TOPS) + ~TOPS) | y) & TOPS;
        if (tops > 0) y |= (tops << 1) - (tops >> 31);
        uint256 z = Metrics.unwrap(maxs);
        differ = z ^ y;
        tops = (z | TOPS) - (y & ~TOPS);
        tops = (tops ^ (differ & (tops ^ z))) & TOPS;
        y ^= differ & ((tops << 1) - (tops >> 31));
    }
    return (Metrics.wrap(x), Metrics.wrap(y));
}

/// @dev The top bit of each lane that is 0. The sum carries into the top bit where any of the 31 bits below is set.
function _zeroTops(Metrics all) pure returns (uint256) {
    uint256 word = Metrics.unwrap(all);
    unchecked {
        return ~(((word & ~TOPS) + ~TOPS) | word) & TOPS;
    }
}
