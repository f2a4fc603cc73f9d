// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Frame, FRAME_BYTES, frameFrom} from "../evidence/Frame.sol";
import {IWindowVerifier} from "../evidence/IWindowVerifier.sol";
import {IDeviceRegistry} from "../identity/IDeviceRegistry.sol";
import {ReadingSignature} from "../identity/ReadingSignature.sol";
import {IClaims} from "./IClaims.sol";
import {Peril, Source, Terms} from "./Terms.sol";
import {Trigger} from "./Trigger.sol";

/// @title Evaluation
/// @notice From the windows of several probes to the tier that all of them meet.
abstract contract Evaluation {
    /// @param coverFromMs when cover began
    struct Span {
        uint48 fromMs;
        uint48 toMs;
        uint48 coverFromMs;
    }

    /// @notice Where probes are registered and bound to ponds.
    IDeviceRegistry public immutable REGISTRY;
    /// @notice Who checks window proofs.
    IWindowVerifier public immutable VERIFIER;

    constructor(IDeviceRegistry registry, IWindowVerifier verifier) {
        REGISTRY = registry;
        VERIFIER = verifier;
        ReadingSignature.requirePrecompile();
    }

    /// @dev The highest tier that every probe shown meets. Reverts where there is none, or where no probe shows that the
    ///      event began inside the cover.
    function _evaluate(
        Terms calldata terms,
        uint8 perilIndex,
        Span memory span,
        IClaims.Evidence[] calldata evidence
    ) internal view returns (uint16 payoutBps) {
        Peril calldata peril = terms.perils[perilIndex];
        require(peril.source == Source.Stream, IClaims.NotFromAStream(perilIndex));
        require(evidence.length >= terms.minSensors, IClaims.TooFewSensors(evidence.length, terms.minSensors));

        uint256 met = type(uint256).max;
        uint256 notBegun = 0;
        for (uint256 i = 0; i < evidence.length; ++i) {
            if (i > 0) require(evidence[i].probe > evidence[i - 1].probe, IClaims.ProbesNotAscending(evidence[i].probe));
            (uint256 metHere, uint256 notBegunHere) = _evaluateProbe(terms, peril, span, evidence[i]);
            met &= metHere;
            notBegun |= notBegunHere;
        }
        require(met != 0, IClaims.NoTierMet());
        uint256 tier = peril.tiers.length - 1;
        while ((met >> tier) & 1 == 0) --tier;
        require((notBegun >> tier) & 1 == 1, IClaims.EventMustBeginInsideCover());
        return peril.tiers[tier].payoutBps;
    }

    function _evaluateProbe(
        Terms calldata terms,
        Peril calldata peril,
        Span memory span,
        IClaims.Evidence calldata shown
    ) private view returns (uint256 met, uint256 notBegun) {
        require(shown.probe < terms.probes.length, IClaims.UnknownProbe(shown.probe));
        bytes32 streamId = terms.probes[shown.probe];
        IWindowVerifier.Window memory window = VERIFIER.verify(streamId, span.fromMs, span.toMs, shown.window);
        uint256 latestMs = span.toMs + uint256(terms.anchorWithinSeconds) * 1000;
        require(
            uint256(window.anchoredAt) * 1000 <= latestMs,
            IClaims.AnchoredTooLate(shown.probe, window.anchoredAt, latestMs / 1000)
        );
        met = Trigger.tiersMet(peril, terms.allowedFlags, shown.probe, window);

        uint48 servesFromMs = span.fromMs;
        if (shown.before.length > 0) {
            Frame memory reading = _readingBefore(streamId, shown, window.before);
            servesFromMs = reading.timeMs();
            if (servesFromMs >= span.coverFromMs) notBegun = Trigger.tiersNotBegun(peril, terms.allowedFlags, reading);
        }
        // A reading before the window that another pond gave says nothing of this one.
        require(
            REGISTRY.servesThroughout(streamId, terms.pond, servesFromMs, span.toMs),
            IClaims.ProbeNotServing(streamId)
        );
    }

    /// @dev The frame that hangs below the leaf before the window, its signature checked here once more.
    function _readingBefore(
        bytes32 streamId,
        IClaims.Evidence calldata shown,
        IWindowVerifier.Neighbour memory leaf
    ) private view returns (Frame memory reading) {
        require(shown.before.length == FRAME_BYTES && leaf.level == 0, IClaims.NotTheReadingBefore(shown.probe));
        reading = frameFrom(shown.before);
        require(
            reading.schema() == 1 && reading.seq() == leaf.index && reading.inside() == leaf.inside,
            IClaims.NotTheReadingBefore(shown.probe)
        );
        IDeviceRegistry.Device memory device = REGISTRY.device(streamId);
        require(reading.isSignedBy(device.x, device.y), IClaims.BadSignature(shown.probe));
    }
}
