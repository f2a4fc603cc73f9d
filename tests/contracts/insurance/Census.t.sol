// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPauses} from "../../../contracts/access/IPauses.sol";
import {IBatchLedger} from "../../../contracts/evidence/IBatchLedger.sol";
import {IOperatorBond} from "../../../contracts/evidence/IOperatorBond.sol";
import {IClaims} from "../../../contracts/insurance/IClaims.sol";
import {IDisputes} from "../../../contracts/insurance/IDisputes.sol";
import {IFundPayouts} from "../../../contracts/insurance/IFundPayouts.sol";
import {IPolicies} from "../../../contracts/insurance/IPolicies.sol";
import {IPool} from "../../../contracts/insurance/IPool.sol";
import {Spec} from "../Spec.sol";
import {Acts} from "./world/Acts.sol";
import {InsuranceHandler} from "./world/InsuranceHandler.sol";
import {StoryChallenges} from "./world/StoryChallenges.sol";

/// @notice The runner knows the contracts of the file that it runs, and no others.
contract Anybody is InsuranceHandler {}

/// @notice An invariant of claims that are never disputed proves nothing. So random acts, of the same weights as those of
///         the invariants, are counted here: how often each succeeds, and how often a claim goes from state to state.
contract CensusTest is Spec {
    error TooRare(string act, uint256 times);
    error NeverMoved(IClaims.State from, IClaims.State to);

    uint256 private constant RUNS = 48;
    uint256 private constant DEPTH = 100;

    struct Count {
        string what;
        bytes4 act;
        uint256 least;
    }

    struct Move {
        IClaims.State from;
        IClaims.State to;
        uint256 least;
    }

    mapping(bytes4 act => uint256) private _successes;
    mapping(IClaims.State from => mapping(IClaims.State to => uint256)) private _moves;
    Count[] private _counts;
    Move[] private _expected;

    function test_RandomActsReachWhatTheInvariantsAreAbout() external {
        _expectActs();
        _expectMoves();
        for (uint256 run = 0; run < RUNS; ++run) _walk(run);
        for (uint256 i = 0; i < _counts.length; ++i) {
            require(_successes[_counts[i].act] >= _counts[i].least, TooRare(_counts[i].what, _successes[_counts[i].act]));
        }
        for (uint256 i = 0; i < _expected.length; ++i) {
            (IClaims.State from, IClaims.State to) = (_expected[i].from, _expected[i].to);
            require(_moves[from][to] >= _expected[i].least, NeverMoved(from, to));
        }
    }

    function _walk(uint256 run) private {
        // A world is set up at its own beginning.
        cheats.warp(1_800_000_000);
        Anybody world = new Anybody();
        bytes4[] memory acts = Acts.weighted();
        for (uint256 i = 0; i < DEPTH; ++i) {
            uint256 seed = uint256(keccak256(abi.encode(run, i)));
            (bool done, ) = address(world).call(_call(acts[seed % acts.length], seed));
            isTrue(done, "an act found something broken");
        }
        for (uint256 i = 0; i < _counts.length; ++i) _successes[_counts[i].act] += world.successes(_counts[i].act);
        for (uint256 i = 0; i < _expected.length; ++i) {
            (IClaims.State from, IClaims.State to) = (_expected[i].from, _expected[i].to);
            _moves[from][to] += world.moves(from, to);
        }
    }

    function _call(bytes4 act, uint256 seed) private pure returns (bytes memory) {
        uint256[5] memory words;
        for (uint256 i = 0; i < words.length; ++i) words[i] = uint256(keccak256(abi.encode(seed, i)));
        return abi.encodePacked(act, abi.encode(words));
    }

    function _expectActs() private {
        _expect("bind", IPolicies.bind.selector, 60);
        _expect("pay a premium", IPolicies.payPremium.selector, 60);
        _expect("cancel", IPolicies.cancel.selector, 8);
        _expect("endorse", IPolicies.endorse.selector, 12);
        _expect("lapse", IPolicies.lapse.selector, 2);
        _expect("close", IPolicies.close.selector, 8);
        _expect("return premium", IPolicies.returnPremium.selector, 1);
        _expect("refund an outage", IPolicies.refundOutage.selector, 3);
        _expect("pause", IPauses.pause.selector, 6);
        _expect("anchor", IBatchLedger.anchor.selector, 150);
        _expect("prove", IClaims.prove.selector, 50);
        _expect("correct", IClaims.correct.selector, 6);
        _expect("approve", IClaims.approve.selector, 12);
        _expect("finalize", IClaims.finalize.selector, 8);
        _expect("reopen", IClaims.reopen.selector, 1);
        _expect("abandon", IClaims.abandon.selector, 1);
        _expect("collect", IClaims.collect.selector, 20);
        _expect("dispute", IDisputes.dispute.selector, 7);
        _expect("demand", IDisputes.demand.selector, 5);
        _expect("reject for want of data", IDisputes.rejectUnanswered.selector, 1);
        _expect("rule", IDisputes.rule.selector, 8);
        _expect("end a dispute by default", IDisputes.timeOut.selector, 15);
        _expect("open an audit claim", IDisputes.openAudit.selector, 10);
        _expect("withdraw a credit", IDisputes.withdraw.selector, 4);
        _expect("void a stream", StoryChallenges.convict.selector, 8);
        _expect("void a stream from a batch on", StoryChallenges.convictFromHere.selector, 8);
        _expect("void a batch", StoryChallenges.convictDirectory.selector, 8);
        _expect("suspect a probe", StoryChallenges.suspect.selector, 3);
        _expect("post a bond", IOperatorBond.post.selector, 20);
        _expect("withdraw a bond", IOperatorBond.withdraw.selector, 3);
        _expect("collect a reward", IOperatorBond.collectReward.selector, 5);
        _expect("forward a slash", IOperatorBond.forward.selector, 8);
        _expect("take of the fund", IFundPayouts.take.selector, 1);
        _expect("deposit", IPool.deposit.selector, 40);
        _expect("ask for redemption", IPool.requestRedemption.selector, 20);
        _expect("redeem", IPool.redeem.selector, 2);
        _expect("end a request", IPool.endRedemption.selector, 1);
        _expect("contribute", IPool.contribute.selector, 15);
        _expect("pay fees", IPool.payFees.selector, 12);
    }

    function _expectMoves() private {
        (IClaims.State none, IClaims.State evaluated) = (IClaims.State.None, IClaims.State.Evaluated);
        (IClaims.State payable_, IClaims.State paid) = (IClaims.State.Payable, IClaims.State.Paid);
        (IClaims.State disputed, IClaims.State reopened) = (IClaims.State.Disputed, IClaims.State.Reopened);
        _expected.push(Move(none, evaluated, 20));
        _expected.push(Move(none, disputed, 20));
        _expected.push(Move(evaluated, payable_, 10));
        _expected.push(Move(evaluated, disputed, 5));
        _expected.push(Move(evaluated, reopened, 1));
        _expected.push(Move(evaluated, IClaims.State.Rejected, 1));
        _expected.push(Move(disputed, evaluated, 1));
        _expected.push(Move(disputed, payable_, 15));
        _expected.push(Move(disputed, reopened, 1));
        _expected.push(Move(disputed, IClaims.State.Rejected, 6));
        _expected.push(Move(reopened, disputed, 1));
        _expected.push(Move(reopened, IClaims.State.Rejected, 1));
        _expected.push(Move(payable_, paid, 20));
    }

    function _expect(string memory what, bytes4 act, uint256 least) private {
        _counts.push(Count(what, act, least));
    }
}
