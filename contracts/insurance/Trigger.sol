// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Frame} from "../evidence/Frame.sol";
import {IWindowVerifier} from "../evidence/IWindowVerifier.sol";
import {Metrics} from "../evidence/Metrics.sol";
import {IClaims} from "./IClaims.sol";
import {Comparison, Condition, Peril, Tier} from "./Terms.sol";

/// @title Whether a window is the insured event (insurance.md, "The trigger")
/// @notice The same decisions, in the same order, as `evaluate` in protocol/evaluate.ts. Sets of tiers are bit sets:
///         bit i stands for tier i.
library Trigger {
    /// @dev The bits of a record's flags that say something of its state; those above, which metric it lacks.
    uint16 private constant STATE_FLAGS = 0xff;

    /// @notice What one probe shows: its window, and the reading before it where that one may tell of a beginning.
    /// @param before meaningful only where `beginsHere` is true: a reading shown that lies inside the cover
    struct Seen {
        uint256 probe;
        IWindowVerifier.Window window;
        bool beginsHere;
        Frame before;
    }

    /// @notice Rate of the highest tier that every probe meets. Reverts where there is none, or where no probe shows that
    ///         the event began inside the cover.
    function award(Peril calldata peril, uint16 allowedFlags, Seen[] memory seen) internal pure returns (uint16) {
        uint256 met = type(uint256).max;
        uint256 notBegun = 0;
        for (uint256 i = 0; i < seen.length; ++i) {
            met &= tiersMet(peril, allowedFlags, seen[i].probe, seen[i].window);
            if (seen[i].beginsHere) notBegun |= tiersNotBegun(peril, allowedFlags, seen[i].before);
        }
        require(met != 0, IClaims.NoTierMet());
        uint256 tier = peril.tiers.length - 1;
        while ((met >> tier) & 1 == 0) --tier;
        require((notBegun >> tier) & 1 == 1, IClaims.EventMustBeginInsideCover());
        return peril.tiers[tier].payoutBps;
    }

    /// @notice The tiers that one probe's window meets. Reverts where the window is not fit to prove anything.
    function tiersMet(
        Peril calldata peril,
        uint16 allowedFlags,
        uint256 probe,
        IWindowVerifier.Window memory window
    ) internal pure returns (uint256 met) {
        require(window.missing <= peril.maxMissing, IClaims.TooManyMissing(probe, window.missing, peril.maxMissing));
        require(window.maxGapMs <= peril.maxGapMs, IClaims.GapTooLong(probe, window.maxGapMs, peril.maxGapMs));
        require(_flagsAllowed(window.flags, allowedFlags), IClaims.FlagsNotAllowed(probe, window.flags));
        (uint32 min, uint32 max) = _range(probe, window, peril.metric);
        require(min >= peril.validMin && max <= peril.validMax, IClaims.ImplausibleValues(probe, min, max));
        _requireSecond(peril.second, probe, window);

        uint256 durationMs = window.lastMs - window.firstMs;
        Tier[] calldata tiers = peril.tiers;
        for (uint256 i = 0; i < tiers.length; ++i) {
            bool lasted = durationMs >= tiers[i].minDurationMs;
            if (lasted && isBeyond(peril.comparison, tiers[i].threshold, min, max)) met |= 1 << i;
        }
    }

    /// @notice The tiers whose breach can only have begun after this reading: its value is a sound one and lies outside.
    /// @dev A probe in the air, tampered with or at a rail shows no recovery.
    function tiersNotBegun(
        Peril calldata peril,
        uint16 allowedFlags,
        Frame memory reading
    ) internal pure returns (uint256 outside) {
        uint32 value = reading.values.lane(peril.metric);
        if (!_flagsAllowed(reading.flags(), allowedFlags)) return 0;
        if (value < peril.validMin || value > peril.validMax) return 0;
        Tier[] calldata tiers = peril.tiers;
        for (uint256 i = 0; i < tiers.length; ++i) {
            if (!isBeyond(peril.comparison, tiers[i].threshold, value, value)) outside |= 1 << i;
        }
    }

    /// @notice True when every value from `min` to `max` is beyond the threshold.
    function isBeyond(Comparison comparison, uint32 threshold, uint32 min, uint32 max) internal pure returns (bool) {
        if (comparison == Comparison.Below) return max < threshold;
        if (comparison == Comparison.AtOrBelow) return max <= threshold;
        if (comparison == Comparison.Above) return min > threshold;
        return min >= threshold;
    }

    function _requireSecond(
        Condition calldata second,
        uint256 probe,
        IWindowVerifier.Window memory window
    ) private pure {
        if (!second.present) return;
        (uint32 min, uint32 max) = _range(probe, window, second.metric);
        require(isBeyond(second.comparison, second.threshold, min, max), IClaims.SecondConditionNotMet(probe));
    }

    function _range(
        uint256 probe,
        IWindowVerifier.Window memory window,
        uint8 metric
    ) private pure returns (uint32 min, uint32 max) {
        min = Metrics.wrap(window.mins).lane(metric);
        max = Metrics.wrap(window.maxs).lane(metric);
        // A reading without this metric carries 0 into the minimum; no value is 0.
        require(min > 0, IClaims.NotMeasured(probe, metric));
    }

    function _flagsAllowed(uint16 flags, uint16 allowedFlags) private pure returns (bool) {
        return flags & STATE_FLAGS & ~allowedFlags == 0;
    }
}
