// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Authority} from "../../../contracts/access/Authority.sol";
import {Roles} from "../../../contracts/access/Roles.sol";
import {BatchLedger} from "../../../contracts/evidence/BatchLedger.sol";
import {IOperatorBond} from "../../../contracts/evidence/IOperatorBond.sol";
import {IPolicyholdersFund} from "../../../contracts/evidence/IPolicyholdersFund.sol";
import {OperatorBond} from "../../../contracts/evidence/OperatorBond.sol";
import {TestToken} from "../../../contracts/settlement/TestToken.sol";
import {FeeToken} from "../settlement/HostileTokens.sol";
import {Spec} from "../Spec.sol";

/// @notice Operators who post, ask back and anchor, and itself in the place of the challenges and of the fund.
contract BondHandler is IPolicyholdersFund, Spec {
    uint96 public constant SLASHED = 100;
    uint128 public constant MINIMUM = 250;
    uint40 public constant COOLDOWN = 10 days;

    Authority public immutable AUTHORITY = new Authority(address(this));
    TestToken public immutable TOKEN = new TestToken(address(this));
    OperatorBond public immutable BOND =
        new OperatorBond(
            address(AUTHORITY),
            TOKEN,
            IOperatorBond.Rules({minimum: MINIMUM, slashed: SLASHED, cooldownSeconds: COOLDOWN})
        );
    BatchLedger public immutable LEDGER = new BatchLedger(address(AUTHORITY), BOND);

    address[2] public operators = [someone("operator"), someone("next operator")];
    address[2] public challengers = [someone("challenger"), someone("rival")];
    bytes32[3] public streams = [bytes32("pond"), bytes32("lake"), bytes32(0)];
    uint256 public posted;
    uint256 public paidBack;
    uint256 public rewarded;
    mapping(bytes32 streamId => uint256) public credited;

    constructor() {
        cheats.warp(1_800_000_000);
        BOND.connect(LEDGER, address(this), this);
        for (uint256 i = 0; i < operators.length; ++i) AUTHORITY.grantRole(Roles.OPERATOR, operators[i], 0);
        LEDGER.setOperator(operators[0]);
        TOKEN.mint(address(this), 1e12);
        TOKEN.approve(address(BOND), 1e12);
        post(0, 600);
    }

    function post(uint8 who, uint16 amount) public {
        BOND.post(operators[who % 2], amount);
        posted += amount;
    }

    function ask(uint8 who, uint16 amount) external {
        address operator = operators[who % 2];
        uint256 bond = BOND.stake(operator).bond;
        if (bond == 0) return;
        uint256 asked = fold(amount, 1, bond);
        cheats.prank(operator);
        BOND.requestWithdrawal(asked);
    }

    function withdraw(uint8 who) external {
        address operator = operators[who % 2];
        uint256 leaving = BOND.stake(operator).leaving;
        if (leaving == 0 || block.timestamp < BOND.payableFrom(operator)) return;
        cheats.prank(operator);
        BOND.withdraw();
        paidBack += leaving;
    }

    function anchor(uint8 who) external {
        address operator = operators[who % 2];
        if (LEDGER.operator() != operator) LEDGER.setOperator(operator);
        if (!BOND.suffices(operator)) return;
        uint256 number = LEDGER.lastBatch() + 1;
        cheats.prank(operator);
        LEDGER.anchor(number, "root", 1, 1, "manifest");
    }

    function slash(uint8 who, uint8 stream, uint8 by) external {
        BOND.slash(operators[who % 2], streams[stream % 3], challengers[by % 2]);
    }

    function collect(uint8 by, uint8 stream) external {
        address challenger = challengers[by % 2];
        bytes32 streamId = streams[stream % 3];
        uint256 reward = BOND.rewardOf(challenger, streamId);
        if (reward == 0) return;
        cheats.prank(challenger);
        BOND.collectReward(streamId);
        rewarded += reward;
        same(TOKEN.balanceOf(challengers[0]) + TOKEN.balanceOf(challengers[1]), rewarded, "rewards");
    }

    function forward(uint8 stream) external {
        bytes32 streamId = streams[stream % 3];
        if (BOND.owedTo(streamId) > 0) BOND.forward(streamId);
    }

    function pass(uint24 time) external {
        cheats.warp(block.timestamp + time);
    }

    /// @inheritdoc IPolicyholdersFund
    function credit(bytes32 streamId, uint256 amount) external {
        // The runner of invariants calls this one, too.
        if (msg.sender == address(BOND)) credited[streamId] += amount;
    }

    /// @notice What the bond still answers for.
    function booked() external view returns (uint256 sum) {
        for (uint256 i = 0; i < 2; ++i) {
            IOperatorBond.Stake memory stake = BOND.stake(operators[i]);
            sum += stake.bond + stake.leaving;
            // Booked rewards; those of the newest slashes come with their streams.
            sum += BOND.rewardOf(challengers[i], bytes32("none"));
        }
        for (uint256 i = 0; i < 3; ++i) {
            sum += BOND.owedTo(streams[i]);
            for (uint256 j = 0; j < 2; ++j) {
                sum += BOND.rewardOf(challengers[j], streams[i]) - BOND.rewardOf(challengers[j], bytes32("none"));
            }
        }
    }

    function creditedInAll() external view returns (uint256) {
        return credited[streams[0]] + credited[streams[1]] + credited[streams[2]];
    }
}

contract OperatorBondInvariants is Spec {
    BondHandler private handler = new BondHandler();

    constructor() {
        target(address(handler));
    }

    /// @notice No unit is lost or made: what came in is booked, or went out.
    function invariant_TheBondAnswersForExactlyWhatItHolds() external view {
        uint256 held = handler.TOKEN().balanceOf(address(handler.BOND()));
        same(held, handler.booked(), "held and booked");
        uint256 out = handler.paidBack() + handler.rewarded() + handler.creditedInAll();
        same(held + out, handler.posted(), "posted");
    }
}

contract OperatorBondTest is IPolicyholdersFund, Spec {
    BondHandler private handler = new BondHandler();
    OperatorBond private bond = handler.BOND();
    address private operator = handler.operators(0);
    address private challenger = handler.challengers(0);
    bytes32 private creditedTo;
    uint256 private creditedAmount;

    /// @inheritdoc IPolicyholdersFund
    function credit(bytes32 streamId, uint256 amount) external {
        (creditedTo, creditedAmount) = (streamId, amount);
    }

    function test_ATenthOfASlashIsTheChallengersAndTheRestThePolicyholders() external {
        handler.slash(0, 0, 0);
        same(bond.stake(operator).bond, 500, "bond");
        same(bond.rewardOf(challenger, "pond"), 10, "reward");
        same(bond.owedTo("pond"), 90, "owed");
        handler.slash(0, 0, 1);
        same(bond.rewardOf(challenger, "pond"), 10, "reward of the first");
        same(bond.rewardOf(handler.challengers(1), "pond"), 10, "reward of the second");
        same(bond.owedTo("pond"), 180, "owed");
        bond.forward("pond");
        same(handler.credited("pond"), 180, "credited");
        cheats.prank(challenger);
        bond.collectReward("pond");
        same(handler.TOKEN().balanceOf(challenger), 10, "collected");
    }

    /// @notice Whatever is asked back can be slashed until it is paid, and never more than there is.
    function testFuzz_SlashesWhatIsThere(uint16 asked, uint8 times) external {
        uint256 leaving = fold(asked, 1, 600);
        cheats.prank(operator);
        bond.requestWithdrawal(leaving);
        uint256 slashes = times % 9;
        for (uint256 i = 0; i < slashes; ++i) handler.slash(0, 0, 0);
        IOperatorBond.Stake memory left = bond.stake(operator);
        uint256 taken = slashes * 100 < 600 ? slashes * 100 : 600;
        same(left.bond + left.leaving, 600 - taken, "left");
        uint256 fromBond = taken < 600 - leaving ? taken : 600 - leaving;
        // Each slash takes from the bond first.
        atMost(left.bond, 600 - leaving - fromBond, "bond");
        same(bond.rewardOf(challenger, "pond") + bond.owedTo("pond"), taken, "slashed");
    }

    function test_PaysBackNoSoonerThanTheCooldownAfterTheRequestAndTheLastBatch() external {
        cheats.prank(operator);
        bond.requestWithdrawal(200);
        isTrue(bond.suffices(operator), "the rest suffices");
        same(bond.payableFrom(operator), block.timestamp + 10 days, "after the request");
        cheats.warp(block.timestamp + 3 days);
        handler.anchor(0);
        uint256 since = block.timestamp + 10 days;
        same(bond.payableFrom(operator), since, "after the batch");
        cheats.warp(since - 1);
        cheats.expectRevert(abi.encodeWithSelector(IOperatorBond.NotYetPayable.selector, since));
        cheats.prank(operator);
        bond.withdraw();
        cheats.warp(since);
        cheats.prank(operator);
        bond.withdraw();
        same(handler.TOKEN().balanceOf(operator), 200, "paid back");
        cheats.expectRevert(abi.encodeWithSelector(IOperatorBond.NothingToPay.selector));
        cheats.prank(operator);
        bond.withdraw();
    }

    function test_AnotherOperatorsBatchesDoNotKeepABond() external {
        handler.anchor(0);
        uint256 since = block.timestamp + 10 days;
        cheats.prank(operator);
        bond.requestWithdrawal(600);
        handler.post(1, 300);
        cheats.warp(block.timestamp + 5 days);
        handler.anchor(1);
        same(bond.payableFrom(operator), since, "his own last batch");
        isFalse(bond.suffices(operator), "nothing left");
    }

    function test_RevertWhen_MoreIsAskedBackThanThereIs() external {
        cheats.expectRevert(abi.encodeWithSelector(IOperatorBond.NotSoMuch.selector, 601, 600));
        cheats.prank(operator);
        bond.requestWithdrawal(601);
        cheats.expectRevert(abi.encodeWithSelector(IOperatorBond.NotSoMuch.selector, 0, 600));
        cheats.prank(operator);
        bond.requestWithdrawal(0);
    }

    function test_RevertWhen_NothingIsOwed() external {
        bytes memory nothing = abi.encodeWithSelector(IOperatorBond.NothingToPay.selector);
        cheats.expectRevert(nothing);
        bond.collectReward("pond");
        cheats.expectRevert(nothing);
        bond.forward("pond");
    }

    function test_RevertWhen_AnybodyElseSlashes() external {
        cheats.expectRevert(abi.encodeWithSelector(IOperatorBond.OnlyChallenges.selector, address(this)));
        bond.slash(operator, "pond", challenger);
    }

    function test_RevertWhen_ItIsConnectedTwiceOrByAStranger() external {
        bytes memory refused = abi.encodeWithSelector(
            IAccessManaged.AccessManagedUnauthorized.selector,
            address(this)
        );
        cheats.expectRevert(refused);
        bond.connect(BatchLedger(address(1)), address(1), this);
        BatchLedger ledger = handler.LEDGER();
        cheats.expectRevert(abi.encodeWithSelector(IOperatorBond.AlreadyConnected.selector, address(ledger)));
        cheats.prank(address(handler));
        bond.connect(BatchLedger(address(1)), address(1), this);
    }

    function test_RevertWhen_ASlashIsNothingOrMoreThanTheMinimum() external {
        IERC20 token = handler.TOKEN();
        cheats.expectRevert(abi.encodeWithSelector(IOperatorBond.ImpossibleRules.selector, 5, 0));
        new OperatorBond(address(this), token, IOperatorBond.Rules(5, 0, 1));
        cheats.expectRevert(abi.encodeWithSelector(IOperatorBond.ImpossibleRules.selector, 5, 6));
        new OperatorBond(address(this), token, IOperatorBond.Rules(5, 6, 1));
    }

    function test_RevertWhen_TheTokenKeepsAPart() external {
        FeeToken fee = new FeeToken();
        OperatorBond victim = new OperatorBond(address(this), fee, IOperatorBond.Rules(5, 5, 1));
        fee.mint(address(this), 1000);
        fee.approve(address(victim), 1000);
        cheats.expectRevert(abi.encodeWithSelector(IOperatorBond.TokenTookAFee.selector, 1000, 990));
        victim.post(operator, 1000);
    }
}
