// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IClaims} from "../../../contracts/insurance/IClaims.sol";
import {Peril} from "../../../contracts/insurance/Terms.sol";
import {Trigger} from "../../../contracts/insurance/Trigger.sol";

/// @notice Judges many made-up windows in one call, as the claim contract judges proven ones.
contract EvaluationHarness {
    struct Case {
        Peril peril;
        uint8 minSensors;
        uint16 allowedFlags;
        Trigger.Seen[] seen;
    }

    /// @notice The rate of one case, or the error.
    function decide(Case calldata one) external pure returns (uint16) {
        require(one.seen.length >= one.minSensors, IClaims.TooFewSensors(one.seen.length, one.minSensors));
        return Trigger.award(one.peril, one.allowedFlags, one.seen);
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
