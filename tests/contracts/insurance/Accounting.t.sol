// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Accounting} from "../../../contracts/insurance/Accounting.sol";
import {IPool} from "../../../contracts/insurance/IPool.sol";
import {Spec} from "../Spec.sol";

/// @notice The books with every entry open to everybody, and what must come out of them.
contract AccountingHandler is Accounting, Spec {
    uint256 public came;
    uint256 public went;
    uint256 public lockedEver;
    uint256 public unlockedEver;

    function addCapital(uint128 amount) external {
        uint128 some = uint128(fold(amount, 0, 1e24));
        _addCapital(some);
        came += some;
    }

    function removeCapital(uint128 amount) external {
        uint128 some = uint128(fold(amount, 0, capital() - locked()));
        _removeCapital(some);
        went += some;
    }

    function lock(uint128 amount) external {
        uint128 some = uint128(fold(amount, 0, capital() - locked()));
        _lock(some);
        lockedEver += some;
    }

    function release(uint128 amount) external {
        uint128 some = uint128(fold(amount, 0, locked() - reserved()));
        _release(some);
        unlockedEver += some;
    }

    function reserve(uint128 amount) external {
        _reserve(uint128(fold(amount, 0, locked() - reserved())));
    }

    function unreserve(uint128 amount) external {
        _unreserve(uint128(fold(amount, 0, reserved())));
    }

    function payOut(uint128 amount) external {
        uint128 some = uint128(fold(amount, 0, reserved()));
        _payOut(some);
        unlockedEver += some;
        went += some;
    }

    function addPremium(uint128 amount) external {
        uint128 some = uint128(fold(amount, 0, 1e24));
        _addPremium(some);
        came += some;
    }

    function earnPremium(uint128 amount) external {
        _earnPremium(uint128(fold(amount, 0, unearned())));
    }

    function owePremium(uint128 amount) external {
        _owePremium(uint128(fold(amount, 0, unearned())));
    }

    function removeOwed(uint128 amount) external {
        uint128 some = uint128(fold(amount, 0, owed()));
        _removeOwed(some);
        went += some;
    }

    function removePremium(uint128 amount) external {
        uint128 some = uint128(fold(amount, 0, unearned()));
        _removePremium(some);
        went += some;
    }
}

contract AccountingTest is Spec {
    AccountingHandler private books = new AccountingHandler();

    function setUp() external {
        target(address(books));
    }

    /// @notice Nothing appears and nothing is lost: what came and did not go is capital, unearned premium or a fee.
    function invariant_01_EveryUnitIsAccountedFor() external view {
        same(books.capital() + books.unearned() + books.owed(), books.came() - books.went(), "units");
    }

    function invariant_02_LockedCapitalIsThere() external view {
        atMost(books.locked(), books.capital(), "locked");
        atMost(books.reserved(), books.locked(), "reserved");
        same(books.locked(), books.lockedEver() - books.unlockedEver(), "locked and not released or paid");
    }

    function test_RevertWhen_MoreIsTakenThanThereIs() external {
        AccountingProbe probe = new AccountingProbe();
        cheats.expectRevert(abi.encodeWithSelector(IPool.Insolvent.selector, 60, 61));
        probe.removeCapital(61);
        cheats.expectRevert(abi.encodeWithSelector(IPool.Insolvent.selector, 60, 61));
        probe.lock(61);
        cheats.expectRevert(abi.encodeWithSelector(IPool.MoreThanLocked.selector, 30, 31));
        probe.release(31);
        cheats.expectRevert(abi.encodeWithSelector(IPool.MoreThanLocked.selector, 30, 31));
        probe.reserve(31);
        cheats.expectRevert(abi.encodeWithSelector(IPool.MoreThanReservedInAll.selector, 10, 11));
        probe.unreserve(11);
        cheats.expectRevert(abi.encodeWithSelector(IPool.MoreThanReservedInAll.selector, 10, 11));
        probe.payOut(11);
        cheats.expectRevert(abi.encodeWithSelector(IPool.MoreThanUnearned.selector, 7, 8));
        probe.earnPremium(8);
        cheats.expectRevert(abi.encodeWithSelector(IPool.MoreThanUnearned.selector, 7, 8));
        probe.owePremium(8);
        cheats.expectRevert(abi.encodeWithSelector(IPool.MoreThanUnearned.selector, 7, 8));
        probe.removePremium(8);
        cheats.expectRevert(abi.encodeWithSelector(IPool.MoreThanOwed.selector, 3, 4));
        probe.removeOwed(4);
    }
}

/// @notice Books with 100 of capital, 40 of it locked, 10 of that reserved, 7 of unearned premium and 3 of fees.
contract AccountingProbe is Accounting {
    constructor() {
        _addCapital(100);
        _lock(40);
        _reserve(10);
        _addPremium(10);
        _owePremium(3);
    }

    function removeCapital(uint128 amount) external {
        _removeCapital(amount);
    }

    function lock(uint128 amount) external {
        _lock(amount);
    }

    function release(uint128 amount) external {
        _release(amount);
    }

    function reserve(uint128 amount) external {
        _reserve(amount);
    }

    function unreserve(uint128 amount) external {
        _unreserve(amount);
    }

    function payOut(uint128 amount) external {
        _payOut(amount);
    }

    function owePremium(uint128 amount) external {
        _owePremium(amount);
    }

    function removeOwed(uint128 amount) external {
        _removeOwed(amount);
    }

    function earnPremium(uint128 amount) external {
        _earnPremium(amount);
    }

    function removePremium(uint128 amount) external {
        _removePremium(amount);
    }
}
