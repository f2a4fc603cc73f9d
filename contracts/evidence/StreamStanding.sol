// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IStreamStanding} from "./IStreamStanding.sol";

/// @title Stream standing
/// @notice Which batches are void, for all streams or for one, and from when on a probe is suspect.
abstract contract StreamStanding is IStreamStanding {
    using SafeCast for uint256;

    /// @dev One word a stream. Batches 1 … `through` and `from` … `to` are void; `from` is above `through`, or zero where
    ///      there is no such range. Suspicion begins `suspectForMs` before the end of time, so that zero is none.
    struct Voids {
        uint64 through;
        uint64 from;
        uint64 to;
        uint48 suspectForMs;
    }

    mapping(bytes32 streamId => Voids) private _voids;
    mapping(uint256 batch => bool) private _isVoid;

    /// @inheritdoc IStreamStanding
    function isUsable(bytes32 streamId, uint256 batch) public view returns (bool) {
        Voids memory voids = _voids[streamId];
        bool inRange = batch >= voids.from && batch <= voids.to;
        return batch > voids.through && !inRange && !_isVoid[batch];
    }

    /// @inheritdoc IStreamStanding
    function suspectFromMs(bytes32 streamId) public view returns (uint48) {
        return type(uint48).max - _voids[streamId].suspectForMs;
    }

    /// @inheritdoc IStreamStanding
    function isVoid(uint256 batch) public view returns (bool) {
        return _isVoid[batch];
    }

    /// @dev Voids every batch up to `through` for the stream.
    function _voidThrough(bytes32 streamId, uint256 through) internal {
        Voids storage voids = _voids[streamId];
        // Later batches than this one there are not: the range lies below.
        (voids.through, voids.from, voids.to) = (through.toUint64(), 0, 0);
        emit StreamVoided(streamId, 1, through);
    }

    /// @dev Voids batches `from` … `to` for the stream; with an earlier range, everything from its beginning on.
    function _voidRange(bytes32 streamId, uint256 from, uint256 to) internal {
        Voids storage voids = _voids[streamId];
        if (voids.from > 0 && voids.from < from) from = voids.from;
        (voids.from, voids.to) = (from.toUint64(), to.toUint64());
        emit StreamVoided(streamId, from, to);
    }

    function _voidBatch(uint256 batch) internal {
        _isVoid[batch] = true;
        emit BatchVoided(batch);
    }

    function _suspect(bytes32 streamId, uint48 fromMs) internal {
        require(fromMs < suspectFromMs(streamId), AlreadySuspect(streamId, suspectFromMs(streamId)));

        _voids[streamId].suspectForMs = type(uint48).max - fromMs;
        emit StreamSuspected(streamId, fromMs);
    }
}
