// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPauses} from "../../../contracts/access/IPauses.sol";
import {IClaims} from "../../../contracts/insurance/IClaims.sol";
import {Quote, Terms} from "../../../contracts/insurance/Terms.sol";
import {Spec} from "../Spec.sol";
import {InsuranceWorld} from "./world/InsuranceWorld.sol";
import {Lie} from "./world/Story.sol";

/// @notice One insured pond, one bad night, and a farmer who does what a farmer can: he proves the night from frames or
///         from a batch, answers whatever is demanded or disputed about numbers, waits, and collects.
contract Twin is InsuranceWorld {
    uint256 private constant DAY = 1 days;

    uint48 public fromMs;
    uint48 public toMs;
    uint256 public batch;

    constructor() {
        cheats.prank(ANN);
        POOL.deposit(400_000);
    }

    /// @notice A policy, and a night of so many hours, anchored honestly or not.
    function begin(uint256 hours_, bool committed, Lie lie) external {
        cheats.warp(START);
        Terms memory terms = _makeTerms(0, 1000, 0);
        (Quote memory quote, bytes memory signature) = _quote(terms);
        cheats.prank(FARMER);
        POLICIES.bind(quote, signature);
        _keep(1, terms);
        cheats.prank(FARMER);
        POLICIES.payPremium(1, terms, 1000);
        cheats.warp(START + DAY);
        (fromMs, toMs) = (_nowMs(), _nowMs() + uint48(hours_) * 3_600_000);
        STORY.tell(terms.pond, fromMs, toMs, committed);
        cheats.warp(toMs / 1000 + 20 minutes);
        batch = _anchorLying(terms.probes[0], lie);
    }

    function proveRaw(uint48 from, uint48 to) public {
        Terms memory terms = termsOf(1);
        CLAIMS.prove(1, terms, 0, from, to, _frames(terms, 3, from, to));
    }

    function prove(uint48 from, uint48 to, uint256 probes) public {
        Terms memory terms = termsOf(1);
        CLAIMS.prove(1, terms, 0, from, to, _proofs(terms, probes, from, batch, 0));
    }

    function convict() external {
        bytes32 streamId = termsOf(1).probes[0];
        CHALLENGES.convict(streamId, batch);
    }

    function convictBy(address who) external {
        bytes32 streamId = termsOf(1).probes[0];
        cheats.prank(who);
        CHALLENGES.convict(streamId, batch);
    }

    function anchorAgain() external {
        batch = _anchor();
    }

    function approve(bool second) external {
        Terms memory terms = termsOf(1);
        uint256 amount = CLAIMS.claim(1).amount;
        cheats.prank(OFFICER);
        CLAIMS.approve(1, terms, amount);
        cheats.prank(SECOND_OFFICER);
        if (second) CLAIMS.approve(1, terms, amount);
    }

    function dispute(IClaims.Ground ground) external {
        Terms memory terms = termsOf(1);
        cheats.prank(INSURER);
        DISPUTES.dispute(1, terms, ground, "reason");
    }

    function demand() external {
        Terms memory terms = termsOf(1);
        cheats.prank(OFFICER);
        DISPUTES.demand(1, terms);
    }

    function pause() external {
        cheats.prank(GUARDIAN);
        PAUSES.pause(IPauses.Act.Prove);
        cheats.prank(SECOND_GUARDIAN);
        PAUSES.pause(IPauses.Act.Prove);
    }

    /// @notice Whatever it takes until the night is paid: frames against demands and doubts, time against silence.
    function insist() external {
        for (uint256 round = 0; round < 8; ++round) {
            _answer();
            cheats.warp(block.timestamp + 3 days);
            _finish();
        }
    }

    function coalition() external view returns (uint256) {
        return TOKEN.balanceOf(FARMER) + TOKEN.balanceOf(OPERATOR) + TOKEN.balanceOf(CHALLENGER) +
            BOND.stake(OPERATOR).bond + BOND.rewardOf(CHALLENGER, termsOf(1).probes[0]) +
            BOND.rewardOf(OPERATOR, termsOf(1).probes[0]) + BOND.owedTo(termsOf(1).probes[0]);
    }

    function paid() external view returns (uint256) {
        return POLICIES.policy(1).paid;
    }

    function _answer() private {
        Terms memory terms = termsOf(1);
        try CLAIMS.prove(1, terms, 0, fromMs, toMs, _frames(terms, 3, fromMs, toMs)) {} catch {}
        IClaims.Claim memory claim = CLAIMS.claim(1);
        if (claim.basis.batch == 0) return;
        IClaims.Evidence[] memory evidence = _frames(terms, claim.basis.probes, claim.basis.fromMs, claim.basis.toMs);
        try CLAIMS.correct(1, terms, evidence) {} catch {}
    }

    function _finish() private {
        Terms memory terms = termsOf(1);
        try CLAIMS.reopen(1, terms) {} catch {}
        try CLAIMS.finalize(1, terms) {} catch {}
        try DISPUTES.timeOut(1, terms) {} catch {}
        for (uint256 id = 1; id <= 3; ++id) {
            try CLAIMS.collect(id) {} catch {}
        }
    }
}

/// @notice Invariants 8 and 9: two deployments, the same true readings, and one actor whose acts differ.
contract TwinsTest is Spec {
    Twin private plain = new Twin();
    Twin private other = new Twin();


    /// @notice 8. Nothing that the insurer, his officers, the operator, the agent or the guardians do lowers what the
    ///         holder of frames that were committed to in time can collect.
    function testFuzz_08_NoActOfOthersLowersWhatCanBeCollected(uint8 hours_, uint8 lie, uint8[4] memory acts) external {
        uint256 long = fold(hours_, 1, 20);
        plain.begin(long, true, Lie.None);
        plain.insist();
        isTrue(long < 2 || plain.paid() > 0, "a bad night is paid");
        other.begin(long, true, Lie(lie % 4));
        for (uint256 i = 0; i < acts.length; ++i) _meddle(acts[i]);
        other.insist();
        atMost(plain.paid(), other.paid(), "collected without and with the others' acts");
    }

    /// @notice 9. A night proven from a batch that is voided, anchored again, and proven again pays what it paid.
    function testFuzz_09_VoidingAndAnchoringAgainChangesNoPayout(uint8 hours_, bool again) external {
        uint256 long = fold(hours_, 2, 20);
        plain.begin(long, true, Lie.None);
        plain.prove(plain.fromMs(), plain.toMs(), 3);
        plain.insist();
        other.begin(long, true, Lie.None);
        other.prove(other.fromMs(), other.toMs(), 3);
        other.convict();
        other.CLAIMS().reopen(1, other.termsOf(1));
        other.anchorAgain();
        // Compared with the batch of before, the readings are in time.
        if (again) other.proveRaw(other.fromMs(), other.toMs());
        other.insist();
        isTrue(plain.paid() > 0, "a bad night is paid");
        same(other.paid(), plain.paid(), "paid");
    }

    /// @notice 9. An operator who has himself convicted, by a friend or by himself, the farmer being their friend too, and
    ///         all they are owed counted, has no more than if he had not.
    function testFuzz_09_ConvictingOneselfProfitsNoCoalition(uint8 hours_, bool byHimself, uint8 lie) external {
        uint256 long = fold(hours_, 1, 20);
        plain.begin(long, true, Lie.None);
        plain.insist();
        other.begin(long, true, Lie(lie % 4));
        other.convictBy(byHimself ? other.OPERATOR() : other.CHALLENGER());
        other.insist();
        atMost(other.coalition(), plain.coalition(), "what the coalition has");
    }

    /// @dev What is not possible just now is refused, and changes nothing.
    function _meddle(uint8 act) private {
        (uint48 from, uint48 to) = (other.fromMs(), other.toMs());
        uint8 kind = act % 9;
        if (kind == 0) try other.prove(from, from + 2 hours * 1000, 1 + (act % 3)) {} catch {}
        if (kind == 1) try other.prove(to - 2 hours * 1000, to, 2) {} catch {}
        if (kind == 2) try other.approve(true) {} catch {}
        if (kind == 3) try other.dispute(IClaims.Ground.Numbers) {} catch {}
        if (kind == 4) try other.dispute(IClaims.Ground.Cause) {} catch {}
        if (kind == 5) try other.demand() {} catch {}
        if (kind == 6) try other.pause() {} catch {}
        if (kind == 7) try other.convict() {} catch {}
        if (kind == 8) try other.prove(from, to, 3) {} catch {}
    }
}
