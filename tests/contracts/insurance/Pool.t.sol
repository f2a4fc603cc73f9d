// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Authority} from "../../../contracts/access/Authority.sol";
import {IPool} from "../../../contracts/insurance/IPool.sol";
import {Pool} from "../../../contracts/insurance/Pool.sol";
import {TestToken} from "../../../contracts/settlement/TestToken.sol";
import {FeeToken, RebasingToken, ReentrantToken} from "../settlement/HostileTokens.sol";
import {Spec} from "../Spec.sol";

/// @notice This test stands for the policies contract.
contract PoolTest is Spec {
    uint256 private constant COOLDOWN = 45 days;
    uint256 private constant OPEN = 7 days;

    Authority private authority = new Authority(address(this));
    TestToken private token = new TestToken(address(this));
    Pool private pool = _open(token);
    address private farmer = someone("farmer");
    address private ann = someone("ann");
    address private bob = someone("bob");

    function setUp() external {
        cheats.warp(1_800_000_000);
        address[4] memory holders = [address(this), farmer, ann, bob];
        for (uint256 i = 0; i < holders.length; ++i) {
            token.mint(holders[i], 1_000_000);
            cheats.prank(holders[i]);
            token.approve(address(pool), type(uint256).max);
        }
    }

    function test_KeepsCapitalReservesPremiumAndFeesApart() external {
        pool.deposit(500);
        pool.lock(300);
        pool.reserve(150);
        pool.takePremium(farmer, 40);
        same(pool.capital(), 500, "capital");
        same(pool.locked(), 300, "locked");
        same(pool.reserved(), 150, "reserved");
        same(pool.unearned(), 40, "unearned");
        pool.unreserve(30);
        pool.pay(farmer, 120);
        pool.returnPremium(farmer, 15);
        pool.earnPremium(22, ann, 3);
        pool.release(180);
        same(pool.capital(), 402, "capital");
        same(pool.locked(), 0, "locked");
        same(pool.feesOf(ann), 3, "fees");
        pool.payFees(ann);
        same(pool.owed(), 0, "owed");
        same(token.balanceOf(ann), 1_000_003, "provider");
        same(token.balanceOf(address(pool)), 402, "balance");
        same(token.balanceOf(farmer), 1_000_095, "farmer");
    }

    function test_GivenAnOpenClaim_WhenSomebodyDeposits_ThenHePaysForItAsIfItWereRejected() external {
        _deposit(ann, 1000);
        pool.lock(500);
        pool.reserve(500);
        uint256 shares = _deposit(bob, 1000);
        same(shares, pool.balanceOf(ann), "as many shares as before the claim");
        pool.unreserve(500);
        atMost(pool.convertToAssets(shares), 1000, "no gain when it is rejected");
    }

    function test_GivenAnOpenClaim_WhenSomebodyRedeems_ThenHeGetsAsIfItWerePaid() external {
        uint256 shares = _deposit(ann, 1000);
        _deposit(bob, 1000);
        pool.lock(500);
        _request(ann, shares);
        pool.reserve(500);
        cheats.warp(block.timestamp + COOLDOWN);
        same(_redeem(ann), 750, "half of what is sure");
        pool.pay(farmer, 500);
        pool.release(0);
        same(pool.capital(), 750, "the other half is the other's");
    }

    function test_GivenCapitalLocked_WhenSomebodyRedeems_ThenHeGetsHisPartOfTheRest() external {
        uint256 shares = _deposit(ann, 1000);
        _deposit(bob, 1000);
        _request(ann, shares);
        pool.lock(1600);
        cheats.warp(block.timestamp + COOLDOWN);
        same(_redeem(ann), 200, "half of what is free");
        same(pool.balanceOf(ann), shares - shares / 5, "the other shares are his again");
        pool.release(1600);
        same(pool.convertToAssets(pool.balanceOf(ann)), 800, "and worth what they were");
    }

    function test_GivenAnOpenClaim_WhenSomebodyRedeemsAPart_ThenItCostsSharesAtThePriceAsIfItWerePaid() external {
        uint256 shares = _deposit(ann, 1000);
        _deposit(bob, 1000);
        _request(ann, shares);
        pool.lock(1000);
        pool.reserve(500);
        same(pool.convertToAssets(shares), 750, "worth of half the pool");
        cheats.warp(block.timestamp + COOLDOWN);
        same(_redeem(ann), 500, "half of what is free");
        same(pool.convertToAssets(pool.balanceOf(ann)), 250, "what the rest is worth");
        pool.unreserve(500);
        atMost(pool.convertToAssets(pool.balanceOf(ann)) + 500, 1000, "no gain when the claim is rejected");
    }

    function test_RevertWhen_RedeemingAheadOfAClaim() external {
        uint256 shares = _deposit(ann, 1000);
        pool.lock(600);
        // The breach becomes visible: whoever asks now waits longer than the claim takes.
        _request(ann, shares);
        (uint40 from, uint40 until) = (_from(ann), _until(ann));
        cheats.warp(from - 1);
        cheats.expectRevert(abi.encodeWithSelector(IPool.NotRedeemable.selector, ann, from, until));
        cheats.prank(ann);
        pool.redeem();
        pool.reserve(600);
        pool.pay(farmer, 600);
        cheats.warp(from);
        same(_redeem(ann), 400, "what the claim left");
    }

    function test_RevertWhen_ARequestStandsUntilABreachIsSeen() external {
        uint256 shares = _deposit(ann, 1000);
        _request(ann, shares);
        (uint40 from, uint40 until) = (_from(ann), _until(ann));
        same(until - from, OPEN, "redeemable for");
        cheats.warp(until + 1);
        cheats.expectRevert(abi.encodeWithSelector(IPool.NotRedeemable.selector, ann, from, until));
        cheats.prank(ann);
        pool.redeem();
        cheats.prank(bob);
        pool.endRedemption(ann);
        same(pool.balanceOf(ann), shares, "shares given back");
    }

    function test_RevertWhen_ARequestIsNotOnesOwn() external {
        uint256 shares = _deposit(ann, 1000);
        _request(ann, shares);
        same(pool.balanceOf(ann), 0, "nothing left to sell or ask for twice");
        cheats.expectPartialRevert(IPool.NotRedeemable.selector);
        cheats.prank(bob);
        pool.endRedemption(ann);
        _deposit(ann, 10);
        cheats.expectRevert(abi.encodeWithSelector(IPool.RedemptionPending.selector, ann));
        cheats.prank(ann);
        pool.requestRedemption(1);
        cheats.prank(ann);
        pool.endRedemption(ann);
        cheats.expectRevert(abi.encodeWithSelector(IPool.NoShares.selector));
        pool.endRedemption(ann);
        cheats.expectRevert(abi.encodeWithSelector(IPool.NoShares.selector));
        pool.requestRedemption(0);
    }

    function test_IgnoresTokensThatNobodyDeposited() external {
        uint256 shares = _deposit(ann, 1000);
        token.mint(address(pool), 999_000);
        same(pool.capital(), 1000, "capital");
        same(pool.convertToAssets(shares), 1000, "value of the shares");
        same(_deposit(bob, 1000), shares, "price of new shares");
    }

    /// @notice Whoever drives up the price of the first share loses more than the next depositor does.
    function testFuzz_InflatingTheFirstShareDoesNotPay(uint32 first, uint40 gift, uint40 next) external {
        (uint256 small, uint256 donation, uint256 victim) = (
            fold(first, 1, 10_000),
            fold(gift, 0, 400_000),
            fold(next, 1, 900_000)
        );
        uint256 mine = _deposit(ann, small);
        cheats.prank(ann);
        pool.contribute(donation);
        try this.depositAs(bob, victim) returns (uint256 his) {
            atMost(pool.convertToAssets(mine), small + donation, "worth to the attacker");
            atMost(victim - pool.convertToAssets(his), 1 + victim / 1000, "lost by the victim");
        } catch {
            atMost(victim, 1 + donation / 1e6, "refused only where a share is worth more");
        }
    }

    /// @notice Depositing and redeeming, in whatever order with claims that are paid or rejected, leaves nobody with more
    ///         than he brought, but for premium earned.
    function testFuzz_NobodyGainsFromTheMomentOfAClaim(uint16[3] memory amounts, bool paid, bool before) external {
        _deposit(ann, fold(amounts[0], 1, 60_000));
        pool.lock(fold(amounts[1], 0, pool.capital()));
        uint256 claimed = pool.locked();
        if (!before) pool.reserve(claimed);
        uint256 brought = fold(amounts[2], 1, 60_000);
        uint256 shares = _deposit(bob, brought);
        if (before) pool.reserve(claimed);
        _request(bob, shares);
        if (paid) pool.pay(farmer, claimed);
        else pool.unreserve(claimed);
        cheats.warp(block.timestamp + COOLDOWN);
        atMost(_redeem(bob), brought, "taken out");
    }

    function test_RevertWhen_TheTokenKeepsAPart() external {
        FeeToken fee = new FeeToken();
        Pool victim = _open(fee);
        fee.mint(address(this), 1000);
        fee.approve(address(victim), 1000);
        bytes memory refused = abi.encodeWithSelector(IPool.TokenTookAFee.selector, 1000, 990);
        cheats.expectRevert(refused);
        victim.deposit(1000);
        cheats.expectRevert(refused);
        victim.contribute(1000);
        cheats.expectRevert(refused);
        victim.takePremium(address(this), 1000);
    }

    function test_RevertWhen_TheTokenRebases() external {
        RebasingToken rebasing = new RebasingToken();
        Pool victim = _open(rebasing);
        rebasing.mint(address(this), 1000);
        rebasing.approve(address(victim), 1000);
        cheats.expectRevert(abi.encodeWithSelector(IPool.TokenTookAFee.selector, 1000, 999));
        victim.deposit(1000);
    }

    function test_LetsNoTokenBackIn() external {
        ReentrantToken hostile = new ReentrantToken();
        Pool victim = _open(hostile);
        hostile.mint(address(this), 1000);
        hostile.approve(address(victim), 1000);
        hostile.callBack(address(victim), abi.encodeCall(Pool.deposit, (1)));
        victim.deposit(500);
        isFalse(hostile.succeeded(), "deposit within a deposit");
        uint256 shares = victim.balanceOf(address(this));
        victim.requestRedemption(shares / 5);
        cheats.warp(block.timestamp + COOLDOWN);
        hostile.callBack(address(victim), abi.encodeCall(Pool.redeem, ()));
        same(victim.redeem(), 100, "redeemed");
        isFalse(hostile.succeeded(), "redemption within a redemption");
        same(victim.capital(), 400, "capital");
        victim.lock(100);
        victim.reserve(100);
        hostile.callBack(address(victim), abi.encodeCall(Pool.payFees, (address(this))));
        victim.pay(farmer, 100);
        isFalse(hostile.succeeded(), "fees within a payout");
    }

    function test_RevertWhen_AStrangerActs() external {
        bytes[8] memory calls = [
            abi.encodeCall(Pool.lock, (1)),
            abi.encodeCall(Pool.release, (1)),
            abi.encodeCall(Pool.reserve, (1)),
            abi.encodeCall(Pool.unreserve, (1)),
            abi.encodeCall(Pool.takePremium, (farmer, 1)),
            abi.encodeCall(Pool.earnPremium, (1, farmer, 1)),
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
        same(pool.cooldownSeconds(), COOLDOWN, "cooldown");
    }

    function depositAs(address who, uint256 amount) external returns (uint256) {
        return _deposit(who, amount);
    }

    function _deposit(address who, uint256 amount) private returns (uint256) {
        cheats.prank(who);
        return pool.deposit(amount);
    }

    function _request(address who, uint256 shares) private {
        cheats.prank(who);
        pool.requestRedemption(shares);
    }

    function _redeem(address who) private returns (uint256) {
        cheats.prank(who);
        return pool.redeem();
    }

    function _from(address who) private view returns (uint40) {
        return pool.redemptionOf(who).from;
    }

    function _until(address who) private view returns (uint40) {
        return pool.redemptionOf(who).until;
    }

    function _open(IERC20 settlement) private returns (Pool opened) {
        opened = new Pool(address(authority), settlement, COOLDOWN);
        opened.setPolicies(address(this));
    }
}
