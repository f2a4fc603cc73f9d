// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";
import {IAuthorityErrors} from "./IAuthorityErrors.sol";
import {Roles} from "./Roles.sol";

/// @title The register of powers, which gives no key two duties
/// @notice Whoever registers probes, quotes, anchors or approves claims does only one of these, at deployment and ever
///         after: together they could invent a probe, insure it, anchor its readings and approve the claim.
contract Authority is AccessManager, IAuthorityErrors {
    /// @notice An authority whose every power is `initialAdmin`'s.
    /// @param initialAdmin holds every power until he hands it on
    constructor(address initialAdmin) AccessManager(initialAdmin) {}

    /// @dev Counts a grant that is still in its delay as held.
    function _grantRole(
        uint64 roleId,
        address account,
        uint32 grantDelay,
        uint32 executionDelay
    ) internal override returns (bool) {
        if (roleId >= Roles.FIRST_DUTY && roleId <= Roles.LAST_DUTY) {
            for (uint64 duty = Roles.FIRST_DUTY; duty <= Roles.LAST_DUTY; ++duty) {
                if (duty == roleId) continue;
                (uint48 since, , , ) = getAccess(duty, account);
                require(since == 0, OneKeyTwoDuties(account, duty, roleId));
            }
        }
        return super._grantRole(roleId, account, grantDelay, executionDelay);
    }
}
