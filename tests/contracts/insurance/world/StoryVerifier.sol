// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBatchLedger} from "../../../../contracts/evidence/IBatchLedger.sol";
import {IWindowVerifier} from "../../../../contracts/evidence/IWindowVerifier.sol";
import {Lie, Story} from "./Story.sol";

/// @notice Double of the window verifier: believes the story instead of a walk, and an operator's lie about a stream in a
///         batch instead of the story. What it says of one stream, window and batch never changes.
contract StoryVerifier is IWindowVerifier {
    Story private immutable STORY;
    IBatchLedger private immutable LEDGER;

    mapping(uint256 batch => mapping(bytes32 streamId => Lie)) public lieOf;

    constructor(Story story, IBatchLedger ledger) {
        (STORY, LEDGER) = (story, ledger);
    }

    function lie(uint256 batch, bytes32 streamId, Lie told) external {
        lieOf[batch][streamId] = told;
    }

    /// @inheritdoc IWindowVerifier
    function verify(
        bytes32 streamId,
        uint48 fromMs,
        uint48 toMs,
        WindowProof calldata proof
    ) external view returns (Window memory window) {
        uint40 anchoredAt = LEDGER.batch(proof.batch).anchoredAt;
        require(anchoredAt > 0, UnknownBatch(proof.batch));
        window = STORY.window(streamId, fromMs, toMs, lieOf[proof.batch][streamId]);
        require(window.lastMs + STORY.STEP_MS() <= uint256(anchoredAt) * 1000, NoReadingAfter());
        window.anchoredAt = anchoredAt;
    }
}
