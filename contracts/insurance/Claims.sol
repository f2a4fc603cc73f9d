// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IPauses} from "../access/IPauses.sol";
import {ClaimLife} from "./ClaimLife.sol";
import {IClaims} from "./IClaims.sol";
import {IDisputes} from "./IDisputes.sol";
import {IEvaluation} from "./IEvaluation.sol";
import {IPolicies} from "./IPolicies.sol";
import {IProducts} from "./IProducts.sol";
import {Peril, Terms} from "./Terms.sol";

/// @title Claims
/// @notice Evidence in, payment out.
contract Claims is ClaimLife, AccessManaged {
    /// @notice How long new evidence is taken for a claim that was reopened: the operator corrects the stream in his next
    ///         batch, and whoever holds the frames needs no operator.
    uint256 public constant REOPENED_SECONDS = 7 days;

    /// @notice The products, for the amount above which approval takes two keys.
    IProducts public immutable PRODUCTS;
    /// @notice Who says whether new claims are paused.
    IPauses public immutable PAUSES;

    mapping(uint256 claim => mapping(address holder => address payee)) private _payees;

    modifier onlyDisputes() {
        require(msg.sender == address(_disputes), OnlyDisputes(msg.sender));
        _;
    }

    constructor(
        address initialAuthority,
        IPolicies policies,
        IProducts products,
        IEvaluation evaluation,
        IPauses pauses
    ) AccessManaged(initialAuthority) ClaimLife(policies, evaluation) {
        PRODUCTS = products;
        PAUSES = pauses;
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
        IEvaluation.Result memory result = EVALUATION.evaluate(policy, terms, peril, fromMs, toMs, evidence);
        Award memory award;
        (award.policy, award.peril, award.fromMs, award.toMs) = (policy, peril, fromMs, toMs);
        (award.payoutBps, award.aggregateLeft) = (result.payoutBps, result.aggregateLeft);
        (award.sound, award.raw) = (!result.late && !result.suspect, result.batch == 0);
        return _record(terms, award, result);
    }

    /// @inheritdoc IClaims
    function correct(uint256 id, Terms calldata terms, Evidence[] calldata evidence) external {
        Entry storage entry = _undecided(id);
        require(entry.ground != Ground.Audit, WrongClaimState(id, entry.state));
        IEvaluation.Result memory result = _betterResult(id, entry, terms, evidence);

        Account storage account = _accounts[entry.policy][entry.peril];
        uint256 before = entry.amount;
        uint256 less = _dropToSettled(account, entry);
        uint256 more = 0;
        if (result.payoutBps > entry.settledBps) {
            entry.payoutBps = result.payoutBps;
            entry.wanted = uint128(_wanted(terms, entry.peril, result.payoutBps));
            more = _takeMore(account, entry, _sublimit(entry, terms), result.aggregateLeft + less);
        }
        (entry.basis.batch, entry.basis.readings) = (result.batch, result.readings);
        bool answers = result.batch == 0 && _endNumbers(entry);
        bool moot = more == 0 && _isMoot(entry);
        if (entry.amount != before || answers) _restart(id, entry, terms);
        emit ClaimCorrected(id, msg.sender, entry.state, entry.payoutBps, entry.amount, entry.payableFrom);
        emit ClaimRests(id, entry.basis);
        if (more == 0) _reject(id, entry);
        _book(entry, more, less);
        if (answers) _disputes.onRawProof(id, _streamOf(entry, terms), entry.amount, msg.sender);
        if (moot) _disputes.onMoot(id);
    }

    /// @inheritdoc IClaims
    function reopen(uint256 id, Terms calldata terms) external {
        Entry storage entry = _undecided(id);
        (bool usable, bool suspect) = EVALUATION.standing(entry.policy, terms, entry.basis);
        if (usable) {
            require(suspect && entry.state == State.Evaluated, EvidenceStands(id));
            return _toArbiter(id, entry, Ground.Suspect, terms);
        }
        bool moot = _isMoot(entry);
        entry.state = State.Reopened;
        if (entry.ground != Ground.Ruled) entry.ground = Ground.None;
        (entry.basis.until, entry.basis.demandUntil) = (uint40(block.timestamp + REOPENED_SECONDS), 0);
        emit ClaimReopened(id, entry.basis.until);
        if (moot) _disputes.onMoot(id);
    }

    /// @inheritdoc IClaims
    function abandon(uint256 id) external {
        Entry storage entry = _inState(id, State.Reopened);
        require(block.timestamp > entry.basis.until, StillTime(id, entry.basis.until));
        _dropAndReject(id, entry);
    }

    /// @inheritdoc IClaims
    function approve(uint256 id, Terms calldata terms, uint256 amount) external restricted {
        Entry storage entry = _undecided(id);
        // What one side put a bond against, and what only documents show, is the arbiter's.
        require(!_isContested(entry) && entry.ground != Ground.Audit, WrongClaimState(id, entry.state));
        require(entry.amount == amount, AmountChanged(id, entry.amount));
        address first = _firstApprovals[id];
        require(first != msg.sender, AlreadyApprovedBy(id, msg.sender));
        _requireStanding(id, entry, terms);

        bool complete = first != address(0) || amount <= PRODUCTS.product(terms.product).approvalLimit;
        if (!complete) _firstApprovals[id] = msg.sender;
        emit ClaimApproved(id, msg.sender, amount);
        if (!complete) return;
        bool moot = _isMoot(entry);
        _settle(id, entry);
        if (moot) _disputes.onMoot(id);
    }

    /// @inheritdoc IClaims
    function finalize(uint256 id, Terms calldata terms) external {
        Entry storage entry = _inState(id, State.Evaluated);
        require(block.timestamp >= entry.payableFrom, NotYetPayable(id, entry.payableFrom));
        _stand(id, entry, terms);
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
    function setDisputes(address disputes) external restricted {
        require(address(_disputes) == address(0), DisputesAlreadySet(address(_disputes)));

        _disputes = IDisputes(disputes);
        emit DisputesSet(disputes);
    }

    /// @inheritdoc IClaims
    function contest(uint256 id, Terms calldata terms, Ground ground) external onlyDisputes {
        Entry storage entry = _inState(id, State.Evaluated);
        EVALUATION.requireTerms(entry.policy, terms, entry.basis.fromMs);
        require(block.timestamp < entry.payableFrom, TimeIsOver(id, entry.payableFrom));
        _toArbiter(id, entry, ground, terms);
    }

    /// @inheritdoc IClaims
    function demandData(uint256 id, Terms calldata terms) external onlyDisputes {
        Entry storage entry = _undecided(id);
        EVALUATION.requireTerms(entry.policy, terms, entry.basis.fromMs);
        require(entry.basis.batch != 0, AlreadyRaw(id));
        uint40 until = entry.state == State.Evaluated ? entry.payableFrom : entry.basis.until;
        require(block.timestamp < until, TimeIsOver(id, until));

        entry.basis.demandUntil = uint40(block.timestamp + terms.demandSeconds);
        emit ClaimDataDemanded(id, entry.basis.demandUntil);
    }

    /// @inheritdoc IClaims
    function rejectUnanswered(uint256 id) external onlyDisputes {
        Entry storage entry = _undecided(id);
        uint40 until = entry.basis.demandUntil;
        require(until > 0, NoDataDemanded(id));
        require(block.timestamp > until, StillTime(id, until));
        // Raw proof may show yet what an arbiter has not judged.
        if (entry.ground != Ground.Ruled) entry.ground = Ground.None;
        _dropAndReject(id, entry);
    }

    /// @inheritdoc IClaims
    function rule(
        uint256 id,
        Terms calldata terms,
        uint256 onAmount,
        uint256 amount
    ) external onlyDisputes returns (uint256) {
        Entry storage entry = _inState(id, State.Disputed);
        require(entry.amount == onAmount, AmountChanged(id, entry.amount));
        require(block.timestamp <= entry.basis.until, TimeIsOver(id, entry.basis.until));
        _requireStanding(id, entry, terms);
        if (amount == onAmount) _settle(id, entry);
        else _set(id, entry, terms, amount);
        return entry.amount;
    }

    /// @inheritdoc IClaims
    function standByDefault(uint256 id, Terms calldata terms) external onlyDisputes {
        Entry storage entry = _inState(id, State.Disputed);
        require(block.timestamp > entry.basis.until, StillTime(id, entry.basis.until));
        if (entry.ground == Ground.Audit) _dropAndReject(id, entry);
        else _stand(id, entry, terms);
    }

    /// @inheritdoc IClaims
    function openAudit(
        uint256 policy,
        Terms calldata terms,
        uint256 amount,
        bytes32 documents
    ) external onlyDisputes returns (uint256 id) {
        uint48 nowMs = uint48(block.timestamp * 1000);
        EVALUATION.requireTerms(policy, terms, nowMs);
        IPolicies.Policy memory cover = POLICIES.policy(policy);
        require(cover.coverFrom > 0 && block.timestamp >= cover.coverFrom, NotCovered(policy, nowMs));
        require(block.timestamp <= POLICIES.claimableUntil(policy), AfterRunOff(policy));
        require(amount > 0 && amount <= terms.auditSublimit, TooMuch(amount, terms.auditSublimit));

        Account storage account = _accounts[policy][AUDIT];
        id = _open(account, policy, AUDIT);
        account.taken += uint128(amount);
        Entry storage entry = _claims[id];
        (entry.fromMs, entry.toMs, entry.basis.fromMs) = (nowMs, nowMs, nowMs);
        (entry.amount, entry.wanted) = (uint128(amount), uint128(amount));
        emit AuditOpened(id, policy, amount, documents);
        _toArbiter(id, entry, Ground.Audit, terms);
        POLICIES.reserveAudit(policy, amount, terms.auditSublimit);
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
                settled: entry.settled,
                ground: entry.ground,
                basis: entry.basis
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
        Account storage account = _accounts[policy][peril];
        ids = new uint256[](account.count);
        for (uint256 i = 0; i < ids.length; ++i) ids[i] = _at(account, i);
    }

    function _record(
        Terms calldata terms,
        Award memory award,
        IEvaluation.Result memory result
    ) private returns (uint256 id) {
        Peril calldata peril = terms.perils[award.peril];
        award.separationMs = uint256(peril.separationSeconds) * 1000;
        (award.sumInsured, award.deductible, award.sublimit) = (terms.sumInsured, peril.deductible, peril.sublimit);

        uint256 more;
        uint256 less;
        (id, more, less) = _award(award);
        Entry storage entry = _claims[id];
        if (entry.state == State.None) PAUSES.requireRunning(IPauses.Act.Prove);
        // A claim that waits for evidence or for the arbiter waits for this as well.
        require(!result.afterRunOff || block.timestamp <= entry.basis.until, AfterRunOff(award.policy));
        (entry.basis.batch, entry.basis.probes) = (result.batch, result.probes);
        (entry.basis.fromMs, entry.basis.toMs) = (award.fromMs, award.toMs);
        entry.basis.readings = result.readings;
        bool answers = award.raw && _endNumbers(entry);
        _restart(id, entry, terms);
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
        _place(id, entry, terms, award.sound ? Ground.None : result.late ? Ground.Late : Ground.Suspect);
        emit ClaimRests(id, entry.basis);
        _book(entry, more, less);
        if (answers) _disputes.onRawProof(id, _streamOf(entry, terms), entry.amount, msg.sender);
    }

    function _betterResult(
        uint256 id,
        Entry storage entry,
        Terms calldata terms,
        Evidence[] calldata evidence
    ) private view returns (IEvaluation.Result memory result) {
        Basis memory basis = entry.basis;
        for (uint256 i = 0; i < evidence.length; ++i) {
            require(evidence[i].before.length > 0, MustShowTheReadingBefore(evidence[i].probe));
        }
        result = EVALUATION.assess(entry.policy, terms, entry.peril, basis.fromMs, basis.toMs, evidence);
        bool moreReadings = result.readings > basis.readings;
        bool turnedRaw = basis.batch != 0 && result.batch == 0 && result.readings == basis.readings;
        require(result.probes == basis.probes && (moreReadings || turnedRaw), NoBetterEvidence(id));
    }

    /// @dev The first stream that a claim rests on.
    function _streamOf(Entry storage entry, Terms calldata terms) private view returns (bytes32) {
        uint256 probe = 0;
        while ((entry.basis.probes >> probe) & 1 == 0) ++probe;
        return terms.probes[probe];
    }
}
