// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// Assembly here: a thousand frames a transaction go through the memory of one.
// solhint-disable no-inline-assembly

import {ReadingSignature} from "../identity/ReadingSignature.sol";
import {Meta} from "./Meta.sol";
import {Metrics} from "./Metrics.sol";
import {StreamTree} from "./StreamTree.sol";

/// @notice A signed record as it lies in segments and proofs: 160 bytes, the signature in its low form (protocol §1, §2).
///
///         w0: schema u16 | flags u16 | device u64 | beacon u32 | seq u48 | time u48 | calibration u32
struct Frame {
    uint256 w0;
    Metrics values;
    uint256 w2;
    bytes32 r;
    bytes32 s;
}

using {
    load,
    verified,
    schema,
    flags,
    device,
    seq,
    timeMs,
    heading,
    isWellFormed,
    leafMeta,
    recordHash,
    inside,
    insideAt,
    isSignedBy
} for Frame global;

uint256 constant FRAME_BYTES = 160;

/// @dev The schema whose slots and flags these contracts know.
uint256 constant SCHEMA = 1;

/// @dev Bits 0 to 4; bits 5 to 7 mean nothing and are zero.
uint256 constant STATE_FLAGS = 0x1f;

/// @notice The frame in exactly `FRAME_BYTES` bytes.
function frameFrom(bytes calldata raw) pure returns (Frame memory) {
    return abi.decode(raw, (Frame));
}

/// @notice Memory for one frame after the other of the probe with the key (x, y).
function deskFrame(uint256 x, uint256 y) pure returns (Frame memory frame) {
    uint256 place = ReadingSignature.desk(x, y);
    assembly ("memory-safe") {
        frame := place
    }
}

/// @notice Puts the frame at a place of `frames` on its desk. The caller has made sure that all of it is there.
function load(Frame memory desk, bytes calldata frames, uint256 offset) pure {
    assembly ("memory-safe") {
        calldatacopy(desk, add(frames.offset, offset), FRAME_BYTES)
    }
}

/// @notice For a frame on its desk: what its probe signs, and whether it did.
function verified(Frame memory desk) view returns (bytes32 hash, bool valid) {
    uint256 place;
    assembly ("memory-safe") {
        place := desk
    }
    return ReadingSignature.verifiesOn(place);
}

function schema(Frame memory frame) pure returns (uint16) {
    return uint16(frame.w0 >> 240);
}

function flags(Frame memory frame) pure returns (uint16) {
    return uint16(frame.w0 >> 224);
}

/// @notice First 8 bytes of the SHA-256 of the key that the record claims to be of.
function device(Frame memory frame) pure returns (bytes8) {
    return bytes8(uint64(frame.w0 >> 160));
}

function seq(Frame memory frame) pure returns (uint48) {
    return uint48(frame.w0 >> 80);
}

function timeMs(Frame memory frame) pure returns (uint48) {
    return uint48(frame.w0 >> 32);
}

/// @notice Number, time in ms, and device at once.
function heading(Frame memory frame) pure returns (uint256, uint256, uint256) {
    uint256 w0 = frame.w0;
    return (uint48(w0 >> 80), uint48(w0 >> 32), uint64(w0 >> 160));
}

/// @notice False for another schema, undefined flags, or a slot that contradicts its flag (protocol §1).
function isWellFormed(Frame memory frame) pure returns (bool) {
    // Of schema and flags only the five flags of the probe's state are free: the upper ones follow from the slots.
    return (frame.w0 >> 224) & ~STATE_FLAGS == (SCHEMA << 16) | (frame.values.absent() << 8);
}

/// @notice Meta of the leaf that holds this frame; its least values are `values`, its greatest `values.asMaxs()`.
function leafMeta(Frame memory frame) pure returns (Meta) {
    uint256 time = frame.timeMs();
    return Meta.wrap((time << 208) | (time << 160) | (1 << 96) | (uint256(frame.flags()) << 48));
}

/// @notice What hangs below the leaf that holds this frame at the position that the frame itself names.
function inside(Frame memory frame) pure returns (bytes32) {
    return frame.insideAt(frame.seq());
}

/// @notice What hangs below the leaf at position `index` that holds this frame.
function insideAt(Frame memory frame, uint256 index) pure returns (bytes32) {
    return
        StreamTree.readingInside(
            index,
            frame.w0,
            Metrics.unwrap(frame.values),
            frame.w2,
            frame.r,
            frame.s
        );
}

/// @notice Hash of the signed bytes: what the signature is over, and what the next record's `prev` must be.
function recordHash(Frame memory frame) pure returns (bytes32) {
    return ReadingSignature.recordHash(frame.w0, Metrics.unwrap(frame.values), frame.w2);
}

function isSignedBy(Frame memory frame, uint256 x, uint256 y) view returns (bool) {
    return ReadingSignature.verifies(frame.recordHash(), uint256(frame.r), uint256(frame.s), x, y);
}
