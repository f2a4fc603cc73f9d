// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Frame, FRAME_BYTES, frameFrom} from "../evidence/Frame.sol";
import {IBatchLedger} from "../evidence/IBatchLedger.sol";
import {IRawWindows} from "../evidence/IRawWindows.sol";
import {IStreamStanding} from "../evidence/IStreamStanding.sol";
import {IWindowVerifier} from "../evidence/IWindowVerifier.sol";
import {Metrics} from "../evidence/Metrics.sol";
import {ShownHoles} from "../evidence/ShownHoles.sol";
import {IDeviceRegistry} from "../identity/IDeviceRegistry.sol";
import {IFeedRegistry} from "../feeds/IFeedRegistry.sol";
import {ReadingSignature} from "../identity/ReadingSignature.sol";
import {FeedWindows} from "./FeedWindows.sol";
import {IClaims} from "./IClaims.sol";
import {IEvaluation} from "./IEvaluation.sol";
import {IPolicies} from "./IPolicies.sol";
import {Peril, Source, Terms} from "./Terms.sol";
import {TermsHash} from "./TermsHash.sol";
import {Trigger} from "./Trigger.sol";

/// @title Evaluation
/// @notice Checks what every probe shows, first of all of them; then lets `Trigger` decide.
contract Evaluation is IEvaluation {
    /// @param coverFromMs when cover began
    struct Span {
        uint48 fromMs;
        uint48 toMs;
        uint48 coverFromMs;
    }

    /// @notice The policies whose windows are judged.
    IPolicies public immutable POLICIES;
    /// @notice Where probes are registered and bound to ponds.
    IDeviceRegistry public immutable REGISTRY;
    /// @notice Where batches are anchored.
    IBatchLedger public immutable LEDGER;
    /// @notice Who checks window proofs.
    IWindowVerifier public immutable VERIFIER;
    /// @notice Who knows which streams are void or suspect.
    IStreamStanding public immutable STANDING;
    /// @notice Who checks windows of signed frames.
    IRawWindows public immutable RAW;
    /// @notice Where weather is known.
    IFeedRegistry public immutable FEEDS;

    constructor(
        IPolicies policies,
        IDeviceRegistry registry,
        IBatchLedger ledger,
        IWindowVerifier verifier,
        IStreamStanding streams,
        IRawWindows raw,
        IFeedRegistry feeds
    ) {
        POLICIES = policies;
        REGISTRY = registry;
        LEDGER = ledger;
        VERIFIER = verifier;
        STANDING = streams;
        RAW = raw;
        FEEDS = feeds;
        ReadingSignature.requirePrecompile();
    }

    /// @inheritdoc IEvaluation
    function evaluate(
        uint256 policy,
        Terms calldata terms,
        uint8 peril,
        uint48 fromMs,
        uint48 toMs,
        IClaims.Evidence[] calldata evidence
    ) external view returns (Result memory result) {
        Trigger.Seen[] memory seen;
        (seen, result) = _see(policy, terms, peril, Span(fromMs, toMs, 0), evidence);
        result.payoutBps = Trigger.award(terms.perils[peril], terms.allowedFlags, seen);
    }

    /// @inheritdoc IEvaluation
    function assess(
        uint256 policy,
        Terms calldata terms,
        uint8 peril,
        uint48 fromMs,
        uint48 toMs,
        IClaims.Evidence[] calldata evidence
    ) external view returns (Result memory result) {
        Trigger.Seen[] memory seen;
        (seen, result) = _see(policy, terms, peril, Span(fromMs, toMs, 0), evidence);
        try this.decide(terms.perils[peril], terms.allowedFlags, seen) returns (uint16 payoutBps) {
            result.payoutBps = payoutBps;
        } catch (bytes memory reason) {
            // A call that ran out of gas has no reason: it must not read as "no insured event".
            require(_isVerdict(bytes4(reason)), Undecided(reason));
        }
    }

    /// @inheritdoc IEvaluation
    function decide(
        Peril calldata peril,
        uint16 allowedFlags,
        Trigger.Seen[] calldata seen
    ) external pure returns (uint16) {
        return Trigger.award(peril, allowedFlags, seen);
    }

    /// @inheritdoc IEvaluation
    function standing(
        uint256 policy,
        Terms calldata terms,
        IClaims.Basis calldata basis
    ) external view returns (bool usable, bool suspect) {
        requireTerms(policy, terms, basis.fromMs);
        bytes32[] calldata probes = terms.probes;
        usable = true;
        for (uint256 i = 0; i < probes.length; ++i) {
            if ((basis.probes >> i) & 1 == 0) continue;
            if (basis.batch != 0) usable = usable && STANDING.isUsable(probes[i], basis.batch);
            suspect = suspect || _isSuspect(probes[i], basis.toMs);
        }
    }

    /// @inheritdoc IEvaluation
    function requireTerms(uint256 policy, Terms calldata terms, uint48 atMs) public view {
        bytes32 hash = POLICIES.termsHashAt(policy, atMs);
        require(hash != bytes32(0) && TermsHash.ofTerms(terms) == hash, IPolicies.WrongTerms(policy));
    }

    /// @dev The window lies in the cover of a policy on these terms; and what the policy has left for claims.
    function _cover(uint256 policy, Terms calldata terms, Span memory span, Result memory result) private view {
        requireTerms(policy, terms, span.fromMs);
        IPolicies.Policy memory cover = POLICIES.policy(policy);
        span.coverFromMs = uint48(uint256(cover.coverFrom) * 1000);
        require(cover.coverFrom > 0 && span.fromMs >= span.coverFromMs, IClaims.NotCovered(policy, span.fromMs));
        require(span.toMs < uint256(cover.endsAt) * 1000, IClaims.NotCovered(policy, span.toMs));
        result.aggregateLeft = cover.aggregateLimit - cover.paid - cover.reserved;
        // Only a pause puts off the end of run-off.
        result.afterRunOff =
            block.timestamp > uint256(cover.endsAt) + cover.runOffSeconds &&
            block.timestamp > POLICIES.claimableUntil(policy);
    }

    function _see(
        uint256 policy,
        Terms calldata terms,
        uint8 peril,
        Span memory span,
        IClaims.Evidence[] calldata evidence
    ) private view returns (Trigger.Seen[] memory seen, Result memory result) {
        _cover(policy, terms, span, result);
        require(peril < terms.perils.length, IClaims.UnknownPeril(peril));
        bool fromFeeds = terms.perils[peril].source == Source.Feed;
        // Behind a feed stand several reporters already.
        uint256 needed = fromFeeds ? 1 : terms.minSensors;
        require(evidence.length >= needed, IClaims.TooFewSensors(evidence.length, needed));
        if (!fromFeeds) result.batch = uint32(_batchOf(evidence[0]));
        seen = new Trigger.Seen[](evidence.length);
        for (uint256 i = 0; i < evidence.length; ++i) {
            IClaims.Evidence calldata shown = evidence[i];
            if (i > 0) require(shown.probe > evidence[i - 1].probe, IClaims.ProbesNotAscending(shown.probe));
            require(shown.probe < terms.probes.length, IClaims.UnknownProbe(shown.probe));
            result.probes |= uint16(1 << shown.probe);
            if (fromFeeds) {
                _seeFeed(terms, terms.perils[peril].metric, span, shown, seen[i], result);
                continue;
            }
            uint256 batch = _batchOf(shown);
            require(batch == result.batch, IClaims.NotOneBatch(shown.probe, batch, result.batch));
            _seeProbe(terms, span, shown, seen[i], result);
        }
    }

    function _seeProbe(
        Terms calldata terms,
        Span memory span,
        IClaims.Evidence calldata shown,
        Trigger.Seen memory seen,
        Result memory result
    ) private view {
        bytes32 streamId = terms.probes[shown.probe];
        IWindowVerifier.Window memory window = shown.raw == 0
            ? _proven(streamId, span, shown.window)
            : _raw(streamId, span, shown);
        result.suspect = result.suspect || _isSuspect(streamId, span.toMs);
        uint256 latestMs = span.toMs + uint256(terms.anchorWithinSeconds) * 1000;
        result.late = result.late || uint256(_anchoredAt(streamId, span, shown, window)) * 1000 > latestMs;
        if (shown.shown.length > 0) _count(streamId, span, shown, window);
        result.readings += window.count;
        (seen.probe, seen.window) = (shown.probe, window);
        _seeBeginning(terms, span, streamId, shown, seen);
    }

    /// @dev A feed stands among the terms' probes. Its observations never change, so it is neither void nor suspect.
    function _seeFeed(
        Terms calldata terms,
        uint8 metric,
        Span memory span,
        IClaims.Evidence calldata shown,
        Trigger.Seen memory seen,
        Result memory result
    ) private view {
        bytes32 feed = terms.probes[shown.probe];
        IFeedRegistry.Rules memory rules = FEEDS.rulesOf(feed);
        require(rules.quorum > 0 && rules.metric == metric, IClaims.NotThatFeed(shown.probe));
        require(FeedWindows.isWhole(span.fromMs, span.toMs, rules), IClaims.NotWholePeriods(span.fromMs, span.toMs));
        FeedWindows.Asked memory asked = FeedWindows.Asked({
            feed: feed,
            fromMs: span.fromMs,
            toMs: span.toMs,
            periodMs: uint256(rules.periodSeconds) * 1000,
            anchorWithinSeconds: terms.anchorWithinSeconds
        });
        bool late;
        (seen.window, late) = FeedWindows.read(FEEDS, asked, metric);
        seen.probe = shown.probe;
        if (shown.before.length > 0) {
            require(shown.before.length == 5, IClaims.NotTheReadingBefore(shown.probe));
            uint256 beforeS = uint40(bytes5(shown.before));
            uint32 value = FeedWindows.readBefore(FEEDS, asked, seen.window, beforeS);
            seen.before.values = Metrics.wrap(FeedWindows.inLane(value, metric));
            seen.beginsHere = beforeS * 1000 >= span.coverFromMs;
        }
        result.late = result.late || late;
        result.readings += seen.window.count;
    }

    function _batchOf(IClaims.Evidence calldata shown) private pure returns (uint256) {
        return shown.raw == 0 ? shown.window.batch : 0;
    }

    function _proven(
        bytes32 streamId,
        Span memory span,
        IWindowVerifier.WindowProof calldata proof
    ) private view returns (IWindowVerifier.Window memory) {
        require(STANDING.isUsable(streamId, proof.batch), IClaims.NotUsable(streamId, proof.batch));
        return VERIFIER.verify(streamId, span.fromMs, span.toMs, proof);
    }

    function _raw(
        bytes32 streamId,
        Span memory span,
        IClaims.Evidence calldata shown
    ) private view returns (IWindowVerifier.Window memory) {
        IRawWindows.RawWindow memory raw = RAW.rawWindow(shown.raw);
        bool same = raw.streamId == streamId && raw.fromMs == span.fromMs && raw.toMs == span.toMs;
        require(same, IClaims.NotThatRawWindow(shown.probe, shown.raw));
        return RAW.window(shown.raw);
    }

    /// @dev The earliest time by which somebody had committed to these very aggregates. That an earlier batch is void says
    ///      nothing against the time: what it is compared with stands.
    function _anchoredAt(
        bytes32 streamId,
        Span memory span,
        IClaims.Evidence calldata shown,
        IWindowVerifier.Window memory window
    ) private view returns (uint40) {
        if (shown.earlier.walk.length == 0) return window.anchoredAt;
        IWindowVerifier.Window memory earlier = VERIFIER.verify(streamId, span.fromMs, span.toMs, shown.earlier);
        bool same = earlier.firstMs == window.firstMs &&
            earlier.lastMs == window.lastMs &&
            earlier.maxGapMs == window.maxGapMs &&
            earlier.count == window.count &&
            earlier.missing == window.missing &&
            earlier.flags == window.flags &&
            earlier.mins == window.mins &&
            earlier.maxs == window.maxs;
        require(same, IClaims.NotTheSameWindow(shown.probe));
        return earlier.anchoredAt < window.anchoredAt ? earlier.anchoredAt : window.anchoredAt;
    }

    /// @dev Only now: an earlier batch may have been compared with what the tree alone gives.
    function _count(
        bytes32 streamId,
        Span memory span,
        IClaims.Evidence calldata shown,
        IWindowVerifier.Window memory window
    ) private view {
        require(shown.raw == 0, IClaims.ShownBesideRaw(shown.probe));
        ShownHoles.Subject memory subject = ShownHoles.Subject({
            streamId: streamId,
            batchNumber: shown.window.batch,
            batch: LEDGER.batch(shown.window.batch),
            probe: REGISTRY.device(streamId),
            fromMs: span.fromMs,
            toMs: span.toMs
        });
        ShownHoles.count(window, subject, shown.shown);
    }

    /// @dev A reading before the window that another pond gave says nothing of this one.
    function _seeBeginning(
        Terms calldata terms,
        Span memory span,
        bytes32 streamId,
        IClaims.Evidence calldata shown,
        Trigger.Seen memory seen
    ) private view {
        if (shown.before.length > 0) {
            seen.before = _readingBefore(streamId, shown, seen.window.before);
            uint48 beforeMs = seen.before.timeMs();
            seen.beginsHere =
                beforeMs >= span.coverFromMs &&
                REGISTRY.servesThroughout(streamId, terms.pond, beforeMs, span.toMs);
            if (seen.beginsHere) return;
        }
        require(
            REGISTRY.servesThroughout(streamId, terms.pond, span.fromMs, span.toMs),
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

    function _isVerdict(bytes4 selector) private pure returns (bool) {
        return
            selector == IClaims.NoTierMet.selector ||
            selector == IClaims.TooManyMissing.selector ||
            selector == IClaims.GapTooLong.selector ||
            selector == IClaims.FlagsNotAllowed.selector ||
            selector == IClaims.NotMeasured.selector ||
            selector == IClaims.ImplausibleValues.selector ||
            selector == IClaims.SecondConditionNotMet.selector ||
            selector == IClaims.EventMustBeginInsideCover.selector;
    }

    function _isSuspect(bytes32 streamId, uint48 toMs) private view returns (bool) {
        return toMs >= STANDING.suspectFromMs(streamId);
    }
}
