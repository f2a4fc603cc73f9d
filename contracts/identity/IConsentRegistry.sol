// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Whose pond it is, and to whom he has given its data
/// @notice A farmer grants an institution the data of a pond for a purpose and a time, and withdraws it at will. Whoever
///         hands out readings asks here first, at the newest block. Ponds are opaque ids, people are accounts: no name, no
///         address and no reading ever comes here.
/// @dev The farmer's functions take requests that he signed and somebody else sent, through the trusted forwarder
///      (ERC-2771), so a farmer needs no coins.
interface IConsentRegistry {
    /// @dev The order is part of the protocol (`protocol/consent.ts`).
    enum Purpose {
        Underwriting,
        Claims,
        Lending,
        Oversight
    }

    /// @param to the account that the pond goes to
    /// @param since when the second of the two endorsed it; 0 until then
    /// @param byProvider the registrar endorses it
    /// @param byInsurer an underwriter endorses it
    struct Recovery {
        address to;
        uint40 since;
        bool byProvider;
        bool byInsurer;
    }

    /// @notice A pond belongs to this farmer.
    event PondEnrolled(bytes32 indexed pond, address indexed farmer);
    /// @notice The institution may read the pond's data for this purpose until this second.
    event ConsentGranted(bytes32 indexed pond, address indexed institution, Purpose purpose, uint40 until);
    /// @notice From this block on it may not.
    event ConsentWithdrawn(bytes32 indexed pond, address indexed institution, Purpose purpose);
    /// @notice This account reads for the institution.
    event MemberAppointed(address indexed institution, address indexed member);
    /// @notice It no longer does.
    event MemberDismissed(address indexed institution, address indexed member);
    /// @notice Provider or insurer says that the farmer's account is lost and that `to` is his new one.
    event RecoveryEndorsed(bytes32 indexed pond, address indexed to, address by);
    /// @notice The farmer's account is not lost after all.
    event RecoveryStopped(bytes32 indexed pond, address indexed to);
    /// @notice The pond went to the farmer's new account.
    event PondRecovered(bytes32 indexed pond, address indexed from, address indexed to);

    error AlreadyEnrolled(bytes32 pond, address farmer);
    error NoFarmer(bytes32 pond);
    error NotThePondsFarmer(address caller, address farmer);
    error NoInstitution();
    error NotInTime(uint40 until, uint256 from, uint256 to);
    error NothingGranted(bytes32 pond, address institution, Purpose purpose);
    error NotRecovering(bytes32 pond);
    error RecoverableFrom(bytes32 pond, uint256 from);

    /// @notice Says whose pond this is, once. Registrar only.
    function enroll(bytes32 pond, address farmer) external;

    /// @notice Grants an institution the data of the caller's pond, or moves the end of what it was granted. The farmer only.
    /// @param until seconds; ahead, and by at most two years
    function grant(bytes32 pond, address institution, Purpose purpose, uint40 until) external;

    /// @notice Takes a consent back, from this block on. The farmer only.
    function withdraw(bytes32 pond, address institution, Purpose purpose) external;

    /// @notice Lets an account read what the caller, an institution, was granted. Anybody, for himself.
    function appoint(address member) external;

    /// @notice Ends that. Anybody, for himself.
    function dismiss(address member) external;

    /// @notice The provider's word that the farmer's account is lost and that `to` is his new one. Registrar only.
    /// @dev Another `to` than the one endorsed before begins anew.
    function endorseByProvider(bytes32 pond, address to) external;

    /// @notice The insurer's word for the same. Underwriter only.
    function endorseByInsurer(bytes32 pond, address to) external;

    /// @notice Stops a recovery: the account is not lost. The farmer only.
    function stopRecovery(bytes32 pond) external;

    /// @notice Moves the pond to the endorsed account. Anybody, three days after both endorsed it.
    function recover(bytes32 pond) external;

    /// @notice Whose pond it is; zero where nobody is enrolled.
    function farmerOf(bytes32 pond) external view returns (address);

    /// @notice The second until which a consent lasts; 0 where there is none or it was withdrawn.
    function grantedUntil(bytes32 pond, address institution, Purpose purpose) external view returns (uint40);

    /// @notice True when `reader` is the institution or reads for it, and the consent lasts at this block.
    function allows(bytes32 pond, address institution, Purpose purpose, address reader) external view returns (bool);

    /// @notice True when the institution appointed the account and did not dismiss it.
    function isMember(address institution, address member) external view returns (bool);

    /// @notice The account from which the pond was recovered last; zero where it never was.
    function lostAccountOf(bytes32 pond) external view returns (address);

    /// @notice The recovery of a pond that is under way; all zero where none is.
    function recoveryOf(bytes32 pond) external view returns (Recovery memory);
}
