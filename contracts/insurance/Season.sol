// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Seasonal weights
/// @notice What a part of the year weighs in a premium: a pond's risk lies in the hot months, and so does its premium.
/// @dev Twelfths of the mean Gregorian year since 1970: within a day or two they are the calendar's months (UTC).
library Season {
    uint256 internal constant TWELFTH = 2_629_746;
    uint256 private constant PARTS = 12;

    /// @notice The weight of the time from `from` to `to`, in seconds times weight.
    function weightOf(uint16[12] memory weights, uint256 from, uint256 to) internal pure returns (uint256) {
        return _since1970(weights, to) - _since1970(weights, from);
    }

    function _since1970(uint16[12] memory weights, uint256 time) private pure returns (uint256 weight) {
        uint256 twelfths = time / TWELFTH;
        uint256 part = twelfths % PARTS;
        (uint256 wholeYear, uint256 thisYear) = (0, 0);
        for (uint256 i = 0; i < PARTS; ++i) {
            wholeYear += weights[i];
            if (i < part) thisYear += weights[i];
        }
        weight = ((twelfths / PARTS) * wholeYear + thisYear) * TWELFTH + weights[part] * (time % TWELFTH);
    }
}
