// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDeviceRegistry} from "../identity/IDeviceRegistry.sol";
import {ReadingSignature} from "../identity/ReadingSignature.sol";
import {deskFrame, Frame, FRAME_BYTES} from "./Frame.sol";
import {IRawWindows} from "./IRawWindows.sol";
import {IWindowVerifier} from "./IWindowVerifier.sol";
import {RawScan} from "./RawScan.sol";

/// @title Windows proven from signed frames alone
/// @notice Believes nobody but the registry of the probes' keys.
contract RawWindows is IRawWindows {
    using RawScan for RawScan.Scan;

    /// @notice Frames in one part: more might not fit under a transaction's cap of 16,777,216 gas.
    uint256 public constant MOST_FRAMES = 1_000;

    /// @dev How far a probe's clock may be ahead (protocol §6, FromTheFuture).
    uint256 private constant FUTURE_TOLERANCE_MS = 300_000;

    /// @notice Where the probes' keys are.
    IDeviceRegistry public immutable REGISTRY;

    uint256 private _lastId;
    mapping(uint256 id => RawScan.Scan) private _scans;
    mapping(bytes32 segment => uint40) private _committedAt;

    constructor(IDeviceRegistry registry) {
        REGISTRY = registry;
        ReadingSignature.requirePrecompile();
    }

    /// @inheritdoc IRawWindows
    function commit(bytes32 segmentSha256) external {
        if (_committedAt[segmentSha256] > 0) return;
        _committedAt[segmentSha256] = uint40(block.timestamp);
        emit SegmentCommitted(segmentSha256, uint40(block.timestamp));
    }

    /// @inheritdoc IRawWindows
    function open(bytes32 streamId, uint48 fromMs, uint48 toMs) external returns (uint256 id) {
        require(fromMs <= toMs, IWindowVerifier.WindowBackwards(fromMs, toMs));
        // Reverts where there is no such probe.
        REGISTRY.device(streamId);

        id = ++_lastId;
        RawScan.Scan storage scan = _scans[id];
        (scan.streamId, scan.prover, scan.fromMs, scan.toMs) = (streamId, msg.sender, fromMs, toMs);
        emit RawWindowOpened(id, streamId, fromMs, toMs, msg.sender);
    }

    /// @inheritdoc IRawWindows
    function extend(uint256 id, bytes calldata frames) external {
        RawScan.Scan memory scan = _scans[id];
        require(msg.sender == scan.prover, NotTheProver(id, msg.sender));
        require(scan.phase != RawScan.Phase.Complete, AlreadyComplete(id));
        uint256 howMany = frames.length / FRAME_BYTES;
        require(
            howMany > 0 && howMany <= MOST_FRAMES && howMany * FRAME_BYTES == frames.length,
            ImpossiblePart(frames.length)
        );

        uint256 taken = _take(scan, frames);
        _scans[id] = scan;
        emit RawWindowExtended(id, taken, scan.phase == RawScan.Phase.Complete);
    }

    /// @inheritdoc IRawWindows
    function committedAt(bytes32 segmentSha256) external view returns (uint40) {
        return _committedAt[segmentSha256];
    }

    /// @inheritdoc IRawWindows
    function rawWindow(uint256 id) external view returns (RawWindow memory) {
        RawScan.Scan storage scan = _scans[id];
        bool complete = scan.phase == RawScan.Phase.Complete;
        return RawWindow({streamId: scan.streamId, fromMs: scan.fromMs, toMs: scan.toMs, complete: complete});
    }

    /// @inheritdoc IRawWindows
    function cursor(uint256 id) external view returns (Cursor memory) {
        RawScan.Scan storage scan = _scans[id];
        return Cursor({prover: scan.prover, frames: scan.frames, nextSeq: scan.nextSeq});
    }

    /// @inheritdoc IRawWindows
    function window(uint256 id) external view returns (IWindowVerifier.Window memory) {
        RawScan.Scan memory scan = _scans[id];
        require(scan.phase == RawScan.Phase.Complete, NotComplete(id));
        return scan.report();
    }

    /// @notice Takes the frames of a part until the window is whole, and notes when the part was committed.
    /// @return taken how many that were
    function _take(RawScan.Scan memory scan, bytes calldata frames) private view returns (uint256 taken) {
        uint40 committed = _committedAt[sha256(frames)];
        uint40 anchoredAt = committed == 0 ? type(uint40).max : committed;
        if (anchoredAt > scan.anchoredAt) scan.anchoredAt = anchoredAt;

        // A record cannot be younger than the commitment to it.
        uint256 knownAt = committed == 0 ? block.timestamp : committed;
        IDeviceRegistry.Device memory device = REGISTRY.device(scan.streamId);
        RawScan.Source memory source = RawScan.Source({
            device: uint64(bytes8(sha256(abi.encode(device.x, device.y)))),
            latestMs: knownAt * 1000 + FUTURE_TOLERANCE_MS
        });
        Frame memory frame = deskFrame(device.x, device.y);
        unchecked {
            for (uint256 i = 0; i < frames.length; i += FRAME_BYTES) {
                frame.load(frames, i);
                ++taken;
                if (scan.take(frame, source)) break;
            }
            scan.frames += uint32(taken);
        }
    }
}
