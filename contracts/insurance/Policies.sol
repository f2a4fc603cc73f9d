// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {Roles} from "../access/Roles.sol";
import {IPolicies} from "./IPolicies.sol";
import {IPool} from "./IPool.sol";
import {IProducts} from "./IProducts.sol";
import {Quote, Terms} from "./Terms.sol";
import {TermsHash} from "./TermsHash.sol";
import {TermsRules} from "./TermsRules.sol";

/// @title Policies: from the insurer's signature to the end of run-off
/// @notice INVARIANT 3: paid + reserved ≤ aggregateLimit. INVARIANT 4: what is locked at bind = paid + released when
///         terminal. INVARIANT 5: a terminal policy never changes.
contract Policies is IPolicies, ERC721, EIP712, AccessManaged {
    using BitMaps for BitMaps.BitMap;
    using SafeCast for uint256;

    enum Ending {
        None,
        Lapsed,
        Closed
    }

    /// @dev Three words at bind. `reserved` and `paid` begin with the first claim.
    struct Entry {
        bytes32 termsHash;
        address insurer;
        uint96 aggregateLimit;
        uint96 premium;
        uint40 coverFrom;
        uint40 endsAt;
        uint40 premiumDueAt;
        uint32 runOffSeconds;
        Ending ending;
        uint128 reserved;
        uint128 paid;
        uint256 premiumPaid;
    }

    /// @notice The products that may be bound.
    IProducts public immutable PRODUCTS;
    /// @notice The pool whose capital backs the policies.
    IPool public immutable POOL;

    /// @dev Set once: no other contract ever reserves or pays under these policies.
    address private _claims;
    uint256 private _lastPolicy;
    mapping(uint256 policy => Entry) private _entries;
    mapping(uint256 policy => mapping(address payer => uint256)) private _premiumOf;
    mapping(uint256 policy => address) private _consents;
    mapping(bytes32 pond => uint256 policy) private _coverOf;
    mapping(address insurer => BitMaps.BitMap) private _usedQuotes;

    modifier onlyClaims() {
        require(msg.sender == _claims, OnlyClaims(msg.sender));
        _;
    }

    constructor(
        address initialAuthority,
        IProducts products,
        IPool pool
    ) ERC721("Pondproof policy", "POND") EIP712("Pondproof", "1") AccessManaged(initialAuthority) {
        PRODUCTS = products;
        POOL = pool;
    }

    /// @inheritdoc IPolicies
    function bind(Quote calldata quote, bytes calldata signature) external returns (uint256 id) {
        Terms calldata terms = quote.terms;
        require(msg.sender == terms.farmer, NotTheFarmer(msg.sender, terms.farmer));
        require(block.timestamp <= quote.expiresAt, QuoteExpired(quote.expiresAt));
        (bytes32 termsHash, bytes32 scheduleHash) = TermsHash.ofTermsAndSchedule(terms);
        _requireSigned(terms.insurer, TermsHash.ofQuote(termsHash, quote.expiresAt), signature);
        _requireInsurable(terms, scheduleHash);

        _useQuote(terms.insurer, terms.quoteNumber);
        id = ++_lastPolicy;
        _takeOver(terms.pond, id);
        Entry storage entry = _entries[id];
        entry.termsHash = termsHash;
        (entry.insurer, entry.aggregateLimit) = (terms.insurer, uint96(terms.aggregateLimit));
        entry.premium = uint96(terms.premium);
        (entry.endsAt, entry.premiumDueAt) = (terms.endsAt, terms.premiumDueAt);
        entry.runOffSeconds = terms.runOffSeconds;
        _mint(terms.farmer, id);
        emit PolicyBound(id, terms.farmer, terms.pond, termsHash);
        emit PolicyTerms(id, abi.encode(terms));
        POOL.lock(terms.aggregateLimit);
    }

    /// @inheritdoc IPolicies
    function withdrawQuote(uint256 quoteNumber) external {
        _useQuote(msg.sender, quoteNumber);
        emit QuoteWithdrawn(msg.sender, quoteNumber);
    }

    /// @inheritdoc IPolicies
    function payPremium(uint256 id, Terms calldata terms, uint256 amount) external {
        Entry storage entry = _inState(id, State.Bound);
        require(TermsHash.ofTerms(terms) == entry.termsHash, WrongTerms(id));
        require(block.timestamp <= entry.premiumDueAt, PremiumOverdue(id, entry.premiumDueAt));
        uint256 due = entry.premium - entry.premiumPaid;
        require(amount <= due, TooMuchPremium(amount, due));

        entry.premiumPaid += amount;
        _premiumOf[id][msg.sender] += amount;
        emit PremiumPaid(id, msg.sender, amount, entry.premiumPaid);
        if (amount == due) {
            uint256 from = block.timestamp > terms.startsAt ? block.timestamp : terms.startsAt;
            entry.coverFrom = uint40(from + terms.waitSeconds);
            emit CoverStarts(id, entry.coverFrom);
        }
        POOL.takePremium(msg.sender, amount);
    }

    /// @inheritdoc IPolicies
    function lapse(uint256 id) external {
        Entry storage entry = _inState(id, State.Bound);
        require(block.timestamp > entry.premiumDueAt, PremiumStillDue(id, entry.premiumDueAt));

        entry.ending = Ending.Lapsed;
        emit PolicyLapsed(id);
        POOL.release(entry.aggregateLimit);
    }

    /// @inheritdoc IPolicies
    function returnPremium(uint256 id, address payer) external {
        _inState(id, State.Lapsed);
        uint256 amount = _premiumOf[id][payer];
        require(amount > 0, NothingToReturn(id, payer));

        delete _premiumOf[id][payer];
        emit PremiumReturned(id, payer, amount);
        POOL.returnPremium(payer, amount);
    }

    /// @inheritdoc IPolicies
    function close(uint256 id) external {
        Entry storage entry = _inState(id, State.Ended);
        require(entry.reserved == 0, OpenClaims(id, entry.reserved));

        entry.ending = Ending.Closed;
        emit PolicyClosed(id);
        POOL.release(entry.aggregateLimit - entry.paid);
        POOL.earnPremium(entry.premium);
    }

    /// @inheritdoc IPolicies
    function consentToTransfer(uint256 id, address to) external {
        address insurer = _existing(id).insurer;
        require(msg.sender == insurer, NotTheInsurer(msg.sender, insurer));

        _consents[id] = to;
        emit TransferConsented(id, to);
    }

    /// @inheritdoc IPolicies
    function setClaims(address claims) external restricted {
        require(_claims == address(0), ClaimsAlreadySet(_claims));

        _claims = claims;
        emit ClaimsSet(claims);
    }

    /// @inheritdoc IPolicies
    function reserve(uint256 id, uint256 amount) external onlyClaims {
        Entry storage entry = _existing(id);
        uint256 left = entry.aggregateLimit - entry.paid - entry.reserved;
        require(amount <= left, OverAggregate(amount, left));

        entry.reserved += uint128(amount);
    }

    /// @inheritdoc IPolicies
    function pay(uint256 id, uint256 amount, address to) external onlyClaims {
        Entry storage entry = _existing(id);
        (uint256 reserved, uint256 paid) = (entry.reserved, entry.paid);
        require(amount <= reserved, MoreThanReserved(amount, reserved));

        (entry.reserved, entry.paid) = (uint128(reserved - amount), uint128(paid + amount));
        POOL.pay(to, amount);
    }

    /// @inheritdoc IPolicies
    function policy(uint256 id) external view returns (Policy memory) {
        Entry memory entry = _entries[id];
        return
            Policy({
                termsHash: entry.termsHash,
                insurer: entry.insurer,
                coverFrom: entry.coverFrom,
                endsAt: entry.endsAt,
                premiumDueAt: entry.premiumDueAt,
                runOffSeconds: entry.runOffSeconds,
                terminal: entry.ending != Ending.None,
                lapsed: entry.ending == Ending.Lapsed,
                aggregateLimit: entry.aggregateLimit,
                premium: entry.premium,
                premiumPaid: entry.premiumPaid,
                reserved: entry.reserved,
                paid: entry.paid
            });
    }

    /// @inheritdoc IPolicies
    function state(uint256 id) public view returns (State) {
        Entry storage entry = _entries[id];
        if (entry.termsHash == bytes32(0)) return State.None;
        if (entry.ending == Ending.Lapsed) return State.Lapsed;
        if (entry.ending == Ending.Closed) return State.Closed;
        if (entry.coverFrom == 0) return State.Bound;
        if (block.timestamp < entry.coverFrom) return State.Waiting;
        if (block.timestamp < entry.endsAt) return State.Active;
        if (block.timestamp <= uint256(entry.endsAt) + entry.runOffSeconds) return State.RunOff;
        return State.Ended;
    }

    /// @inheritdoc IPolicies
    function coverOf(bytes32 pond) external view returns (uint256) {
        return _coverOf[pond];
    }

    /// @inheritdoc IPolicies
    function isQuoteUsed(address insurer, uint256 quoteNumber) external view returns (bool) {
        return _usedQuotes[insurer].get(quoteNumber);
    }

    /// @inheritdoc IPolicies
    function premiumOf(uint256 id, address payer) external view returns (uint256) {
        return _premiumOf[id][payer];
    }

    /// @inheritdoc IPolicies
    function hashTerms(Terms calldata terms) external pure returns (bytes32) {
        return TermsHash.ofTerms(terms);
    }

    /// @dev A policy moves only with its insurer's consent: the farmer must lose what the pond loses.
    function _update(address to, uint256 id, address auth) internal override returns (address from) {
        from = super._update(to, id, auth);
        if (from == address(0)) return from;
        require(to != address(0) && _consents[id] == to, TransferNeedsConsent(id));
        delete _consents[id];
    }

    function _requireSigned(address insurer, bytes32 quoteHash, bytes calldata signature) private view {
        (address signer, , ) = ECDSA.tryRecoverCalldata(_hashTypedDataV4(quoteHash), signature);
        require(signer == insurer && signer != address(0), NotSignedByTheInsurer(signer, insurer));
        (bool underwrites, ) = IAccessManager(authority()).hasRole(Roles.UNDERWRITER, insurer);
        require(underwrites, NotAnUnderwriter(insurer));
    }

    function _requireInsurable(Terms calldata terms, bytes32 scheduleHash) private view {
        IProducts.Product memory product = PRODUCTS.product(terms.product);
        require(product.approved, ProductNotApproved(terms.product));
        require(terms.token == POOL.token(), BadTerms("token"));
        // The schedule's own rules held when the product was published.
        require(scheduleHash == product.scheduleHash, BadTerms("perils"));
        TermsRules.check(terms, product);
    }

    function _useQuote(address insurer, uint256 quoteNumber) private {
        require(!_usedQuotes[insurer].get(quoteNumber), QuoteUsed(insurer, quoteNumber));
        _usedQuotes[insurer].set(quoteNumber);
    }

    /// @dev One cover a pond at a time: the one before must be terminal, past its end, or beyond being paid for.
    function _takeOver(bytes32 pond, uint256 id) private {
        uint256 before = _coverOf[pond];
        if (before != 0) {
            Entry storage entry = _entries[before];
            bool unpaid = entry.coverFrom == 0 && block.timestamp > entry.premiumDueAt;
            bool over = entry.ending != Ending.None || block.timestamp >= entry.endsAt || unpaid;
            require(over, AlreadyCovered(pond, before));
        }
        _coverOf[pond] = id;
    }

    function _existing(uint256 id) private view returns (Entry storage entry) {
        entry = _entries[id];
        require(entry.termsHash != bytes32(0), UnknownPolicy(id));
    }

    function _inState(uint256 id, State wanted) private view returns (Entry storage entry) {
        State now_ = state(id);
        require(now_ == wanted, WrongState(id, now_));
        entry = _entries[id];
    }
}
