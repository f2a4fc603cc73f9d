// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPolicies} from "./IPolicies.sol";
import {IProducts} from "./IProducts.sol";
import {Peril, Terms} from "./Terms.sol";

/// @title Terms rules
/// @notice What terms must satisfy to be bound.
library TermsRules {
    uint256 internal constant MAX_PROBES = 16;

    /// @dev Amounts are kept in 96 bits: 79 billion of a token with 18 decimals.
    uint256 internal constant MAX_AMOUNT = type(uint96).max;

    /// @dev Capital stays locked this long after cover at most, but for pauses.
    uint256 internal constant MAX_RUN_OFF_SECONDS = 366 days;

    /// @dev Bits 0–4 of a record's flags; the others are zero, or say which metric was not measured.
    uint16 internal constant DEFINED_FLAGS = 0x1f;

    /// @notice Reverts with the first field that breaks a rule, or that differs from the product's. The caller has made sure
    ///         that the perils are the product's.
    function check(Terms calldata terms, IProducts.Product memory product) internal view {
        require(terms.insurer == product.insurer, IPolicies.BadTerms("insurer"));
        require(terms.token == product.token, IPolicies.BadTerms("token"));
        require(terms.pond != bytes32(0), IPolicies.BadTerms("pond"));
        checkProbes(terms);
        _checkMoney(terms, product);
        _checkTimes(terms, product);
        require(terms.allowedFlags & ~DEFINED_FLAGS == 0, IPolicies.BadTerms("allowedFlags"));
        for (uint256 i = 0; i < terms.perils.length; ++i) _checkPeril(terms, terms.perils[i]);
    }

    /// @notice Reverts unless the probes are few, ascending, unique, and enough.
    function checkProbes(Terms calldata terms) internal pure {
        bytes32[] calldata probes = terms.probes;
        require(probes.length > 0 && probes.length <= MAX_PROBES, IPolicies.BadTerms("probes"));
        for (uint256 i = 1; i < probes.length; ++i) {
            require(probes[i] > probes[i - 1], IPolicies.BadTerms("probes"));
        }
        require(terms.minSensors > 0 && terms.minSensors <= probes.length, IPolicies.BadTerms("minSensors"));
    }

    function _checkMoney(Terms calldata terms, IProducts.Product memory product) private pure {
        uint256 sumInsured = terms.sumInsured;
        require(sumInsured > 0 && sumInsured <= product.maxSumInsured, IPolicies.BadTerms("sumInsured"));
        require(sumInsured <= MAX_AMOUNT, IPolicies.BadTerms("sumInsured"));
        uint256 limit = terms.aggregateLimit;
        require(limit > 0 && limit <= MAX_AMOUNT, IPolicies.BadTerms("aggregateLimit"));
        require(terms.premium > 0 && terms.premium <= MAX_AMOUNT, IPolicies.BadTerms("premium"));
        require(terms.auditSublimit <= limit, IPolicies.BadTerms("auditSublimit"));
    }

    function _checkTimes(Terms calldata terms, IProducts.Product memory product) private view {
        uint256 endsAt = terms.endsAt;
        uint256 wait = terms.waitSeconds;
        uint256 startsAt = terms.startsAt;
        require(startsAt + wait < endsAt, IPolicies.BadTerms("startsAt"));
        require(endsAt - startsAt <= product.maxTermSeconds, IPolicies.BadTerms("endsAt"));
        // However late the last part of the premium comes, some cover is left to buy.
        require(
            terms.premiumDueAt >= block.timestamp && terms.premiumDueAt + wait < endsAt,
            IPolicies.BadTerms("premiumDueAt")
        );
        require(
            terms.anchorWithinSeconds > 0 && terms.anchorWithinSeconds < product.shortestStepSeconds,
            IPolicies.BadTerms("anchorWithinSeconds")
        );
        // A window that ends with the cover can still be anchored, and then proven.
        require(
            terms.runOffSeconds > terms.anchorWithinSeconds && terms.runOffSeconds <= MAX_RUN_OFF_SECONDS,
            IPolicies.BadTerms("runOffSeconds")
        );
        require(
            terms.challengeSeconds >= product.minChallengeSeconds &&
                terms.challengeSeconds <= product.maxChallengeSeconds,
            IPolicies.BadTerms("challengeSeconds")
        );
    }

    function _checkPeril(Terms calldata terms, Peril calldata peril) private pure {
        require(peril.deductible < terms.sumInsured, IPolicies.BadTerms("deductible"));
        require(peril.sublimit > 0 && peril.sublimit <= terms.aggregateLimit, IPolicies.BadTerms("sublimit"));
    }
}
