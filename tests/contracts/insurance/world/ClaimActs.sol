// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IClaims} from "../../../../contracts/insurance/IClaims.sol";
import {IDisputes} from "../../../../contracts/insurance/IDisputes.sol";
import {Terms} from "../../../../contracts/insurance/Terms.sol";
import {PolicyActs} from "./PolicyActs.sol";
import {Story} from "./Story.sol";

/// @notice What holders, the agent, officers, the arbiter and anybody do with claims. Where an act's rules are few it must
///         succeed exactly when they say so.
abstract contract ClaimActs is PolicyActs {
    /// @dev Which window is shown, by which probes, from where.
    struct Shown {
        uint256 policy;
        uint256 peril;
        uint48 fromMs;
        uint48 toMs;
        uint256 probes;
        bool raw;
    }

    /// @notice The agent proves a window of one of the last nights: the whole night, or a slice of it.
    function prove(uint256 which, uint256 peril, uint256 night, uint256 slice, uint256 how) external watched {
        Shown memory shown;
        shown.policy = _newest(which, 3);
        if (shown.policy == 0) return;
        bytes32 pond = termsOf(shown.policy).pond;
        uint256 nights = STORY.nights(pond);
        if (nights == 0) return;
        Story.Night memory one = STORY.night(pond, nights - 1 - fold(night, 0, nights < 3 ? nights - 1 : 2));
        (shown.fromMs, shown.toMs) = (one.fromMs, one.toMs);
        if (slice % 3 == 0) _slice(shown, slice / 3);
        (shown.peril, shown.probes, shown.raw) = (peril % PERILS, 1 + (how % 3), how % 4 == 0);
        Terms memory terms = termsAt(shown.policy, shown.fromMs);
        bytes memory call = abi.encodeCall(
            IClaims.prove,
            (shown.policy, terms, uint8(shown.peril), shown.fromMs, shown.toMs, _evidence(terms, shown, how / 4))
        );
        _act(AGENT, address(CLAIMS), call);
    }

    /// @notice Somebody shows better evidence, or what he takes for it.
    function correct(uint256 which, uint256 how) external watched {
        (uint256 id, IClaims.Claim memory claim) = _undecidedClaim(which);
        if (id == 0 || claim.basis.probes == 0) return;
        Terms memory terms = termsOfClaim(id);
        Shown memory shown = Shown(
            claim.policy,
            claim.peril,
            claim.basis.fromMs,
            claim.basis.toMs,
            claim.basis.probes,
            how % 2 == 0
        );
        IClaims.Evidence[] memory evidence = _evidence(terms, shown, how / 2);
        _act(AGENT, address(CLAIMS), abi.encodeCall(IClaims.correct, (id, terms, evidence)));
    }

    /// @notice Anybody takes a claim to its next state, as far as time allows.
    function proceed(uint256 which) external watched {
        (uint256 id, ) = _newestClaim(which, 6);
        if (id > 0) _proceed(id);
    }

    /// @notice Anybody collects for the holder, who may have named somebody.
    function collect(uint256 which, uint256 payee) external watched {
        (uint256 id, IClaims.Claim memory claim) = _newestClaim(which, 8);
        if (id == 0) return;
        if (payee % 4 == 0) {
            address named = payee % 8 == 0 ? SUBSIDY : address(0);
            bytes memory call = abi.encodeCall(IClaims.namePayee, (id, named));
            _actExactly(true, POLICIES.ownerOf(claim.policy), address(CLAIMS), call);
        }
        _collect(id);
    }

    /// @notice A claims officer approves, the second one as well where it takes two.
    function approve(uint256 which, bool second) external watched {
        (uint256 id, IClaims.Claim memory claim) = _undecidedClaim(which);
        if (id == 0) return;
        bytes memory call = abi.encodeCall(IClaims.approve, (id, termsOfClaim(id), claim.amount));
        (bool done, ) = _act(OFFICER, address(CLAIMS), call);
        if (done && second) _act(SECOND_OFFICER, address(CLAIMS), call);
    }

    /// @notice One side disputes, on any ground there is.
    function dispute(uint256 which, uint256 ground, uint256 side) external watched {
        (uint256 id, IClaims.Claim memory claim) = _undecidedClaim(which);
        if (id == 0) return;
        IClaims.Ground on = IClaims.Ground(fold(ground, 0, uint256(type(IClaims.Ground).max)));
        bytes memory call = abi.encodeCall(IDisputes.dispute, (id, termsOfClaim(id), on, "reason"));
        _act(_party(claim.policy, side), address(DISPUTES), call);
    }

    /// @notice One side demands the data.
    function demand(uint256 which, uint256 side) external watched {
        (uint256 id, IClaims.Claim memory claim) = _undecidedClaim(which);
        if (id == 0) return;
        bytes memory call = abi.encodeCall(IDisputes.demand, (id, termsOfClaim(id)));
        _act(_party(claim.policy, side), address(DISPUTES), call);
    }

    /// @notice The arbiter upholds, rejects, or sets an amount.
    function rule(uint256 which, uint256 amount, uint256 how) external watched {
        (uint256 id, IClaims.Claim memory claim) = _undecidedClaim(which);
        if (id == 0) return;
        uint256 set = how % 3 == 0 ? claim.amount : how % 3 == 1 ? 0 : fold(amount, 0, SUM + 1);
        bytes memory call = abi.encodeCall(IDisputes.rule, (id, termsOfClaim(id), claim.amount, set));
        _act(ARBITER, address(DISPUTES), call);
    }

    /// @notice The holder asks for what the index did not give.
    function openAudit(uint256 which, uint256 amount) external watched {
        uint256 id = _newest(which, 3);
        if (id == 0) return;
        bytes memory call = abi.encodeCall(
            IDisputes.openAudit,
            (id, termsOf(id), fold(amount, 0, AUDIT_SUBLIMIT), "documents")
        );
        (bool done, bytes memory answer) = _act(POLICIES.ownerOf(id), address(DISPUTES), call);
        // Nothing is refused for want of money but what the limits say.
        if (!done) return;
        atMost(abi.decode(answer, (uint256)), claims + 1, "number of the claim");
    }

    /// @notice Anybody has a credit paid out.
    function withdrawCredit(uint256 who) external watched {
        address[7] memory parties = [FARMER, NEIGHBOUR, HEIR, INSURER, OFFICER, AGENT, SUBSIDY];
        _withdraw(parties[who % parties.length]);
    }

    function _withdraw(address who) internal {
        bytes memory call = abi.encodeCall(IDisputes.withdraw, (who));
        _actExactly(DISPUTES.creditOf(who) > 0, STRANGER, address(DISPUTES), call);
    }

    /// @dev The one call that ends the state a claim is in: whether it is due follows from the claim and its evidence.
    function _proceed(uint256 id) internal {
        IClaims.Claim memory claim = CLAIMS.claim(id);
        Terms memory terms = termsOfClaim(id);
        (bool usable, bool suspect) = EVALUATION.standing(claim.policy, terms, claim.basis);
        bool evaluated = claim.state == IClaims.State.Evaluated;
        bool open = evaluated || claim.state == IClaims.State.Disputed;
        bool demanded = claim.basis.demandUntil > 0;
        bool late = block.timestamp > claim.basis.until;

        if (claim.state == IClaims.State.Reopened) {
            _actExactly(late, STRANGER, address(CLAIMS), abi.encodeCall(IClaims.abandon, (id)));
        } else if (open && demanded && usable) {
            bool unanswered = block.timestamp > claim.basis.demandUntil;
            bytes memory call = abi.encodeCall(IDisputes.rejectUnanswered, (id));
            _actExactly(unanswered, STRANGER, address(DISPUTES), call);
        } else if (open && (!usable || (suspect && evaluated))) {
            _actExactly(true, STRANGER, address(CLAIMS), abi.encodeCall(IClaims.reopen, (id, terms)));
        } else if (evaluated) {
            bytes memory call = abi.encodeCall(IClaims.finalize, (id, terms));
            _actExactly(block.timestamp >= claim.payableFrom, STRANGER, address(CLAIMS), call);
        } else {
            bytes memory call = abi.encodeCall(IDisputes.timeOut, (id, terms));
            _actExactly(open && late, STRANGER, address(DISPUTES), call);
        }
    }

    function _collect(uint256 id) internal {
        IClaims.Claim memory claim = CLAIMS.claim(id);
        address payee = CLAIMS.payeeOf(id);
        uint256 held = TOKEN.balanceOf(payee);
        bool may = claim.settled > claim.paid;
        _actExactly(may, STRANGER, address(CLAIMS), abi.encodeCall(IClaims.collect, (id)));
        uint256 got = TOKEN.balanceOf(payee) - held;
        same(got, claim.settled - claim.paid, "collected");
        collected[claim.policy] += got;
        claimsPaid += got;
    }

    function _newestClaim(uint256 which, uint256 among) private view returns (uint256 id, IClaims.Claim memory claim) {
        uint256 back = which % among;
        id = claims > back ? claims - back : claims;
        claim = CLAIMS.claim(id);
    }

    /// @dev One of the newest claims that can still change by evidence; 0 where there is none.
    function _undecidedClaim(uint256 which) private view returns (uint256, IClaims.Claim memory claim) {
        for (uint256 i = 0; i < 6; ++i) {
            uint256 id;
            (id, claim) = _newestClaim((which % 6) + i, 6);
            if (claim.state == IClaims.State.Evaluated || claim.state == IClaims.State.Disputed) return (id, claim);
        }
        return (0, claim);
    }

    function _evidence(
        Terms memory terms,
        Shown memory shown,
        uint256 how
    ) private returns (IClaims.Evidence[] memory) {
        uint256 last = LEDGER.lastBatch();
        if (terms.probes.length < 2) shown.probes = 1;
        uint48 nextMs = shown.toMs + STORY.STEP_MS();
        bool raw = shown.raw && nextMs <= block.timestamp * 1000;
        if (raw) return _frames(terms, shown.probes, shown.fromMs, shown.toMs);
        uint256 batch = last - fold(how, 0, last < 3 ? last : 3);
        uint256 earlier = how % 5 == 0 && batch > 1 ? batch - 1 : 0;
        return _proofs(terms, shown.probes, shown.fromMs, batch, earlier);
    }

    /// @dev A part of the window, of an hour at least.
    function _slice(Shown memory shown, uint256 seed) private view {
        uint48 step = STORY.STEP_MS();
        uint256 steps = (shown.toMs - shown.fromMs) / step;
        if (steps < 12) return;
        uint256 from = fold(seed, 0, steps - 6);
        uint256 to = fold(seed / steps, from + 6, steps);
        shown.toMs = shown.fromMs + uint48(to) * step;
        shown.fromMs += uint48(from) * step;
    }

    function _party(uint256 policy, uint256 side) private view returns (address) {
        if (side % 3 == 0) return POLICIES.ownerOf(policy);
        return side % 3 == 1 ? INSURER : OFFICER;
    }
}
