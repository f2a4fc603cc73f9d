// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Authority} from "../../../contracts/access/Authority.sol";
import {Roles} from "../../../contracts/access/Roles.sol";
import {IPool} from "../../../contracts/insurance/IPool.sol";
import {Pool} from "../../../contracts/insurance/Pool.sol";
import {TestToken} from "../../../contracts/settlement/TestToken.sol";
import {FeeToken, ReentrantToken} from "../settlement/HostileTokens.sol";
import {Spec} from "../Spec.sol";

contract PoolTest is Spec {
    Authority private authority = new Authority(address(this));
    TestToken private token = new TestToken(address(this));
    Pool private pool = _open(token);
    address private farmer = someone("farmer");

    function setUp() external {
        token.mint(address(this), 1000);
        token.mint(farmer, 100);
        token.approve(address(pool), 1000);
        cheats.prank(farmer);
        token.approve(address(pool), 100);
    }

    function test_KeepsCapitalLockedCapitalAndPremiumApart() external {
        pool.deposit(500);
        pool.lock(300);
        pool.takePremium(farmer, 40);
        same(pool.capital(), 500, "capital");
        same(pool.locked(), 300, "locked");
        same(pool.unearned(), 40, "unearned");
        cheats.expectRevert(abi.encodeWithSelector(IPool.Insolvent.selector, 200, 201));
        pool.withdraw(201);
        pool.withdraw(200);
        pool.pay(farmer, 120);
        pool.returnPremium(farmer, 15);
        pool.earnPremium(25);
        pool.release(180);
        same(pool.capital(), 205, "capital");
        same(pool.locked(), 0, "locked");
        same(token.balanceOf(address(pool)), 205, "balance");
        same(token.balanceOf(farmer), 195, "farmer");
    }

    function test_IgnoresTokensThatNobodyDeposited() external {
        pool.deposit(10);
        token.mint(address(pool), 990);
        same(pool.capital(), 10, "capital");
        cheats.expectRevert(abi.encodeWithSelector(IPool.Insolvent.selector, 10, 11));
        pool.withdraw(11);
    }

    function test_RevertWhen_TheTokenKeepsAPart() external {
        FeeToken fee = new FeeToken();
        Pool victim = _open(fee);
        fee.mint(address(this), 1000);
        fee.approve(address(victim), 1000);
        bytes memory refusal = abi.encodeWithSelector(IPool.TokenTookAFee.selector, 1000, 990);
        cheats.expectRevert(refusal);
        victim.deposit(1000);
        cheats.expectRevert(refusal);
        victim.takePremium(address(this), 1000);
    }

    function test_LetsNoTokenBackIn() external {
        ReentrantToken hostile = new ReentrantToken();
        Pool victim = _open(hostile);
        hostile.mint(address(this), 1000);
        hostile.approve(address(victim), 1000);
        hostile.callBack(address(victim), abi.encodeCall(Pool.deposit, (1)));
        victim.deposit(500);
        isFalse(hostile.succeeded(), "deposit within a deposit");
        authority.grantRole(Roles.TREASURY, address(hostile), 0);
        hostile.callBack(address(victim), abi.encodeCall(Pool.withdraw, (100)));
        victim.withdraw(100);
        isFalse(hostile.succeeded(), "withdrawal within a withdrawal");
        same(victim.capital(), 400, "capital");
    }

    function test_RevertWhen_AStrangerActs() external {
        pool.deposit(500);
        bytes memory notTreasury = abi.encodeWithSelector(
            IAccessManaged.AccessManagedUnauthorized.selector,
            farmer
        );
        cheats.expectRevert(notTreasury);
        cheats.prank(farmer);
        pool.withdraw(1);
        bytes[6] memory calls = [
            abi.encodeCall(Pool.lock, (1)),
            abi.encodeCall(Pool.release, (1)),
            abi.encodeCall(Pool.takePremium, (farmer, 1)),
            abi.encodeCall(Pool.earnPremium, (1)),
            abi.encodeCall(Pool.returnPremium, (farmer, 1)),
            abi.encodeCall(Pool.pay, (farmer, 1))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            cheats.prank(farmer);
            (bool done, bytes memory reason) = address(pool).call(calls[i]);
            isFalse(done, "a stranger at the money");
            same(keccak256(reason), keccak256(abi.encodeWithSelector(IPool.OnlyPolicies.selector, farmer)), "why");
        }
    }

    function test_RevertWhen_AnAmountDoesNotFit() external {
        cheats.expectRevert();
        pool.deposit(1 << 128);
    }

    function test_SpeaksOfItsToken() external view {
        same(uint160(pool.token()), uint160(address(token)), "token");
        same(token.decimals(), 2, "decimals");
    }

    /// @dev This test stands for the treasury and for the policies contract.
    function _open(IERC20 settlement) private returns (Pool opened) {
        opened = new Pool(address(authority), settlement);
        bytes4[] memory withdraw = new bytes4[](1);
        withdraw[0] = Pool.withdraw.selector;
        authority.setTargetFunctionRole(address(opened), withdraw, Roles.TREASURY);
        authority.grantRole(Roles.TREASURY, address(this), 0);
        opened.setPolicies(address(this));
    }
}
