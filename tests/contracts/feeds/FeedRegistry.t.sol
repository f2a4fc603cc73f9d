// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Authority} from "../../../contracts/access/Authority.sol";
import {FeedRegistry} from "../../../contracts/feeds/FeedRegistry.sol";
import {IFeedRegistry} from "../../../contracts/feeds/IFeedRegistry.sol";
import {Spec} from "../Spec.sol";

contract FeedRegistryTest is Spec {
    string private constant SOURCE = "open-meteo, daily maximum of air temperature, 30.87 N 120.10 E";
    bytes32 private constant FEED = keccak256(bytes(SOURCE));
    uint40 private constant NOW = 1_800_000_000;
    uint40 private constant NOON = NOW - 3_600;
    bytes32 private constant ANSWER = "sha256 of the answer";

    FeedRegistry private registry = new FeedRegistry(address(new Authority(address(this))));
    /// @dev Secret keys of five reporters, in the ascending order of their accounts.
    uint256[5] private keys;

    event ValuePosted(
        bytes32 indexed feed,
        uint40 indexed observedAt,
        uint32 value,
        IFeedRegistry.Report[] reports
    );

    function setUp() external {
        for (uint256 i = 0; i < 5; ++i) {
            uint256 key = i + 101;
            uint256 place = i;
            for (; place > 0 && cheats.addr(keys[place - 1]) > cheats.addr(key); --place)
                keys[place] = keys[place - 1];
            keys[place] = key;
        }
        cheats.warp(NOW);
        registry.setReporters(_accounts(5));
        registry.defineFeed(SOURCE, _rules());
    }

    function test_TheMedianOfThreeIsKept() external {
        (IFeedRegistry.Report[] memory reports, bytes[] memory signatures) = _signed(FEED, NOON, _three(37, 38, 36));
        cheats.expectEmit(address(registry));
        emit ValuePosted(FEED, NOON, _degrees(37), reports);
        same(registry.post(FEED, NOON, reports, signatures), _degrees(37), "value");
        IFeedRegistry.Observation memory known = registry.observation(FEED, NOON);
        same(known.value, _degrees(37), "kept");
        same(known.observedAt, NOON, "observed");
        same(known.postedAt, NOW, "posted");
        same(known.reports, 3, "reports");
        same(registry.newest(FEED).observedAt, NOON, "newest");
    }

    function test_OfFourTheLowerMiddleIsKept() external {
        uint32[] memory values = new uint32[](4);
        (values[0], values[1], values[2], values[3]) = (_degrees(39), _degrees(36), _degrees(38), _degrees(37));
        same(_post(NOON, values), _degrees(37), "value");
    }

    function testFuzz_OneLiarOfThreeCannotLeaveWhatTheOthersSaw(uint32 lie) external {
        uint32[] memory values = _three(36, 37, 0);
        values[2] = lie;
        uint32 value = _post(NOON, values);
        isTrue(value >= _degrees(36) && value <= _degrees(37), "between the honest ones");
    }

    function test_ALateDayIsKeptAndTheNewestStays() external {
        _post(NOON, _three(37, 37, 37));
        _post(NOON - 86_400, _three(36, 36, 36));
        same(registry.newest(FEED).observedAt, NOON, "newest");
        same(registry.observation(FEED, NOON - 86_400).value, _degrees(36), "late one");
    }

    function test_RevertWhen_ATimeIsPostedTwice() external {
        _post(NOON, _three(37, 37, 37));
        _refused(
            NOON,
            _three(39, 39, 39),
            abi.encodeWithSelector(IFeedRegistry.AlreadyPosted.selector, FEED, NOON)
        );
    }

    function test_RevertWhen_AStrangerForgesAReport() external {
        (IFeedRegistry.Report[] memory reports, bytes[] memory signatures) = _signed(FEED, NOON, _three(37, 37, 37));
        signatures[1] = _sign(4711, registry.reportDigest(FEED, NOON, reports[1]));
        cheats.expectRevert(abi.encodeWithSelector(IFeedRegistry.NotAReporter.selector, cheats.addr(4711)));
        registry.post(FEED, NOON, reports, signatures);
    }

    function test_RevertWhen_AReportIsAltered() external {
        (IFeedRegistry.Report[] memory reports, bytes[] memory signatures) = _signed(FEED, NOON, _three(37, 37, 37));
        reports[2].value = _degrees(39);
        cheats.expectPartialRevert(IFeedRegistry.NotAReporter.selector);
        registry.post(FEED, NOON, reports, signatures);
        reports[2].value = _degrees(37);
        reports[2].answer = "another answer";
        cheats.expectPartialRevert(IFeedRegistry.NotAReporter.selector);
        registry.post(FEED, NOON, reports, signatures);
    }

    function test_RevertWhen_AReportIsForAnotherTimeOrFeed() external {
        (IFeedRegistry.Report[] memory reports, bytes[] memory signatures) = _signed(FEED, NOON, _three(37, 37, 37));
        cheats.expectPartialRevert(IFeedRegistry.NotAReporter.selector);
        registry.post(FEED, NOON - 86_400, reports, signatures);
        bytes32 other = registry.defineFeed("another feed", _rules());
        cheats.expectPartialRevert(IFeedRegistry.NotAReporter.selector);
        registry.post(other, NOON, reports, signatures);
    }

    function test_RevertWhen_OneReporterSignsTwice() external {
        (IFeedRegistry.Report[] memory reports, bytes[] memory signatures) = _signed(FEED, NOON, _three(37, 37, 37));
        (reports[1], signatures[1]) = (reports[0], signatures[0]);
        cheats.expectPartialRevert(IFeedRegistry.NotAscending.selector);
        registry.post(FEED, NOON, reports, signatures);
    }

    function test_RevertWhen_TooFewSigned() external {
        uint32[] memory two = new uint32[](2);
        (two[0], two[1]) = (_degrees(37), _degrees(37));
        _refused(NOON, two, abi.encodeWithSelector(IFeedRegistry.TooFewReports.selector, 2, 3));
        (IFeedRegistry.Report[] memory reports, ) = _signed(FEED, NOON, _three(37, 37, 37));
        cheats.expectRevert(abi.encodeWithSelector(IFeedRegistry.NotOneSignatureEach.selector, 3, 0));
        registry.post(FEED, NOON, reports, new bytes[](0));
    }

    function test_RevertWhen_TheObservationIsStale() external {
        uint40 old = NOW - 3 days - 1;
        _refused(old, _three(37, 37, 37), abi.encodeWithSelector(IFeedRegistry.TooOld.selector, old, 3 days));
        _post(old + 1, _three(37, 37, 37));
    }

    function test_RevertWhen_TheObservationIsAheadOfTime() external {
        uint40 early = NOW + 601;
        _refused(
            early,
            _three(37, 37, 37),
            abi.encodeWithSelector(IFeedRegistry.TooFarAhead.selector, early, NOW + 600)
        );
        _post(early - 1, _three(37, 37, 37));
    }

    function test_AJumpNeedsMoreReporters() external {
        _post(NOON - 86_400, _three(30, 30, 30));
        _refused(NOON, _three(41, 41, 41), abi.encodeWithSelector(IFeedRegistry.TooFewReports.selector, 3, 5));
        uint32[] memory all = new uint32[](5);
        for (uint256 i = 0; i < 5; ++i) all[i] = _degrees(41);
        same(_post(NOON, all), _degrees(41), "all five agree");
    }

    function test_RevertWhen_TheMedianIsImplausible() external {
        _refused(
            NOON,
            _three(98, 98, 98),
            abi.encodeWithSelector(IFeedRegistry.Implausible.selector, _degrees(98))
        );
        uint32[] memory unmeasured = new uint32[](3);
        _refused(NOON, unmeasured, abi.encodeWithSelector(IFeedRegistry.Implausible.selector, 0));
    }

    function test_RevertWhen_TheFeedIsUnknown() external {
        cheats.expectRevert(abi.encodeWithSelector(IFeedRegistry.UnknownFeed.selector, bytes32("none")));
        registry.post("none", NOON, new IFeedRegistry.Report[](0), new bytes[](0));
    }

    function test_AReporterWhoWasTakenOutSignsNoMore() external {
        (IFeedRegistry.Report[] memory reports, bytes[] memory signatures) = _signed(FEED, NOON, _three(37, 37, 37));
        address[] memory left = new address[](4);
        for (uint256 i = 0; i < 4; ++i) left[i] = cheats.addr(keys[i + 1]);
        registry.setReporters(left);
        cheats.expectRevert(abi.encodeWithSelector(IFeedRegistry.NotAReporter.selector, cheats.addr(keys[0])));
        registry.post(FEED, NOON, reports, signatures);
    }

    function test_RevertWhen_NobodyHasBeenNamedYet() external {
        registry = new FeedRegistry(address(new Authority(address(this))));
        registry.defineFeed(SOURCE, _rules());
        (IFeedRegistry.Report[] memory reports, bytes[] memory signatures) = _signed(FEED, NOON, _three(37, 37, 37));
        cheats.expectRevert(abi.encodeWithSelector(IFeedRegistry.NotAReporter.selector, cheats.addr(keys[0])));
        registry.post(FEED, NOON, reports, signatures);
    }

    function test_HalfOfALargerSetDoesNotSuffice() external {
        address[] memory many = new address[](8);
        for (uint256 i = 0; i < 8; ++i) many[i] = address(uint160(i + 1));
        registry.setReporters(many);
        _refused(NOON, _three(37, 37, 37), abi.encodeWithSelector(IFeedRegistry.TooFewReports.selector, 3, 5));
    }

    function test_RevertWhen_AFeedIsToObserveSomethingElse() external {
        IFeedRegistry.Rules memory rules = _rules();
        rules.maxStep = 5_000;
        registry.defineFeed(SOURCE, rules);
        rules.periodSeconds = 2 * 86_400;
        cheats.expectRevert(abi.encodeWithSelector(IFeedRegistry.BadRules.selector, "metric"));
        registry.defineFeed(SOURCE, rules);
    }

    function test_RevertWhen_ATimeIsNoEndOfAPeriod() external {
        bytes memory between = abi.encodeWithSelector(
            IFeedRegistry.BetweenPeriods.selector,
            NOON - 1,
            60,
            0
        );
        _refused(NOON - 1, _three(37, 37, 37), between);
    }

    function test_RevertWhen_RulesOrReportersMakeNoSense() external {
        IFeedRegistry.Rules memory rules = _rules();
        rules.quorum = 2;
        cheats.expectRevert(abi.encodeWithSelector(IFeedRegistry.BadRules.selector, "quorum"));
        registry.defineFeed("x", rules);
        (rules.quorum, rules.jumpQuorum) = (3, 2);
        cheats.expectRevert(abi.encodeWithSelector(IFeedRegistry.BadRules.selector, "jumpQuorum"));
        registry.defineFeed("x", rules);
        rules = _rules();
        rules.validMin = 0;
        cheats.expectRevert(abi.encodeWithSelector(IFeedRegistry.BadRules.selector, "validMin"));
        registry.defineFeed("x", rules);
        rules = _rules();
        rules.metric = 8;
        cheats.expectRevert(abi.encodeWithSelector(IFeedRegistry.BadRules.selector, "metric"));
        registry.defineFeed("x", rules);
        (rules.metric, rules.periodSeconds) = (0, 0);
        cheats.expectRevert(abi.encodeWithSelector(IFeedRegistry.BadRules.selector, "periodSeconds"));
        registry.defineFeed("x", rules);
        (rules.periodSeconds, rules.offsetSeconds) = (60, 60);
        cheats.expectRevert(abi.encodeWithSelector(IFeedRegistry.BadRules.selector, "offsetSeconds"));
        registry.defineFeed("x", rules);
        address[] memory twice = new address[](2);
        (twice[0], twice[1]) = (address(1), address(1));
        cheats.expectRevert(abi.encodeWithSelector(IFeedRegistry.BadReporters.selector));
        registry.setReporters(twice);
        cheats.expectRevert(abi.encodeWithSelector(IFeedRegistry.BadReporters.selector));
        registry.setReporters(new address[](16));
    }

    function test_RevertWhen_SomebodyElseGoverns() external {
        address stranger = someone("stranger");
        bytes memory refusal = abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, stranger);
        cheats.prank(stranger);
        cheats.expectRevert(refusal);
        registry.defineFeed("x", _rules());
        cheats.prank(stranger);
        cheats.expectRevert(refusal);
        registry.setReporters(new address[](1));
    }

    function test_FifteenReportersFitInABlock() external {
        uint256 count = 15;
        uint256[] memory sorted = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 key = 1_000 + i;
            uint256 place = i;
            for (; place > 0 && cheats.addr(sorted[place - 1]) > cheats.addr(key); --place)
                sorted[place] = sorted[place - 1];
            sorted[place] = key;
        }
        address[] memory accounts = new address[](count);
        IFeedRegistry.Report[] memory reports = new IFeedRegistry.Report[](count);
        bytes[] memory signatures = new bytes[](count);
        for (uint256 i = 0; i < count; ++i) {
            accounts[i] = cheats.addr(sorted[i]);
            reports[i] = IFeedRegistry.Report({value: _degrees(37) - uint32(i), answer: ANSWER});
            signatures[i] = _sign(sorted[i], registry.reportDigest(FEED, NOON, reports[i]));
        }
        registry.setReporters(accounts);
        uint256 before = gasleft();
        registry.post(FEED, NOON, reports, signatures);
        atMost(before - gasleft(), 400_000, "gas of fifteen reports");
    }

    function _rules() private pure returns (IFeedRegistry.Rules memory) {
        return
            IFeedRegistry.Rules({
                quorum: 3,
                jumpQuorum: 5,
                maxAgeSeconds: 3 days,
                maxAheadSeconds: 600,
                maxStep: 10_000,
                validMin: _degrees(0) - 60_000,
                validMax: _degrees(60),
                metric: 0,
                periodSeconds: 60,
                offsetSeconds: 0
            });
    }

    function _accounts(uint256 count) private view returns (address[] memory accounts) {
        accounts = new address[](count);
        for (uint256 i = 0; i < count; ++i) accounts[i] = cheats.addr(keys[i]);
    }

    function _degrees(uint32 degrees) private pure returns (uint32) {
        return degrees * 1_000 + 2 ** 31;
    }

    function _three(uint32 a, uint32 b, uint32 c) private pure returns (uint32[] memory values) {
        values = new uint32[](3);
        (values[0], values[1], values[2]) = (_degrees(a), _degrees(b), _degrees(c));
    }

    function _post(uint40 observedAt, uint32[] memory values) private returns (uint32) {
        (IFeedRegistry.Report[] memory reports, bytes[] memory signatures) = _signed(FEED, observedAt, values);
        return registry.post(FEED, observedAt, reports, signatures);
    }

    function _refused(uint40 observedAt, uint32[] memory values, bytes memory refusal) private {
        (IFeedRegistry.Report[] memory reports, bytes[] memory signatures) = _signed(FEED, observedAt, values);
        cheats.expectRevert(refusal);
        registry.post(FEED, observedAt, reports, signatures);
    }

    function _signed(
        bytes32 feed,
        uint40 observedAt,
        uint32[] memory values
    ) private view returns (IFeedRegistry.Report[] memory reports, bytes[] memory signatures) {
        reports = new IFeedRegistry.Report[](values.length);
        signatures = new bytes[](values.length);
        for (uint256 i = 0; i < values.length; ++i) {
            reports[i] = IFeedRegistry.Report({value: values[i], answer: ANSWER});
            signatures[i] = _sign(keys[i], registry.reportDigest(feed, observedAt, reports[i]));
        }
    }

    function _sign(uint256 key, bytes32 digest) private pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = cheats.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }
}
