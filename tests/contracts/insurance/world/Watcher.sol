// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IClaims} from "../../../../contracts/insurance/IClaims.sol";
import {IPolicies} from "../../../../contracts/insurance/IPolicies.sol";
import {IPool} from "../../../../contracts/insurance/IPool.sol";
import {InsuranceWorld} from "./InsuranceWorld.sol";

/// @notice Books of our own beside the contracts', kept from what moves and not from what they say of themselves.
abstract contract Watcher is InsuranceWorld {
    error Unexplained(bytes reason);

    uint256 private constant PRICE = 1e30;
    uint256 private constant VIRTUAL_SHARES = 1e6;

    uint256 public policies;
    uint256 public claims;
    uint256 public premiumIn;
    uint256 public premiumOut;
    uint256 public capitalIn;
    uint256 public capitalOut;
    uint256 public claimsPaid;
    /// @notice How often a shareholder's act lowered what another one's share is worth, or made it cheaper to buy.
    uint256 public pricesLowered;
    /// @notice How often a policy or claim did what its state forbids.
    uint256 public forbidden;

    mapping(bytes4 act => uint256) public successes;
    /// @notice How often a claim went from one state to another.
    mapping(IClaims.State from => mapping(IClaims.State to => uint256)) public moves;
    mapping(address place => uint256) public donated;
    mapping(uint256 policy => uint256) public collected;
    mapping(uint256 policy => uint256) public released;
    mapping(uint256 policy => bytes32) public whenTerminal;
    mapping(uint256 claim => bytes32) public whenOver;
    mapping(address shareholder => uint256) public brought;
    mapping(address shareholder => uint256) public taken;
    /// @notice A shareholder's part of every rise of the price that a share is bought at.
    mapping(address shareholder => uint256) public entitled;

    mapping(uint256 claim => IClaims.Claim) private _seen;
    uint256 private _price = PRICE / VIRTUAL_SHARES;

    /// @dev Around every act.
    modifier watched() {
        _;
        while (POLICIES.state(policies + 1) != IPolicies.State.None) ++policies;
        while (CLAIMS.claim(claims + 1).state != IClaims.State.None) ++claims;
        for (uint256 id = 1; id <= policies; ++id) _watchPolicy(id);
        for (uint256 id = 1; id <= claims; ++id) if (whenOver[id] == 0) _watchClaim(id);
        _watchShares();
    }

    /// @dev Around what a shareholder does.
    modifier byAShareholder() {
        (uint256 worth, uint256 shares) = (POOL.convertToAssets(PRICE), POOL.convertToShares(PRICE));
        _;
        if (POOL.convertToAssets(PRICE) < worth || POOL.convertToShares(PRICE) > shares) ++pricesLowered;
    }

    /// @notice What a shareholder's shares are worth now, requested ones included.
    function worthOf(address shareholder) public view returns (uint256) {
        return POOL.convertToAssets(_sharesOf(shareholder));
    }

    /// @dev Calls as `who`. A refusal must name a rule: no panic, no empty answer, no book that would not balance.
    function _act(address who, address where, bytes memory data) internal returns (bool done, bytes memory answer) {
        cheats.prank(who);
        (done, answer) = where.call(data);
        if (done) ++successes[bytes4(data)];
        else require(_isARule(bytes4(answer)), Unexplained(answer));
    }

    /// @dev Calls as `who` what must succeed exactly where `may` says so.
    function _actExactly(bool may, address who, address where, bytes memory data) internal returns (bool done) {
        (done, ) = _act(who, where, data);
        same(done ? 1 : 0, may ? 1 : 0, "done though it may not be, or refused though it may");
    }

    /// @dev Time never runs backwards.
    function _waitUntil(uint256 time) internal {
        if (time > block.timestamp) cheats.warp(time);
    }

    function _isARule(bytes4 selector) private pure returns (bool) {
        return
            selector != bytes4(0) &&
            selector != bytes4(keccak256("Panic(uint256)")) &&
            selector != bytes4(keccak256("Error(string)")) &&
            selector != IPool.MoreThanLocked.selector &&
            selector != IPool.MoreThanReservedInAll.selector &&
            selector != IPool.MoreThanUnearned.selector &&
            selector != IPool.MoreThanOwed.selector &&
            selector != IPolicies.MoreThanReserved.selector &&
            selector != IPolicies.OverAggregate.selector &&
            selector != IERC20Errors.ERC20InsufficientBalance.selector &&
            selector != IAccessManaged.AccessManagedUnauthorized.selector;
    }

    function _watchPolicy(uint256 id) private {
        if (whenTerminal[id] != 0) return;
        IPolicies.Policy memory policy = POLICIES.policy(id);
        if (policy.terminal) whenTerminal[id] = keccak256(abi.encode(policy));
    }

    function _watchClaim(uint256 id) private {
        IClaims.Claim memory claim = CLAIMS.claim(id);
        IClaims.Claim storage before = _seen[id];
        bool over = claim.state == IClaims.State.Merged || claim.state == IClaims.State.Rejected;
        if (over || whenTerminal[claim.policy] != 0) {
            whenOver[id] = keccak256(abi.encode(claim));
        }
        if (!_mayBecome(before.state, claim.state)) ++forbidden;
        if (before.state != claim.state) ++moves[before.state][claim.state];
        // What is final of a claim stays so, here or in the claim that it became a part of.
        bool gone = claim.state == IClaims.State.Merged;
        if (!gone && (claim.settled < before.settled || claim.paid < before.paid)) ++forbidden;
        _seen[id] = claim;
    }

    /// @dev The transitions that one act may make.
    function _mayBecome(IClaims.State from, IClaims.State to) private pure returns (bool) {
        if (from == to) return true;
        if (from == IClaims.State.None) return to == IClaims.State.Evaluated || to == IClaims.State.Disputed;
        if (from == IClaims.State.Merged || from == IClaims.State.Rejected) return false;
        if (to == IClaims.State.None) return false;
        if (to == IClaims.State.Rejected) return from != IClaims.State.Payable && from != IClaims.State.Paid;
        if (to == IClaims.State.Reopened) return from == IClaims.State.Evaluated || from == IClaims.State.Disputed;
        if (from == IClaims.State.Paid) return to != IClaims.State.Payable;
        return true;
    }

    function _watchShares() private {
        uint256 price = (PRICE * (POOL.capital() + 1)) / (POOL.totalSupply() + VIRTUAL_SHARES);
        if (price > _price) {
            entitled[ANN] += (_sharesOf(ANN) * (price - _price)) / PRICE + 1;
            entitled[BOB] += (_sharesOf(BOB) * (price - _price)) / PRICE + 1;
        }
        _price = price;
    }

    function _sharesOf(address shareholder) private view returns (uint256) {
        return POOL.balanceOf(shareholder) + POOL.redemptionOf(shareholder).shares;
    }
}
