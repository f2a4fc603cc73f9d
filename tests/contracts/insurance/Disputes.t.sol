// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IPolicyholdersFund} from "../../../contracts/evidence/IPolicyholdersFund.sol";
import {Disputes} from "../../../contracts/insurance/Disputes.sol";
import {IClaims} from "../../../contracts/insurance/IClaims.sol";
import {IDisputes} from "../../../contracts/insurance/IDisputes.sol";
import {IPolicies} from "../../../contracts/insurance/IPolicies.sol";
import {Spec} from "../Spec.sol";

/// @notice What a deployment of the disputes refuses; the disputes themselves are tested on whole systems.
contract DisputesTest is Spec {
    /// @notice Of a bond of one unit no half is left to give.
    function test_RevertWhen_ABondCannotBeHalved() external {
        cheats.expectRevert(abi.encodeWithSelector(IDisputes.NoBond.selector));
        _deploy(1, 2);
        cheats.expectRevert(abi.encodeWithSelector(IDisputes.NoBond.selector));
        _deploy(2, 1);
        _deploy(2, 2);
    }

    function _deploy(uint256 disputeBond, uint256 demandBond) private {
        new Disputes(
            address(this),
            IClaims(address(0)),
            IPolicies(address(0)),
            IPolicyholdersFund(address(0)),
            IERC20(address(0)),
            disputeBond,
            demandBond
        );
    }
}
