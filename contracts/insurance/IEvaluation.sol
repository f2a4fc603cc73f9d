// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IClaims} from "./IClaims.sol";
import {Terms} from "./Terms.sol";

/// @title Evaluation: from the windows of several probes to the tier that all of them meet
/// @notice Stateless. It believes the batch ledger, the registry of probes, raw windows and what challenges left.
interface IEvaluation {
    /// @param coverFromMs when cover began
    struct Span {
        uint48 fromMs;
        uint48 toMs;
        uint48 coverFromMs;
    }

    /// @param payoutBps rate of the highest tier that every probe meets
    /// @param late true where a probe's readings were anchored later than the terms allow
    /// @param suspect true where a probe contradicted itself by the end of the window
    /// @param batch the batch of the proofs; 0 where every probe was shown raw
    /// @param probes the probes shown, bit i for number i of the terms
    /// @param onBatch those of them that were shown from the batch
    /// @param shown how many holes were shown
    struct Result {
        uint16 payoutBps;
        bool late;
        bool suspect;
        uint32 batch;
        uint16 probes;
        uint16 onBatch;
        uint8 shown;
    }

    /// @notice The tier that the evidence meets. Reverts where it proves nothing (IWindowVerifier's and IClaims' errors),
    ///         or no insured event, which `isVerdict` tells apart.
    function evaluate(
        Terms calldata terms,
        uint8 peril,
        Span calldata span,
        IClaims.Evidence[] calldata evidence
    ) external view returns (Result memory);

    /// @notice Whether what a claim rests on still stands.
    /// @return usable false where a stream is void in the batch
    /// @return suspect true where a probe contradicted itself by `toMs`
    function standing(
        bytes32[] calldata probes,
        IClaims.Basis calldata basis
    ) external view returns (bool usable, bool suspect);

    /// @notice True for the errors that say: sound evidence, and not the insured event.
    function isVerdict(bytes4 selector) external pure returns (bool);
}
