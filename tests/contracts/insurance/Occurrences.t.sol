// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IClaims} from "../../../contracts/insurance/IClaims.sol";
import {Occurrences} from "../../../contracts/insurance/Occurrences.sol";
import {Spec} from "../Spec.sol";

/// @notice Occurrences with the policy's limit beside them, as the claims contract has it.
abstract contract OpenOccurrences is Occurrences {
    uint256 internal constant SUM = 1_000_000;
    uint256 internal constant SEPARATION_MS = 100;

    uint256 public immutable DEDUCTIBLE;
    uint256 public immutable SUBLIMIT;
    uint256 public immutable AGGREGATE;
    uint256 public reserved;
    uint256 public paid;

    constructor(uint256 deductible, uint256 sublimit, uint256 aggregate) {
        (DEDUCTIBLE, SUBLIMIT, AGGREGATE) = (deductible, sublimit, aggregate);
    }

    function award(uint48 fromMs, uint48 toMs, uint16 payoutBps) public returns (uint256 id) {
        uint256 more;
        (id, more) = _award(
            Award({
                policy: 1,
                peril: 0,
                fromMs: fromMs,
                toMs: toMs,
                payoutBps: payoutBps,
                separationMs: SEPARATION_MS,
                sumInsured: SUM,
                deductible: DEDUCTIBLE,
                sublimit: SUBLIMIT,
                aggregateLeft: AGGREGATE - paid - reserved
            })
        );
        reserved += more;
    }

    function entryOf(uint256 id) public view returns (Entry memory) {
        return _claims[id];
    }

    function ids() public view returns (uint64[] memory) {
        return _accounts[1][0].claims;
    }

    function taken() public view returns (uint256) {
        return _accounts[1][0].taken;
    }

    function settle(uint256 id) public returns (uint256 more) {
        Entry storage entry = _claims[id];
        more = _takeMore(_accounts[1][0], entry, AGGREGATE - paid - reserved);
        reserved += more;
        entry.settled = entry.amount;
        entry.state = State.Payable;
    }

    function collect(uint256 id) public {
        Entry storage entry = _claims[id];
        uint128 due = entry.settled - entry.paid;
        entry.paid = entry.settled;
        if (entry.state == State.Payable) entry.state = State.Paid;
        reserved -= due;
        paid += due;
    }

    function wantedOf(uint16 payoutBps) public view returns (uint256) {
        uint256 gross = (SUM * payoutBps) / 10_000;
        return gross > DEDUCTIBLE ? gross - DEDUCTIBLE : 0;
    }

    // What a claims contract does around occurrences is none of theirs.
    function prove(uint256, Terms calldata, uint8, uint48, uint48, Evidence[] calldata) external pure returns (uint256) {
        revert();
    }

    function approve(uint256, uint256) external pure {}
    function finalize(uint256) external pure {}
    function namePayee(uint256, address) external pure {}
    function claim(uint256) external pure returns (Claim memory) {}
    function payeeOf(uint256) external pure returns (address) {}
    function firstApprovalOf(uint256) external pure returns (address) {}
    function claimsOf(uint256, uint8) external pure returns (uint256[] memory) {}
}
