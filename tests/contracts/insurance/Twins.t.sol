// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPauses} from "../../../contracts/access/IPauses.sol";
import {IClaims} from "../../../contracts/insurance/IClaims.sol";
import {Quote, Terms} from "../../../contracts/insurance/Terms.sol";
import {Spec} from "../Spec.sol";
import {InsuranceWorld} from "./world/InsuranceWorld.sol";
import {Lie} from "./world/Story.sol";

/// @notice Insured ponds, one bad night, and farmers who do what a farmer can: they prove the night from frames or from a
///         batch, answer whatever is demanded or disputed about numbers, wait, and collect.
contract Twin is InsuranceWorld {
    uint256 private constant DAY = 1 days;

    uint48 public fromMs;
    uint48 public toMs;
    uint256 public batch;
    uint256 public policies;

    constructor() {
        cheats.prank(ANN);
        POOL.deposit(400_000);
    }

    /// @notice A policy for each of so many ponds, and a night of so many hours in all of them, anchored honestly or with a
    ///         lie about every stream whose bit is set.
    function begin(uint256 ponds_, uint256 hours_, bool committed, Lie lie, uint256 liedAbout) external {
        cheats.warp(START);
        for (uint256 who = 0; who < ponds_; ++who) _insure(who);
        cheats.warp(START + DAY);
        (fromMs, toMs) = (_nowMs(), _nowMs() + uint48(hours_) * 3_600_000);
        for (uint256 who = 0; who < ponds_; ++who) STORY.tell(ponds[who], fromMs, toMs, committed);
        cheats.warp(toMs / 1000 + 20 minutes);
        batch = _anchor();
        for (uint256 i = 0; i < PROBES; ++i) {
            if ((liedAbout >> i) & 1 == 1) VERIFIER.lie(batch, streams[i], lie);
        }
    }

    function proveRaw(uint48 from, uint48 to) public {
        Terms memory terms = termsOf(1);
        CLAIMS.prove(1, terms, 0, from, to, _frames(terms, 3, from, to));
    }

    function prove(uint48 from, uint48 to, uint256 probes) public {
        Terms memory terms = termsOf(1);
        CLAIMS.prove(1, terms, 0, from, to, _proofs(terms, probes, from, batch, 0));
    }

    /// @notice From a batch, by both probes, dated back by the batch that held the same before.
    function proveAgain(uint256 earlier) external {
        Terms memory terms = termsOf(1);
        CLAIMS.prove(1, terms, 0, fromMs, toMs, _proofs(terms, 3, fromMs, batch, earlier));
    }

    /// @notice Of a lie about a stream, or for the sixth of the directory.
    function convictBy(address who, uint256 which) external {
        cheats.prank(who);
        if (which % 6 == PROBES) CHALLENGES.convictDirectory(batch);
        else CHALLENGES.convict(streams[which % 6], batch);
    }

    /// @notice The operator gives nobody a proof of what he anchored.
    function withhold() external {
        batch = 0;
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

    function pause(IPauses.Act act) external {
        cheats.prank(GUARDIAN);
        PAUSES.pause(act);
        cheats.prank(SECOND_GUARDIAN);
        PAUSES.pause(act);
    }

    /// @notice Whatever it takes until the night is paid: frames against demands and doubts, time against silence.
    function insist() external {
        for (uint256 round = 0; round < 8; ++round) {
            for (uint256 policy = 1; policy <= policies; ++policy) _answer(policy);
            cheats.warp(block.timestamp + 3 days);
            _finish();
        }
    }

    /// @notice Time alone, and nothing more to show.
    function waitForIt() external {
        for (uint256 round = 0; round < 8; ++round) {
            cheats.warp(block.timestamp + 3 days);
            _finish();
        }
    }

    /// @notice What operator, challenger and both farmers have, with all that they are owed or that lies there for them.
    function coalition() external view returns (uint256 sum) {
        sum = BOND.stake(OPERATOR).bond + _owed(bytes32(0)) + TOKEN.balanceOf(address(FUND));
        address[4] memory friends = [FARMER, NEIGHBOUR, OPERATOR, CHALLENGER];
        for (uint256 i = 0; i < friends.length; ++i) sum += TOKEN.balanceOf(friends[i]);
        for (uint256 i = 0; i < PROBES; ++i) sum += _owed(streams[i]);
        // Every other stream's rewards come with each stream's: they count once.
        uint256 others = BOND.rewardOf(CHALLENGER, "nobody's") + BOND.rewardOf(OPERATOR, "nobody's");
        sum -= PROBES * others;
    }

    function forward() external {
        for (uint256 i = 0; i < PROBES; ++i) {
            try BOND.forward(streams[i]) {} catch {}
        }
    }

    function paid() external view returns (uint256) {
        return POLICIES.policy(1).paid;
    }

    function neighbourPaid() external view returns (uint256) {
        return POLICIES.policy(2).paid;
    }

    function _owed(bytes32 streamId) private view returns (uint256) {
        return BOND.owedTo(streamId) + BOND.rewardOf(CHALLENGER, streamId) + BOND.rewardOf(OPERATOR, streamId);
    }

    function _insure(uint256 who) private {
        Terms memory terms = _makeTerms(who, 1000, 0);
        (Quote memory quote, bytes memory signature) = _quote(terms);
        cheats.prank(terms.farmer);
        POLICIES.bind(quote, signature);
        _keep(++policies, terms);
        cheats.prank(terms.farmer);
        POLICIES.payPremium(policies, terms, 1000);
    }

    function _answer(uint256 policy) private {
        Terms memory terms = termsOf(policy);
        try CLAIMS.prove(policy, terms, 0, fromMs, toMs, _frames(terms, 3, fromMs, toMs)) {} catch {}
        uint256[] memory claims = CLAIMS.claimsOf(policy, 0);
        for (uint256 i = 0; i < claims.length; ++i) {
            IClaims.Claim memory claim = CLAIMS.claim(claims[i]);
            if (claim.basis.batch == 0) continue;
            IClaims.Evidence[] memory evidence = _frames(terms, claim.basis.probes, claim.basis.fromMs, claim.basis.toMs);
            try CLAIMS.correct(claims[i], terms, evidence) {} catch {}
        }
    }

    function _finish() private {
        for (uint256 id = 1; CLAIMS.claim(id).state != IClaims.State.None; ++id) {
            Terms memory terms = termsOf(CLAIMS.claim(id).policy);
            try CLAIMS.reopen(id, terms) {} catch {}
            try CLAIMS.finalize(id, terms) {} catch {}
            try DISPUTES.timeOut(id, terms) {} catch {}
            try CLAIMS.collect(id) {} catch {}
        }
    }
}

/// @notice Invariants 8 and 9: two deployments, the same true readings, and one actor whose acts differ.
contract TwinsTest is Spec {
    Twin private plain = new Twin();
    Twin private other = new Twin();

    /// @notice 8. Nothing that the insurer, his officers, the operator, the agent or the guardians do lowers what the
    ///         holder of frames that were committed to in time can collect; nor that the operator withholds them all.
    function testFuzz_08_NoActOfOthersLowersWhatCanBeCollected(
        uint8 hours_,
        uint8 lie,
        uint8 liedAbout,
        bool withheld,
        uint8[4] memory acts
    ) external {
        uint256 long = fold(hours_, 1, 20);
        plain.begin(1, long, true, Lie.None, 0);
        plain.insist();
        isTrue(long < 2 || plain.paid() > 0, "a bad night is paid");
        other.begin(1, long, true, Lie(lie % 4), liedAbout);
        if (withheld) other.withhold();
        for (uint256 i = 0; i < acts.length; ++i) _meddle(acts[i]);
        other.insist();
        atMost(plain.paid(), other.paid(), "collected without and with the others' acts");
    }

    /// @notice 9. A night proven from a batch that is voided, and proven again from the one that is anchored then, or from
    ///         frames, pays what it paid; whether the first batch held the truth of that night or a lie.
    function testFuzz_09_VoidingAndAnchoringAgainChangesNoPayout(uint8 hours_, bool raw, uint8 lie, bool directory) external {
        uint256 long = fold(hours_, 2, 20);
        plain.begin(1, long, true, Lie.None, 0);
        plain.prove(plain.fromMs(), plain.toMs(), 3);
        plain.waitForIt();
        isTrue(plain.paid() > 0, "a bad night is paid");

        other.begin(1, long, true, Lie(lie % 4), 1);
        uint256 before = other.batch();
        try other.prove(other.fromMs(), other.toMs(), 3) {} catch {}
        other.convictBy(other.CHALLENGER(), directory ? 5 : 0);
        try other.CLAIMS().reopen(1, other.termsOf(1)) {} catch {}
        other.anchorAgain();
        if (raw) {
            other.proveRaw(other.fromMs(), other.toMs());
        } else {
            // Compared with the batch of before, the readings are in time; where that held others, an arbiter looks at it.
            try other.proveAgain(before) {} catch {
                other.proveAgain(0);
            }
        }
        other.waitForIt();
        same(other.paid(), plain.paid(), "paid");
    }

    /// @notice 9. An operator who has himself convicted, by a friend or by himself, of a lie about any stream or directory,
    ///         the farmers of all ponds being their friends too, and all they are owed counted, has no more than if not.
    function testFuzz_09_ConvictingOneselfProfitsNoCoalition(
        uint8 hours_,
        bool byHimself,
        uint8 lie,
        uint8[3] memory convictions,
        bool forwarded
    ) external {
        uint256 long = fold(hours_, 1, 20);
        plain.begin(2, long, true, Lie.None, 0);
        plain.insist();
        isTrue(long < 2 || (plain.paid() > 0 && plain.neighbourPaid() > 0), "both are paid");
        other.begin(2, long, true, Lie(lie % 4), type(uint256).max);
        address who = byHimself ? other.OPERATOR() : other.CHALLENGER();
        for (uint256 i = 0; i < convictions.length; ++i) {
            try other.convictBy(who, convictions[i]) {} catch {}
        }
        if (forwarded) other.forward();
        other.insist();
        atMost(other.coalition(), plain.coalition(), "what the coalition has");
    }

    /// @dev What is not possible just now is refused, and changes nothing.
    function _meddle(uint8 act) private {
        (uint48 from, uint48 to) = (other.fromMs(), other.toMs());
        uint8 kind = act % 11;
        if (kind == 0) try other.prove(from, from + 2 hours * 1000, 1 + (act % 3)) {} catch {}
        if (kind == 1) try other.prove(to - 2 hours * 1000, to, 2) {} catch {}
        if (kind == 2) try other.approve(true) {} catch {}
        if (kind == 3) try other.dispute(IClaims.Ground.Numbers) {} catch {}
        if (kind == 4) try other.dispute(IClaims.Ground.Cause) {} catch {}
        if (kind == 5) try other.demand() {} catch {}
        if (kind == 6) try other.pause(IPauses.Act(act % 2)) {} catch {}
        if (kind == 7) try other.convictBy(other.CHALLENGER(), act) {} catch {}
        if (kind == 8) try other.prove(from, to, 3) {} catch {}
        if (kind == 9) other.anchorAgain();
        if (kind == 10) try other.approve(false) {} catch {}
    }
}
