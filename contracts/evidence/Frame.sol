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

using {schema, flags, seq, timeMs, inside, isSignedBy} for Frame global;

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

function seq(Frame memory frame) pure returns (uint48) {
    return uint48(frame.w0 >> 80);
}

function timeMs(Frame memory frame) pure returns (uint48) {
    return uint48(frame.w0 >> 32);
}

/// @notice What hangs below the leaf that holds this frame.
function inside(Frame memory frame) pure returns (bytes32) {
    return
        StreamTree.readingInside(
            frame.seq(),
            frame.w0,
            Metrics.unwrap(frame.values),
            frame.w2,
            frame.r,
            frame.s
        );
}

function isSignedBy(Frame memory frame, uint256 x, uint256 y) view returns (bool) {
    bytes32 hash = ReadingSignature.recordHash(frame.w0, Metrics.unwrap(frame.values), frame.w2);
    return ReadingSignature.verifies(hash, uint256(frame.r), uint256(frame.s), x, y);
}
