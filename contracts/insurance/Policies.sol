// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC2771Context} from "@openzeppelin/contracts/metatx/ERC2771Context.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {Context} from "@openzeppelin/contracts/utils/Context.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IBindingPause} from "../access/IBindingPause.sol";
import {IPauses} from "../access/IPauses.sol";
import {IBatchLedger} from "../evidence/IBatchLedger.sol";
import {IConsentRegistry} from "../identity/IConsentRegistry.sol";
import {IPolicies} from "./IPolicies.sol";
import {IPool} from "./IPool.sol";
import {IProducts} from "./IProducts.sol";
import {PolicyBook} from "./PolicyBook.sol";
import {Premiums} from "./Premiums.sol";
import {QuoteBook} from "./QuoteBook.sol";
import {Peril, Quote, Terms} from "./Terms.sol";
import {TermsBytes} from "./TermsBytes.sol";
import {TermsHash} from "./TermsHash.sol";

/// @title Policies: from the insurer's signature to the end of run-off
/// @notice INVARIANT 10: from every state, time and anybody's call reach a terminal state: `lapse` what is not paid for,
///         `close` what has run off or is exhausted.
contract Policies is Premiums, QuoteBook, ERC721, ERC2771Context, IBindingPause {
    /// @dev What was in force until `endorsedAt`.
    struct Endorsement {
        bytes32 termsHashBefore;
        uint40 endorsedAt;
    }

    uint256 private constant MAX_ENDORSEMENTS = 16;

    /// @dev Pauses may move the end of run-off by as much as this and a little more.
    uint256 private constant MOST_PAUSED_SECONDS = 14 days;

    /// @notice Says which account lost which pond, and whose it is now.
    IConsentRegistry public immutable CONSENTS;

    uint256 private immutable COOLDOWN_SECONDS;

    address private immutable TOKEN;

    /// @dev One word, so that binding reads both at once.
    uint216 private _lastPolicy;
    uint40 private _bindingPausedUntil;

    mapping(uint256 policy => address) private _consents;
    mapping(bytes32 pondAndMetric => uint256 policy) private _coverOf;
    mapping(uint256 policy => Endorsement[]) private _endorsements;

    constructor(
        address initialAuthority,
        IProducts products,
        IPool pool,
        IPauses pauses,
        IBatchLedger batchLedger,
        IConsentRegistry consents
    )
        ERC721("Pondproof policy", "POND")
        EIP712("Pondproof", "1")
        AccessManaged(initialAuthority)
        PolicyBook(products, pool, pauses)
        Premiums(batchLedger)
        ERC2771Context(ERC2771Context(address(consents)).trustedForwarder())
    {
        CONSENTS = consents;
        (COOLDOWN_SECONDS, TOKEN) = (pool.cooldownSeconds(), pool.token());
    }

    /// @inheritdoc IPolicies
    function bind(Quote calldata quote, bytes calldata signature) external returns (uint256 id) {
        require(block.timestamp >= _bindingPausedUntil, BindingPaused(_bindingPausedUntil));
        Terms calldata terms = quote.terms;
        require(_msgSender() == terms.farmer, NotTheFarmer(_msgSender(), terms.farmer));
        bytes memory encoded = TermsBytes.encode(terms);
        (bytes32 termsHash, uint256 maxPerWaterBody) = _requireBindable(terms, encoded);
        _requireSigned(terms.insurer, TermsHash.ofQuote(termsHash, quote.expiresAt), quote.expiresAt, signature);

        _useQuote(terms.insurer, terms.quoteNumber);
        _expose(terms.waterBody, terms.aggregateLimit, maxPerWaterBody);
        id = ++_lastPolicy;
        _takeOver(terms, id);
        _entries[id].bound = Bound({
            termsHash: termsHash,
            waterBody: bytes16(terms.waterBody),
            product: uint32(terms.product),
            aggregateLimit: uint96(terms.aggregateLimit),
            premium: uint96(terms.premium),
            coverFrom: 0,
            endsAt: terms.endsAt,
            premiumDueAt: terms.premiumDueAt,
            runOffSeconds: terms.runOffSeconds,
            ending: Ending.None
        });
        _mint(terms.farmer, id);
        emit PolicyBound(id, terms.farmer, terms.pond, termsHash);
        emit PolicyTerms(id, encoded);
        POOL.lock(terms.aggregateLimit);
    }

    /// @inheritdoc IPolicies
    function lapse(uint256 id) external {
        Entry storage entry = _inState(id, State.Bound);
        require(block.timestamp > entry.bound.premiumDueAt, PremiumStillDue(id, entry.bound.premiumDueAt));

        entry.bound.ending = Ending.Lapsed;
        _giveAllBack(entry);
        emit PolicyLapsed(id);
        _free(entry);
    }

    /// @inheritdoc IPolicies
    function cancel(uint256 id) external {
        require(_msgSender() == ownerOf(id), NotTheFarmer(_msgSender(), ownerOf(id)));
        Entry storage entry = _live(id);
        State now_ = state(id);
        if (now_ == State.Active) return _cut(id, entry);
        require(now_ == State.Bound || now_ == State.Waiting, WrongState(id, now_));

        entry.bound.ending = Ending.Cancelled;
        _giveAllBack(entry);
        emit PolicyCancelled(id, uint40(block.timestamp), entry.refund);
        _free(entry);
    }

    /// @inheritdoc IPolicies
    function endorse(
        uint256 id,
        Terms calldata terms,
        bytes32[] calldata probes,
        uint256 quoteNumber,
        uint40 expiresAt,
        bytes calldata signature
    ) external {
        require(_msgSender() == ownerOf(id), NotTheFarmer(_msgSender(), ownerOf(id)));
        Entry storage entry = _live(id);
        _requireTerms(id, entry, terms);
        bytes memory endorsed = TermsBytes.encode(terms, probes);
        bytes32 next = abi.decode(_askProducts(IProducts.requireEndorsable.selector, endorsed), (bytes32));
        bytes32 before = entry.bound.termsHash;
        bytes32 structHash = TermsHash.ofEndorsement(id, before, next, quoteNumber, expiresAt);
        _requireSigned(terms.insurer, structHash, expiresAt, signature);
        Endorsement[] storage endorsements = _endorsements[id];
        require(endorsements.length < MAX_ENDORSEMENTS, TooManyEndorsements(id));

        _useQuote(terms.insurer, quoteNumber);
        endorsements.push(Endorsement(before, uint40(block.timestamp)));
        entry.bound.termsHash = next;
        emit PolicyEndorsed(id, next, uint40(block.timestamp));
        emit PolicyTerms(id, endorsed);
    }

    /// @inheritdoc IPolicies
    function consentToTransfer(uint256 id, address to) external {
        address insurer = PRODUCTS.insurerOf(_existing(id).bound.product);
        require(msg.sender == insurer, NotTheInsurer(msg.sender, insurer));

        _consents[id] = to;
        emit TransferConsented(id, to);
    }

    /// @inheritdoc IPolicies
    function recover(uint256 id, Terms calldata terms) external {
        _requireTerms(id, _existing(id), terms);
        (address holder, address to) = (ownerOf(id), CONSENTS.farmerOf(terms.pond));
        require(CONSENTS.lostAccountOf(terms.pond) == holder, NotRecovered(id, holder, to));

        _update(to, id, address(0));
    }

    /// @inheritdoc IBindingPause
    function pauseBinding(uint40 until) external {
        require(msg.sender == address(PAUSES), OnlyPauses(msg.sender));

        _bindingPausedUntil = until;
    }

    /// @inheritdoc IPolicies
    function setClaims(address claims) external restricted {
        _setClaims(claims);
    }

    /// @inheritdoc IPolicies
    function termsHashAt(uint256 id, uint48 atMs) external view returns (bytes32) {
        Endorsement[] storage endorsements = _endorsements[id];
        for (uint256 i = 0; i < endorsements.length; ++i) {
            if (atMs < uint256(endorsements[i].endorsedAt) * 1000) return endorsements[i].termsHashBefore;
        }
        return _existing(id).bound.termsHash;
    }

    /// @inheritdoc IPolicies
    function coverOf(bytes32 pond, uint8 metric) external view returns (uint256) {
        return _coverOf[_coverKey(pond, metric)];
    }

    /// @dev A policy moves only with its insurer's consent: the farmer must lose what the pond loses.
    function _update(address to, uint256 id, address auth) internal override returns (address from) {
        from = super._update(to, id, auth);
        if (from == address(0)) return from;
        require(to != address(0) && _consents[id] == to, TransferNeedsConsent(id));
        delete _consents[id];
    }

    /// @dev Cover ends now; the policy runs off.
    function _cut(uint256 id, Entry storage entry) private {
        uint256 refund = entry.paid + entry.reserved > 0
            ? 0
            : PRODUCTS.cancelRefundDown(entry.bound.product, entry.bound.premium, entry.bound.coverFrom, entry.bound.endsAt);
        (entry.bound.ending, entry.bound.endsAt, entry.cancelRefund) = (Ending.Cut, uint40(block.timestamp), uint96(refund));
        emit PolicyCancelled(id, uint40(block.timestamp), refund);
    }

    /// @dev The terms are encoded once, for the event and for the product's rules.
    function _requireBindable(
        Terms calldata terms,
        bytes memory encoded
    ) private view returns (bytes32 termsHash, uint256 maxPerWaterBody) {
        bytes memory answer = _askProducts(IProducts.requireBindable.selector, encoded);
        (termsHash, maxPerWaterBody) = abi.decode(answer, (bytes32, uint256));
        require(terms.token == TOKEN, BadTerms("token"));
        uint256 claimSeconds = uint256(terms.runOffSeconds) +
            MOST_PAUSED_SECONDS +
            terms.challengeSeconds +
            terms.demandSeconds +
            terms.disputeSeconds +
            terms.arbitrationSeconds;
        require(claimSeconds <= COOLDOWN_SECONDS, ClaimsOutlastCooldown(claimSeconds, COOLDOWN_SECONDS));
    }

    /// @dev One cover a pond and metric at a time.
    function _takeOver(Terms calldata terms, uint256 id) private {
        Peril[] calldata perils = terms.perils;
        for (uint256 i = 0; i < perils.length; ++i) {
            bytes32 key = _coverKey(terms.pond, perils[i].metric);
            uint256 before = _coverOf[key];
            require(before == id || !_covers(before), AlreadyCovered(terms.pond, perils[i].metric, before));
            _coverOf[key] = id;
        }
    }

    /// @dev False once a policy is terminal, exhausted, past its end, or beyond being paid for.
    function _covers(uint256 id) private view returns (bool) {
        if (id == 0) return false;
        Entry storage entry = _entries[id];
        if (entry.bound.ending != Ending.None || block.timestamp >= entry.bound.endsAt) return false;
        if (entry.bound.coverFrom == 0) return block.timestamp <= entry.bound.premiumDueAt;
        return entry.paid < entry.bound.aggregateLimit;
    }

    function _coverKey(bytes32 pond, uint8 metric) private pure returns (bytes32) {
        return keccak256(abi.encode(pond, metric));
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
