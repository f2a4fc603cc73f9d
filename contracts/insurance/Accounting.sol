// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPool} from "./IPool.sol";

/// @title The pool's books
/// @notice No token, no clock, no signature. Every unit that came in and did not go out is in exactly one of five
///         accounts; an entry moves units between two of them, in, or out, and can take from none more than it has.
///         INVARIANT 1: what came in less what went out = free + committed + reserved + unearned + owed.
///         INVARIANT 2: reserved ≤ locked ≤ capital, where locked = committed + reserved and capital = free + locked.
///         `npm run prove` proves both for every sequence of entries.
abstract contract Accounting {
    uint128 private _free;
    uint128 private _committed;
    uint128 private _reserved;
    uint128 private _owed;
    uint128 private _unearned;

    /// @notice The insurer's capital, locked part included.
    function capital() public view virtual returns (uint256) {
        return uint256(_free) + _committed + _reserved;
    }

    /// @notice Part of the capital that policies may still need.
    function locked() public view virtual returns (uint256) {
        return uint256(_committed) + _reserved;
    }

    /// @notice Part of the locked capital that open claims will probably take.
    function reserved() public view virtual returns (uint256) {
        return _reserved;
    }

    /// @notice Premium that may have to go back.
    function unearned() public view virtual returns (uint256) {
        return _unearned;
    }

    /// @notice Fees that providers have earned and not yet taken.
    function owed() public view virtual returns (uint256) {
        return _owed;
    }

    function _addCapital(uint128 amount) internal {
        _free += amount;
    }

    function _removeCapital(uint128 amount) internal {
        require(amount <= _free, IPool.Insolvent(_free, amount));
        _free -= amount;
    }

    function _lock(uint128 amount) internal {
        require(amount <= _free, IPool.Insolvent(_free, amount));
        _free -= amount;
        _committed += amount;
    }

    /// @dev What is reserved stays locked.
    function _release(uint128 amount) internal {
        require(amount <= _committed, IPool.MoreThanLocked(_committed, amount));
        _committed -= amount;
        _free += amount;
    }

    function _reserve(uint128 amount) internal {
        require(amount <= _committed, IPool.MoreThanLocked(_committed, amount));
        _committed -= amount;
        _reserved += amount;
    }

    function _unreserve(uint128 amount) internal {
        require(amount <= _reserved, IPool.MoreThanReservedInAll(_reserved, amount));
        _reserved -= amount;
        _committed += amount;
    }

    /// @dev A payout takes reserved capital and nothing else.
    function _payOut(uint128 amount) internal {
        require(amount <= _reserved, IPool.MoreThanReservedInAll(_reserved, amount));
        _reserved -= amount;
    }

    function _addPremium(uint128 amount) internal {
        _unearned += amount;
    }

    function _earnPremium(uint128 amount) internal {
        _removePremium(amount);
        _free += amount;
    }

    function _owePremium(uint128 amount) internal {
        _removePremium(amount);
        _owed += amount;
    }

    function _removePremium(uint128 amount) internal {
        require(amount <= _unearned, IPool.MoreThanUnearned(_unearned, amount));
        _unearned -= amount;
    }

    function _removeOwed(uint128 amount) internal {
        require(amount <= _owed, IPool.MoreThanOwed(_owed, amount));
        _owed -= amount;
    }
}
