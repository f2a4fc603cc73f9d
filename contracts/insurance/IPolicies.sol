// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {Quote, Terms} from "./Terms.sol";

/// @title Policies: a signed quote, bound and paid; an ERC-721 held by the farmer
/// @notice EIP-712 domain: name "Pondproof", version "1", this chain, this contract. Farmers may sign `bind`, `cancel` and
///         `endorse` for the trusted forwarder to send (ERC-2771).
interface IPolicies is IERC721 {
    enum State {
        None,
        Bound,
        Waiting,
        Active,
        RunOff,
        Ended, // run-off is over; somebody may close it
        Lapsed,
        Closed,
        Cancelled, // terminal where cover had not begun; else earlier windows stay claimable
        Exhausted // the aggregate limit is paid out; somebody may close it
    }

    /// @param termsHash EIP-712 struct hash of the terms as endorsed last; see `termsHashAt`
    /// @param insurer the product's
    /// @param coverFrom seconds; 0 until the premium is complete
    /// @param endsAt seconds; windows count that end before: the terms' end, or the moment of cancelling
    /// @param terminal lapsed, closed, or cancelled before cover: nothing changes any more
    /// @param reserved what open claims may take
    /// @param paid claims paid so far; paid + reserved ≤ aggregateLimit
    /// @param auditTaken what audit claims have taken of their sublimit, reserved or paid
    /// @param refund premium that goes back to its payers whatever claims are made
    /// @param cancelRefund premium that goes back to its payers unless a claim is paid
    struct Policy {
        bytes32 termsHash;
        uint256 product;
        address insurer;
        uint40 coverFrom;
        uint40 endsAt;
        uint40 premiumDueAt;
        uint32 runOffSeconds;
        bool terminal;
        bool cancelled;
        uint256 aggregateLimit;
        uint256 premium;
        uint256 premiumPaid;
        uint256 reserved;
        uint256 paid;
        uint256 auditTaken;
        uint256 refund;
        uint256 cancelRefund;
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
    /// @notice The farmer ended the policy; no window that ends at `endsAt` or later counts.
    /// @param refund premium that goes back to its payers; where cover had begun, unless a claim is paid
    event PolicyCancelled(uint256 indexed policy, uint40 endsAt, uint256 refund);
    /// @notice The ledger's batches were apart for longer than the terms allow: the premium of that time goes back.
    event OutageRefunded(uint256 indexed policy, uint256 indexed batch, uint256 outageSeconds, uint256 amount);
    /// @notice From this block on other probes may prove claims.
    event PolicyEndorsed(uint256 indexed policy, bytes32 termsHash, uint40 from);
    /// @notice Run-off is over and every claim is paid, or the limit is: the premium is shared out.
    event PolicyClosed(uint256 indexed policy, uint256 earned, uint256 providerFee, uint256 refund);
    /// @notice The insurer takes an offer back.
    event QuoteWithdrawn(address indexed insurer, uint256 quoteNumber);
    /// @notice A payer got back his part of what goes back.
    event PremiumReturned(uint256 indexed policy, address indexed payer, uint256 amount);
    /// @notice The insurer allows one transfer to this account.
    event TransferConsented(uint256 indexed policy, address indexed to);

    error NotTheFarmer(address caller, address farmer);
    error BadTerms(string field);
    error QuoteExpired(uint40 expiresAt);
    error QuoteUsed(address insurer, uint256 quoteNumber);
    error NotSignedByTheInsurer(address recovered, address insurer);
    error AlreadyCovered(bytes32 pond, uint8 metric, uint256 policy);
    error WaterBodyFull(bytes32 waterBody, uint256 exposure, uint256 most);
    error ClaimsOutlastCooldown(uint256 claimSeconds, uint256 cooldownSeconds);
    error TooManyEndorsements(uint256 policy);
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
    error NoOutage(uint256 policy, uint256 batch);
    error OutageCounted(uint256 policy, uint256 batch);
    error OutageNotOver(uint256 policy, uint256 batch);
    error TransferNeedsConsent(uint256 policy);
    error OpenClaims(uint256 policy, uint256 reserved);
    error OnlyClaims(address caller);
    error ClaimsAlreadySet(address claims);
    error MoreThanReserved(uint256 asked, uint256 reserved);
    error OverAggregate(uint256 asked, uint256 left);
    error OverAuditSublimit(uint256 asked, uint256 left);
    error PolicyOver(uint256 policy);
    error NotRecovered(uint256 policy, address holder, address to);
    error BindingPaused(uint40 until);
    error OnlyPauses(address caller);

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

    /// @notice Ends a policy. Its holder only. Before cover begins the whole premium goes back and the policy is over. Later
    ///         the season that is left counts, less what the product keeps, and only while no claim was made nor is paid
    ///         in the end; windows that ended before stay claimable until run-off is over.
    function cancel(uint256 policy) external;

    /// @notice Credits the payers with the premium of the time between `batch` and the next one that exceeded
    ///         `anchorWithinSeconds` and was covered. Anybody, once for each batch, before the policy is closed.
    /// @dev Batch 0 stands for the beginning of cover. After the newest batch time counts once cover is over.
    function refundOutage(uint256 policy, Terms calldata terms, uint256 batch) external;

    /// @notice Returns to `payer` his part of what goes back when a policy is over. Anybody; the money goes to the payer.
    function returnPremium(uint256 policy, address payer) external;

    /// @notice Ends a policy whose run-off is over and that has no open claim, or whose limit is paid out. Anybody.
    function close(uint256 policy) external;

    /// @notice Replaces probes, from this block on. Its holder, with the insurer's signature over
    ///         `Endorsement(uint256 policy,bytes32 fromTermsHash,bytes32 toTermsHash,uint256 quoteNumber,uint40 expiresAt)`.
    /// @dev A window is judged by the terms in force when it begins, so what a probe measured before cannot be imported, and
    ///      what was proven stays. The number is one of the insurer's quote numbers: used once, withdrawn like a quote.
    /// @param terms the terms as they are
    /// @param probes all probes of from now on
    function endorse(
        uint256 policy,
        Terms calldata terms,
        bytes32[] calldata probes,
        uint256 quoteNumber,
        uint40 expiresAt,
        bytes calldata signature
    ) external;

    /// @notice Consents to one transfer of the policy to `to`; zero withdraws the consent. Its insurer only.
    function consentToTransfer(uint256 policy, address to) external;

    /// @notice Moves a policy whose holder lost his account to the one to which insurer and provider moved his pond. Anybody.
    /// @dev The consent registry says so of the terms' pond, after its three days; and this policy's insurer has consented
    ///      to this transfer.
    function recover(uint256 policy, Terms calldata terms) external;

    /// @notice Names the claims contract, once and for ever. Governor only, at deployment.
    function setClaims(address claims) external;

    /// @notice Sets aside `amount` for a claim. The claims contract only.
    function reserve(uint256 policy, uint256 amount) external;

    /// @notice Gives back what was set aside and is not needed. The claims contract only.
    function release(uint256 policy, uint256 amount) external;

    /// @notice Sets aside `amount` for an audit claim, within the terms' `auditSublimit`. The claims contract only, which has
    ///         checked the terms.
    function reserveAudit(uint256 policy, uint256 amount, uint256 auditSublimit) external;

    /// @notice Gives back what was set aside for an audit claim. The claims contract only.
    function releaseAudit(uint256 policy, uint256 amount) external;

    /// @notice Pays out of what is set aside, for whatever claim. The claims contract only.
    function pay(uint256 policy, uint256 amount, address to) external;

    /// @notice What is kept of a policy; all zero where there is none.
    function policy(uint256 policy) external view returns (Policy memory);

    /// @notice The state as of this block; Waiting, Active, RunOff and Ended follow from time alone.
    function state(uint256 policy) external view returns (State);

    /// @notice When cover began (0: not yet paid for) and when it ends, in seconds. Reverts where there is no policy.
    function coverTimes(uint256 policy) external view returns (uint40 coverFrom, uint40 endsAt);

    /// @notice What the aggregate limit leaves beside everything that is reserved or paid.
    function aggregateLeft(uint256 policy) external view returns (uint256);

    /// @notice The last second in which a window can be proven; new claims being paused moves it.
    function claimableUntil(uint256 policy) external view returns (uint256);

    /// @notice Hash of the terms by which a window is judged that begins at `atMs`.
    function termsHashAt(uint256 policy, uint48 atMs) external view returns (bytes32);

    /// @notice The policy that covers a pond against something of one metric, or was the last to; 0 where there was none.
    function coverOf(bytes32 pond, uint8 metric) external view returns (uint256 policy);

    /// @notice What the policies of one water body may still need together.
    function exposureOf(bytes32 waterBody) external view returns (uint256);

    /// @notice True when a quote was bound or withdrawn.
    function isQuoteUsed(address insurer, uint256 quoteNumber) external view returns (bool);

    /// @notice What `payer` has paid towards a policy and did not get back.
    function premiumOf(uint256 policy, address payer) external view returns (uint256);
}
