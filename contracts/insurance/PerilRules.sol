// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IProducts} from "./IProducts.sol";
import {Condition, Peril, Source, Tier} from "./Terms.sol";

/// @title Peril rules
/// @notice What the perils of a product must satisfy.
library PerilRules {
    uint256 internal constant MAX_PERILS = 4;
    uint256 internal constant MAX_TIERS = 6;
    uint256 internal constant METRICS = 8;
    uint256 internal constant FULL_BPS = 10_000;

    /// @notice Reverts with the first field that breaks a rule.
    function check(Peril[] calldata perils) internal pure {
        require(perils.length > 0 && perils.length <= MAX_PERILS, IProducts.BadProduct("perils"));
        for (uint256 i = 0; i < perils.length; ++i) {
            Peril calldata peril = perils[i];
            require(peril.metric < METRICS, IProducts.BadPeril(i, "metric"));
            // 0 is not a value: it says "not measured".
            require(peril.validMin > 0, IProducts.BadPeril(i, "validMin"));
            require(peril.validMin <= peril.validMax, IProducts.BadPeril(i, "validMax"));
            require(peril.maxGapMs > 0, IProducts.BadPeril(i, "maxGapMs"));
            require(peril.separationSeconds > 0, IProducts.BadPeril(i, "separationSeconds"));
            require(_isCondition(peril.second), IProducts.BadPeril(i, "second"));
            // One feed observes one metric.
            require(peril.source == Source.Stream || !peril.second.present, IProducts.BadPeril(i, "second"));
            _checkTiers(i, peril);
        }
    }

    /// @notice Shortest time by which one tier outlasts another, or the start: the smallest difference between distinct
    ///         durations of a peril, 0 among them, rounded up. Data anchored sooner than this cannot have waited to see
    ///         the next tier.
    function shortestStepSeconds(Peril[] calldata perils) internal pure returns (uint32) {
        uint256 shortestMs = type(uint32).max;
        for (uint256 i = 0; i < perils.length; ++i) {
            uint256 stepMs = _shortestStepMs(perils[i].tiers);
            if (stepMs < shortestMs) shortestMs = stepMs;
        }
        return uint32((shortestMs + 999) / 1000);
    }

    function _shortestStepMs(Tier[] calldata tiers) private pure returns (uint256 shortest) {
        shortest = type(uint256).max;
        for (uint256 i = 0; i < tiers.length; ++i) {
            uint256 durationMs = tiers[i].minDurationMs;
            if (durationMs < shortest) shortest = durationMs;
            for (uint256 j = 0; j < i; ++j) {
                uint256 other = tiers[j].minDurationMs;
                uint256 step = durationMs > other ? durationMs - other : other - durationMs;
                if (step > 0 && step < shortest) shortest = step;
            }
        }
    }

    function _checkTiers(uint256 i, Peril calldata peril) private pure {
        Tier[] calldata tiers = peril.tiers;
        require(tiers.length > 0 && tiers.length <= MAX_TIERS, IProducts.BadPeril(i, "tiers"));
        uint256 lastBps = 0;
        for (uint256 j = 0; j < tiers.length; ++j) {
            require(tiers[j].minDurationMs > peril.maxGapMs, IProducts.BadPeril(i, "minDurationMs"));
            require(
                tiers[j].payoutBps > lastBps && tiers[j].payoutBps <= FULL_BPS,
                IProducts.BadPeril(i, "payoutBps")
            );
            lastBps = tiers[j].payoutBps;
        }
    }

    function _isCondition(Condition calldata second) private pure returns (bool) {
        if (second.present) return second.metric < METRICS;
        return second.metric == 0 && uint8(second.comparison) == 0 && second.threshold == 0;
    }
}
