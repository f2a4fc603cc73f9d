// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IClaims} from "../../../contracts/insurance/IClaims.sol";
import {IDisputes} from "../../../contracts/insurance/IDisputes.sol";
import {IOperatorBond} from "../../../contracts/evidence/IOperatorBond.sol";
import {IPolicies} from "../../../contracts/insurance/IPolicies.sol";
import {Spec} from "../Spec.sol";
import {Acts} from "./world/Acts.sol";
import {InsuranceHandler} from "./world/InsuranceHandler.sol";

/// @notice The runner knows the contracts of the file that it runs, and no others.
contract Everybody is InsuranceHandler {}

/// @notice The invariants of the whole system as deployed. Each number is one of `docs/invariants.md`.
contract InsuranceTest is Spec {
    uint256 private constant SUM = 100_003;
    uint256 private constant HEAT_SUBLIMIT = 61_001;
    uint256 private constant AUDIT_SUBLIMIT = 20_011;
    uint256 private constant DISPUTE_BOND = 1001;
    uint256 private constant DEMAND_BOND = 201;

    Everybody private world = new Everybody();

    function setUp() external {
        target(address(world), Acts.weighted());
    }

    /// @dev One campaign for all: each of its runs tells of every invariant, and costs as much as of one.
    function invariant_01_to_07_and_13_HoldAfterEveryAct() external view {
        _require01EveryTokenIsBooked();
        _require02LockedIsTheSumOverLivePolicies();
        _require03NothingExceedsItsLimit();
        _require04LockedAtBindIsReleasedOrPaid();
        _require05WhatIsTerminalNeverChanges();
        _require06AnOccurrenceTakesAtMostItsHighestTier();
        _require07EveryUnitOfPremiumIsSomewhere();
        _require13NobodyGainsFromTheTimingOfAClaim();
    }

    function _require01EveryTokenIsBooked() private view {
        same(
            world.TOKEN().balanceOf(address(world.POOL())),
            world.POOL().capital() +
                world.POOL().unearned() +
                world.POOL().owed() +
                world.donated(address(world.POOL())),
            "pool"
        );
        same(_bonds(), world.DISPUTES().held(), "bonds and credits");
        _holds(address(world.DISPUTES()), world.DISPUTES().held(), "disputes");
        _holds(address(world.FUND()), world.fundHolds(), "fund");
        _holds(address(world.BOND()), _staked(), "operator's bond");
        _holds(address(world.POLICIES()), 0, "policies");
        _holds(address(world.CLAIMS()), 0, "claims");
    }

    function _require02LockedIsTheSumOverLivePolicies() private view {
        (uint256 locked, uint256 reserved) = (0, 0);
        for (uint256 id = 1; id <= world.policies(); ++id) {
            IPolicies.Policy memory policy = world.POLICIES().policy(id);
            if (policy.terminal) continue;
            locked += policy.aggregateLimit - policy.paid;
            reserved += policy.reserved;
        }
        same(world.POOL().locked(), locked, "locked");
        same(world.POOL().reserved(), reserved, "reserved");
    }

    function _require03NothingExceedsItsLimit() private view {
        for (uint256 id = 1; id <= world.policies(); ++id) {
            IPolicies.Policy memory policy = world.POLICIES().policy(id);
            (uint256 oxygen, uint256 heat, uint256 audit) = (_taken(id, 0), _taken(id, 1), _taken(id, type(uint8).max));
            same(policy.paid + policy.reserved, oxygen + heat + audit, "what its claims have taken");
            atMost(policy.paid + policy.reserved, policy.aggregateLimit, "aggregate limit");
            atMost(heat, HEAT_SUBLIMIT, "sublimit");
            same(audit, policy.auditTaken, "taken by audit claims");
            atMost(audit, AUDIT_SUBLIMIT, "audit sublimit");
        }
    }

    function _require04LockedAtBindIsReleasedOrPaid() private view {
        for (uint256 id = 1; id <= world.policies(); ++id) {
            IPolicies.Policy memory policy = world.POLICIES().policy(id);
            same(policy.paid, world.collected(id), "paid and collected");
            uint256 released = policy.terminal ? policy.aggregateLimit - world.collected(id) : 0;
            same(world.released(id), released, "released");
        }
    }

    function _require05WhatIsTerminalNeverChanges() private view {
        for (uint256 id = 1; id <= world.policies(); ++id) {
            bytes32 seen = world.whenTerminal(id);
            if (seen != 0) same(keccak256(abi.encode(world.POLICIES().policy(id))), seen, "terminal policy");
        }
        for (uint256 id = 1; id <= world.claims(); ++id) {
            bytes32 seen = world.whenOver(id);
            if (seen != 0) same(keccak256(abi.encode(world.CLAIMS().claim(id))), seen, "claim that is over");
        }
        same(world.forbidden(), 0, "forbidden transitions");
    }

    function _require06AnOccurrenceTakesAtMostItsHighestTier() private view {
        for (uint256 id = 1; id <= world.policies(); ++id) {
            for (uint8 peril = 0; peril < 2; ++peril) _requireOccurrences(world.CLAIMS().claimsOf(id, peril));
        }
    }

    function _require07EveryUnitOfPremiumIsSomewhere() private view {
        (uint256 earned, uint256 held) = (0, 0);
        for (uint256 id = 1; id <= world.policies(); ++id) {
            IPolicies.Policy memory policy = world.POLICIES().policy(id);
            if (!policy.terminal) held += policy.premiumPaid;
            else if (world.POLICIES().state(id) == IPolicies.State.Closed) earned += policy.premium - policy.refund;
        }
        uint256 fees = world.POOL().owed() + world.TOKEN().balanceOf(world.PROVIDER());
        uint256 refunds = world.POOL().unearned() - held + world.premiumOut();
        same(world.premiumIn(), held + earned + refunds, "premium in");
        same(
            world.POOL().capital() + world.capitalOut() + world.claimsPaid() + fees,
            world.capitalIn() + earned,
            "capital and fees"
        );
    }

    function _require13NobodyGainsFromTheTimingOfAClaim() private view {
        same(world.pricesLowered(), 0, "acts that cost another shareholder");
        _requireNoGain(world.ANN());
        _requireNoGain(world.BOB());
    }

    /// @notice The handlers do what they are there for: one course of acts reaches every kind of end.
    function test_TheActsReachEveryEndOfAClaim() external {
        world.insure(0, 0);
        cheats.warp(block.timestamp + 2 hours);
        world.night(0, 7, 1, 0, 4);
        world.prove(0, 0, 0, 1, 1);
        cheats.warp(block.timestamp + 25 hours);
        _acts(IClaims.finalize.selector);
        world.collect(0, 1);
        world.night(0, 7, 1, 0, 4);
        world.prove(0, 1, 0, 1, 4);
        world.dispute(0, 4, 1);
        world.rule(0, 0, 0);
        world.collect(0, 1);
        _did(IDisputes.rule.selector, 1);
        _did(IClaims.collect.selector, 2);
        world.end(0, 1);
        _did(IPolicies.close.selector, 1);

        world.insure(1, 0);
        cheats.warp(block.timestamp + 2 hours);
        world.night(1, 7, 1, 0, 4);
        world.prove(0, 0, 0, 1, 17);
        world.demand(0, 1);
        cheats.warp(block.timestamp + 25 hours);
        _acts(IDisputes.rejectUnanswered.selector);
        world.withdrawCredit(3);
        _did(IDisputes.withdraw.selector, 1);
        world.night(1, 7, 1, 0, 17);
        world.prove(0, 1, 0, 1, 17);
        world.convict(0, 0);
        _acts(IClaims.reopen.selector);
        cheats.warp(block.timestamp + 9 days - 6);
        _acts(IClaims.abandon.selector);
        _did(IClaims.prove.selector, 4);
        world.bind(0, 0, 0);
        cheats.warp(block.timestamp + 3 days - 2);
        world.end(0, 1);
        _did(IPolicies.lapse.selector, 1);
        world.endEverything();
        same(world.POOL().locked(), 0, "locked");
    }

    function _acts(bytes4 act) private {
        world.proceed(0, 1);
        _did(act, 1);
    }

    function _did(bytes4 act, uint256 times) private view {
        require(world.successes(act) == times, Differs("done so often", bytes32(world.successes(act)), act));
    }

    function _requireOccurrences(uint256[] memory ids) private view {
        for (uint256 i = 0; i < ids.length; ++i) {
            IClaims.Claim memory one = world.CLAIMS().claim(ids[i]);
            uint256 gross = (SUM * one.payoutBps) / 10_000;
            uint256 deductible = one.peril == 0 ? 503 : 0;
            atMost(one.amount, gross > deductible ? gross - deductible : 0, "amount");
            atMost(one.settled, one.amount, "settled");
            atMost(one.paid, one.settled, "paid");
            if (one.state == IClaims.State.Rejected) continue;
            for (uint256 j = 0; j < i; ++j) {
                IClaims.Claim memory other = world.CLAIMS().claim(ids[j]);
                bool apart = one.fromMs >= other.toMs + 6 hours * 1000 || other.fromMs >= one.toMs + 6 hours * 1000;
                isTrue(apart || other.state == IClaims.State.Rejected, "one occurrence in two claims");
            }
        }
    }

    function _requireNoGain(address shareholder) private view {
        uint256 has = world.taken(shareholder) + world.worthOf(shareholder);
        atMost(has, world.brought(shareholder) + world.entitled(shareholder), "taken out and left");
    }

    function _holds(address where, uint256 booked, string memory what) private view {
        same(world.TOKEN().balanceOf(where), booked + world.donated(where), what);
    }

    function _taken(uint256 policy, uint8 peril) private view returns (uint256 sum) {
        for (uint256 id = 1; id <= world.claims(); ++id) {
            IClaims.Claim memory claim = world.CLAIMS().claim(id);
            if (claim.policy == policy && claim.peril == peril) sum += claim.amount;
        }
    }

    function _bonds() private view returns (uint256 sum) {
        for (uint256 id = 1; id <= world.claims(); ++id) {
            if (world.DISPUTES().disputeOf(id).by != address(0)) sum += DISPUTE_BOND;
            if (world.DISPUTES().demandOf(id).by != address(0)) sum += DEMAND_BOND;
        }
        address[7] memory parties = [
            world.FARMER(),
            world.NEIGHBOUR(),
            world.HEIR(),
            world.INSURER(),
            world.OFFICER(),
            world.AGENT(),
            world.SUBSIDY()
        ];
        for (uint256 i = 0; i < parties.length; ++i) sum += world.DISPUTES().creditOf(parties[i]);
    }

    /// @dev The rewards of the newest slash come with its stream, those before are asked for with a stream of nobody's.
    function _staked() private view returns (uint256 sum) {
        IOperatorBond.Stake memory stake = world.BOND().stake(world.OPERATOR());
        sum = uint256(stake.bond) + stake.leaving;
        address[2] memory by = [world.CHALLENGER(), world.OPERATOR()];
        for (uint256 i = 0; i < 6; ++i) {
            bytes32 streamId = i == 5 ? bytes32(0) : world.streams(i);
            sum += world.BOND().owedTo(streamId);
            for (uint256 j = 0; j < 2; ++j) {
                sum += world.BOND().rewardOf(by[j], streamId) - world.BOND().rewardOf(by[j], "nobody's");
            }
        }
        for (uint256 j = 0; j < 2; ++j) sum += world.BOND().rewardOf(by[j], "nobody's");
    }
}

/// @notice Liveness, in a campaign of its own: what ends everything is no act among others, but what comes after.
contract InsuranceEndsTest is Spec {
    Everybody private world = new Everybody();

    function setUp() external {
        target(address(world), Acts.weighted());
    }

    /// @notice Whatever waits says until when: nothing that is open has no time of its own.
    function invariant_10_WhateverIsOpenHasADeadline() external view {
        for (uint256 id = 1; id <= world.claims(); ++id) {
            IClaims.Claim memory claim = world.CLAIMS().claim(id);
            if (claim.state == IClaims.State.Evaluated) isTrue(claim.payableFrom > 0, "evaluated for ever");
            bool waits = claim.state == IClaims.State.Disputed || claim.state == IClaims.State.Reopened;
            if (waits) isTrue(claim.basis.until > 0, "waits for ever");
        }
    }

    /// @notice From wherever a run has led, time and a stranger's calls end every claim and policy, and nothing is stuck.
    function afterInvariant() external {
        world.endEverything();
        for (uint256 id = 1; id <= world.policies(); ++id) {
            isTrue(world.POLICIES().policy(id).terminal, "a policy goes on for ever");
        }
        same(world.POOL().locked(), 0, "locked for ever");
        same(world.POOL().reserved(), 0, "reserved for ever");
        same(world.POOL().unearned(), 0, "premium kept for ever");
        same(world.DISPUTES().held(), 0, "bonds kept for ever");
        same(world.fundHolds(), 0, "kept by the fund for ever");
    }
}
