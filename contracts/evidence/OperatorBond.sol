// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IBatchLedger} from "./IBatchLedger.sol";
import {IOperatorBond} from "./IOperatorBond.sol";
import {IPolicyholdersFund} from "./IPolicyholdersFund.sol";

/// @title Operator bond
/// @notice Books of bonds, rewards and what is owed to policyholders, over one token.
/// @dev INVARIANT: the token's balance here is at least all bonds, all leaving parts, all rewards and all that is owed.
contract OperatorBond is IOperatorBond, AccessManaged, ReentrancyGuardTransient {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @dev One part in this many of a slash is the challenger's.
    uint256 private constant REWARD_PARTS = 10;

    IERC20 private immutable TOKEN;
    uint128 private immutable MINIMUM;
    uint96 private immutable SLASHED;
    uint40 private immutable COOLDOWN_SECONDS;

    /// @dev Set once: not even the governor can let another contract at the bonds.
    IBatchLedger private _ledger;
    address private _challenges;
    IPolicyholdersFund private _fund;

    /// @dev The newest slash for a stream, not yet divided: one word, so that convicting costs one.
    struct Slash {
        address challenger;
        uint96 amount;
    }

    mapping(address operator => Stake) private _stakes;
    mapping(bytes32 streamId => Slash) private _undivided;
    mapping(address challenger => uint256) private _rewards;
    mapping(bytes32 streamId => uint256) private _owed;

    constructor(address initialAuthority, IERC20 token, Rules memory rules) AccessManaged(initialAuthority) {
        require(
            rules.slashed > 0 && rules.slashed <= rules.minimum,
            ImpossibleRules(rules.minimum, rules.slashed)
        );
        TOKEN = token;
        (MINIMUM, SLASHED, COOLDOWN_SECONDS) = (rules.minimum, rules.slashed, rules.cooldownSeconds);
    }

    /// @inheritdoc IOperatorBond
    function connect(IBatchLedger ledger, address challenges, IPolicyholdersFund fund) external restricted {
        require(address(_ledger) == address(0), AlreadyConnected(address(_ledger)));

        (_ledger, _challenges, _fund) = (ledger, challenges, fund);
        emit Connected(address(ledger), challenges, address(fund));
    }

    /// @inheritdoc IOperatorBond
    function post(address operator, uint256 amount) external nonReentrant {
        Stake storage stake_ = _stakes[operator];
        stake_.bond += amount.toUint128();
        emit BondPosted(operator, msg.sender, amount, stake_.bond);
        uint256 held = TOKEN.balanceOf(address(this));
        TOKEN.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = TOKEN.balanceOf(address(this)) - held;
        require(received == amount, TokenTookAFee(amount, received));
    }

    /// @inheritdoc IOperatorBond
    function requestWithdrawal(uint256 amount) external {
        Stake storage stake_ = _stakes[msg.sender];
        require(amount > 0 && amount <= stake_.bond, NotSoMuch(amount, stake_.bond));

        stake_.bond -= uint128(amount);
        stake_.leaving += uint128(amount);
        stake_.askedAt = uint40(block.timestamp);
        emit WithdrawalRequested(msg.sender, amount, uint40(payableFrom(msg.sender)));
    }

    /// @inheritdoc IOperatorBond
    function withdraw() external nonReentrant {
        uint256 amount = _stakes[msg.sender].leaving;
        require(amount > 0, NothingToPay());
        uint256 since = payableFrom(msg.sender);
        require(block.timestamp >= since, NotYetPayable(since));

        _stakes[msg.sender].leaving = 0;
        emit BondWithdrawn(msg.sender, amount);
        TOKEN.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IOperatorBond
    function slash(address operator, bytes32 streamId, address challenger) external {
        require(msg.sender == _challenges, OnlyChallenges(msg.sender));
        Stake storage stake_ = _stakes[operator];
        (uint256 bond, uint256 leaving) = (stake_.bond, stake_.leaving);
        uint256 fromBond = Math.min(SLASHED, bond);
        uint256 fromLeaving = Math.min(SLASHED - fromBond, leaving);
        uint256 amount = fromBond + fromLeaving;

        _divide(streamId);
        (stake_.bond, stake_.leaving) = (uint128(bond - fromBond), uint128(leaving - fromLeaving));
        _undivided[streamId] = Slash({challenger: challenger, amount: uint96(amount)});
        uint256 reward = _rewardOf(amount);
        emit BondSlashed(operator, streamId, challenger, reward, amount - reward);
    }

    /// @inheritdoc IOperatorBond
    function collectReward(bytes32 streamId) external nonReentrant {
        _divide(streamId);
        uint256 amount = _rewards[msg.sender];
        require(amount > 0, NothingToPay());

        _rewards[msg.sender] = 0;
        emit RewardCollected(msg.sender, amount);
        TOKEN.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IOperatorBond
    function forward(bytes32 streamId) external nonReentrant {
        _divide(streamId);
        uint256 amount = _owed[streamId];
        require(amount > 0, NothingToPay());

        _owed[streamId] = 0;
        emit Forwarded(streamId, amount);
        TOKEN.safeTransfer(address(_fund), amount);
        _fund.credit(streamId, amount);
    }

    /// @inheritdoc IOperatorBond
    function suffices(address operator) external view returns (bool) {
        return _stakes[operator].bond >= MINIMUM;
    }

    /// @inheritdoc IOperatorBond
    function stake(address operator) external view returns (Stake memory) {
        return _stakes[operator];
    }

    /// @inheritdoc IOperatorBond
    function payableFrom(address operator) public view returns (uint256) {
        uint256 lastAnchored = _ledger.batch(_ledger.lastBatchOf(operator)).anchoredAt;
        return Math.max(_stakes[operator].askedAt, lastAnchored) + COOLDOWN_SECONDS;
    }

    /// @inheritdoc IOperatorBond
    function rewardOf(address challenger, bytes32 streamId) external view returns (uint256) {
        Slash memory newest = _undivided[streamId];
        return _rewards[challenger] + (newest.challenger == challenger ? _rewardOf(newest.amount) : 0);
    }

    /// @inheritdoc IOperatorBond
    function owedTo(bytes32 streamId) external view returns (uint256) {
        uint256 newest = _undivided[streamId].amount;
        return _owed[streamId] + newest - _rewardOf(newest);
    }

    /// @inheritdoc IOperatorBond
    function cooldownSeconds() external view returns (uint256) {
        return COOLDOWN_SECONDS;
    }

    /// @dev Books the newest slash for a stream to those whose it is.
    function _divide(bytes32 streamId) private {
        Slash memory newest = _undivided[streamId];
        if (newest.amount == 0) return;
        uint256 reward = _rewardOf(newest.amount);

        delete _undivided[streamId];
        _rewards[newest.challenger] += reward;
        _owed[streamId] += newest.amount - reward;
    }

    function _rewardOf(uint256 slashed) private pure returns (uint256) {
        return slashed / REWARD_PARTS;
    }
}
