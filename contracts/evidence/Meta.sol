// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Aggregate of a node but for its values, in one word (protocol §3):
///
///         255      208 207     160 159    128 127   96 95     64 63   48 47     0
///         | firstTime | lastTime | maxGap   | count  | missing  | flags | zeros |
///         |    u48    |    u48   |  u32     |  u32   |   u32    |  u16  |       |
///
///         Times and gap in milliseconds; gap saturating. A node without readings has count, times, gap and flags 0.
type Meta is uint256;

uint256 constant FIRST = uint256(type(uint48).max) << 208;
uint256 constant LAST = uint256(type(uint48).max) << 160;
uint256 constant COUNT = uint256(type(uint32).max) << 96;
uint256 constant MISSING = uint256(type(uint32).max) << 64;
uint256 constant FLAGS = uint256(type(uint16).max) << 48;
uint256 constant PADDING = type(uint48).max;

using {firstMs, lastMs, maxGapMs, count, missing, flags, isCanonical, join} for Meta global;

function firstMs(Meta meta) pure returns (uint48) {
    return uint48(Meta.unwrap(meta) >> 208);
}

function lastMs(Meta meta) pure returns (uint48) {
    return uint48(Meta.unwrap(meta) >> 160);
}

function maxGapMs(Meta meta) pure returns (uint32) {
    return uint32(Meta.unwrap(meta) >> 128);
}

function count(Meta meta) pure returns (uint32) {
    return uint32(Meta.unwrap(meta) >> 96);
}

function missing(Meta meta) pure returns (uint32) {
    return uint32(Meta.unwrap(meta) >> 64);
}

function flags(Meta meta) pure returns (uint16) {
    return uint16(Meta.unwrap(meta) >> 48);
}

/// @notice False where the padding is not zero, times run backwards, or a node without readings claims something of them.
function isCanonical(Meta meta) pure returns (bool) {
    uint256 word = Meta.unwrap(meta);
    if (word & COUNT == 0) return word & ~MISSING == 0;
    return word & PADDING == 0 && word >> 208 <= uint48(word >> 160);
}

/// @notice Meta of a pair. The caller has made sure that `right` begins after `left` ends where both have readings.
/// @dev Sums could only carry in the root of a stream of 2³² readings, or of as many holes: no tree has such a root.
function join(Meta left, Meta right) pure returns (Meta) {
    (uint256 a, uint256 b) = (Meta.unwrap(left), Meta.unwrap(right));
    unchecked {
        uint256 sums = (a & (COUNT | MISSING)) + (b & (COUNT | MISSING));
        // A side without readings has zeros for its times, its gap and its flags.
        if (a & COUNT == 0 || b & COUNT == 0) return Meta.wrap(((a | b) & ~(COUNT | MISSING)) | sums);
        uint256 gap = gapMs(uint48(a >> 160), uint48(b >> 208));
        if (uint32(a >> 128) > gap) gap = uint32(a >> 128);
        if (uint32(b >> 128) > gap) gap = uint32(b >> 128);
        return Meta.wrap((a & FIRST) | (b & LAST) | (gap << 128) | sums | ((a | b) & FLAGS));
    }
}

/// @notice Time from one reading to a later one, saturating at 2³² − 1 ms.
function gapMs(uint256 earlier, uint256 later) pure returns (uint256 gap) {
    unchecked {
        gap = later - earlier;
    }
    if (gap > type(uint32).max) gap = type(uint32).max;
}
