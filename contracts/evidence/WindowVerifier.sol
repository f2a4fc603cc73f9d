// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Directory} from "./Directory.sol";
import {IBatchLedger} from "./IBatchLedger.sol";
import {IWindowVerifier} from "./IWindowVerifier.sol";
import {StreamTree} from "./StreamTree.sol";
import {WindowWalk} from "./WindowWalk.sol";

/// @title Window proofs, checked against anchored batches
/// @notice Stateless: it believes nothing but the batch ledger it was deployed with.
contract WindowVerifier is IWindowVerifier {
    /// @notice Where batches are anchored.
    IBatchLedger public immutable LEDGER;

    constructor(IBatchLedger ledger) {
        LEDGER = ledger;
    }

    /// @inheritdoc IWindowVerifier
    function verify(
        bytes32 streamId,
        uint48 fromMs,
        uint48 toMs,
        WindowProof calldata proof
    ) external view returns (Window memory window) {
        require(fromMs <= toMs, WindowBackwards(fromMs, toMs));
        require(proof.size > 0 && proof.size <= StreamTree.MAX_SIZE, ImpossibleSize(proof.size));
        IBatchLedger.Batch memory batch = LEDGER.batch(proof.batch);
        require(batch.anchoredAt > 0, UnknownBatch(proof.batch));

        bytes32 root = WindowWalk.follow(streamId, proof.size, fromMs, toMs, proof.walk, window);
        window.anchoredAt = batch.anchoredAt;
        require(_isAnchored(batch, streamId, root, proof), NotInDirectory(streamId, proof.batch));
    }

    function _isAnchored(
        IBatchLedger.Batch memory batch,
        bytes32 streamId,
        bytes32 root,
        WindowProof calldata proof
    ) private pure returns (bool) {
        return
            Directory.contains(
                batch.directoryRoot,
                batch.streamCount,
                streamId,
                proof.size,
                root,
                proof.index,
                proof.siblings
            );
    }
}
