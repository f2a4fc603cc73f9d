// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReadingSignature} from "../identity/ReadingSignature.sol";
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

using {schema, flags, device, seq, timeMs, inside, insideAt, recordHash, isSignedBy} for Frame global;

uint256 constant FRAME_BYTES = 160;

/// @notice The frame in exactly `FRAME_BYTES` bytes.
function frameFrom(bytes calldata raw) pure returns (Frame memory) {
    return abi.decode(raw, (Frame));
}

function schema(Frame memory frame) pure returns (uint16) {
    return uint16(frame.w0 >> 240);
}

function flags(Frame memory frame) pure returns (uint16) {
    return uint16(frame.w0 >> 224);
}

function device(Frame memory frame) pure returns (bytes8) {
    return bytes8(uint64(frame.w0 >> 160));
}

function seq(Frame memory frame) pure returns (uint48) {
    return uint48(frame.w0 >> 80);
}

function timeMs(Frame memory frame) pure returns (uint48) {
    return uint48(frame.w0 >> 32);
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
