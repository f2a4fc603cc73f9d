// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {IClaims} from "../../../../contracts/insurance/IClaims.sol";
import {IProducts} from "../../../../contracts/insurance/IProducts.sol";
import {Comparison, Peril, Quote, Source, Terms, Tier} from "../../../../contracts/insurance/Terms.sol";
import {TermsHash} from "../../../../contracts/insurance/TermsHash.sol";
import {Deployment} from "./Deployment.sol";
import {Lie} from "./Story.sol";

/// @notice The deployed system with one product, terms that its insurer signs, batches and evidence.
abstract contract InsuranceWorld is Deployment {
    /// @param from since when these terms are in force, in seconds
    struct Version {
        uint40 from;
        bytes terms;
    }

    uint256 internal constant SUM = 100_003;
    uint256 internal constant AGGREGATE = 150_001;
    uint256 internal constant DEDUCTIBLE = 503;
    uint256 internal constant HEAT_SUBLIMIT = 61_001;
    uint256 internal constant AUDIT_SUBLIMIT = 20_011;
    uint256 internal constant APPROVAL_LIMIT = 30_000;
    uint32 internal constant SEPARATION_SECONDS = 6 hours;
    uint256 internal constant PERILS = 2;

    uint256 internal _lastQuote;
    mapping(uint256 policy => Version[]) internal _versions;

    constructor() {
        Peril[] memory perils = _perils();
        cheats.prank(INSURER);
        PRODUCTS.publish(_product(), _charges(), perils, "wording");
        cheats.prank(GOVERNOR);
        PRODUCTS.approve(1);
    }

    /// @notice The terms by which a window is judged that begins at `atMs`.
    function termsAt(uint256 policy, uint256 atMs) public view returns (Terms memory) {
        Version[] storage versions = _versions[policy];
        uint256 i = versions.length - 1;
        while (i > 0 && atMs < uint256(versions[i].from) * 1000) --i;
        // Of several in one second the first is the one that no moment lies in.
        return abi.decode(versions[i].terms, (Terms));
    }

    function termsOf(uint256 policy) public view returns (Terms memory) {
        Version[] storage versions = _versions[policy];
        return abi.decode(versions[versions.length - 1].terms, (Terms));
    }

    /// @notice What a claim was judged by last.
    function termsOfClaim(uint256 claim) public view returns (Terms memory) {
        IClaims.Claim memory open = CLAIMS.claim(claim);
        return termsAt(open.policy, open.basis.fromMs);
    }

    /// @dev Terms for the pond of one of two farmers.
    function _makeTerms(uint256 who, uint256 premium, uint256 waitSeconds) internal returns (Terms memory terms) {
        (terms.product, terms.quoteNumber) = (1, ++_lastQuote);
        (terms.farmer, terms.insurer, terms.token) = (who == 0 ? FARMER : NEIGHBOUR, INSURER, address(TOKEN));
        (terms.pond, terms.waterBody) = (ponds[who], "lake");
        terms.probes = _sorted(streams[2 * who], streams[2 * who + 1]);
        terms.minSensors = 1;
        (terms.sumInsured, terms.aggregateLimit, terms.premium) = (SUM, AGGREGATE, premium);
        (terms.auditSublimit, terms.anchorWithinSeconds) = (AUDIT_SUBLIMIT, 90 minutes);
        terms.startsAt = uint40(block.timestamp);
        terms.premiumDueAt = uint40(block.timestamp + 2 days);
        (terms.waitSeconds, terms.endsAt) = (uint32(waitSeconds), uint40(block.timestamp + 10 days));
        (terms.runOffSeconds, terms.challengeSeconds, terms.disputeSeconds) = (3 days, 1 days, 1 days);
        (terms.arbitrationSeconds, terms.demandSeconds) = (2 days, 1 days);
        terms.perils = _perils();
    }

    function _sorted(bytes32 one, bytes32 other) internal pure returns (bytes32[] memory two) {
        two = new bytes32[](2);
        (two[0], two[1]) = one < other ? (one, other) : (other, one);
    }

    function _quote(Terms memory terms) internal view returns (Quote memory quote, bytes memory signature) {
        quote = Quote(terms, uint40(block.timestamp));
        signature = _signed(TermsHash.ofQuote(PRODUCTS.hashTerms(terms), quote.expiresAt));
    }

    function _signed(bytes32 structHash) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = cheats.sign(
            INSURER_KEY,
            MessageHashUtils.toTypedDataHash(_domain(), structHash)
        );
        return abi.encodePacked(r, s, v);
    }

    function _keep(uint256 policy, Terms memory terms) internal {
        _versions[policy].push(Version(uint40(block.timestamp), abi.encode(terms)));
    }

    /// @dev Proofs of a window, by the probes whose bits are set, from one batch.
    function _proofs(
        Terms memory terms,
        uint256 probes,
        uint48 fromMs,
        uint256 batch,
        uint256 earlierBatch
    ) internal view returns (IClaims.Evidence[] memory evidence) {
        evidence = _blank(terms, probes, fromMs);
        for (uint256 i = 0; i < evidence.length; ++i) {
            (evidence[i].window.batch, evidence[i].window.walk) = (batch, "story");
            if (earlierBatch == 0) continue;
            (evidence[i].earlier.batch, evidence[i].earlier.walk) = (earlierBatch, "story");
        }
    }

    /// @dev The same from signed frames.
    function _frames(
        Terms memory terms,
        uint256 probes,
        uint48 fromMs,
        uint48 toMs
    ) internal returns (IClaims.Evidence[] memory evidence) {
        evidence = _blank(terms, probes, fromMs);
        for (uint256 i = 0; i < evidence.length; ++i) {
            evidence[i].raw = RAW.open(terms.probes[evidence[i].probe], fromMs, toMs);
        }
    }

    function _blank(
        Terms memory terms,
        uint256 probes,
        uint48 fromMs
    ) private view returns (IClaims.Evidence[] memory evidence) {
        uint48 step = STORY.STEP_MS();
        uint48 beforeMs = ((fromMs + step - 1) / step) * step - step;
        evidence = new IClaims.Evidence[]((probes & 1) + ((probes >> 1) & 1));
        uint256 next = 0;
        for (uint256 i = 0; i < 2; ++i) {
            if ((probes >> i) & 1 == 0) continue;
            evidence[next].probe = i;
            evidence[next].before = abi.encode(STORY.reading(terms.probes[i], beforeMs));
            ++next;
        }
    }

    function _anchor() internal returns (uint256 batch) {
        batch = LEDGER.lastBatch() + 1;
        cheats.prank(OPERATOR);
        LEDGER.anchor(batch, "directory", PROBES, 1, "manifest");
    }

    function _anchorLying(bytes32 streamId, Lie lie) internal returns (uint256 batch) {
        batch = _anchor();
        VERIFIER.lie(batch, streamId, lie);
    }

    /// @dev Now, on the grid of readings.
    function _nowMs() internal view returns (uint48) {
        uint256 step = STORY.STEP_MS();
        return uint48(((block.timestamp * 1000) / step) * step);
    }

    function _domain() private view returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                    keccak256("Pondproof"),
                    keccak256("1"),
                    block.chainid,
                    POLICIES
                )
            );
    }

    function _product() private view returns (IProducts.Product memory product) {
        (product.insurer, product.token) = (INSURER, address(TOKEN));
        (product.maxSumInsured, product.maxPerWaterBody) = (SUM, 5 * AGGREGATE);
        product.approvalLimit = APPROVAL_LIMIT;
        (product.maxTermSeconds, product.minChallengeSeconds, product.maxChallengeSeconds) = (60 days, 1, 1 days);
    }

    function _charges() private view returns (IProducts.Charges memory charges) {
        (charges.provider, charges.providerFeeBps, charges.cancelRefundBps) = (PROVIDER, 777, 8333);
        for (uint16 i = 0; i < 12; ++i) charges.seasonWeights[i] = 1 + ((i * 7) % 5);
    }

    function _perils() private view returns (Peril[] memory perils) {
        perils = new Peril[](PERILS);
        for (uint256 i = 0; i < PERILS; ++i) {
            Peril memory peril = perils[i];
            bool heat = i == 1;
            (peril.source, peril.metric) = (Source.Stream, uint8(i));
            peril.comparison = heat ? Comparison.Above : Comparison.Below;
            peril.tiers = _tiers(heat ? STORY.HEAT_LEVEL() : STORY.OXYGEN_LEVEL());
            (peril.validMin, peril.validMax) = (1, type(uint32).max);
            (peril.maxGapMs, peril.maxMissing, peril.separationSeconds) = (30 * 60_000, 60, SEPARATION_SECONDS);
            (peril.deductible, peril.sublimit) = heat ? (0, HEAT_SUBLIMIT) : (DEDUCTIBLE, AGGREGATE);
        }
    }

    function _tiers(uint32 threshold) private pure returns (Tier[] memory tiers) {
        uint16[4] memory bps = [uint16(1000), 4000, 7000, 10_000];
        tiers = new Tier[](4);
        for (uint32 i = 0; i < 4; ++i) tiers[i] = Tier(threshold, 2 * (i + 1) * 3_600_000, bps[i]);
    }
}
