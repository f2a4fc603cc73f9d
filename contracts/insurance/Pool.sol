// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Accounting} from "./Accounting.sol";
import {IPool} from "./IPool.sol";

/// @title Pool
/// @notice The books, and the transfers of one ERC-20 that they stand for.
contract Pool is IPool, Accounting, AccessManaged, ReentrancyGuardTransient {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    IERC20 private immutable TOKEN;

    /// @dev Set once: not even the governor can let another contract at the money.
    address private _policies;

    modifier onlyPolicies() {
        require(msg.sender == _policies, OnlyPolicies(msg.sender));
        _;
    }

    constructor(address initialAuthority, IERC20 settlementToken) AccessManaged(initialAuthority) {
        TOKEN = settlementToken;
    }

    /// @inheritdoc IPool
    function deposit(uint256 amount) external nonReentrant {
        _addCapital(amount.toUint128());
        emit CapitalDeposited(msg.sender, amount);
        _take(msg.sender, amount);
    }

    /// @inheritdoc IPool
    function withdraw(uint256 amount) external restricted nonReentrant {
        _removeCapital(amount.toUint128());
        emit CapitalWithdrawn(msg.sender, amount);
        TOKEN.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IPool
    function setPolicies(address policies) external restricted {
        require(_policies == address(0), PoliciesAlreadySet(_policies));

        _policies = policies;
        emit PoliciesSet(policies);
    }

    /// @inheritdoc IPool
    function lock(uint256 amount) external onlyPolicies {
        _lock(amount.toUint128());
        emit CapitalLocked(amount, locked());
    }

    /// @inheritdoc IPool
    function release(uint256 amount) external onlyPolicies {
        _release(amount.toUint128());
        emit CapitalReleased(amount, locked());
    }

    /// @inheritdoc IPool
    function takePremium(address payer, uint256 amount) external onlyPolicies nonReentrant {
        _addPremium(amount.toUint128());
        emit PremiumTaken(payer, amount);
        _take(payer, amount);
    }

    /// @inheritdoc IPool
    function earnPremium(uint256 amount) external onlyPolicies {
        _earnPremium(amount.toUint128());
        emit PremiumEarned(amount);
    }

    /// @inheritdoc IPool
    function returnPremium(address payer, uint256 amount) external onlyPolicies nonReentrant {
        _removePremium(amount.toUint128());
        emit PremiumGivenBack(payer, amount);
        TOKEN.safeTransfer(payer, amount);
    }

    /// @inheritdoc IPool
    function pay(address to, uint256 amount) external onlyPolicies nonReentrant {
        _payOut(amount.toUint128());
        emit PayoutMade(to, amount);
        TOKEN.safeTransfer(to, amount);
    }

    /// @inheritdoc IPool
    function token() external view returns (address) {
        return address(TOKEN);
    }

    /// @inheritdoc IPool
    function capital() public view override(IPool, Accounting) returns (uint256) {
        return super.capital();
    }

    /// @inheritdoc IPool
    function locked() public view override(IPool, Accounting) returns (uint256) {
        return super.locked();
    }

    /// @inheritdoc IPool
    function unearned() public view override(IPool, Accounting) returns (uint256) {
        return super.unearned();
    }

    /// @dev The balance is read only to see whether the token took a part of what was sent.
    function _take(address from, uint256 amount) private {
        uint256 held = TOKEN.balanceOf(address(this));
        TOKEN.safeTransferFrom(from, address(this), amount);
        uint256 received = TOKEN.balanceOf(address(this)) - held;
        require(received == amount, TokenTookAFee(amount, received));
    }
}
