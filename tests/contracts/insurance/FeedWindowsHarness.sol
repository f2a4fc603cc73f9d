// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Metrics} from "../../../contracts/evidence/Metrics.sol";
import {IFeedRegistry} from "../../../contracts/feeds/IFeedRegistry.sol";
import {FeedWindows} from "../../../contracts/insurance/FeedWindows.sol";
import {IClaims} from "../../../contracts/insurance/IClaims.sol";
import {Peril} from "../../../contracts/insurance/Terms.sol";
import {Trigger} from "../../../contracts/insurance/Trigger.sol";

/// @notice Judges windows of made-up feeds in one call, as `Evaluation` judges those of the registry, which it stands for.
contract FeedWindowsHarness {
    struct Case {
        bytes32 feed;
        IFeedRegistry.Rules rules;
        uint48 fromMs;
        uint48 toMs;
        uint48 coverFromMs;
        uint40 beforeS;
        Peril peril;
    }

    mapping(bytes32 feed => mapping(uint40 at => IFeedRegistry.Observation)) private _known;

    function know(bytes32 feed, uint40[] calldata times, uint32[] calldata values) external {
        for (uint256 i = 0; i < times.length; ++i) {
            _known[feed][times[i]] = IFeedRegistry.Observation(values[i], times[i], times[i], 3);
        }
    }

    function observation(bytes32 feed, uint40 at) external view returns (IFeedRegistry.Observation memory) {
        return _known[feed][at];
    }

    /// @notice The rate of one case, or the error.
    function decide(Case calldata one) external view returns (uint16) {
        require(
            FeedWindows.isWhole(one.fromMs, one.toMs, one.rules),
            IClaims.NotWholePeriods(one.fromMs, one.toMs)
        );
        FeedWindows.Asked memory asked = FeedWindows.Asked({
            feed: one.feed,
            fromMs: one.fromMs,
            toMs: one.toMs,
            periodMs: uint256(one.rules.periodSeconds) * 1000,
            anchorWithinSeconds: 3_600
        });
        IFeedRegistry feeds = IFeedRegistry(address(this));
        Trigger.Seen[] memory seen = new Trigger.Seen[](1);
        (seen[0].window, ) = FeedWindows.read(feeds, asked, one.peril.metric);
        if (one.beforeS > 0) {
            uint32 value = FeedWindows.readBefore(feeds, asked, seen[0].window, one.beforeS);
            seen[0].before.values = Metrics.wrap(FeedWindows.inLane(value, one.peril.metric));
            seen[0].beginsHere = uint256(one.beforeS) * 1000 >= one.coverFromMs;
        }
        return Trigger.award(one.peril, 0, seen);
    }

    /// @notice The rate of every case, or the selector of its error.
    function decideAll(Case[] calldata cases) external view returns (bytes4[] memory answers) {
        answers = new bytes4[](cases.length);
        for (uint256 i = 0; i < cases.length; ++i) {
            try this.decide(cases[i]) returns (uint16 payoutBps) {
                answers[i] = bytes4(uint32(payoutBps));
            } catch (bytes memory reason) {
                answers[i] = bytes4(reason);
            }
        }
    }
}
