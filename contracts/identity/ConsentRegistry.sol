// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC2771Context} from "@openzeppelin/contracts/metatx/ERC2771Context.sol";
import {Context} from "@openzeppelin/contracts/utils/Context.sol";
import {IConsentRegistry} from "./IConsentRegistry.sol";

/// @title ConsentRegistry
/// @notice A second for each consent, and nothing else of anybody.
contract ConsentRegistry is IConsentRegistry, ERC2771Context, AccessManaged {
    /// @dev Nobody oversees what he consented to longer ago.
    uint256 private constant LONGEST_SECONDS = 2 * 365 days;

    /// @dev Time for a farmer whose account is not lost to say so.
    uint256 private constant RECOVERY_SECONDS = 3 days;

    mapping(bytes32 pond => address) private _farmerOf;
    mapping(bytes32 pond => mapping(address institution => mapping(Purpose => uint40))) private _until;
    mapping(address institution => mapping(address member => bool)) private _isMember;
    mapping(bytes32 pond => Recovery) private _recoveries;
    mapping(bytes32 pond => address) private _lostAccountOf;

    modifier onlyFarmer(bytes32 pond) {
        require(_msgSender() == _farmerOf[pond], NotThePondsFarmer(_msgSender(), _farmerOf[pond]));
        _;
    }

    constructor(
        address initialAuthority,
        address trustedForwarder
    ) ERC2771Context(trustedForwarder) AccessManaged(initialAuthority) {}

    /// @inheritdoc IConsentRegistry
    function enroll(bytes32 pond, address farmer) external restricted {
        require(_farmerOf[pond] == address(0), AlreadyEnrolled(pond, _farmerOf[pond]));
        require(farmer != address(0), NoFarmer(pond));

        _farmerOf[pond] = farmer;
        emit PondEnrolled(pond, farmer);
    }

    /// @inheritdoc IConsentRegistry
    function grant(bytes32 pond, address institution, Purpose purpose, uint40 until) external onlyFarmer(pond) {
        require(institution != address(0), NoInstitution());
        uint256 latest = block.timestamp + LONGEST_SECONDS;
        require(until > block.timestamp && until <= latest, NotInTime(until, block.timestamp, latest));

        _until[pond][institution][purpose] = until;
        emit ConsentGranted(pond, institution, purpose, until);
    }

    /// @inheritdoc IConsentRegistry
    function withdraw(bytes32 pond, address institution, Purpose purpose) external onlyFarmer(pond) {
        require(_until[pond][institution][purpose] > 0, NothingGranted(pond, institution, purpose));

        delete _until[pond][institution][purpose];
        emit ConsentWithdrawn(pond, institution, purpose);
    }

    /// @inheritdoc IConsentRegistry
    function appoint(address member) external {
        _isMember[_msgSender()][member] = true;
        emit MemberAppointed(_msgSender(), member);
    }

    /// @inheritdoc IConsentRegistry
    function dismiss(address member) external {
        _isMember[_msgSender()][member] = false;
        emit MemberDismissed(_msgSender(), member);
    }

    /// @inheritdoc IConsentRegistry
    function endorseByProvider(bytes32 pond, address to) external restricted {
        _endorsing(pond, to).byProvider = true;
        _endorsed(pond, to);
    }

    /// @inheritdoc IConsentRegistry
    function endorseByInsurer(bytes32 pond, address to) external restricted {
        _endorsing(pond, to).byInsurer = true;
        _endorsed(pond, to);
    }

    /// @inheritdoc IConsentRegistry
    function stopRecovery(bytes32 pond) external onlyFarmer(pond) {
        address to = _recoveries[pond].to;
        require(to != address(0), NotRecovering(pond));

        delete _recoveries[pond];
        emit RecoveryStopped(pond, to);
    }

    /// @inheritdoc IConsentRegistry
    function recover(bytes32 pond) external {
        Recovery memory recovery = _recoveries[pond];
        require(recovery.since > 0, NotRecovering(pond));
        uint256 from = recovery.since + RECOVERY_SECONDS;
        require(block.timestamp >= from, RecoverableFrom(pond, from));
        address lost = _farmerOf[pond];

        delete _recoveries[pond];
        _farmerOf[pond] = recovery.to;
        _lostAccountOf[pond] = lost;
        emit PondRecovered(pond, lost, recovery.to);
    }

    /// @inheritdoc IConsentRegistry
    function farmerOf(bytes32 pond) external view returns (address) {
        return _farmerOf[pond];
    }

    /// @inheritdoc IConsentRegistry
    function grantedUntil(bytes32 pond, address institution, Purpose purpose) external view returns (uint40) {
        return _until[pond][institution][purpose];
    }

    /// @inheritdoc IConsentRegistry
    function allows(
        bytes32 pond,
        address institution,
        Purpose purpose,
        address reader
    ) external view returns (bool) {
        bool reads = reader == institution || _isMember[institution][reader];
        return reads && block.timestamp < _until[pond][institution][purpose];
    }

    /// @inheritdoc IConsentRegistry
    function isMember(address institution, address member) external view returns (bool) {
        return _isMember[institution][member];
    }

    /// @inheritdoc IConsentRegistry
    function lostAccountOf(bytes32 pond) external view returns (address) {
        return _lostAccountOf[pond];
    }

    /// @inheritdoc IConsentRegistry
    function recoveryOf(bytes32 pond) external view returns (Recovery memory) {
        return _recoveries[pond];
    }

    function _endorsing(bytes32 pond, address to) private returns (Recovery storage recovery) {
        require(_farmerOf[pond] != address(0) && to != address(0), NoFarmer(pond));
        recovery = _recoveries[pond];
        if (recovery.to != to) {
            delete _recoveries[pond];
            recovery.to = to;
        }
    }

    function _endorsed(bytes32 pond, address to) private {
        Recovery storage recovery = _recoveries[pond];
        if (recovery.byProvider && recovery.byInsurer && recovery.since == 0)
            recovery.since = uint40(block.timestamp);
        emit RecoveryEndorsed(pond, to, _msgSender());
    }

    function _msgSender() internal view override(ERC2771Context, Context) returns (address) {
        return ERC2771Context._msgSender();
    }

    function _msgData() internal view override(ERC2771Context, Context) returns (bytes calldata) {
        return ERC2771Context._msgData();
    }

    function _contextSuffixLength() internal view override(ERC2771Context, Context) returns (uint256) {
        return ERC2771Context._contextSuffixLength();
    }
}
