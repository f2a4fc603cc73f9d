// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Frame} from "../../../../contracts/evidence/Frame.sol";
import {IWindowVerifier} from "../../../../contracts/evidence/IWindowVerifier.sol";
import {Metrics} from "../../../../contracts/evidence/Metrics.sol";
import {ReadingSignature} from "../../../../contracts/identity/ReadingSignature.sol";
import {Spec} from "../../Spec.sol";

/// @notice What an operator makes of a stream in a batch.
enum Lie {
    None,
    Breach, // every reading is beyond every threshold
    Calm, // none is
    Fewer // every second reading is missing
}

/// @notice What really happened: a reading every ten minutes of every probe, good but for the bad nights of its pond, when
///         both metrics (slots 0 and 1) are beyond every threshold. Windows of it are what proofs would say, and the
///         reading before a window is a frame that its probe signed.
contract Story is Spec {
    /// @param committed the farmer put his frames' hashes on the ledger in time
    struct Night {
        uint48 fromMs;
        uint48 toMs;
        bool committed;
    }

    uint48 public constant STEP_MS = 600_000;
    uint32 private constant ZERO = 1 << 31;
    uint32 public constant OXYGEN_LEVEL = ZERO + 2000;
    uint32 public constant HEAT_LEVEL = ZERO + 35_000;

    mapping(bytes32 streamId => bytes32) public pondOf;
    mapping(bytes32 streamId => uint256) private _keyOf;
    mapping(bytes32 streamId => bytes8) private _deviceOf;
    mapping(bytes32 pond => Night[]) private _nights;

    function hang(bytes32 streamId, uint256 key, bytes32 pond) external {
        (pondOf[streamId], _keyOf[streamId]) = (pond, key);
        (uint256 x, uint256 y) = cheats.publicKeyP256(key);
        _deviceOf[streamId] = bytes8(sha256(abi.encode(x, y)));
    }

    /// @notice From `fromMs` to `toMs`, both on the grid of readings and after whatever was told before.
    function tell(bytes32 pond, uint48 fromMs, uint48 toMs, bool committed) external {
        _nights[pond].push(Night(fromMs, toMs, committed));
    }

    function nights(bytes32 pond) external view returns (uint256) {
        return _nights[pond].length;
    }

    function night(bytes32 pond, uint256 i) external view returns (Night memory) {
        return _nights[pond][i];
    }

    /// @notice True where the readings of the window were committed to in time.
    function isCommitted(bytes32 streamId, uint48 fromMs, uint48 toMs) external view returns (bool) {
        Night[] storage bad = _nights[pondOf[streamId]];
        for (uint256 i = bad.length; i > 0; --i) {
            Night memory one = bad[i - 1];
            if (fromMs >= one.fromMs && toMs <= one.toMs) return one.committed;
        }
        return false;
    }

    /// @notice The reading of a moment on the grid, signed by its probe.
    function reading(bytes32 streamId, uint48 atMs) public view returns (Frame memory frame) {
        uint256 seq = atMs / STEP_MS;
        frame.w0 = (1 << 240) | (uint256(uint64(_deviceOf[streamId])) << 160) | (seq << 80) | (uint256(atMs) << 32);
        (frame.values, ) = _range(pondOf[streamId], atMs, atMs);
        (bytes32 r, bytes32 s) = cheats.signP256(_keyOf[streamId], frame.recordHash());
        (frame.r, frame.s) = (r, bytes32(ReadingSignature.lowS(uint256(s))));
    }

    function window(
        bytes32 streamId,
        uint48 fromMs,
        uint48 toMs,
        Lie lie
    ) external view returns (IWindowVerifier.Window memory shown) {
        require(fromMs <= toMs, IWindowVerifier.WindowBackwards(fromMs, toMs));
        shown.firstMs = ((fromMs + STEP_MS - 1) / STEP_MS) * STEP_MS;
        shown.lastMs = (toMs / STEP_MS) * STEP_MS;
        require(shown.firstMs <= shown.lastMs, IWindowVerifier.NoReadingInside());
        (shown.count, shown.maxGapMs) = (uint32((shown.lastMs - shown.firstMs) / STEP_MS + 1), uint32(STEP_MS));
        if (lie == Lie.Fewer) _thinOut(shown);
        (Metrics mins, Metrics maxs) = _range(pondOf[streamId], shown.firstMs, shown.lastMs);
        if (lie == Lie.Breach) (mins, maxs) = (_values(true, true), _values(true, true));
        if (lie == Lie.Calm) (mins, maxs) = (_values(false, false), _values(false, false));
        (shown.mins, shown.maxs) = (Metrics.unwrap(mins), Metrics.unwrap(maxs));
        Frame memory before = reading(streamId, shown.firstMs - STEP_MS);
        shown.before = IWindowVerifier.Neighbour(0, uint64(before.seq()), before.inside());
    }

    function _thinOut(IWindowVerifier.Window memory shown) private pure {
        if (shown.count < 3) return;
        shown.missing = (shown.count - 1) / 2;
        shown.count -= shown.missing;
        shown.maxGapMs *= 2;
    }

    /// @dev Every reading is one of two kinds, so bounds follow from whether there is one of each.
    function _range(bytes32 pond, uint48 firstMs, uint48 lastMs) private view returns (Metrics mins, Metrics maxs) {
        uint256 bad = 0;
        Night[] storage told = _nights[pond];
        for (uint256 i = 0; i < told.length; ++i) {
            uint48 from = told[i].fromMs > firstMs ? told[i].fromMs : firstMs;
            uint48 to = told[i].toMs < lastMs ? told[i].toMs : lastMs;
            if (from <= to) bad += (to - from) / STEP_MS + 1;
        }
        uint256 good = (lastMs - firstMs) / STEP_MS + 1 - bad;
        return (_values(bad > 0, good == 0), _values(good == 0, bad > 0));
    }

    /// @dev Oxygen falls in a breach, heat rises.
    function _values(bool lowOxygen, bool heat) private pure returns (Metrics) {
        uint256 oxygen = lowOxygen ? OXYGEN_LEVEL - 1 : OXYGEN_LEVEL;
        uint256 temperature = heat ? HEAT_LEVEL + 1 : HEAT_LEVEL;
        return Metrics.wrap((oxygen << 224) | (temperature << 192) | (type(uint192).max >> 1));
    }
}
