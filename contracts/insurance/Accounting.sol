// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IPool} from "./IPool.sol";

/// @title The pool's books: no token, no clock, no signature
/// @notice INVARIANT 1: what came in and did not go out = capital + unearned.
///         INVARIANT 2: locked ≤ capital.
abstract contract Accounting {
    uint128 private _capital;
    uint128 private _locked;
    uint256 private _unearned;

    /// @notice The insurer's capital, locked part included.
    function capital() public view virtual returns (uint256) {
        return _capital;
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
        _capital += amount;
    }

    function _removeCapital(uint128 amount) internal {
        uint128 free = _capital - _locked;
        require(amount <= free, IPool.Insolvent(free, amount));
        _capital -= amount;
    }

    function _lock(uint128 amount) internal {
        uint128 free = _capital - _locked;
        require(amount <= free, IPool.Insolvent(free, amount));
        _locked += amount;
    }

    function _release(uint128 amount) internal {
        require(amount <= _locked, IPool.MoreThanLocked(_locked, amount));
        _locked -= amount;
    }

    /// @dev A payout takes locked capital and nothing else.
    function _payOut(uint128 amount) internal {
        require(amount <= _locked, IPool.MoreThanLocked(_locked, amount));
        _locked -= amount;
        _capital -= amount;
    }

    function _addPremium(uint128 amount) internal {
        _unearned += amount;
    }

    function _earnPremium(uint128 amount) internal {
        _removePremium(amount);
        _capital += amount;
    }

    function _removePremium(uint128 amount) internal {
        require(amount <= _unearned, IPool.MoreThanUnearned(_unearned, amount));
        _unearned -= amount;
    }
}
