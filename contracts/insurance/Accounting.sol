// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPool} from "./IPool.sol";

/// @title The pool's books
/// @notice No token, no clock, no signature. Every unit that came in and did not go out is in exactly one of three
///         accounts; an entry moves units between two of them, in, or out, and can take from none more than it has.
///         INVARIANT 1: what came in less what went out = free + locked + unearned.
///         INVARIANT 2: locked ≤ capital, which is free + locked.
abstract contract Accounting {
    uint128 private _free;
    uint128 private _locked;
    uint256 private _unearned;

    /// @notice The insurer's capital, locked part included.
    function capital() public view virtual returns (uint256) {
        return uint256(_free) + _locked;
    }

    /// @notice Part of the capital that policies may still need.
    function locked() public view virtual returns (uint256) {
        return _locked;
    }

    /// @notice Premium that may have to go back.
    function unearned() public view virtual returns (uint256) {
        return _unearned;
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
        _locked += amount;
    }

    function _release(uint128 amount) internal {
        require(amount <= _locked, IPool.MoreThanLocked(_locked, amount));
        _locked -= amount;
        _free += amount;
    }

    /// @dev A payout takes locked capital and nothing else.
    function _payOut(uint128 amount) internal {
        require(amount <= _locked, IPool.MoreThanLocked(_locked, amount));
        _locked -= amount;
    }

    function _addPremium(uint128 amount) internal {
        _unearned += amount;
    }

    function _earnPremium(uint128 amount) internal {
        _removePremium(amount);
        _free += amount;
    }

    function _removePremium(uint128 amount) internal {
        require(amount <= _unearned, IPool.MoreThanUnearned(_unearned, amount));
        _unearned -= amount;
    }
}
