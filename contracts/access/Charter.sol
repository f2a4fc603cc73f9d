// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {BatchLedger} from "../evidence/BatchLedger.sol";
import {Challenges} from "../evidence/Challenges.sol";
import {OperatorBond} from "../evidence/OperatorBond.sol";
import {FeedRegistry} from "../feeds/FeedRegistry.sol";
import {ConsentRegistry} from "../identity/ConsentRegistry.sol";
import {DeviceRegistry} from "../identity/DeviceRegistry.sol";
import {Claims} from "../insurance/Claims.sol";
import {Disputes} from "../insurance/Disputes.sol";
import {Policies} from "../insurance/Policies.sol";
import {PolicyholdersFund} from "../insurance/PolicyholdersFund.sol";
import {Pool} from "../insurance/Pool.sol";
import {Products} from "../insurance/Products.sol";
import {Authority} from "./Authority.sol";
import {IAuthorityErrors} from "./IAuthorityErrors.sol";
import {Pauses} from "./Pauses.sol";
import {Roles} from "./Roles.sol";

/// @title All powers of a deployment on one page
/// @notice Admin of a new authority for one call: it connects roles to functions, gives them to their holders, hands the
///         authority to the governor and keeps nothing. Which contract may lock and pay it, and which may slash the
///         operator, it fixes for good: no power of anybody's reaches a bond, or the money of a policy that is bound. Functions that are not named here belong to the governor
///         (`Products.approve`, `BatchLedger.setOperator`, `FeedRegistry.defineFeed`) or to everybody.
contract Charter is IAuthorityErrors {
    struct Parts {
        Authority authority;
        Pauses pauses;
        DeviceRegistry deviceRegistry;
        ConsentRegistry consentRegistry;
        BatchLedger batchLedger;
        OperatorBond operatorBond;
        Challenges challenges;
        PolicyholdersFund policyholdersFund;
        Products products;
        Policies policies;
        Claims claims;
        Disputes disputes;
        Pool pool;
        FeedRegistry feedRegistry;
    }

    /// @param insurer signs quotes and publishes products
    /// @param arbiter decides disputes, which neither farmer nor insurer may
    /// @param guardian, secondGuardian pause together
    /// @param reporters ascending, sign what weather and prices were; more than half of them decide
    /// @param governorDelaySeconds how long everybody sees an act of the governor coming
    struct Holders {
        address registrar;
        address operator;
        address insurer;
        address claimsOfficer;
        address secondClaimsOfficer;
        address arbiter;
        address guardian;
        address secondGuardian;
        address governor;
        address[] reporters;
        uint32 governorDelaySeconds;
    }

    /// @notice Every power is where it belongs, and the governor holds the authority.
    event Established(address indexed authority, address indexed governor);

    error NotTheDeployer(address caller);
    error OneKeyTwice(address holder);
    error NoHolder(uint64 role);

    /// @notice Who may put the charter into force.
    address public immutable DEPLOYER;

    constructor() {
        DEPLOYER = msg.sender;
    }

    /// @notice Puts the charter into force. The deployer, once: afterwards the charter has no power left to use.
    /// @dev Reverts with `Authority.OneKeyTwoDuties` where one key would register, quote, anchor, approve or arbitrate two of these.
    function establish(Parts calldata parts, Holders calldata holders) external {
        require(msg.sender == DEPLOYER, NotTheDeployer(msg.sender));
        require(holders.claimsOfficer != holders.secondClaimsOfficer, OneKeyTwice(holders.claimsOfficer));
        require(holders.guardian != holders.secondGuardian, OneKeyTwice(holders.guardian));

        _connect(parts);
        _appoint(parts, holders);
        parts.batchLedger.setOperator(holders.operator);
        parts.operatorBond.connect(parts.batchLedger, address(parts.challenges), parts.policyholdersFund);
        parts.pool.setPolicies(address(parts.policies));
        parts.pauses.setPolicies(address(parts.policies));
        parts.policies.setClaims(address(parts.claims));
        parts.claims.setDisputes(address(parts.disputes));
        parts.policyholdersFund.connect(address(parts.operatorBond), address(parts.disputes));
        parts.feedRegistry.setReporters(holders.reporters);
        require(holders.governor != address(0) && holders.governor != DEPLOYER, NoHolder(Roles.GOVERNOR));
        parts.authority.grantRole(Roles.GOVERNOR, holders.governor, holders.governorDelaySeconds);
        emit Established(address(parts.authority), holders.governor);
        parts.authority.renounceRole(Roles.GOVERNOR, address(this));
    }

    function _connect(Parts calldata parts) private {
        Authority authority = parts.authority;
        _allow(authority, Roles.REGISTRAR, parts.deviceRegistry, DeviceRegistry.register.selector);
        _allow(authority, Roles.REGISTRAR, parts.deviceRegistry, DeviceRegistry.bind.selector);
        _allow(authority, Roles.REGISTRAR, parts.deviceRegistry, DeviceRegistry.revoke.selector);
        _allow(authority, Roles.REGISTRAR, parts.consentRegistry, ConsentRegistry.enroll.selector);
        _allow(authority, Roles.REGISTRAR, parts.consentRegistry, ConsentRegistry.endorseByProvider.selector);
        _allow(authority, Roles.UNDERWRITER, parts.consentRegistry, ConsentRegistry.endorseByInsurer.selector);
        _allow(authority, Roles.PRODUCTS, parts.products, Products.publish.selector);
        _allow(authority, Roles.CLAIMS_OFFICER, parts.claims, Claims.approve.selector);
        _allow(authority, Roles.ARBITER, parts.disputes, Disputes.rule.selector);
        _allow(authority, Roles.GUARDIAN, parts.pauses, Pauses.pause.selector);
        _allow(authority, Roles.GUARDIAN, parts.pauses, Pauses.resume.selector);
    }

    function _appoint(Parts calldata parts, Holders calldata holders) private {
        Authority authority = parts.authority;
        _give(authority, Roles.REGISTRAR, holders.registrar);
        _give(authority, Roles.OPERATOR, holders.operator);
        _give(authority, Roles.UNDERWRITER, holders.insurer);
        _give(authority, Roles.PRODUCTS, holders.insurer);
        _give(authority, Roles.CLAIMS_OFFICER, holders.claimsOfficer);
        _give(authority, Roles.CLAIMS_OFFICER, holders.secondClaimsOfficer);
        _give(authority, Roles.ARBITER, holders.arbiter);
        _give(authority, Roles.GUARDIAN, holders.guardian);
        _give(authority, Roles.GUARDIAN, holders.secondGuardian);
    }

    function _allow(Authority authority, uint64 role, AccessManaged where, bytes4 selector) private {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        authority.setTargetFunctionRole(address(where), selectors, role);
    }

    function _give(Authority authority, uint64 role, address holder) private {
        require(holder != address(0), NoHolder(role));
        authority.grantRole(role, holder, 0);
    }
}
