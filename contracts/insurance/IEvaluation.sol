// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IClaims} from "./IClaims.sol";
import {Peril, Terms} from "./Terms.sol";
import {Trigger} from "./Trigger.sol";

/// @title Evaluation: from the windows of several probes to the tier that all of them meet
/// @notice Stateless. It believes the batch ledger, the registry of probes, raw windows and what challenges left.
interface IEvaluation {
    /// @param payoutBps rate of the highest tier that every probe meets
    /// @param late true where a probe's readings were anchored later than the terms allow
    /// @param suspect true where a probe contradicted itself by the end of the window
    /// @param batch the batch of the proofs; 0 where every probe was shown raw
    /// @param probes the probes shown, bit i for number i of the terms
    /// @param aggregateLeft what the policy's limit leaves beside everything that is reserved or paid
    /// @param afterRunOff true where the policy takes no claims any more
    /// @param readings how many readings of all probes together were seen in the window
    struct Result {
        uint16 payoutBps;
        bool late;
        bool suspect;
        uint32 batch;
        uint16 probes;
        uint32 readings;
        uint256 aggregateLeft;
        bool afterRunOff;
    }

    error Undecided(bytes reason);

    /// @notice The tier that the evidence meets over a window of a policy's cover. Reverts where it is no proof, or no insured
    ///         event.
    function evaluate(
        uint256 policy,
        Terms calldata terms,
        uint8 peril,
        uint48 fromMs,
        uint48 toMs,
        IClaims.Evidence[] calldata evidence
    ) external view returns (Result memory);

    /// @notice The same, with a rate of 0 where sound evidence is no insured event. Reverts where it is no proof.
    function assess(
        uint256 policy,
        Terms calldata terms,
        uint8 peril,
        uint48 fromMs,
        uint48 toMs,
        IClaims.Evidence[] calldata evidence
    ) external view returns (Result memory);

    /// @notice The rate that what was seen is worth; reverts with the reason where it is none.
    function decide(
        Peril calldata peril,
        uint16 allowedFlags,
        Trigger.Seen[] calldata seen
    ) external pure returns (uint16 payoutBps);

    /// @notice Whether what a claim rests on still stands.
    /// @return usable false where a stream is void in the batch
    /// @return suspect true where a probe contradicted itself by the end of the window
    function standing(
        uint256 policy,
        Terms calldata terms,
        IClaims.Basis calldata basis
    ) external view returns (bool usable, bool suspect);

    /// @notice Reverts unless these are the terms by which a window is judged that begins at `atMs`.
    function requireTerms(uint256 policy, Terms calldata terms, uint48 atMs) external view;
}
