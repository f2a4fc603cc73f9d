// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IClaims} from "./IClaims.sol";

/// @title One occurrence a claim: how windows join, and what an occurrence pays
/// @notice No evidence, clock or money: a window and its tier come in, an amount goes out.
///         INVARIANT 6: an occurrence pays at most its highest tier, however it is cut, merged or ordered.
abstract contract Occurrences {
    /// @dev Three words. `wanted` is the gross payout less the deductible, `amount` what of it the limits left room for;
    ///      `settled` is the part of `amount` that is final.
    struct Entry {
        uint64 policy;
        uint8 peril;
        IClaims.State state;
        uint48 fromMs;
        uint48 toMs;
        uint16 payoutBps;
        uint40 payableFrom;
        bool needsTwo;
        uint128 wanted;
        uint128 amount;
        uint128 settled;
        uint128 paid;
    }

    /// @dev What one peril of one policy has taken of its sublimit, and its occurrences.
    struct Account {
        uint128 taken;
        uint128 sublimit;
        uint64[] claims;
    }

    /// @param separationMs windows closer than this are one occurrence
    /// @param aggregateLeft what the policy's limit leaves beside everything that is reserved or paid
    struct Award {
        uint256 policy;
        uint8 peril;
        uint48 fromMs;
        uint48 toMs;
        uint16 payoutBps;
        uint256 separationMs;
        uint256 sumInsured;
        uint256 deductible;
        uint256 sublimit;
        uint256 aggregateLeft;
    }

    uint256 internal constant MAX_OCCURRENCES = 32;
    uint256 private constant FULL_BPS = 10_000;

    uint256 private _lastClaim;
    mapping(uint256 claim => Entry) internal _claims;
    mapping(uint256 policy => mapping(uint8 peril => Account)) internal _accounts;

    /// @notice Puts a window into the occurrence it belongs to, which is a new one where none is near. Reverts unless that
    ///      raises what is paid. Everything that the joined claims had settled and paid stays settled and paid.
    /// @return id the occurrence's claim
    /// @return more by how much its amount exceeds what the joined claims had
    function _award(Award memory award) internal returns (uint256 id, uint256 more) {
        Account storage account = _accounts[award.policy][award.peril];
        id = _join(account, award);
        Entry storage entry = _claims[id];
        if (award.payoutBps > entry.payoutBps) entry.payoutBps = award.payoutBps;
        account.sublimit = uint128(award.sublimit);
        entry.wanted = uint128(_payoutDown(award.sumInsured, entry.payoutBps, award.deductible));
        more = _takeMore(account, entry, award.aggregateLeft);
        require(more > 0, IClaims.NothingMoreToPay(id));
        entry.state = IClaims.State.Evaluated;
    }

    /// @dev Raises a claim's amount towards what it wants, as far as the limits allow.
    function _takeMore(
        Account storage account,
        Entry storage entry,
        uint256 aggregateLeft
    ) internal returns (uint256 more) {
        (uint256 wanted, uint256 amount) = (entry.wanted, entry.amount);
        if (wanted <= amount) return 0;
        more = Math.min(wanted - amount, Math.min(account.sublimit - account.taken, aggregateLeft));
        entry.amount = uint128(amount + more);
        account.taken += uint128(more);
    }

    /// @dev Gross payout less deductible, in favour of the pool: one division, last.
    function _payoutDown(uint256 sumInsured, uint256 payoutBps, uint256 deductible) private pure returns (uint256) {
        uint256 gross = Math.mulDiv(sumInsured, payoutBps, FULL_BPS);
        return gross > deductible ? gross - deductible : 0;
    }

    /// @dev The claim that the window belongs to: the first one near it, into which any other near it is merged. Claims
    ///      of a peril lie at least `separationMs` apart, so what is near their union was near the window.
    function _join(Account storage account, Award memory award) private returns (uint256 id) {
        (uint256 fromMs, uint256 toMs) = (award.fromMs, award.toMs);
        uint256 i = 0;
        while (i < account.claims.length) {
            uint256 other = account.claims[i];
            Entry storage near = _claims[other];
            bool apart = near.fromMs >= award.toMs + award.separationMs ||
                award.fromMs >= near.toMs + award.separationMs;
            if (apart) {
                ++i;
                continue;
            }
            fromMs = Math.min(fromMs, near.fromMs);
            toMs = Math.max(toMs, near.toMs);
            if (id == 0) {
                id = other;
                ++i;
            } else {
                _merge(other, id);
                account.claims[i] = account.claims[account.claims.length - 1];
                account.claims.pop();
            }
        }
        if (id == 0) id = _open(account, award);
        (_claims[id].fromMs, _claims[id].toMs) = (uint48(fromMs), uint48(toMs));
    }

    function _open(Account storage account, Award memory award) private returns (uint256 id) {
        require(account.claims.length < MAX_OCCURRENCES, IClaims.TooManyOccurrences(award.policy));
        id = ++_lastClaim;
        account.claims.push(uint64(id));
        (_claims[id].policy, _claims[id].peril) = (uint64(award.policy), award.peril);
    }

    function _merge(uint256 from, uint256 into) private {
        Entry storage gone = _claims[from];
        Entry storage entry = _claims[into];
        entry.amount += gone.amount;
        entry.settled += gone.settled;
        entry.paid += gone.paid;
        if (gone.payoutBps > entry.payoutBps) entry.payoutBps = gone.payoutBps;
        (gone.amount, gone.settled, gone.paid, gone.wanted) = (0, 0, 0, 0);
        gone.state = IClaims.State.Merged;
        emit IClaims.ClaimsMerged(from, into);
    }
}
