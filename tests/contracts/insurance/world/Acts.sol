// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ClaimActs} from "./ClaimActs.sol";
import {InsuranceHandler} from "./InsuranceHandler.sol";
import {OperatorActs} from "./OperatorActs.sol";
import {PolicyActs} from "./PolicyActs.sol";

/// @notice Every act of every actor, as often as it is tried: what leads to a claim, and what is done with one, more often
///         than what surrounds it. An act takes up to five numbers and nothing else, so that any words will do.
library Acts {
    /// @dev Runners choose among these with equal chances: what stands here twice is tried twice as often.
    function weighted() internal pure returns (bytes4[] memory acts) {
        acts = new bytes4[](108);
        uint256 next = 0;
        next = _put(acts, next, PolicyActs.insure.selector, 8);
        next = _put(acts, next, OperatorActs.night.selector, 8);
        next = _put(acts, next, ClaimActs.prove.selector, 14);
        next = _put(acts, next, ClaimActs.proveAgain.selector, 2);
        next = _put(acts, next, ClaimActs.proceed.selector, 8);
        next = _put(acts, next, ClaimActs.collect.selector, 4);
        next = _put(acts, next, ClaimActs.dispute.selector, 5);
        next = _put(acts, next, ClaimActs.demand.selector, 4);
        next = _put(acts, next, ClaimActs.correct.selector, 4);
        next = _put(acts, next, ClaimActs.rule.selector, 3);
        next = _put(acts, next, ClaimActs.approve.selector, 2);
        next = _put(acts, next, OperatorActs.convict.selector, 3);
        next = _put(acts, next, InsuranceHandler.wait.selector, 3);
        next = _put(acts, next, OperatorActs.anchor.selector, 2);
        next = _put(acts, next, ClaimActs.openAudit.selector, 1);
        next = _put(acts, next, PolicyActs.bind.selector, 2);
        next = _put(acts, next, PolicyActs.payPremium.selector, 2);
        next = _put(acts, next, PolicyActs.cancel.selector, 2);
        next = _put(acts, next, PolicyActs.endorse.selector, 1);
        next = _put(acts, next, PolicyActs.transfer.selector, 1);
        next = _put(acts, next, PolicyActs.end.selector, 4);
        next = _put(acts, next, PolicyActs.returnPremium.selector, 3);
        next = _put(acts, next, PolicyActs.refundOutage.selector, 1);
        next = _put(acts, next, PolicyActs.pause.selector, 1);
        next = _put(acts, next, ClaimActs.withdrawCredit.selector, 3);
        next = _put(acts, next, OperatorActs.spoil.selector, 1);
        next = _put(acts, next, OperatorActs.stake.selector, 3);
        next = _put(acts, next, InsuranceHandler.distribute.selector, 3);
        next = _put(acts, next, InsuranceHandler.takeCredit.selector, 3);
        next = _put(acts, next, InsuranceHandler.deposit.selector, 1);
        next = _put(acts, next, InsuranceHandler.redeem.selector, 2);
        next = _put(acts, next, InsuranceHandler.contribute.selector, 1);
        next = _put(acts, next, InsuranceHandler.donate.selector, 1);
        next = _put(acts, next, InsuranceHandler.payFees.selector, 1);
        next = _put(acts, next, InsuranceHandler.grief.selector, 1);
    }

    function _put(bytes4[] memory acts, uint256 next, bytes4 act, uint256 weight) private pure returns (uint256) {
        for (uint256 i = 0; i < weight; ++i) acts[next + i] = act;
        return next + weight;
    }
}
