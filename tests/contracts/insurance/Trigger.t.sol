// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Frame} from "../../../contracts/evidence/Frame.sol";
import {IWindowVerifier} from "../../../contracts/evidence/IWindowVerifier.sol";
import {Metrics} from "../../../contracts/evidence/Metrics.sol";
import {IClaims} from "../../../contracts/insurance/IClaims.sol";
import {Comparison, Condition, Peril, Source, Tier} from "../../../contracts/insurance/Terms.sol";
import {Trigger} from "../../../contracts/insurance/Trigger.sol";
import {Spec} from "../Spec.sol";

contract TriggerHarness {
    function tiersMet(
        Peril calldata peril,
        uint16 allowedFlags,
        IWindowVerifier.Window calldata window
    ) external pure returns (uint256) {
        return Trigger.tiersMet(peril, allowedFlags, 5, window);
    }

    function tiersNotBegun(
        Peril calldata peril,
        uint16 allowedFlags,
        Frame calldata frame
    ) external pure returns (uint256) {
        return Trigger.tiersNotBegun(peril, allowedFlags, frame);
    }
}

contract TriggerTest is Spec {
    uint8 private constant METRIC = 2;

    TriggerHarness private harness = new TriggerHarness();

    function test_MeetsATierFromItsDurationOnAndBelowItsThreshold() external view {
        Peril memory peril = _peril(Comparison.Below);
        same(harness.tiersMet(peril, 0, _window(900, 999, 100)), 1, "first tier");
        same(harness.tiersMet(peril, 0, _window(900, 999, 99)), 0, "a millisecond short");
        same(harness.tiersMet(peril, 0, _window(900, 1000, 100)), 0, "at the threshold");
        same(harness.tiersMet(peril, 0, _window(400, 499, 200)), 3, "both tiers");
        same(harness.tiersMet(peril, 0, _window(400, 500, 200)), 1, "the second one's threshold");
    }

    function test_ComparesAtAndBeyondTheThreshold() external view {
        uint256[4] memory below = [uint256(1), 1, 0, 0];
        uint256[4] memory equal = [uint256(0), 1, 0, 1];
        uint256[4] memory above = [uint256(0), 0, 1, 1];
        for (uint8 i = 0; i < 4; ++i) {
            Peril memory peril = _peril(Comparison(i));
            same(harness.tiersMet(peril, 0, _window(999, 999, 100)) & 1, below[i], "below");
            same(harness.tiersMet(peril, 0, _window(1000, 1000, 100)) & 1, equal[i], "equal");
            same(harness.tiersMet(peril, 0, _window(1001, 1001, 100)) & 1, above[i], "above");
        }
    }

    /// @notice Values throughout are beyond a threshold exactly when each of them is.
    function testFuzz_IsBeyondWhenEveryValueIs(uint8 kind, uint32 threshold, uint32 a, uint32 b, uint32 c) external pure {
        Comparison comparison = Comparison(kind % 4);
        (uint32 min, uint32 max) = (_min(a, _min(b, c)), _max(a, _max(b, c)));
        bool each = _isBeyond(comparison, threshold, a) &&
            _isBeyond(comparison, threshold, b) &&
            _isBeyond(comparison, threshold, c);
        same(Trigger.isBeyond(comparison, threshold, min, max) ? 1 : 0, each ? 1 : 0, "beyond");
    }

    function test_RevertWhen_AWindowProvesNothing() external {
        Peril memory peril = _peril(Comparison.Below);
        IWindowVerifier.Window memory window = _window(900, 999, 100);

        window.missing = 3;
        cheats.expectRevert(abi.encodeWithSelector(IClaims.TooManyMissing.selector, 5, 3, 2));
        harness.tiersMet(peril, 0, window);
        window.missing = 2;

        window.maxGapMs = 51;
        cheats.expectRevert(abi.encodeWithSelector(IClaims.GapTooLong.selector, 5, 51, 50));
        harness.tiersMet(peril, 0, window);
        window.maxGapMs = 50;

        window.flags = 0x0409;
        cheats.expectRevert(abi.encodeWithSelector(IClaims.FlagsNotAllowed.selector, 5, 0x0409));
        harness.tiersMet(peril, 1, window);
        same(harness.tiersMet(peril, 9, window), 1, "allowed flags, and a metric that nobody asks for");

        cheats.expectRevert(abi.encodeWithSelector(IClaims.ImplausibleValues.selector, 5, 9, 999));
        harness.tiersMet(peril, 9, _window(9, 999, 100));
        cheats.expectRevert(abi.encodeWithSelector(IClaims.ImplausibleValues.selector, 5, 10, 5001));
        harness.tiersMet(peril, 9, _window(10, 5001, 100));
        cheats.expectRevert(abi.encodeWithSelector(IClaims.NotMeasured.selector, 5, METRIC));
        harness.tiersMet(peril, 9, _window(0, type(uint32).max, 100));
    }

    function test_RevertWhen_TheSecondConditionDoesNotHold() external {
        Peril memory peril = _peril(Comparison.Below);
        peril.second = Condition(true, 7, Comparison.AtOrAbove, 70);
        IWindowVerifier.Window memory window = _window(900, 999, 100);
        (window.mins, window.maxs) = (window.mins | 70, window.maxs | 80);
        same(harness.tiersMet(peril, 0, window), 1, "holds");
        window.mins -= 1;
        cheats.expectRevert(abi.encodeWithSelector(IClaims.SecondConditionNotMet.selector, 5));
        harness.tiersMet(peril, 0, window);
        window.mins -= 69;
        cheats.expectRevert(abi.encodeWithSelector(IClaims.NotMeasured.selector, 5, 7));
        harness.tiersMet(peril, 0, window);
    }

    function test_ShowsWhichTiersHadNotBegun() external view {
        Peril memory peril = _peril(Comparison.Below);
        same(harness.tiersNotBegun(peril, 0, _frame(1000, 0)), 3, "outside both");
        same(harness.tiersNotBegun(peril, 0, _frame(999, 0)), 2, "inside the first");
        same(harness.tiersNotBegun(peril, 0, _frame(499, 0)), 0, "inside both");
        same(harness.tiersNotBegun(peril, 0, _frame(5000, 0)), 3, "the highest valid value");
        same(harness.tiersNotBegun(peril, 0, _frame(5001, 0)), 0, "at a rail");
        same(harness.tiersNotBegun(peril, 0, _frame(0, 0)), 0, "not measured");
        same(harness.tiersNotBegun(peril, 1, _frame(1000, 8)), 0, "in the air");
        same(harness.tiersNotBegun(peril, 8, _frame(1000, 8)), 3, "with an allowed flag");
    }

    function _peril(Comparison comparison) private pure returns (Peril memory peril) {
        peril.source = Source.Stream;
        (peril.metric, peril.comparison) = (METRIC, comparison);
        peril.tiers = new Tier[](2);
        peril.tiers[0] = Tier(1000, 100, 1000);
        peril.tiers[1] = Tier(500, 200, 5000);
        (peril.validMin, peril.validMax) = (10, 5000);
        (peril.maxGapMs, peril.maxMissing) = (50, 2);
    }

    function _window(uint256 min, uint256 max, uint48 durationMs)
        private
        pure
        returns (IWindowVerifier.Window memory window)
    {
        (window.firstMs, window.lastMs) = (7, 7 + durationMs);
        (window.maxGapMs, window.count) = (50, 3);
        (window.mins, window.maxs) = (min << 160, max << 160);
    }

    function _frame(uint256 value, uint256 flags) private pure returns (Frame memory frame) {
        frame.w0 = flags << 224;
        frame.values = Metrics.wrap(value << 160);
    }

    function _isBeyond(Comparison comparison, uint32 threshold, uint32 value) private pure returns (bool) {
        if (comparison == Comparison.Below) return value < threshold;
        if (comparison == Comparison.AtOrBelow) return value <= threshold;
        if (comparison == Comparison.Above) return value > threshold;
        return value >= threshold;
    }

    function _min(uint32 a, uint32 b) private pure returns (uint32) {
        return a < b ? a : b;
    }

    function _max(uint32 a, uint32 b) private pure returns (uint32) {
        return a > b ? a : b;
    }
}
