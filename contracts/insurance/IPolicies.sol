// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {Quote, Terms} from "./Terms.sol";

/// @title Policies: a signed quote, bound and paid; an ERC-721 held by the farmer
/// @notice EIP-712 domain: name "Pondproof", version "1", this chain, this contract.
interface IPolicies is IERC721 {
    enum State {
        None,
        Bound,
        Waiting,
        Active,
        RunOff,
        Ended, // run-off is over; somebody may close it
        Lapsed,
        Closed
    }

    /// @param termsHash EIP-712 struct hash of the terms
    /// @param coverFrom seconds; 0 until the premium is complete
    /// @param terminal lapsed or closed: nothing changes any more
    /// @param reserved what open claims may take
    /// @param paid claims paid so far; paid + reserved ≤ aggregateLimit
    struct Policy {
        bytes32 termsHash;
        address insurer;
        uint40 coverFrom;
        uint40 endsAt;
        uint40 premiumDueAt;
        uint32 runOffSeconds;
        bool terminal;
        bool lapsed;
        uint256 aggregateLimit;
        uint256 premium;
        uint256 premiumPaid;
        uint256 reserved;
        uint256 paid;
    }

    /// @notice From now on and for ever this contract reserves and pays under these policies.
    event ClaimsSet(address claims);
    /// @notice A quote became a policy, with these terms for this pond.
    event PolicyBound(uint256 indexed policy, address indexed farmer, bytes32 indexed pond, bytes32 termsHash);
    /// @notice The terms themselves, of which the ledger keeps the hash.
    /// @param terms the ABI encoding of `Terms`: what whoever acts on the policy passes in again
    event PolicyTerms(uint256 indexed policy, bytes terms);
    /// @notice Somebody paid a part of the premium; `total` is what is paid by now.
    event PremiumPaid(uint256 indexed policy, address indexed payer, uint256 amount, uint256 total);
    /// @notice The premium is complete and cover begins at this second.
    event CoverStarts(uint256 indexed policy, uint40 from);
    /// @notice The premium was not complete in time.
    event PolicyLapsed(uint256 indexed policy);
    /// @notice Run-off is over and every claim is paid.
    event PolicyClosed(uint256 indexed policy);
    /// @notice The insurer takes an offer back.
    event QuoteWithdrawn(address indexed insurer, uint256 quoteNumber);
    /// @notice A payer got back what he had paid towards a lapsed policy.
    event PremiumReturned(uint256 indexed policy, address indexed payer, uint256 amount);
    /// @notice The insurer allows one transfer to this account.
    event TransferConsented(uint256 indexed policy, address indexed to);

    error NotTheFarmer(address caller, address farmer);
    error BadTerms(string field);
    error QuoteExpired(uint40 expiresAt);
    error QuoteUsed(address insurer, uint256 quoteNumber);
    error NotSignedByTheInsurer(address recovered, address insurer);
    error AlreadyCovered(bytes32 pond, uint256 policy);
    error WrongTerms(uint256 policy);
    error WrongState(uint256 policy, State state);
    error NotTheInsurer(address caller, address insurer);
    error NotAnUnderwriter(address insurer);
    error ProductNotApproved(uint256 product);
    error UnknownPolicy(uint256 policy);
    error PremiumOverdue(uint256 policy, uint40 dueAt);
    error PremiumStillDue(uint256 policy, uint40 dueAt);
    error TooMuchPremium(uint256 asked, uint256 due);
    error NothingToReturn(uint256 policy, address payer);
    error TransferNeedsConsent(uint256 policy);
    error OpenClaims(uint256 policy, uint256 reserved);
    error OnlyClaims(address caller);
    error ClaimsAlreadySet(address claims);
    error MoreThanReserved(uint256 asked, uint256 reserved);
    error OverAggregate(uint256 asked, uint256 left);

    /// @notice Binds a quote that the insurer signed, and locks the aggregate limit in the pool. The farmer named in it only.
    /// @dev The insurer of the terms must be the product's, must have signed, and must hold the underwriter's role now.
    function bind(Quote calldata quote, bytes calldata signature) external returns (uint256 policy);

    /// @notice Withdraws a quote of the caller's that is not bound yet.
    function withdrawQuote(uint256 quoteNumber) external;

    /// @notice Pays a part of the premium, or all of it. Anybody, until `premiumDueAt`; the payer approves the pool.
    /// @dev Cover begins `waitSeconds` after the premium is complete, or after `startsAt` where that is later.
    function payPremium(uint256 policy, Terms calldata terms, uint256 amount) external;

    /// @notice Ends a policy whose premium was not complete in time, and frees its capital. Anybody.
    function lapse(uint256 policy) external;

    /// @notice Returns what `payer` had paid towards a lapsed policy. Anybody; the money goes to the payer.
    function returnPremium(uint256 policy, address payer) external;

    /// @notice Ends a policy whose run-off is over and that has no open claim. Anybody.
    function close(uint256 policy) external;

    /// @notice Consents to one transfer of the policy to `to`; zero withdraws the consent. Its insurer only.
    function consentToTransfer(uint256 policy, address to) external;

    /// @notice Names the claims contract, once and for ever. Governor only, at deployment.
    function setClaims(address claims) external;

    /// @notice Sets aside `amount` for a claim. The claims contract only.
    function reserve(uint256 policy, uint256 amount) external;

    /// @notice Pays out of what is set aside. The claims contract only.
    function pay(uint256 policy, uint256 amount, address to) external;

    /// @notice What is kept of a policy; all zero where there is none.
    function policy(uint256 policy) external view returns (Policy memory);

    /// @notice The state as of this block; Waiting, Active, RunOff and Ended follow from time alone.
    function state(uint256 policy) external view returns (State);

    /// @notice The policy that covers a pond or was the last to, 0 where there was none.
    function coverOf(bytes32 pond) external view returns (uint256 policy);

    /// @notice True when a quote was bound or withdrawn.
    function isQuoteUsed(address insurer, uint256 quoteNumber) external view returns (bool);

    /// @notice What `payer` has paid towards a policy and did not get back.
    function premiumOf(uint256 policy, address payer) external view returns (uint256);

    /// @notice EIP-712 struct hash of the terms.
    function hashTerms(Terms calldata terms) external pure returns (bytes32);
}
