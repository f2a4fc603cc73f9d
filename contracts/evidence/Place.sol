// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A place in a tree, in the form in which it is hashed (protocol §3): tag u8 | level u8 | index u240. A `Place` as
///         such carries the tag of a node.
type Place is uint256;

using {level, index, left, right, parent, isSame, asReading, asHole, asPair} for Place global;

uint256 constant NODE_TAG = 1;
uint256 constant READING_TAG = 2;
uint256 constant HOLE_TAG = 3;
uint256 constant PAIR_TAG = 4;

function placeAt(uint256 atLevel, uint256 atIndex) pure returns (Place) {
    return Place.wrap((NODE_TAG << 248) | (atLevel << 240) | atIndex);
}

function level(Place place) pure returns (uint256) {
    return uint8(Place.unwrap(place) >> 240);
}

function index(Place place) pure returns (uint256) {
    return uint240(Place.unwrap(place));
}

/// @notice Place of the left child. The caller has made sure that there is a level below.
function left(Place place) pure returns (Place) {
    unchecked {
        return Place.wrap(Place.unwrap(place) - (1 << 240) + uint240(Place.unwrap(place)));
    }
}

/// @notice Place of the right child, under the same condition.
function right(Place place) pure returns (Place) {
    unchecked {
        return Place.wrap(Place.unwrap(place) - (1 << 240) + uint240(Place.unwrap(place)) + 1);
    }
}

/// @notice Place of the node above. The caller has made sure that there is a level above.
function parent(Place place) pure returns (Place) {
    unchecked {
        uint256 above = (Place.unwrap(place) & ~uint256(type(uint240).max)) + (1 << 240);
        return Place.wrap(above | (uint240(Place.unwrap(place)) >> 1));
    }
}

function isSame(Place a, Place b) pure returns (bool) {
    return Place.unwrap(a) == Place.unwrap(b);
}

/// @notice The word that begins what hangs below a reading's leaf.
function asReading(Place place) pure returns (uint256) {
    return Place.unwrap(place) ^ ((NODE_TAG ^ READING_TAG) << 248);
}

/// @notice The word that begins what hangs below a hole's leaf.
function asHole(Place place) pure returns (uint256) {
    return Place.unwrap(place) ^ ((NODE_TAG ^ HOLE_TAG) << 248);
}

/// @notice The word that begins what hangs below an inner node.
function asPair(Place place) pure returns (uint256) {
    return Place.unwrap(place) ^ ((NODE_TAG ^ PAIR_TAG) << 248);
}
