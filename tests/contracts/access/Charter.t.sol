// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Authority} from "../../../contracts/access/Authority.sol";
import {Charter} from "../../../contracts/access/Charter.sol";
import {Roles} from "../../../contracts/access/Roles.sol";
import {Spec} from "../Spec.sol";

/// @notice What the charter refuses; what it puts into force is tested on deployments, whole ones.
contract CharterTest is Spec {
    Charter private charter = new Charter();
    Authority private authority = new Authority(address(charter));

    function test_RevertWhen_SomebodyElsePutsItIntoForce() external {
        address stranger = someone("stranger");
        cheats.expectRevert(abi.encodeWithSelector(Charter.NotTheDeployer.selector, stranger));
        cheats.prank(stranger);
        charter.establish(_parts(), _holders());
    }

    function test_RevertWhen_TwoKeysAreOne() external {
        Charter.Holders memory holders = _holders();
        holders.secondClaimsOfficer = holders.claimsOfficer;
        cheats.expectRevert(abi.encodeWithSelector(Charter.OneKeyTwice.selector, holders.claimsOfficer));
        charter.establish(_parts(), holders);

        holders = _holders();
        holders.secondGuardian = holders.guardian;
        cheats.expectRevert(abi.encodeWithSelector(Charter.OneKeyTwice.selector, holders.guardian));
        charter.establish(_parts(), holders);
    }

    function test_RevertWhen_ARoleHasNoHolder() external {
        Charter.Holders memory holders = _holders();
        holders.registrar = address(0);
        cheats.expectRevert(abi.encodeWithSelector(Charter.NoHolder.selector, Roles.REGISTRAR));
        charter.establish(_parts(), holders);
    }

    /// @dev Roles are given before any part but the authority is spoken to.
    function _parts() private view returns (Charter.Parts memory parts) {
        parts.authority = authority;
    }

    function _holders() private pure returns (Charter.Holders memory holders) {
        (holders.registrar, holders.operator, holders.insurer) = (someone("r"), someone("o"), someone("i"));
        (holders.claimsOfficer, holders.secondClaimsOfficer) = (someone("one officer"), someone("other officer"));
        (holders.guardian, holders.secondGuardian) = (someone("one guardian"), someone("other guardian"));
        (holders.arbiter, holders.governor) = (someone("arbiter"), someone("governor"));
    }
}
