// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";
import {IBatchLedger} from "../evidence/IBatchLedger.sol";
import {IPolicies} from "./IPolicies.sol";
import {PolicyBook} from "./PolicyBook.sol";
import {Terms} from "./Terms.sol";

/// @title The premium: who paid which part, what goes back to whom, what is earned
/// @notice INVARIANT 7: Σ premium in = fees + pool + refunds, to the last unit. Until a policy is over its premium is
///         unearned; then each payer's part of the refund is fixed, and the rest is the pool's and the provider's.
abstract contract Premiums is PolicyBook {
    using BitMaps for BitMaps.BitMap;

    /// @notice Whose silence is an outage.
    IBatchLedger public immutable BATCH_LEDGER;

    mapping(uint256 policy => mapping(address payer => uint256)) private _premiumOf;
    mapping(uint256 policy => BitMaps.BitMap) private _outagesCounted;

    constructor(IBatchLedger batchLedger) {
        BATCH_LEDGER = batchLedger;
    }

    /// @inheritdoc IPolicies
    function payPremium(uint256 id, Terms calldata terms, uint256 amount) external {
        Entry storage entry = _inState(id, State.Bound);
        _requireTerms(id, entry, terms);
        require(block.timestamp <= entry.bound.premiumDueAt, PremiumOverdue(id, entry.bound.premiumDueAt));
        uint256 due = entry.bound.premium - entry.premiumPaid;
        require(amount <= due, TooMuchPremium(amount, due));

        entry.premiumPaid += uint96(amount);
        _premiumOf[id][msg.sender] += amount;
        emit PremiumPaid(id, msg.sender, amount, entry.premiumPaid);
        if (amount == due) {
            uint256 from = Math.max(block.timestamp, terms.startsAt);
            entry.bound.coverFrom = uint40(from + terms.waitSeconds);
            emit CoverStarts(id, entry.bound.coverFrom);
        }
        POOL.takePremium(msg.sender, amount);
    }

    /// @inheritdoc IPolicies
    function refundOutage(uint256 id, Terms calldata terms, uint256 batch) external {
        Entry storage entry = _live(id);
        _requireTerms(id, entry, terms);
        require(entry.bound.coverFrom > 0, WrongState(id, State.Bound));
        require(!_outagesCounted[id].get(batch), OutageCounted(id, batch));
        (uint256 from, uint256 to) = _outage(id, entry, terms.anchorWithinSeconds, batch);

        _outagesCounted[id].set(batch);
        uint256 amount = PRODUCTS.premiumDown(entry.bound.product, entry.bound.premium, from, to, entry.bound.coverFrom, terms.endsAt);
        entry.refund += uint96(amount);
        emit OutageRefunded(id, batch, to - from, amount);
    }

    /// @inheritdoc IPolicies
    function returnPremium(uint256 id, address payer) external {
        Entry storage entry = _existing(id);
        require(entry.bound.ending > Ending.Cut, WrongState(id, state(id)));
        uint256 part = _premiumOf[id][payer];
        require(part > 0 && entry.refund > 0, NothingToReturn(id, payer));

        // Differences of one rounded sum: whoever comes when, all parts together are the refund, to the last unit.
        (uint256 served, uint256 refund) = (entry.premiumServed, entry.refund);
        uint256 amount = Math.mulDiv(refund, served + part, entry.premiumPaid) -
            Math.mulDiv(refund, served, entry.premiumPaid);
        delete _premiumOf[id][payer];
        entry.premiumServed = uint96(served + part);
        emit PremiumReturned(id, payer, amount);
        POOL.returnPremium(payer, amount);
    }

    /// @inheritdoc IPolicies
    function premiumOf(uint256 id, address payer) external view returns (uint256) {
        return _premiumOf[id][payer];
    }

    /// @dev All that was paid goes back.
    function _giveAllBack(Entry storage entry) internal {
        entry.refund = entry.premiumPaid;
    }

    /// @dev The provider's fee is taken of what is kept, the rest is the pool's.
    function _shareOut(uint256 id, Entry storage entry) internal override {
        uint256 refund = uint256(entry.refund) + entry.cancelRefund;
        uint256 kept = entry.bound.premium - refund;
        (address provider, uint256 fee) = PRODUCTS.feeDown(entry.bound.product, kept);

        (entry.refund, entry.cancelRefund) = (uint96(refund), 0);
        emit PolicyClosed(id, kept - fee, fee, refund);
        POOL.earnPremium(kept - fee, provider, fee);
    }

    /// @dev The covered part of what the time between two batches exceeds the terms' `withinSeconds` by.
    function _outage(
        uint256 id,
        Entry storage entry,
        uint256 withinSeconds,
        uint256 batch
    ) private view returns (uint256 from, uint256 to) {
        from = batch == 0 ? entry.bound.coverFrom : BATCH_LEDGER.batch(batch).anchoredAt;
        require(from > 0, NoOutage(id, batch));
        to = BATCH_LEDGER.batch(batch + 1).anchoredAt;
        if (to == 0) {
            require(block.timestamp >= entry.bound.endsAt, OutageNotOver(id, batch));
            to = entry.bound.endsAt;
        }
        (from, to) = (Math.max(from + withinSeconds, entry.bound.coverFrom), Math.min(to, entry.bound.endsAt));
        require(from < to, NoOutage(id, batch));
    }
}
