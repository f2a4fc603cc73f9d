// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Authority} from "../../../contracts/access/Authority.sol";
import {Roles} from "../../../contracts/access/Roles.sol";
import {BatchLedger} from "../../../contracts/evidence/BatchLedger.sol";
import {IBatchLedger} from "../../../contracts/evidence/IBatchLedger.sol";
import {IOperatorBond} from "../../../contracts/evidence/IOperatorBond.sol";
import {IPolicyholdersFund} from "../../../contracts/evidence/IPolicyholdersFund.sol";
import {OperatorBond} from "../../../contracts/evidence/OperatorBond.sol";
import {TestToken} from "../../../contracts/settlement/TestToken.sol";
import {Spec} from "../Spec.sol";

contract BatchLedgerTest is Spec {
    uint96 private constant MINIMUM = 100;

    Authority private authority = new Authority(address(this));
    TestToken private token = new TestToken(address(this));
    OperatorBond private bond =
        new OperatorBond(
            address(authority),
            token,
            IOperatorBond.Rules({minimum: MINIMUM, slashed: MINIMUM, cooldownSeconds: 0})
        );
    BatchLedger private ledger = new BatchLedger(address(authority), bond);
    address private operator = someone("operator");

    event BatchAnchored(
        uint256 indexed number,
        bytes32 directoryRoot,
        uint256 streamCount,
        uint256 readings,
        bytes32 manifest
    );

    function setUp() external {
        authority.grantRole(Roles.OPERATOR, operator, 0);
        bond.connect(ledger, address(this), IPolicyholdersFund(address(this)));
        ledger.setOperator(operator);
        token.mint(address(this), 10 * MINIMUM);
        token.approve(address(bond), 10 * MINIMUM);
        bond.post(operator, MINIMUM);
        cheats.warp(1_800_000_000);
    }

    function testFuzz_KeepsWhatWasAnchored(bytes32 root, uint32 streams, uint256 readings, bytes32 manifest) external {
        cheats.assume(streams > 0);
        cheats.expectEmit(address(ledger));
        emit BatchAnchored(1, root, streams, readings, manifest);
        _anchor(1, root, streams, readings, manifest);
        IBatchLedger.Batch memory batch = ledger.batch(1);
        same(batch.directoryRoot, root, "root");
        same(batch.streamCount, streams, "streams");
        same(batch.anchoredAt, 1_800_000_000, "time");
        same(ledger.lastBatch(), 1, "last");
        same(ledger.batch(2).anchoredAt, 0, "no further batch");
    }

    function test_RepeatingABatchChangesNothing() external {
        _anchor(1, "root", 3, 7, "manifest");
        _anchor(2, "root 2", 3, 9, "manifest 2");
        cheats.warp(1_800_000_500);
        _anchor(1, "root", 3, 7, "manifest");
        same(ledger.lastBatch(), 2, "last");
        same(ledger.batch(1).anchoredAt, 1_800_000_000, "time");
    }

    function test_RevertWhen_ABatchIsAnchoredWithOtherContent() external {
        _anchor(1, "root", 3, 7, "manifest");
        bytes memory other = abi.encodeWithSelector(IBatchLedger.OtherContent.selector, 1);
        cheats.expectRevert(other);
        _anchor(1, "another root", 3, 7, "manifest");
        cheats.expectRevert(other);
        _anchor(1, "root", 4, 7, "manifest");
        cheats.expectRevert(other);
        _anchor(1, "root", 3, 8, "manifest");
        cheats.expectRevert(other);
        _anchor(1, "root", 3, 7, "another manifest");
    }

    function test_RevertWhen_TheNumberIsNotNext() external {
        cheats.expectRevert(abi.encodeWithSelector(IBatchLedger.NotNext.selector, 0, 1));
        _anchor(0, "root", 3, 7, "manifest");
        cheats.expectRevert(abi.encodeWithSelector(IBatchLedger.NotNext.selector, 2, 1));
        _anchor(2, "root", 3, 7, "manifest");
    }

    function test_RevertWhen_ABatchHoldsNoStreamOrTooMany() external {
        cheats.expectRevert(abi.encodeWithSelector(IBatchLedger.EmptyBatch.selector));
        _anchor(1, "root", 0, 7, "manifest");
        cheats.expectRevert(abi.encodeWithSelector(IBatchLedger.TooMany.selector, 1 << 32));
        _anchor(1, "root", 1 << 32, 7, "manifest");
    }

    function test_RevertWhen_AnybodyElseAnchors() external {
        cheats.expectRevert(abi.encodeWithSelector(IBatchLedger.NotOperator.selector, address(this)));
        ledger.anchor(1, "root", 3, 7, "manifest");
    }

    function test_TheGovernorHandsAnchoringToAnotherOperator() external {
        _anchor(1, "root", 3, 7, "manifest");
        address next = someone("next operator");
        cheats.expectRevert(abi.encodeWithSelector(IBatchLedger.NotInTheOperatorRole.selector, next));
        ledger.setOperator(next);
        authority.grantRole(Roles.OPERATOR, next, 0);
        ledger.setOperator(next);
        cheats.expectRevert(abi.encodeWithSelector(IBatchLedger.NotOperator.selector, operator));
        _anchor(2, "root", 3, 7, "manifest");
        operator = next;
        cheats.expectRevert(abi.encodeWithSelector(IBatchLedger.BondTooLow.selector, next));
        _anchor(2, "root", 3, 7, "manifest");
        bond.post(next, MINIMUM);
        _anchor(2, "root", 3, 7, "manifest");
        ledger.setOperator(address(0));
        cheats.expectRevert(abi.encodeWithSelector(IBatchLedger.NotOperator.selector, next));
        _anchor(3, "root", 3, 7, "manifest");
    }

    function test_RevertWhen_TheBondIsAUnitTooLow() external {
        cheats.prank(operator);
        bond.requestWithdrawal(1);
        cheats.expectRevert(abi.encodeWithSelector(IBatchLedger.BondTooLow.selector, operator));
        _anchor(1, "root", 3, 7, "manifest");
        bond.post(operator, 1);
        _anchor(1, "root", 3, 7, "manifest");
    }

    /// @notice Terms of random operators, some of whom anchor nothing: who anchored what is never forgotten.
    function testFuzz_RemembersWhoAnchoredWhat(uint8[6] memory who, uint8[6] memory batches) external {
        address[3] memory operators = [someone("a"), someone("b"), someone("c")];
        uint256 number = 0;
        address[] memory expected = new address[](6 * 3 + 1);
        for (uint256 i = 0; i < 3; ++i) {
            authority.grantRole(Roles.OPERATOR, operators[i], 0);
            bond.post(operators[i], MINIMUM);
        }
        for (uint256 i = 0; i < 6; ++i) {
            operator = operators[who[i] % 3];
            ledger.setOperator(operator);
            for (uint256 j = 0; j < batches[i] % 4; ++j) {
                expected[++number] = operator;
                _anchor(number, "root", 3, 7, "manifest");
            }
        }
        uint256[3] memory last;
        for (uint256 n = 1; n <= number; ++n) {
            same(uint160(ledger.operatorOf(n)), uint160(expected[n]), "operator");
            for (uint256 i = 0; i < 3; ++i) if (expected[n] == operators[i]) last[i] = n;
        }
        for (uint256 i = 0; i < 3; ++i) same(ledger.lastBatchOf(operators[i]), last[i], "last batch");
        same(ledger.lastBatchOf(someone("d")), 0, "nobody");
    }

    function test_RevertWhen_NobodyAnchoredTheBatch() external {
        _anchor(1, "root", 3, 7, "manifest");
        cheats.expectRevert(abi.encodeWithSelector(IBatchLedger.NotAnchored.selector, 0));
        ledger.operatorOf(0);
        cheats.expectRevert(abi.encodeWithSelector(IBatchLedger.NotAnchored.selector, 2));
        ledger.operatorOf(2);
    }

    function test_RevertWhen_AnybodyElseNamesTheOperator() external {
        cheats.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, operator));
        cheats.prank(operator);
        ledger.setOperator(operator);
    }

    function _anchor(uint256 number, bytes32 root, uint256 streams, uint256 readings, bytes32 manifest) private {
        cheats.prank(operator);
        ledger.anchor(number, root, streams, readings, manifest);
    }
}
