// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IWindowVerifier} from "../evidence/IWindowVerifier.sol";
import {IDeviceRegistry} from "../identity/IDeviceRegistry.sol";
import {Evaluation} from "./Evaluation.sol";
import {IClaims} from "./IClaims.sol";
import {IPolicies} from "./IPolicies.sol";
import {IProducts} from "./IProducts.sol";
import {Occurrences} from "./Occurrences.sol";
import {Peril, Terms} from "./Terms.sol";
import {TermsHash} from "./TermsHash.sol";

/// @title Claims
/// @notice Evidence in, payment out.
contract Claims is IClaims, Evaluation, Occurrences, AccessManaged {
    /// @notice The policies that claims are made under.
    IPolicies public immutable POLICIES;
    /// @notice The products, for the amount above which approval takes two keys.
    IProducts public immutable PRODUCTS;

    mapping(uint256 claim => address officer) private _firstApprovals;
    mapping(uint256 claim => mapping(address holder => address payee)) private _payees;

    constructor(
        address initialAuthority,
        IPolicies policies,
        IProducts products,
        IDeviceRegistry registry,
        IWindowVerifier verifier
    ) AccessManaged(initialAuthority) Evaluation(registry, verifier) {
        POLICIES = policies;
        PRODUCTS = products;
    }

    /// @inheritdoc IClaims
    function prove(
        uint256 policy,
        Terms calldata terms,
        uint8 peril,
        uint48 fromMs,
        uint48 toMs,
        Evidence[] calldata evidence
    ) external returns (uint256 id) {
        IPolicies.Policy memory cover = POLICIES.policy(policy);
        require(TermsHash.ofTerms(terms) == cover.termsHash, IPolicies.WrongTerms(policy));
        require(peril < terms.perils.length, UnknownPeril(peril));
        Span memory span = Span(fromMs, toMs, uint48(uint256(cover.coverFrom) * 1000));
        _requireCovered(policy, cover, span);

        Award memory award;
        (award.policy, award.peril, award.fromMs, award.toMs) = (policy, peril, fromMs, toMs);
        award.payoutBps = _evaluate(terms, peril, span, evidence);
        award.aggregateLeft = cover.aggregateLimit - cover.paid - cover.reserved;
        return _record(terms, award);
    }

    /// @inheritdoc IClaims
    function approve(uint256 id, uint256 amount) external restricted {
        Entry storage entry = _evaluated(id);
        require(entry.amount == amount, AmountChanged(id, entry.amount));
        address first = _firstApprovals[id];
        require(first != msg.sender, AlreadyApprovedBy(id, msg.sender));

        bool complete = !entry.needsTwo || first != address(0);
        if (!complete) _firstApprovals[id] = msg.sender;
        emit ClaimApproved(id, msg.sender, amount);
        if (complete) _settle(id, entry);
    }

    /// @inheritdoc IClaims
    function finalize(uint256 id) external {
        Entry storage entry = _evaluated(id);
        require(block.timestamp >= entry.payableFrom, NotYetPayable(id, entry.payableFrom));
        IPolicies.Policy memory cover = POLICIES.policy(entry.policy);
        uint256 left = cover.aggregateLimit - cover.paid - cover.reserved;

        uint256 more = _takeMore(_accounts[entry.policy][entry.peril], entry, left);
        _settle(id, entry);
        if (more > 0) POLICIES.reserve(entry.policy, more);
    }

    /// @inheritdoc IClaims
    function namePayee(uint256 id, address payee) external {
        address holder = POLICIES.ownerOf(_existing(id).policy);
        require(msg.sender == holder, NotTheHolder(msg.sender, holder));

        _payees[id][holder] = payee;
        emit PayeeNamed(id, payee);
    }

    /// @inheritdoc IClaims
    function collect(uint256 id) external returns (uint256 amount) {
        Entry storage entry = _existing(id);
        amount = entry.settled - entry.paid;
        require(amount > 0, WrongClaimState(id, entry.state));
        address to = payeeOf(id);

        entry.paid = entry.settled;
        if (entry.state == State.Payable) entry.state = State.Paid;
        emit ClaimPaid(id, to, amount);
        POLICIES.pay(entry.policy, amount, to);
    }

    /// @inheritdoc IClaims
    function claim(uint256 id) external view returns (Claim memory) {
        Entry memory entry = _claims[id];
        return
            Claim({
                policy: entry.policy,
                peril: entry.peril,
                state: entry.state,
                fromMs: entry.fromMs,
                toMs: entry.toMs,
                payoutBps: entry.payoutBps,
                payableFrom: entry.payableFrom,
                amount: entry.amount,
                paid: entry.paid,
                settled: entry.settled
            });
    }

    /// @inheritdoc IClaims
    function payeeOf(uint256 id) public view returns (address) {
        address holder = POLICIES.ownerOf(_existing(id).policy);
        address named = _payees[id][holder];
        return named == address(0) ? holder : named;
    }

    /// @inheritdoc IClaims
    function firstApprovalOf(uint256 id) external view returns (address) {
        return _firstApprovals[id];
    }

    /// @inheritdoc IClaims
    function claimsOf(uint256 policy, uint8 peril) external view returns (uint256[] memory ids) {
        uint64[] storage claims = _accounts[policy][peril].claims;
        ids = new uint256[](claims.length);
        for (uint256 i = 0; i < ids.length; ++i) ids[i] = claims[i];
    }

    function _record(Terms calldata terms, Award memory award) private returns (uint256 id) {
        Peril calldata peril = terms.perils[award.peril];
        award.separationMs = uint256(peril.separationSeconds) * 1000;
        (award.sumInsured, award.deductible, award.sublimit) = (terms.sumInsured, peril.deductible, peril.sublimit);

        uint256 more;
        (id, more) = _award(award);
        Entry storage entry = _claims[id];
        // Every batch shown lies behind this block, so its own time for challenges is over by then as well.
        entry.payableFrom = uint40(block.timestamp + terms.challengeSeconds);
        entry.needsTwo = entry.amount > PRODUCTS.product(terms.product).approvalLimit;
        delete _firstApprovals[id];
        emit ClaimEvaluated(
            id,
            award.policy,
            award.peril,
            entry.fromMs,
            entry.toMs,
            entry.payoutBps,
            entry.amount,
            entry.payableFrom
        );
        POLICIES.reserve(award.policy, more);
    }

    function _settle(uint256 id, Entry storage entry) private {
        entry.settled = entry.amount;
        entry.state = State.Payable;
        emit ClaimPayable(id, entry.amount);
    }

    function _requireCovered(uint256 policy, IPolicies.Policy memory cover, Span memory span) private view {
        require(cover.coverFrom > 0 && span.fromMs >= span.coverFromMs, NotCovered(policy, span.fromMs));
        require(span.toMs < uint256(cover.endsAt) * 1000, NotCovered(policy, span.toMs));
        require(block.timestamp <= uint256(cover.endsAt) + cover.runOffSeconds, AfterRunOff(policy));
    }

    function _existing(uint256 id) private view returns (Entry storage entry) {
        entry = _claims[id];
        require(entry.state != State.None, UnknownClaim(id));
    }

    function _evaluated(uint256 id) private view returns (Entry storage entry) {
        entry = _existing(id);
        require(entry.state == State.Evaluated, WrongClaimState(id, entry.state));
    }
}
