// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Roles} from "../access/Roles.sol";
import {IPolicyholdersFund} from "../evidence/IPolicyholdersFund.sol";
import {IClaims} from "./IClaims.sol";
import {IDisputes} from "./IDisputes.sol";
import {IPolicies} from "./IPolicies.sol";
import {Terms} from "./Terms.sol";

/// @title Disputes
/// @notice Bonds beside the claims, which hold all else. INVARIANT 1: what is held here = bonds + credits.
contract Disputes is IDisputes, AccessManaged, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @dev What one tier of a claim was disputed and demanded on, by side.
    struct Spoken {
        uint16 disputedBps;
        uint16 demandedBps;
    }

    /// @notice The claims that are disputed.
    IClaims public immutable CLAIMS;
    /// @notice The policies, which know holder and insurer.
    IPolicies public immutable POLICIES;
    /// @notice Where half of a losing bond goes.
    IPolicyholdersFund public immutable FUND;
    /// @notice The ERC-20 that bonds are in.
    IERC20 public immutable TOKEN;
    /// @notice What a dispute puts at risk.
    uint256 public immutable DISPUTE_BOND;
    /// @notice What a demand puts at risk: its half should pay for the gas of a raw proof.
    uint256 public immutable DEMAND_BOND;

    mapping(uint256 claim => Case) private _disputes;
    mapping(uint256 claim => Case) private _demands;
    mapping(uint256 claim => mapping(Side side => Spoken)) private _spoken;
    mapping(address account => uint256) private _credits;
    uint256 private _held;

    modifier onlyClaims() {
        require(msg.sender == address(CLAIMS), OnlyClaims(msg.sender));
        _;
    }

    constructor(
        address initialAuthority,
        IClaims claims,
        IPolicies policies,
        IPolicyholdersFund fund,
        IERC20 token,
        uint256 disputeBond,
        uint256 demandBond
    ) AccessManaged(initialAuthority) {
        require(disputeBond > 1 && demandBond > 1, NoBond());
        (CLAIMS, POLICIES, FUND, TOKEN) = (claims, policies, fund, token);
        (DISPUTE_BOND, DEMAND_BOND) = (disputeBond, demandBond);
    }

    /// @inheritdoc IDisputes
    function dispute(uint256 id, Terms calldata terms, IClaims.Ground ground, bytes32 reason) external nonReentrant {
        bool known = ground >= IClaims.Ground.Numbers && ground <= IClaims.Ground.Cause;
        require(known, NotAGround(ground));
        IClaims.Claim memory claim = CLAIMS.claim(id);
        Side side = _sideOf(id, claim.policy, msg.sender);
        Spoken storage spoken = _spoken[id][side];
        require(claim.payoutBps > spoken.disputedBps, SpokenBefore(id, side));

        spoken.disputedBps = claim.payoutBps;
        _disputes[id] = Case(msg.sender, side, claim.amount);
        _held += DISPUTE_BOND;
        emit DisputeOpened(id, msg.sender, side, ground, claim.amount, reason);
        CLAIMS.contest(id, terms, ground);
        TOKEN.safeTransferFrom(msg.sender, address(this), DISPUTE_BOND);
    }

    /// @inheritdoc IDisputes
    function demand(uint256 id, Terms calldata terms) external nonReentrant {
        require(_demands[id].by == address(0), AlreadyDemanded(id));
        IClaims.Claim memory claim = CLAIMS.claim(id);
        Side side = _sideOf(id, claim.policy, msg.sender);
        Spoken storage spoken = _spoken[id][side];
        require(claim.payoutBps > spoken.demandedBps, SpokenBefore(id, side));

        spoken.demandedBps = claim.payoutBps;
        _demands[id] = Case(msg.sender, side, claim.amount);
        _held += DEMAND_BOND;
        emit DataDemanded(id, msg.sender, side);
        CLAIMS.demandData(id, terms);
        TOKEN.safeTransferFrom(msg.sender, address(this), DEMAND_BOND);
    }

    /// @inheritdoc IDisputes
    function rejectUnanswered(uint256 id) external nonReentrant {
        _returnBonds(id);
        CLAIMS.rejectUnanswered(id);
    }

    /// @inheritdoc IDisputes
    function rule(uint256 id, Terms calldata terms, uint256 onAmount, uint256 amount) external restricted nonReentrant {
        uint256 policy = CLAIMS.claim(id).policy;
        bool party = msg.sender == POLICIES.ownerOf(policy) || _speaksForInsurer(policy, msg.sender);
        require(!party, ArbiterIsAParty(id, msg.sender));

        emit DisputeRuled(id, msg.sender, onAmount, amount);
        Case memory open = _disputes[id];
        delete _disputes[id];
        bool won = open.side == Side.Insurer ? amount < onAmount : amount > onAmount;
        if (open.by != address(0) && won) _credit(open.by, DISPUTE_BOND);
        _returnDemand(id);
        CLAIMS.rule(id, terms, onAmount, amount);
        if (open.by != address(0) && !won) _forfeit(open.side, policy, terms.probes[0], DISPUTE_BOND, address(0));
    }

    /// @inheritdoc IDisputes
    function timeOut(uint256 id, Terms calldata terms) external nonReentrant {
        _returnBonds(id);
        CLAIMS.standByDefault(id, terms);
    }

    /// @inheritdoc IDisputes
    function openAudit(
        uint256 policy,
        Terms calldata terms,
        uint256 amount,
        bytes32 documents
    ) external nonReentrant returns (uint256) {
        address holder = POLICIES.ownerOf(policy);
        require(msg.sender == holder, IClaims.NotTheHolder(msg.sender, holder));
        return CLAIMS.openAudit(policy, terms, amount, documents);
    }

    /// @inheritdoc IDisputes
    function withdraw(address account) external nonReentrant returns (uint256 amount) {
        amount = _credits[account];
        require(amount > 0, NothingCredited(account));

        delete _credits[account];
        _held -= amount;
        emit Withdrawn(account, amount);
        TOKEN.safeTransfer(account, amount);
    }

    /// @inheritdoc IDisputes
    function onRawProof(uint256 id, bytes32 streamId, uint256 amount, address by) external onlyClaims {
        uint256 policy = CLAIMS.claim(id).policy;
        Case memory demanded = _demands[id];
        Case memory open = _disputes[id];
        (bool numbers, bool asked) = (_endsNumbers(id, open), demanded.by != address(0));
        if (asked) delete _demands[id];
        if (numbers) delete _disputes[id];

        if (asked) {
            emit DemandEnded(id, by);
            if (_wasRight(demanded, amount)) _credit(demanded.by, DEMAND_BOND);
            else _forfeit(demanded.side, policy, streamId, DEMAND_BOND, by);
        }
        if (numbers) {
            emit DisputeEnded(id, amount);
            if (_wasRight(open, amount)) _credit(open.by, DISPUTE_BOND);
            else _forfeit(open.side, policy, streamId, DISPUTE_BOND, address(0));
        }
    }

    /// @inheritdoc IDisputes
    function onMoot(uint256 id) external onlyClaims {
        _returnBonds(id);
    }

    /// @inheritdoc IDisputes
    function disputeOf(uint256 id) external view returns (Case memory) {
        return _disputes[id];
    }

    /// @inheritdoc IDisputes
    function demandOf(uint256 id) external view returns (Case memory) {
        return _demands[id];
    }

    /// @inheritdoc IDisputes
    function creditOf(address account) external view returns (uint256) {
        return _credits[account];
    }

    /// @inheritdoc IDisputes
    function held() external view returns (uint256) {
        return _held;
    }

    function _returnBonds(uint256 id) private {
        Case memory open = _disputes[id];
        if (open.by != address(0)) {
            delete _disputes[id];
            // Nobody was heard: he may speak again.
            delete _spoken[id][open.side].disputedBps;
            emit DisputeEnded(id, CLAIMS.claim(id).amount);
            _credit(open.by, DISPUTE_BOND);
        }
        _returnDemand(id);
    }

    function _returnDemand(uint256 id) private {
        Case memory demanded = _demands[id];
        if (demanded.by == address(0)) return;
        delete _demands[id];
        delete _spoken[id][demanded.side].demandedBps;
        emit DemandEnded(id, address(0));
        _credit(demanded.by, DEMAND_BOND);
    }

    /// @dev Half to the other side, or to whoever did its work; half to the policyholders: he who loses to himself pays.
    function _forfeit(Side loser, uint256 policy, bytes32 streamId, uint256 bond, address worker) private {
        address other = loser == Side.Holder ? POLICIES.policy(policy).insurer : POLICIES.ownerOf(policy);
        uint256 half = bond / 2;
        _credit(worker == address(0) ? other : worker, half);
        _held -= bond - half;
        TOKEN.safeTransfer(address(FUND), bond - half);
        FUND.credit(streamId, bond - half);
    }

    function _credit(address account, uint256 amount) private {
        _credits[account] += amount;
        emit Credited(account, amount);
    }

    /// @dev A raw proof takes a claim from the arbiter only where the dispute was about numbers, or nothing is left of it.
    function _endsNumbers(uint256 id, Case memory open) private view returns (bool) {
        return open.by != address(0) && CLAIMS.claim(id).state != IClaims.State.Disputed;
    }

    function _wasRight(Case memory open, uint256 amount) private pure returns (bool) {
        return open.side == Side.Insurer ? amount < open.amount : amount > open.amount;
    }

    function _sideOf(uint256 id, uint256 policy, address who) private view returns (Side) {
        if (who == POLICIES.ownerOf(policy)) return Side.Holder;
        require(_speaksForInsurer(policy, who), NotAParty(id, who));
        return Side.Insurer;
    }

    function _speaksForInsurer(uint256 policy, address who) private view returns (bool) {
        if (who == POLICIES.policy(policy).insurer) return true;
        (bool officer, ) = IAccessManager(authority()).hasRole(Roles.CLAIMS_OFFICER, who);
        return officer;
    }
}
