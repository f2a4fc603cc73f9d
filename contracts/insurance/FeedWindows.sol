// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IWindowVerifier} from "../evidence/IWindowVerifier.sol";
import {IFeedRegistry} from "../feeds/IFeedRegistry.sol";
import {IClaims} from "./IClaims.sol";

/// @title Windows of a feed
/// @notice What the registry of feeds says of whole periods of time, in the form that windows of probes have.
/// @dev A period without an observation is neither breach nor recovery: it counts as missing, and its length as a gap.
///      The same as `feedWindow` in protocol/feed-window.ts.
library FeedWindows {
    /// @dev Periods of one window, and from the observation before to it: a year of days fits into a transaction.
    uint256 internal constant MOST_PERIODS = 366;

    /// @param anchorWithinSeconds an observation posted later than this after its period is late
    struct Asked {
        bytes32 feed;
        uint256 fromMs;
        uint256 toMs;
        uint256 periodMs;
        uint256 anchorWithinSeconds;
    }

    /// @notice The periods that lie in (fromMs, toMs], of which the first and the last must be known.
    /// @return window its values in the lane of `metric`, and nothing in the others
    /// @return late true where an observation was posted too late
    function read(
        IFeedRegistry feeds,
        Asked memory asked,
        uint8 metric
    ) internal view returns (IWindowVerifier.Window memory window, bool late) {
        (uint32 min, uint32 max) = (type(uint32).max, 0);
        uint256 gapMs = 0;
        for (uint256 atMs = asked.fromMs + asked.periodMs; atMs <= asked.toMs; atMs += asked.periodMs) {
            IFeedRegistry.Observation memory known = feeds.observation(asked.feed, uint40(atMs / 1000));
            if (known.postedAt == 0) {
                bool within = window.count > 0 && atMs < asked.toMs;
                require(within, IClaims.NotObserved(asked.feed, uint40(atMs / 1000)));
                ++window.missing;
                gapMs += asked.periodMs;
                continue;
            }
            if (known.value < min) min = known.value;
            if (known.value > max) max = known.value;
            ++window.count;
            _widenGap(window, gapMs);
            gapMs = 0;
            late = late || known.postedAt > known.observedAt + asked.anchorWithinSeconds;
        }
        (window.firstMs, window.lastMs) = (uint48(asked.fromMs), uint48(asked.toMs));
        (window.mins, window.maxs) = (inLane(min, metric), inLane(max, metric));
    }

    /// @notice The last observation up to the beginning of the window, whose time `beforeS` is shown; what is missing in
    ///         between counts in the window.
    function readBefore(
        IFeedRegistry feeds,
        Asked memory asked,
        IWindowVerifier.Window memory window,
        uint256 beforeS
    ) internal view returns (uint32 value) {
        uint256 beforeMs = beforeS * 1000;
        bool near = beforeMs <= asked.fromMs && asked.fromMs - beforeMs <= MOST_PERIODS * asked.periodMs;
        require(near, IClaims.NotObserved(asked.feed, uint40(beforeS)));
        IFeedRegistry.Observation memory known = feeds.observation(asked.feed, uint40(beforeS));
        require(known.postedAt > 0, IClaims.NotObserved(asked.feed, uint40(beforeS)));
        for (uint256 atMs = beforeMs + asked.periodMs; atMs <= asked.fromMs; atMs += asked.periodMs) {
            bool unknown = feeds.observation(asked.feed, uint40(atMs / 1000)).postedAt == 0;
            require(unknown, IClaims.NotTheObservationBefore(asked.feed, uint40(beforeS)));
            ++window.missing;
        }
        _widenGap(window, asked.fromMs - beforeMs);
        return known.value;
    }

    /// @notice Whether a window is made of 1 to `MOST_PERIODS` whole periods.
    function isWhole(uint256 fromMs, uint256 toMs, IFeedRegistry.Rules memory rules) internal pure returns (bool) {
        (uint256 periodMs, uint256 offsetMs) = (uint256(rules.periodSeconds) * 1000, uint256(rules.offsetSeconds) * 1000);
        return
            fromMs % periodMs == offsetMs &&
            toMs % periodMs == offsetMs &&
            fromMs < toMs &&
            toMs - fromMs <= MOST_PERIODS * periodMs;
    }

    /// @notice A word that is one value in one lane.
    function inLane(uint32 value, uint8 metric) internal pure returns (uint256) {
        return uint256(value) << (224 - 32 * uint256(metric));
    }

    function _widenGap(IWindowVerifier.Window memory window, uint256 gapMs) private pure {
        if (gapMs <= window.maxGapMs) return;
        window.maxGapMs = gapMs < type(uint32).max ? uint32(gapMs) : type(uint32).max;
    }
}
