// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IClaims} from "./IClaims.sol";
import {IDisputes} from "./IDisputes.sol";
import {IEvaluation} from "./IEvaluation.sol";
import {IPolicies} from "./IPolicies.sol";
import {Occurrences} from "./Occurrences.sol";
import {Terms} from "./Terms.sol";

/// @title The life of a claim
/// @notice How a claim goes from one state to the next, and what that makes of its money. Who may do it, and on what
///         evidence, `Claims` says.
abstract contract ClaimLife is IClaims, Occurrences {
    /// @notice Stands for the perils where an audit claim has none.
    uint8 public constant AUDIT = type(uint8).max;

    /// @notice The policies that claims are made under.
    IPolicies public immutable POLICIES;
    /// @notice Who computes what evidence shows.
    IEvaluation public immutable EVALUATION;

    /// @dev Set once: nobody else ever disputes, demands or rules.
    IDisputes internal _disputes;
    mapping(uint256 claim => address officer) internal _firstApprovals;

    constructor(IPolicies policies, IEvaluation evaluation) {
        POLICIES = policies;
        EVALUATION = evaluation;
    }

    /// @dev Bonds that stand against the claim go back.
    function _becameMoot(uint256 id) internal override {
        if (_isMoot(_claims[id])) _disputes.onMoot(id);
    }

    /// @dev The state that a new evaluation of a claim begins in: a dispute goes on over the new amount, what cannot be
    ///      decided by arithmetic goes to the arbiter, and a demand for data asks for the new window's.
    function _place(uint256 id, Entry storage entry, Terms calldata terms, Ground unsound) internal {
        if (entry.basis.demandUntil > 0) entry.basis.demandUntil = uint40(block.timestamp + terms.demandSeconds);
        if (_isContested(entry)) _toArbiter(id, entry, entry.ground, terms);
        else if (entry.ground == Ground.Ruled) _toArbiter(id, entry, Ground.Ruled, terms);
        else if (unsound != Ground.None) _toArbiter(id, entry, unsound, terms);
        else (entry.state, entry.ground) = (State.Evaluated, Ground.None);
    }

    /// @dev Whoever stands against a new amount gets the whole time for it.
    function _restart(uint256 id, Entry storage entry, Terms calldata terms) internal {
        // Every batch shown lies behind this block, so its own time for challenges is over by then as well.
        uint256 time = Math.max(terms.challengeSeconds, terms.disputeSeconds);
        entry.payableFrom = uint40(block.timestamp + time);
        delete _firstApprovals[id];
    }

    function _toArbiter(uint256 id, Entry storage entry, Ground ground, Terms calldata terms) internal {
        uint256 until = Math.max(entry.basis.until, block.timestamp + terms.arbitrationSeconds);
        (entry.state, entry.ground, entry.basis.until) = (State.Disputed, ground, uint40(until));
        delete _firstApprovals[id];
        emit ClaimDisputed(id, ground, uint40(until));
    }

    /// @dev A raw proof answers a demand and ends a dispute about numbers. True where there was either.
    function _endNumbers(Entry storage entry) internal returns (bool) {
        bool disputed = entry.state == State.Disputed && entry.ground == Ground.Numbers;
        bool demanded = entry.basis.demandUntil > 0;
        entry.basis.demandUntil = 0;
        if (disputed) (entry.state, entry.ground, entry.basis.until) = (State.Evaluated, Ground.None, 0);
        return disputed || demanded;
    }

    /// @dev The evaluation becomes final, with what the limits have room for by now.
    function _stand(uint256 id, Entry storage entry, Terms calldata terms) internal {
        uint40 until = entry.basis.demandUntil;
        require(until == 0, DataDemanded(id, until));
        _requireStanding(id, entry, terms);
        uint256 left = _aggregateLeft(entry.policy);
        Account storage account = _accounts[entry.policy][entry.peril];
        uint256 more = _takeMore(account, entry, _sublimit(entry, terms), left);
        _settle(id, entry);
        _book(entry, more, 0);
    }

    /// @dev What the arbiter set. A raise may reach the highest tier; of an audit claim, what was asked for.
    function _set(uint256 id, Entry storage entry, Terms calldata terms, uint256 amount) internal {
        bool audit = entry.ground == Ground.Audit;
        uint16 highestBps = audit ? 0 : _highestBps(terms, entry.peril);
        uint256 most = audit ? entry.amount : _wanted(terms, entry.peril, highestBps);
        require(amount <= most, TooMuch(amount, most));
        // A raw proof cannot mend what was no matter of numbers.
        if (entry.ground >= Ground.Place && !audit) entry.ground = Ground.Ruled;
        if (amount <= entry.settled) return _dropAndReject(id, entry);

        Account storage account = _accounts[entry.policy][entry.peril];
        uint16 payoutBps = amount > entry.amount ? highestBps : entry.payoutBps;
        uint256 less = _dropToSettled(account, entry);
        (entry.wanted, entry.payoutBps) = (uint128(amount), payoutBps);
        uint256 left = _aggregateLeft(entry.policy) + less;
        uint256 more = _takeMore(account, entry, _sublimit(entry, terms), left);
        _settle(id, entry);
        _book(entry, more, less);
    }

    function _settle(uint256 id, Entry storage entry) internal {
        (entry.settled, entry.settledBps) = (entry.amount, entry.payoutBps);
        _finish(entry, State.Payable);
        emit ClaimPayable(id, entry.amount);
    }

    function _dropAndReject(uint256 id, Entry storage entry) internal {
        uint256 less = _dropToSettled(_accounts[entry.policy][entry.peril], entry);
        _reject(id, entry);
        _book(entry, 0, less);
    }

    /// @dev What was settled before stays settled.
    function _reject(uint256 id, Entry storage entry) internal {
        State fallback_ = entry.settled > entry.paid ? State.Payable : State.Paid;
        _finish(entry, entry.settled == 0 ? State.Rejected : fallback_);
        emit ClaimRejected(id, entry.settled);
    }

    function _finish(Entry storage entry, State state) private {
        entry.state = state;
        if (entry.ground != Ground.Ruled) entry.ground = Ground.None;
        (entry.basis.until, entry.basis.demandUntil) = (0, 0);
    }

    /// @dev Tells the policy by how much its reserve changed.
    function _book(Entry storage entry, uint256 more, uint256 less) internal {
        if (more > less) POLICIES.reserve(entry.policy, more - less);
        if (more >= less) return;
        if (entry.peril == AUDIT) POLICIES.releaseAudit(entry.policy, less - more);
        else POLICIES.release(entry.policy, less - more);
    }

    function _requireStanding(uint256 id, Entry storage entry, Terms calldata terms) internal view {
        (bool usable, bool suspect) = EVALUATION.standing(entry.policy, terms, entry.basis);
        require(usable, EvidenceIsVoid(id));
        require(!suspect || entry.state == State.Disputed, EvidenceIsSuspect(id));
    }

    function _aggregateLeft(uint256 policy) private view returns (uint256) {
        IPolicies.Policy memory cover = POLICIES.policy(policy);
        return cover.aggregateLimit - cover.paid - cover.reserved;
    }

    function _wanted(Terms calldata terms, uint8 peril, uint16 payoutBps) internal pure returns (uint256) {
        return _payoutDown(terms.sumInsured, payoutBps, terms.perils[peril].deductible);
    }

    function _sublimit(Entry storage entry, Terms calldata terms) internal view returns (uint256) {
        return entry.peril == AUDIT ? terms.auditSublimit : terms.perils[entry.peril].sublimit;
    }

    function _highestBps(Terms calldata terms, uint8 peril) private pure returns (uint16) {
        return terms.perils[peril].tiers[terms.perils[peril].tiers.length - 1].payoutBps;
    }

    function _isMoot(Entry storage entry) internal view returns (bool) {
        return entry.basis.demandUntil > 0 || _isGroundOfParties(entry.ground);
    }

    function _existing(uint256 id) internal view returns (Entry storage entry) {
        entry = _claims[id];
        require(entry.state != State.None, UnknownClaim(id));
    }

    function _inState(uint256 id, State state) internal view returns (Entry storage entry) {
        entry = _existing(id);
        require(entry.state == state, WrongClaimState(id, entry.state));
    }

    /// @dev A claim with an evaluation that is not final.
    function _undecided(uint256 id) internal view returns (Entry storage entry) {
        entry = _existing(id);
        bool waits = entry.state == State.Evaluated || entry.state == State.Disputed;
        require(waits, WrongClaimState(id, entry.state));
    }
}
