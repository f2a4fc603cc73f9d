// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Authority, IAuthorityErrors} from "../../../contracts/access/Authority.sol";
import {Roles} from "../../../contracts/access/Roles.sol";
import {Spec} from "../Spec.sol";

contract AuthorityTest is Spec {
    Authority private authority = new Authority(address(this));
    address private key = someone("key");

    /// @notice Whatever is granted in whatever order, revoked and granted again: one key holds at most one duty.
    function testFuzz_GivesNoKeyTwoDuties(uint8[12] memory roles, bool[12] memory grants) external {
        for (uint256 i = 0; i < roles.length; ++i) {
            uint64 role = uint64(fold(roles[i], 1, 7));
            if (grants[i]) {
                try authority.grantRole(role, key, 0) {} catch {}
            } else {
                authority.revokeRole(role, key);
            }
            uint256 duties = 0;
            for (uint64 duty = Roles.FIRST_DUTY; duty <= Roles.LAST_DUTY; ++duty) {
                (bool held, ) = authority.hasRole(duty, key);
                if (held) ++duties;
            }
            atMost(duties, 1, "duties of one key");
        }
    }

    function test_RevertWhen_ADutyIsStillToBeginBesideAnother() external {
        authority.setGrantDelay(Roles.OPERATOR, 30 days);
        cheats.warp(block.timestamp + 60 days);
        authority.grantRole(Roles.OPERATOR, key, 0);
        cheats.expectRevert(
            abi.encodeWithSelector(
                IAuthorityErrors.OneKeyTwoDuties.selector,
                key,
                Roles.OPERATOR,
                Roles.CLAIMS_OFFICER
            )
        );
        authority.grantRole(Roles.CLAIMS_OFFICER, key, 0);
    }

    function test_LetsAKeyWithADutyHoldOtherPowers() external {
        authority.grantRole(Roles.UNDERWRITER, key, 0);
        authority.grantRole(Roles.PRODUCTS, key, 0);
        authority.grantRole(Roles.GUARDIAN, key, 0);
    }
}
