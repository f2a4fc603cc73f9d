// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Accounting} from "./Accounting.sol";
import {IPool} from "./IPool.sol";

/// @title Pool
/// @notice The books, the transfers of one ERC-20 that they stand for, and the shares in the capital.
///         INVARIANT 13: whoever comes pays for the capital as if no open claim were paid, whoever leaves gets as if every
///         one were, and rounding favours those who stay: nobody gains from the moment of a claim.
contract Pool is IPool, Accounting, ERC20, AccessManaged, ReentrancyGuardTransient {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @dev Shares and a unit that nobody owns: they make it dear to drive up the price of the first share.
    uint256 private constant VIRTUAL_SHARES = 1e6;
    uint256 private constant VIRTUAL_ASSETS = 1;

    uint256 private constant REDEEMABLE_SECONDS = 7 days;

    IERC20 private immutable TOKEN;
    uint256 private immutable COOLDOWN_SECONDS;

    /// @dev Set once: not even the governor can let another contract at the money.
    address private _policies;
    mapping(address owner => Redemption) private _redemptions;
    mapping(address provider => uint256) private _feesOf;

    modifier onlyPolicies() {
        require(msg.sender == _policies, OnlyPolicies(msg.sender));
        _;
    }

    /// @notice A pool over one token.
    /// @param redemptionCooldownSeconds longer than any claim can take, which `Policies` makes sure of
    constructor(
        address initialAuthority,
        IERC20 settlementToken,
        uint256 redemptionCooldownSeconds
    ) ERC20("Pondproof pool share", "pPOND") AccessManaged(initialAuthority) {
        TOKEN = settlementToken;
        COOLDOWN_SECONDS = redemptionCooldownSeconds;
    }

    /// @inheritdoc IPool
    function deposit(uint256 amount) external nonReentrant returns (uint256 shares) {
        shares = convertToShares(amount);
        require(shares > 0, NoShares());

        _addCapital(amount.toUint128());
        _mint(msg.sender, shares);
        emit CapitalDeposited(msg.sender, amount, shares);
        _take(msg.sender, amount);
    }

    /// @inheritdoc IPool
    function contribute(uint256 amount) external nonReentrant {
        _addCapital(amount.toUint128());
        emit CapitalContributed(msg.sender, amount);
        _take(msg.sender, amount);
    }

    /// @inheritdoc IPool
    function requestRedemption(uint256 shares) external {
        require(shares > 0, NoShares());
        Redemption storage request = _redemptions[msg.sender];
        require(request.shares == 0, RedemptionPending(msg.sender));

        uint40 from = uint40(block.timestamp + COOLDOWN_SECONDS);
        uint40 until = uint40(from + REDEEMABLE_SECONDS);
        (request.shares, request.from, request.until) = (shares.toUint128(), from, until);
        _transfer(msg.sender, address(this), shares);
        emit RedemptionRequested(msg.sender, shares, from, until);
    }

    /// @inheritdoc IPool
    function endRedemption(address owner) external {
        Redemption memory request = _redemptions[owner];
        require(request.shares > 0, NoShares());
        bool lapsed = block.timestamp > request.until;
        require(msg.sender == owner || lapsed, NotRedeemable(owner, request.from, request.until));

        delete _redemptions[owner];
        _transfer(address(this), owner, request.shares);
        emit RedemptionEnded(owner, request.shares);
    }

    /// @inheritdoc IPool
    function redeem() external nonReentrant returns (uint256 amount) {
        Redemption memory request = _redemptions[msg.sender];
        bool open = block.timestamp >= request.from && block.timestamp <= request.until;
        require(open && request.shares > 0, NotRedeemable(msg.sender, request.from, request.until));
        uint256 burned;
        (amount, burned) = _redeemable(request.shares);

        delete _redemptions[msg.sender];
        _burn(address(this), burned);
        _transfer(address(this), msg.sender, request.shares - burned);
        _removeCapital(amount.toUint128());
        emit CapitalRedeemed(msg.sender, amount, burned, request.shares - burned);
        TOKEN.safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IPool
    function payFees(address provider) external nonReentrant {
        uint256 amount = _feesOf[provider];

        delete _feesOf[provider];
        _removeOwed(amount.toUint128());
        emit FeesPaid(provider, amount);
        TOKEN.safeTransfer(provider, amount);
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
    }

    /// @inheritdoc IPool
    function release(uint256 amount) external onlyPolicies {
        _release(amount.toUint128());
    }

    /// @inheritdoc IPool
    function reserve(uint256 amount) external onlyPolicies {
        _reserve(amount.toUint128());
    }

    /// @inheritdoc IPool
    function unreserve(uint256 amount) external onlyPolicies {
        _unreserve(amount.toUint128());
    }

    /// @inheritdoc IPool
    function takePremium(address payer, uint256 amount) external onlyPolicies nonReentrant {
        _addPremium(amount.toUint128());
        emit PremiumTaken(payer, amount);
        _take(payer, amount);
    }

    /// @inheritdoc IPool
    function earnPremium(uint256 amount, address provider, uint256 fee) external onlyPolicies {
        _earnPremium(amount.toUint128());
        _owePremium(fee.toUint128());
        _feesOf[provider] += fee;
        emit PremiumEarned(amount, provider, fee);
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
    function cooldownSeconds() external view returns (uint256) {
        return COOLDOWN_SECONDS;
    }

    /// @inheritdoc IPool
    function feesOf(address provider) external view returns (uint256) {
        return _feesOf[provider];
    }

    /// @inheritdoc IPool
    function redemptionOf(address owner) external view returns (Redemption memory) {
        return _redemptions[owner];
    }

    /// @inheritdoc IPool
    function convertToShares(uint256 assets) public view returns (uint256) {
        return Math.mulDiv(assets, totalSupply() + VIRTUAL_SHARES, capital() + VIRTUAL_ASSETS);
    }

    /// @inheritdoc IPool
    function convertToAssets(uint256 shares) public view returns (uint256) {
        return Math.mulDiv(shares, _sure() + VIRTUAL_ASSETS, totalSupply() + VIRTUAL_SHARES);
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
    function reserved() public view override(IPool, Accounting) returns (uint256) {
        return super.reserved();
    }

    /// @inheritdoc IPool
    function unearned() public view override(IPool, Accounting) returns (uint256) {
        return super.unearned();
    }

    /// @inheritdoc IPool
    function owed() public view override(IPool, Accounting) returns (uint256) {
        return super.owed();
    }

    /// @dev The balance is read only to see whether the token took a part of what was sent.
    function _take(address from, uint256 amount) private {
        uint256 held = TOKEN.balanceOf(address(this));
        TOKEN.safeTransferFrom(from, address(this), amount);
        uint256 received = TOKEN.balanceOf(address(this)) - held;
        require(received == amount, TokenTookAFee(amount, received));
    }

    /// @dev Never more than the shares' part of the unlocked capital, the shares for it rounded up.
    function _redeemable(uint256 shares) private view returns (uint256 amount, uint256 burned) {
        uint256 most = Math.mulDiv(capital() - locked(), shares, totalSupply());
        amount = convertToAssets(shares);
        if (amount <= most) return (amount, shares);
        burned = Math.mulDiv(most, totalSupply() + VIRTUAL_SHARES, _sure() + VIRTUAL_ASSETS, Math.Rounding.Ceil);
        return (most, burned);
    }

    /// @dev Capital that is the shareholders' even if every open claim is paid.
    function _sure() private view returns (uint256) {
        return capital() - reserved();
    }
}
