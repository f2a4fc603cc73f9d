// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IClaims} from "../../../../contracts/insurance/IClaims.sol";
import {IDisputes} from "../../../../contracts/insurance/IDisputes.sol";
import {Terms} from "../../../../contracts/insurance/Terms.sol";
import {OperatorActs} from "./OperatorActs.sol";
import {Story} from "./Story.sol";

/// @notice What holders, the agent, officers, the arbiter and anybody do with claims. Where an act's rules are few it must
///         succeed exactly when they say so.
abstract contract ClaimActs is OperatorActs {
    /// @dev Which window is shown, by which probes, from where.
    struct Shown {
        uint256 policy;
        uint256 peril;
        uint48 fromMs;
        uint48 toMs;
        uint256 probes;
        bool raw;
    }

    /// @notice The agent proves a window of one of the last nights: the whole night, or a slice of it; most often of the
    ///         last night, under the policy that covers it.
    function prove(uint256 which, uint256 peril, uint256 night, uint256 slice, uint256 how) external watched {
        Shown memory shown;
        shown.policy = which % 4 == 0 ? _newest(which / 4, 3) : _struckNow(which);
        if (shown.policy == 0) return;
        if (!_lookBack(shown, night)) return;
        if (slice % 2 == 0) _slice(shown, slice / 2);
        (shown.peril, shown.probes, shown.raw) = (peril % PERILS, 1 + (how % 3), how % 4 == 0);
        if (how % 8 > 0) _haveItAnchored(shown.toMs, how);
        Terms memory terms = termsAt(shown.policy, shown.fromMs);
        bytes memory call = abi.encodeCall(
            IClaims.prove,
            (shown.policy, terms, uint8(shown.peril), shown.fromMs, shown.toMs, _evidence(terms, shown, how / 4))
        );
        _act(AGENT, address(CLAIMS), call);
    }

    /// @notice What fell is proven again: from frames, or from a batch that was anchored since.
    function proveAgain(uint256 how) external watched {
        for (uint256 id = claims; id > 0; --id) {
            IClaims.Claim memory claim = CLAIMS.claim(id);
            if (claim.state != IClaims.State.Reopened) continue;
            if (how % 2 > 0) _operatorAnchors(how);
            Terms memory terms = termsOfClaim(id);
            IClaims.Basis memory basis = claim.basis;
            IClaims.Evidence[] memory evidence = how % 2 == 0
                ? _frames(terms, 3, basis.fromMs, basis.toMs)
                : _proofs(terms, 3, basis.fromMs, LEDGER.lastBatch(), LEDGER.lastBatch() - 1);
            bytes memory call = abi.encodeCall(
                IClaims.prove,
                (claim.policy, terms, claim.peril, basis.fromMs, basis.toMs, evidence)
            );
            _act(AGENT, address(CLAIMS), call);
            return;
        }
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

    /// @notice Anybody takes a claim to its next state, as far as time allows, or once it does.
    function proceed(uint256 which, uint256 patience) external watched {
        (uint256 id, IClaims.Claim memory claim) = which % 4 == 0 ? _newestClaim(which / 4, 6) : _openClaim(which);
        if (id == 0) return;
        if (patience % 2 == 0) _waitUntil(_due(claim));
        _proceed(id);
    }

    /// @notice Anybody collects for the holder, who may have named somebody.
    function collect(uint256 which, uint256 payee) external watched {
        (uint256 id, IClaims.Claim memory claim) = _newestClaim(which / 4, 8);
        if (which % 4 > 0) (id, claim) = _payableClaim();
        if (id == 0) return;
        if (payee % 4 == 0) {
            address named = payee % 8 == 0 ? SUBSIDY : address(0);
            bytes memory call = abi.encodeCall(IClaims.namePayee, (id, named));
            _actExactly(true, POLICIES.ownerOf(claim.policy), address(CLAIMS), call);
        }
        _collect(id);
    }

    /// @notice A claims officer approves, the second one as well where it takes two.
    function approve(uint256 which, uint256 second) external watched {
        (uint256 id, IClaims.Claim memory claim) = _undecidedClaim(which);
        if (id == 0) return;
        bytes memory call = abi.encodeCall(IClaims.approve, (id, termsOfClaim(id), claim.amount));
        (bool done, ) = _act(OFFICER, address(CLAIMS), call);
        if (done && second % 2 == 0) _act(SECOND_OFFICER, address(CLAIMS), call);
    }

    /// @notice One side disputes, on any ground there is.
    function dispute(uint256 which, uint256 ground, uint256 side) external watched {
        (uint256 id, IClaims.Claim memory claim) = _undecidedClaim(which);
        if (id == 0) return;
        // Of all the grounds there are, mostly those of the parties.
        (uint256 least, uint256 most) = (uint256(IClaims.Ground.Numbers), uint256(IClaims.Ground.Cause));
        if (ground % 8 == 0) (least, most) = (0, uint256(type(IClaims.Ground).max));
        IClaims.Ground on = IClaims.Ground(fold(ground / 8, least, most));
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

    /// @notice The holder asks for what the index did not give, as far as the limits have room for it.
    function openAudit(uint256 which, uint256 amount) external watched {
        uint256 id = _newest(which, 3);
        if (id == 0) return;
        uint256 room = POLICIES.aggregateLeft(id);
        uint256 asked = fold(amount, 0, room < AUDIT_SUBLIMIT ? room : AUDIT_SUBLIMIT);
        bytes memory call = abi.encodeCall(IDisputes.openAudit, (id, termsOf(id), asked, "documents"));
        _act(POLICIES.ownerOf(id), address(DISPUTES), call);
    }

    /// @notice Anybody has a credit paid out, where there is one.
    function withdrawCredit(uint256 who) external watched {
        address[7] memory parties = [FARMER, NEIGHBOUR, HEIR, INSURER, OFFICER, AGENT, SUBSIDY];
        uint256 i = who % parties.length;
        for (uint256 left = parties.length; left > 0 && DISPUTES.creditOf(parties[i]) == 0; --left) {
            i = (i + 1) % parties.length;
        }
        _withdraw(parties[i]);
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
    function _undecidedClaim(uint256 which) private view returns (uint256 id, IClaims.Claim memory claim) {
        (id, claim) = _openClaim(which);
        if (claim.state == IClaims.State.Reopened) id = 0;
    }

    /// @dev One of the newest claims that wait for something; 0 where there is none.
    function _openClaim(uint256 which) private view returns (uint256, IClaims.Claim memory claim) {
        for (uint256 i = 0; i < 6; ++i) {
            uint256 id;
            (id, claim) = _newestClaim((which % 6) + i, 6);
            if (_isOpen(claim.state)) return (id, claim);
        }
        return (0, claim);
    }

    /// @dev The newest claim of which something final is not paid yet; 0 where there is none.
    function _payableClaim() private view returns (uint256 id, IClaims.Claim memory claim) {
        for (id = claims; id > 0; --id) {
            claim = CLAIMS.claim(id);
            if (claim.settled > claim.paid) return (id, claim);
        }
    }

    function _isOpen(IClaims.State state) internal pure returns (bool) {
        return
            state == IClaims.State.Evaluated || state == IClaims.State.Disputed || state == IClaims.State.Reopened;
    }

    /// @dev From when on anybody may take a claim further.
    function _due(IClaims.Claim memory claim) private pure returns (uint256) {
        if (claim.basis.demandUntil > 0) return uint256(claim.basis.demandUntil) + 1;
        return claim.state == IClaims.State.Evaluated ? claim.payableFrom : uint256(claim.basis.until) + 1;
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
        uint256 batch = how % 3 > 0 ? last : last - fold(how / 3, 0, last < 3 ? last : 3);
        uint256 earlier = how % 5 == 0 && batch > 1 ? batch - 1 : 0;
        return _proofs(terms, shown.probes, shown.fromMs, batch, earlier);
    }

    /// @dev A policy whose pond had a bad night in its cover; where no insured pond had one, one has it now.
    function _struckNow(uint256 which) private returns (uint256 policy) {
        policy = _struck(which);
        if (policy > 0) return policy;
        policy = _covering(which);
        if (policy > 0) _strike(termsOf(policy).pond, fold(which, 2, 14), which % 3 > 0);
    }

    /// @dev Mostly the operator does his work before somebody asks for it.
    function _haveItAnchored(uint48 toMs, uint256 lie) private {
        uint256 anchoredAt = LEDGER.batch(LEDGER.lastBatch()).anchoredAt;
        if (anchoredAt * 1000 < toMs + STORY.STEP_MS()) _operatorAnchors(lie);
    }

    /// @dev One of the last nights of the pond, most often the last one; false where there was none.
    function _lookBack(Shown memory shown, uint256 night) private view returns (bool) {
        bytes32 pond = termsOf(shown.policy).pond;
        uint256 nights = STORY.nights(pond);
        if (nights == 0) return false;
        uint256 back = night % 4 > 0 ? 0 : fold(night / 4, 0, nights < 3 ? nights - 1 : 2);
        Story.Night memory one = STORY.night(pond, nights - 1 - back);
        (shown.fromMs, shown.toMs) = (one.fromMs, one.toMs);
        return true;
    }

    /// @dev A part of the window, of an hour at least.
    function _slice(Shown memory shown, uint256 seed) private view {
        uint48 step = STORY.STEP_MS();
        uint256 steps = (shown.toMs - shown.fromMs) / step;
        if (steps < 12) return;
        // A slice that begins later shows no reading before it that is sound.
        uint256 from = seed % 2 == 0 ? 0 : fold(seed, 0, steps - 6);
        uint256 to = fold(seed / steps, from + 6, steps);
        shown.toMs = shown.fromMs + uint48(to) * step;
        shown.fromMs += uint48(from) * step;
    }

    function _party(uint256 policy, uint256 side) private view returns (address) {
        if (side % 3 == 0) return POLICIES.ownerOf(policy);
        return side % 3 == 1 ? INSURER : OFFICER;
    }
}
