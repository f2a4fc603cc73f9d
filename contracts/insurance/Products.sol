// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IPolicies} from "./IPolicies.sol";
import {IProducts} from "./IProducts.sol";
import {PerilRules} from "./PerilRules.sol";
import {Season} from "./Season.sol";
import {Peril, Terms} from "./Terms.sol";
import {TermsHash} from "./TermsHash.sol";
import {TermsRules} from "./TermsRules.sol";

/// @title Products
/// @notice What may be insured, on which schedule, within which caps.
contract Products is IProducts, AccessManaged {
    using SafeCast for uint256;

    uint256 private constant FULL_BPS = 10_000;

    /// @dev Four words.
    struct Entry {
        address insurer;
        uint32 maxTermSeconds;
        uint32 minChallengeSeconds;
        uint32 maxChallengeSeconds;
        address token;
        bool approved;
        uint88 maxPerWaterBody;
        bytes32 scheduleHash;
        uint96 maxSumInsured;
        uint128 approvalLimit;
        uint32 shortestStepSeconds;
    }

    uint256 private _lastNumber;
    mapping(uint256 number => Entry) private _entries;
    mapping(uint256 number => Charges) private _charges;

    constructor(address initialAuthority) AccessManaged(initialAuthority) {}

    /// @inheritdoc IProducts
    function publish(
        Product calldata offered,
        Charges calldata charges,
        Peril[] calldata perils,
        bytes32 document
    ) external restricted returns (uint256 number) {
        _check(offered);
        _checkCharges(charges);
        PerilRules.check(perils);

        number = ++_lastNumber;
        (, bytes32 schedule) = TermsHash.ofPerils(perils);
        _entries[number] = Entry({
            insurer: offered.insurer,
            maxTermSeconds: offered.maxTermSeconds,
            minChallengeSeconds: offered.minChallengeSeconds,
            maxChallengeSeconds: offered.maxChallengeSeconds,
            token: offered.token,
            approved: false,
            maxPerWaterBody: offered.maxPerWaterBody.toUint88(),
            scheduleHash: schedule,
            maxSumInsured: offered.maxSumInsured.toUint96(),
            approvalLimit: offered.approvalLimit.toUint128(),
            shortestStepSeconds: PerilRules.shortestStepSeconds(perils)
        });
        _charges[number] = charges;
        emit ProductPublished(number, offered.insurer, schedule, document);
    }

    /// @inheritdoc IProducts
    function approve(uint256 number) external restricted {
        Entry storage entry = _existing(number);
        require(!entry.approved, ProductAlreadyApproved(number));

        entry.approved = true;
        emit ProductApproved(number);
    }

    /// @inheritdoc IProducts
    function product(uint256 number) public view returns (Product memory) {
        Entry memory entry = _existing(number);
        return
            Product({
                insurer: entry.insurer,
                token: entry.token,
                scheduleHash: entry.scheduleHash,
                maxSumInsured: entry.maxSumInsured,
                maxPerWaterBody: entry.maxPerWaterBody,
                approvalLimit: entry.approvalLimit,
                maxTermSeconds: entry.maxTermSeconds,
                minChallengeSeconds: entry.minChallengeSeconds,
                maxChallengeSeconds: entry.maxChallengeSeconds,
                shortestStepSeconds: entry.shortestStepSeconds,
                approved: entry.approved
            });
    }

    /// @inheritdoc IProducts
    function chargesOf(uint256 number) external view returns (Charges memory) {
        return _charges[number];
    }

    /// @inheritdoc IProducts
    function premiumDown(
        uint256 number,
        uint256 premium,
        uint256 from,
        uint256 to,
        uint256 coverFrom,
        uint256 endsAt
    ) external view returns (uint256) {
        uint16[12] memory weights = _charges[number].seasonWeights;
        uint256 part = Season.weightOf(weights, from, to);
        return Math.mulDiv(premium, part, Season.weightOf(weights, coverFrom, endsAt));
    }

    /// @inheritdoc IProducts
    function cancelRefundDown(
        uint256 number,
        uint256 premium,
        uint256 coverFrom,
        uint256 endsAt
    ) external view returns (uint256) {
        Charges memory charges = _charges[number];
        uint256 left = Season.weightOf(charges.seasonWeights, block.timestamp, endsAt);
        uint256 whole = Season.weightOf(charges.seasonWeights, coverFrom, endsAt);
        return Math.mulDiv(premium, left * charges.cancelRefundBps, whole * FULL_BPS);
    }

    /// @inheritdoc IProducts
    function feeDown(uint256 number, uint256 kept) external view returns (address provider, uint256 fee) {
        Charges storage charges = _charges[number];
        return (charges.provider, Math.mulDiv(kept, charges.providerFeeBps, FULL_BPS));
    }

    /// @inheritdoc IProducts
    function insurerOf(uint256 number) external view returns (address) {
        return _entries[number].insurer;
    }

    /// @inheritdoc IProducts
    function requireBindable(
        Terms calldata terms
    ) external view returns (bytes32 termsHash, uint256 maxPerWaterBody) {
        Product memory offered = product(terms.product);
        require(offered.approved, IPolicies.ProductNotApproved(terms.product));
        bytes32 schedule;
        (termsHash, schedule) = TermsHash.ofTermsAndSchedule(terms);
        // The schedule's own rules held when the product was published.
        require(schedule == offered.scheduleHash, IPolicies.BadTerms("perils"));
        TermsRules.check(terms, offered);
        return (termsHash, offered.maxPerWaterBody);
    }

    /// @inheritdoc IProducts
    function hashTerms(Terms calldata terms) external pure returns (bytes32) {
        return TermsHash.ofTerms(terms);
    }

    /// @inheritdoc IProducts
    function requireEndorsable(Terms calldata terms) external pure returns (bytes32) {
        TermsRules.checkProbes(terms);
        return TermsHash.ofTerms(terms);
    }

    /// @inheritdoc IProducts
    function scheduleHash(Peril[] calldata perils) external pure returns (bytes32) {
        (, bytes32 schedule) = TermsHash.ofPerils(perils);
        return schedule;
    }

    function _existing(uint256 number) private view returns (Entry storage entry) {
        entry = _entries[number];
        require(entry.insurer != address(0), UnknownProduct(number));
    }

    function _check(Product calldata offered) private pure {
        require(offered.insurer != address(0), BadProduct("insurer"));
        require(offered.token != address(0), BadProduct("token"));
        require(offered.maxSumInsured > 0, BadProduct("maxSumInsured"));
        require(offered.maxPerWaterBody > 0, BadProduct("maxPerWaterBody"));
        require(offered.maxTermSeconds > 0, BadProduct("maxTermSeconds"));
        require(offered.minChallengeSeconds > 0, BadProduct("minChallengeSeconds"));
        require(offered.maxChallengeSeconds >= offered.minChallengeSeconds, BadProduct("maxChallengeSeconds"));
    }

    function _checkCharges(Charges calldata charges) private pure {
        require(charges.provider != address(0), BadProduct("provider"));
        require(charges.providerFeeBps <= FULL_BPS, BadProduct("providerFeeBps"));
        require(charges.cancelRefundBps <= FULL_BPS, BadProduct("cancelRefundBps"));
        for (uint256 i = 0; i < charges.seasonWeights.length; ++i) {
            require(charges.seasonWeights[i] > 0, BadProduct("seasonWeights"));
        }
    }
}
