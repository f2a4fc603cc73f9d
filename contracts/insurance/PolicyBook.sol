// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IPauses} from "../access/IPauses.sol";
import {IPolicies} from "./IPolicies.sol";
import {IPool} from "./IPool.sol";
import {IProducts} from "./IProducts.sol";
import {Terms} from "./Terms.sol";
import {TermsBytes} from "./TermsBytes.sol";

/// @title What is kept of each policy, its state, and what claims take of it
/// @notice INVARIANT 3: paid + reserved ≤ aggregateLimit. INVARIANT 4: what is locked at bind = paid + released when
///         terminal. INVARIANT 5: a terminal policy never changes.
abstract contract PolicyBook is IPolicies {
    enum Ending {
        None,
        Cut, // cancelled while covered: runs off from there
        Lapsed,
        Cancelled,
        Closed
    }

    /// @dev Three words, written at once. `endsAt` is when the policy was cancelled, where it was. `waterBody` is cut to
    ///      half: nobody gains by a collision.
    struct Bound {
        bytes32 termsHash;
        bytes16 waterBody;
        uint32 product;
        uint96 aggregateLimit;
        uint96 premium;
        uint40 coverFrom;
        uint40 endsAt;
        uint40 premiumDueAt;
        uint32 runOffSeconds;
        Ending ending;
    }

    /// @dev What begins with the premium, with claims and with refunds. `premiumServed` are the parts of the premium whose
    ///      payers got back what is theirs.
    struct Entry {
        Bound bound;
        uint96 premiumPaid;
        uint96 premiumServed;
        uint128 reserved;
        uint128 paid;
        uint96 refund;
        uint96 cancelRefund;
        uint96 auditTaken;
    }

    /// @notice The products that may be bound.
    IProducts public immutable PRODUCTS;
    /// @notice The pool whose capital backs the policies.
    IPool public immutable POOL;
    /// @notice What may be paused, which moves the deadlines of claims.
    IPauses public immutable PAUSES;

    mapping(uint256 policy => Entry) internal _entries;

    /// @dev Set once: no other contract ever reserves or pays under these policies.
    address private _claims;
    mapping(bytes16 waterBody => uint256) private _exposures;

    modifier onlyClaims() {
        require(msg.sender == _claims, OnlyClaims(msg.sender));
        _;
    }

    constructor(IProducts products, IPool pool, IPauses pauses) {
        PRODUCTS = products;
        POOL = pool;
        PAUSES = pauses;
    }

    /// @inheritdoc IPolicies
    function close(uint256 id) external {
        Entry storage entry = _existing(id);
        State now_ = state(id);
        require(now_ == State.Ended || now_ == State.Exhausted, WrongState(id, now_));
        require(entry.reserved == 0, OpenClaims(id, entry.reserved));

        entry.bound.ending = Ending.Closed;
        if (entry.paid > 0) entry.cancelRefund = 0;
        _shareOut(id, entry);
        _free(entry);
    }

    /// @inheritdoc IPolicies
    function reserve(uint256 id, uint256 amount) external onlyClaims {
        _reserve(id, amount);
    }

    /// @inheritdoc IPolicies
    function release(uint256 id, uint256 amount) external onlyClaims {
        _unreserve(id, amount);
    }

    /// @inheritdoc IPolicies
    function reserveAudit(uint256 id, uint256 amount, uint256 auditSublimit) external onlyClaims {
        uint256 taken = _entries[id].auditTaken;
        require(taken + amount <= auditSublimit, OverAuditSublimit(amount, auditSublimit - taken));

        _entries[id].auditTaken = uint96(taken + amount);
        _reserve(id, amount);
    }

    /// @inheritdoc IPolicies
    function releaseAudit(uint256 id, uint256 amount) external onlyClaims {
        _entries[id].auditTaken -= uint96(amount);
        _unreserve(id, amount);
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
                termsHash: entry.bound.termsHash,
                product: entry.bound.product,
                insurer: PRODUCTS.insurerOf(entry.bound.product),
                coverFrom: entry.bound.coverFrom,
                endsAt: entry.bound.endsAt,
                premiumDueAt: entry.bound.premiumDueAt,
                runOffSeconds: entry.bound.runOffSeconds,
                terminal: entry.bound.ending > Ending.Cut,
                cancelled: entry.bound.ending == Ending.Cut || entry.bound.ending == Ending.Cancelled,
                aggregateLimit: entry.bound.aggregateLimit,
                premium: entry.bound.premium,
                premiumPaid: entry.premiumPaid,
                reserved: entry.reserved,
                paid: entry.paid,
                auditTaken: entry.auditTaken,
                refund: entry.refund,
                cancelRefund: entry.cancelRefund
            });
    }

    /// @inheritdoc IPolicies
    function coverTimes(uint256 id) external view returns (uint40 coverFrom, uint40 endsAt) {
        Entry storage entry = _entries[id];
        require(entry.bound.endsAt > 0, UnknownPolicy(id));
        return (entry.bound.coverFrom, entry.bound.endsAt);
    }

    /// @inheritdoc IPolicies
    function aggregateLeft(uint256 id) public view returns (uint256) {
        Entry storage entry = _entries[id];
        return entry.bound.aggregateLimit - entry.paid - entry.reserved;
    }

    /// @inheritdoc IPolicies
    function claimableUntil(uint256 id) public view returns (uint256) {
        Entry storage entry = _existing(id);
        return PAUSES.deadline(IPauses.Act.Prove, entry.bound.endsAt, entry.bound.runOffSeconds);
    }

    /// @inheritdoc IPolicies
    function exposureOf(bytes32 waterBody) external view returns (uint256) {
        return _exposures[bytes16(waterBody)];
    }

    /// @inheritdoc IPolicies
    function state(uint256 id) public view returns (State) {
        Entry storage entry = _entries[id];
        if (entry.bound.termsHash == bytes32(0)) return State.None;
        if (entry.bound.ending == Ending.Lapsed) return State.Lapsed;
        if (entry.bound.ending == Ending.Cancelled) return State.Cancelled;
        if (entry.bound.ending == Ending.Closed) return State.Closed;
        if (entry.bound.coverFrom == 0) return State.Bound;
        if (entry.paid == entry.bound.aggregateLimit) return State.Exhausted;
        if (block.timestamp < entry.bound.coverFrom) return State.Waiting;
        if (block.timestamp < entry.bound.endsAt) return State.Active;
        if (block.timestamp > claimableUntil(id)) return State.Ended;
        return entry.bound.ending == Ending.Cut ? State.Cancelled : State.RunOff;
    }

    /// @dev Names the claims contract, for good.
    function _setClaims(address claims) internal {
        require(_claims == address(0), ClaimsAlreadySet(_claims));

        _claims = claims;
        emit ClaimsSet(claims);
    }

    /// @dev What the policies of a water body may need together grows, up to the product's cap: what dies together must
    ///      not ruin the pool.
    function _expose(bytes32 waterBody, uint256 amount, uint256 most) internal {
        uint256 exposure = _exposures[bytes16(waterBody)] + amount;
        require(exposure <= most, WaterBodyFull(waterBody, exposure, most));
        _exposures[bytes16(waterBody)] = exposure;
    }

    /// @dev Frees what a policy that is over did not pay.
    function _free(Entry storage entry) internal {
        _exposures[entry.bound.waterBody] -= entry.bound.aggregateLimit;
        uint256 unused = entry.bound.aggregateLimit - entry.paid;
        if (unused > 0) POOL.release(unused);
    }

    /// @dev Says what of the premium of a policy that is closed goes back, and what is earned.
    function _shareOut(uint256 id, Entry storage entry) internal virtual;

    /// @dev A call whose only argument are terms, encoded by `TermsBytes`.
    function _askProducts(bytes4 selector, bytes memory encodedTerms) internal view returns (bytes memory) {
        return Address.functionStaticCall(address(PRODUCTS), bytes.concat(selector, encodedTerms));
    }

    /// @dev The terms are passed in again, and must be those of the policy.
    function _requireTerms(uint256 id, Entry storage entry, Terms calldata terms) internal view {
        bytes memory answer = _askProducts(IProducts.hashTerms.selector, TermsBytes.encode(terms));
        require(abi.decode(answer, (bytes32)) == entry.bound.termsHash, WrongTerms(id));
    }

    function _existing(uint256 id) internal view returns (Entry storage entry) {
        entry = _entries[id];
        require(entry.bound.termsHash != bytes32(0), UnknownPolicy(id));
    }

    function _live(uint256 id) internal view returns (Entry storage entry) {
        entry = _existing(id);
        require(entry.bound.ending <= Ending.Cut, PolicyOver(id));
    }

    function _inState(uint256 id, State wanted) internal view returns (Entry storage entry) {
        State now_ = state(id);
        require(now_ == wanted, WrongState(id, now_));
        entry = _entries[id];
    }

    function _reserve(uint256 id, uint256 amount) private {
        Entry storage entry = _live(id);
        uint256 left = aggregateLeft(id);
        require(amount <= left, OverAggregate(amount, left));

        entry.reserved += uint128(amount);
        POOL.reserve(amount);
    }

    function _unreserve(uint256 id, uint256 amount) private {
        Entry storage entry = _existing(id);
        require(amount <= entry.reserved, MoreThanReserved(amount, entry.reserved));

        entry.reserved -= uint128(amount);
        POOL.unreserve(amount);
    }
}
