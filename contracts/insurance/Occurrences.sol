// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IClaims} from "./IClaims.sol";

/// @title One occurrence a claim: how windows join, and what an occurrence pays
/// @notice No evidence, clock or money: a window and its tier come in, an amount goes out.
///         INVARIANT 6: an occurrence pays at most its highest tier, however it is cut, merged or ordered.
abstract contract Occurrences {
    /// @dev Four words. `wanted` is the gross payout less the deductible, `amount` what of it the limits left room for;
    ///      `settled` is the part of `amount` that is final, by the tier `settledBps`.
    struct Entry {
        uint64 policy;
        uint8 peril;
        IClaims.State state;
        uint48 fromMs;
        uint48 toMs;
        uint16 payoutBps;
        uint40 payableFrom;
        IClaims.Ground ground;
        uint16 settledBps;
        uint128 wanted;
        uint128 amount;
        uint128 settled;
        uint128 paid;
        IClaims.Basis basis;
    }

    /// @dev What one peril of one policy has taken of its sublimit, and its occurrences: the first, which is mostly the
    ///      only one, in the same word.
    struct Account {
        uint128 taken;
        uint64 count;
        uint64 first;
        mapping(uint256 at => uint64) others;
    }

    /// @param separationMs windows closer than this are one occurrence
    /// @param aggregateLeft what the policy's limit leaves beside everything that is reserved or paid
    /// @param sound anchored in time, and of no suspect stream
    /// @param raw from signed frames alone
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
        bool sound;
        bool raw;
    }

    uint256 internal constant MAX_OCCURRENCES = 32;
    uint256 internal constant FULL_BPS = 10_000;

    mapping(uint256 claim => Entry) internal _claims;
    mapping(uint256 policy => mapping(uint8 peril => Account)) internal _accounts;
    /// @dev The last here, so that it shares a word with what a contract that inherits declares first.
    uint64 private _lastClaim;

    /// @notice Puts a window into the occurrence it belongs to, which is a new one where none is near. Reverts unless that
    ///      raises the tier and what is paid. Everything that the joined claims had settled and paid stays settled and
    ///      paid; what of them rested on evidence that fell, or that this one betters, gives way.
    /// @return id the occurrence's claim, whose state is the caller's to set
    /// @return more by how much its amount exceeds what the joined claims had
    /// @return less by how much what the joined claims had gives way
    function _award(Award memory award) internal returns (uint256 id, uint256 more, uint256 less) {
        Account storage account = _accounts[award.policy][award.peril];
        (id, less) = _join(account, award);
        Entry storage entry = _claims[id];
        require(award.payoutBps > entry.payoutBps, IClaims.NothingMoreToPay(id));
        require(award.sound || entry.state != IClaims.State.Evaluated, IClaims.SoundEvaluationWaits(id));
        entry.payoutBps = award.payoutBps;
        entry.wanted = uint128(_payoutDown(award.sumInsured, award.payoutBps, award.deductible));
        more = _takeMore(account, entry, award.sublimit, award.aggregateLeft + less);
        require(more > 0, IClaims.NothingMoreToPay(id));
    }

    /// @dev Raises a claim's amount towards what it wants, as far as the limits allow.
    function _takeMore(
        Account storage account,
        Entry storage entry,
        uint256 sublimit,
        uint256 aggregateLeft
    ) internal returns (uint256 more) {
        (uint256 wanted, uint256 amount) = (entry.wanted, entry.amount);
        if (wanted <= amount) return 0;
        more = Math.min(wanted - amount, Math.min(sublimit - account.taken, aggregateLeft));
        entry.amount = uint128(amount + more);
        account.taken += uint128(more);
    }

    /// @dev Takes a claim back to what is final of it.
    function _dropToSettled(Account storage account, Entry storage entry) internal returns (uint256 less) {
        less = entry.amount - entry.settled;
        (entry.amount, entry.wanted, entry.payoutBps) = (entry.settled, entry.settled, entry.settledBps);
        account.taken -= uint128(less);
    }

    /// @dev Gross payout less deductible, in favour of the pool: one division, last.
    function _payoutDown(uint256 sumInsured, uint256 payoutBps, uint256 deductible) internal pure returns (uint256) {
        uint256 gross = Math.mulDiv(sumInsured, payoutBps, FULL_BPS);
        return gross > deductible ? gross - deductible : 0;
    }

    /// @dev A new claim, in no state yet.
    function _open(Account storage account, uint256 policy, uint8 peril) internal returns (uint256 id) {
        uint256 count = account.count;
        require(count < MAX_OCCURRENCES, IClaims.TooManyOccurrences(policy));
        id = ++_lastClaim;
        _put(account, count, uint64(id));
        account.count = uint64(count + 1);
        (_claims[id].policy, _claims[id].peril) = (uint64(policy), peril);
    }

    function _at(Account storage account, uint256 i) internal view returns (uint64) {
        return i == 0 ? account.first : account.others[i];
    }

    /// @dev Called for a claim that became a part of another one, or whose evidence gave way: nothing stands against it.
    function _becameMoot(uint256 id) internal virtual;

    /// @dev True where somebody's bond stands against a claim.
    function _isContested(Entry storage entry) internal view returns (bool) {
        return entry.state == IClaims.State.Disputed && _isGroundOfParties(entry.ground);
    }

    function _isGroundOfParties(IClaims.Ground ground) internal pure returns (bool) {
        return ground >= IClaims.Ground.Numbers && ground <= IClaims.Ground.Cause;
    }

    function _put(Account storage account, uint256 i, uint64 id) private {
        if (i == 0) account.first = id;
        else account.others[i] = id;
    }

    /// @dev The last one takes the place.
    function _remove(Account storage account, uint256 i) private {
        uint64 last = account.count - 1;
        _put(account, i, _at(account, last));
        account.count = last;
    }

    /// @dev The claim that the window belongs to, into which any other near it is merged: one that is contested where
    ///      there is one, else the first. Claims of a peril lie at least `separationMs` apart, so what is near their union
    ///      was near the window.
    function _join(Account storage account, Award memory award) private returns (uint256 id, uint256 less) {
        id = _survivor(account, award);
        if (id == 0) id = _open(account, award.policy, award.peril);
        Entry storage entry = _claims[id];
        (uint256 fromMs, uint256 toMs) = (award.fromMs, award.toMs);
        uint256 i = 0;
        while (i < account.count) {
            uint256 other = _at(account, i);
            Entry storage near = _claims[other];
            if (near.state == IClaims.State.None || _isApart(near, award)) {
                ++i;
                continue;
            }
            bool rejected = near.state == IClaims.State.Rejected;
            if (rejected) {
                require(near.ground != IClaims.Ground.Ruled, IClaims.RuledByTheArbiter(other));
                require(award.raw, IClaims.NeedsRawProof(other));
            } else {
                fromMs = Math.min(fromMs, near.fromMs);
                toMs = Math.max(toMs, near.toMs);
                if (_givesWay(near, award)) less += _dropToSettled(account, near);
                if (other != id) _merge(other, id);
            }
            if (other == id) {
                ++i;
                continue;
            }
            _remove(account, i);
        }
        (entry.fromMs, entry.toMs) = (uint48(fromMs), uint48(toMs));
    }

    function _survivor(Account storage account, Award memory award) private view returns (uint256 id) {
        for (uint256 i = 0; i < account.count; ++i) {
            uint256 other = _at(account, i);
            Entry storage near = _claims[other];
            if (near.state == IClaims.State.Rejected || _isApart(near, award)) continue;
            if (_isContested(near)) return other;
            if (id == 0) id = other;
        }
    }

    function _isApart(Entry storage near, Award memory award) private view returns (bool) {
        return
            near.fromMs >= award.toMs + award.separationMs || award.fromMs >= near.toMs + award.separationMs;
    }

    /// @dev What was reopened has nothing to rest on; what was late or suspect gives way to sound evidence.
    function _givesWay(Entry storage near, Award memory award) private view returns (bool) {
        if (near.state == IClaims.State.Reopened) return true;
        IClaims.Ground ground = near.ground;
        bool unsound = ground == IClaims.Ground.Late || ground == IClaims.Ground.Suspect;
        return award.sound && near.state == IClaims.State.Disputed && unsound;
    }

    function _merge(uint256 from, uint256 into) private {
        Entry storage gone = _claims[from];
        Entry storage entry = _claims[into];
        entry.amount += gone.amount;
        entry.settled += gone.settled;
        entry.paid += gone.paid;
        if (gone.payoutBps > entry.payoutBps) entry.payoutBps = gone.payoutBps;
        if (gone.settledBps > entry.settledBps) entry.settledBps = gone.settledBps;
        if (gone.ground == IClaims.Ground.Ruled) entry.ground = _heavier(entry.ground);
        (gone.amount, gone.settled, gone.paid, gone.wanted) = (0, 0, 0, 0);
        gone.state = IClaims.State.Merged;
        _becameMoot(from);
        emit IClaims.ClaimsMerged(from, into);
    }

    /// @dev What an arbiter ruled on once goes to him again, unless it is before him anyway.
    function _heavier(IClaims.Ground ground) private pure returns (IClaims.Ground) {
        return _isGroundOfParties(ground) ? ground : IClaims.Ground.Ruled;
    }
}
