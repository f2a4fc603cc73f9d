// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IPauses} from "../access/IPauses.sol";
import {IBatchLedger} from "../evidence/IBatchLedger.sol";
import {IPolicies} from "./IPolicies.sol";
import {IPool} from "./IPool.sol";
import {IProducts} from "./IProducts.sol";
import {PolicyBook} from "./PolicyBook.sol";
import {Premiums} from "./Premiums.sol";
import {QuoteBook} from "./QuoteBook.sol";
import {Peril, Quote, Terms} from "./Terms.sol";
import {TermsHash} from "./TermsHash.sol";

/// @title Policies: from the insurer's signature to the end of run-off
/// @notice INVARIANT 10: from every state, time and anybody's call reach a terminal state: `lapse` what is not paid for,
///         `close` what has run off or is exhausted.
contract Policies is Premiums, QuoteBook, ERC721 {
    /// @dev What was in force until `endorsedAt`.
    struct Endorsement {
        bytes32 termsHashBefore;
        uint40 endorsedAt;
    }

    uint256 private constant MAX_ENDORSEMENTS = 16;

    /// @dev Pauses may move the end of run-off by as much as this and a little more.
    uint256 private constant MOST_PAUSED_SECONDS = 14 days;

    uint256 private immutable COOLDOWN_SECONDS;

    uint256 private _lastPolicy;
    mapping(uint256 policy => address) private _consents;
    mapping(bytes32 pondAndMetric => uint256 policy) private _coverOf;
    mapping(uint256 policy => Endorsement[]) private _endorsements;

    constructor(
        address initialAuthority,
        IProducts products,
        IPool pool,
        IPauses pauses,
        IBatchLedger batchLedger
    )
        ERC721("Pondproof policy", "POND")
        EIP712("Pondproof", "1")
        AccessManaged(initialAuthority)
        PolicyBook(products, pool, pauses)
        Premiums(batchLedger)
    {
        COOLDOWN_SECONDS = pool.cooldownSeconds();
    }

    /// @inheritdoc IPolicies
    function bind(Quote calldata quote, bytes calldata signature) external returns (uint256 id) {
        PAUSES.requireRunning(IPauses.Act.Bind);
        Terms calldata terms = quote.terms;
        require(msg.sender == terms.farmer, NotTheFarmer(msg.sender, terms.farmer));
        bytes memory encoded = abi.encode(terms);
        (bytes32 termsHash, uint256 maxPerWaterBody) = _requireBindable(terms, encoded);
        _requireSigned(terms.insurer, TermsHash.ofQuote(termsHash, quote.expiresAt), quote.expiresAt, signature);

        _useQuote(terms.insurer, terms.quoteNumber);
        _expose(terms.waterBody, terms.aggregateLimit, maxPerWaterBody);
        id = ++_lastPolicy;
        _takeOver(terms, id);
        Entry storage entry = _entries[id];
        entry.termsHash = termsHash;
        (entry.waterBody, entry.product) = (bytes16(terms.waterBody), uint32(terms.product));
        (entry.aggregateLimit, entry.premium) = (uint96(terms.aggregateLimit), uint96(terms.premium));
        (entry.endsAt, entry.premiumDueAt) = (terms.endsAt, terms.premiumDueAt);
        entry.runOffSeconds = terms.runOffSeconds;
        _mint(terms.farmer, id);
        emit PolicyBound(id, terms.farmer, terms.pond, termsHash);
        emit PolicyTerms(id, encoded);
        POOL.lock(terms.aggregateLimit);
    }

    /// @inheritdoc IPolicies
    function lapse(uint256 id) external {
        Entry storage entry = _inState(id, State.Bound);
        require(block.timestamp > entry.premiumDueAt, PremiumStillDue(id, entry.premiumDueAt));

        entry.ending = Ending.Lapsed;
        _giveAllBack(entry);
        emit PolicyLapsed(id);
        _free(entry);
    }

    /// @inheritdoc IPolicies
    function cancel(uint256 id) external {
        require(msg.sender == ownerOf(id), NotTheFarmer(msg.sender, ownerOf(id)));
        Entry storage entry = _live(id);
        State now_ = state(id);
        if (now_ == State.Active) return _cut(id, entry);
        require(now_ == State.Bound || now_ == State.Waiting, WrongState(id, now_));

        entry.ending = Ending.Cancelled;
        _giveAllBack(entry);
        emit PolicyCancelled(id, uint40(block.timestamp), entry.refund);
        _free(entry);
    }

    /// @inheritdoc IPolicies
    function endorse(
        uint256 id,
        Terms calldata endorsed,
        bytes32[] calldata replaced,
        uint256 quoteNumber,
        uint40 expiresAt,
        bytes calldata signature
    ) external {
        require(msg.sender == ownerOf(id), NotTheFarmer(msg.sender, ownerOf(id)));
        Entry storage entry = _live(id);
        (bytes32 before, bytes32 next) = PRODUCTS.requireEndorsable(endorsed, replaced);
        require(entry.termsHash == before, OnlyProbesMayDiffer(id));
        bytes32 structHash = TermsHash.ofEndorsement(id, before, next, quoteNumber, expiresAt);
        _requireSigned(endorsed.insurer, structHash, expiresAt, signature);
        Endorsement[] storage endorsements = _endorsements[id];
        require(endorsements.length < MAX_ENDORSEMENTS, TooManyEndorsements(id));

        _useQuote(endorsed.insurer, quoteNumber);
        endorsements.push(Endorsement(before, uint40(block.timestamp)));
        entry.termsHash = next;
        emit PolicyEndorsed(id, next, uint40(block.timestamp));
        emit PolicyTerms(id, abi.encode(endorsed));
    }

    /// @inheritdoc IPolicies
    function consentToTransfer(uint256 id, address to) external {
        address insurer = PRODUCTS.insurerOf(_existing(id).product);
        require(msg.sender == insurer, NotTheInsurer(msg.sender, insurer));

        _consents[id] = to;
        emit TransferConsented(id, to);
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
        return _existing(id).termsHash;
    }

    /// @inheritdoc IPolicies
    function coverOf(bytes32 pond, uint8 metric) external view returns (uint256) {
        return _coverOf[_coverKey(pond, metric)];
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

    /// @dev Cover ends now; the policy runs off.
    function _cut(uint256 id, Entry storage entry) private {
        uint256 refund = entry.paid + entry.reserved > 0
            ? 0
            : PRODUCTS.cancelRefundDown(entry.product, entry.premium, entry.coverFrom, entry.endsAt);
        (entry.ending, entry.endsAt, entry.cancelRefund) = (Ending.Cut, uint40(block.timestamp), uint96(refund));
        emit PolicyCancelled(id, uint40(block.timestamp), refund);
    }

    /// @dev The terms are encoded once, for the event and for the products' rules.
    function _requireBindable(
        Terms calldata terms,
        bytes memory encoded
    ) private view returns (bytes32 termsHash, uint256 maxPerWaterBody) {
        bytes memory call = bytes.concat(IProducts.requireBindable.selector, encoded);
        bytes memory result = Address.functionStaticCall(address(PRODUCTS), call);
        (termsHash, maxPerWaterBody) = abi.decode(result, (bytes32, uint256));
        require(terms.token == POOL.token(), BadTerms("token"));
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
        if (entry.ending != Ending.None || block.timestamp >= entry.endsAt) return false;
        if (entry.coverFrom == 0) return block.timestamp <= entry.premiumDueAt;
        return entry.paid < entry.aggregateLimit;
    }

    function _coverKey(bytes32 pond, uint8 metric) private pure returns (bytes32) {
        return keccak256(abi.encode(pond, metric));
    }
}
