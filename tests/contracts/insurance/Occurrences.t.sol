// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IClaims} from "../../../contracts/insurance/IClaims.sol";
import {Occurrences} from "../../../contracts/insurance/Occurrences.sol";
import {Spec} from "../Spec.sol";

/// @notice Occurrences with the policy's limit beside them, as the claims contract has it.
contract OpenOccurrences is Occurrences {
    uint256 internal constant SUM = 1_000_000;
    uint256 internal constant SEPARATION_MS = 100;

    uint256 public immutable DEDUCTIBLE;
    uint256 public immutable SUBLIMIT;
    uint256 public aggregate;
    uint256 public reserved;
    uint256 public paid;

    constructor(uint256 deductible, uint256 sublimit, uint256 limit) {
        (DEDUCTIBLE, SUBLIMIT, aggregate) = (deductible, sublimit, limit);
    }

    function award(uint48 fromMs, uint48 toMs, uint16 payoutBps) public returns (uint256 id) {
        uint256 more;
        uint256 less;
        (id, more, less) = _award(
            Award({
                policy: 1,
                peril: 0,
                fromMs: fromMs,
                toMs: toMs,
                payoutBps: payoutBps,
                separationMs: SEPARATION_MS,
                sumInsured: SUM,
                deductible: DEDUCTIBLE,
                sublimit: SUBLIMIT,
                aggregateLeft: aggregate - paid - reserved,
                sound: true,
                raw: false
            })
        );
        _claims[id].state = IClaims.State.Evaluated;
        reserved = reserved + more - less;
    }

    function entryOf(uint256 id) public view returns (Entry memory) {
        return _claims[id];
    }

    function ids() public view returns (uint64[] memory all) {
        all = new uint64[](_accounts[1][0].count);
        for (uint256 i = 0; i < all.length; ++i) all[i] = _at(_accounts[1][0], i);
    }

    function taken() public view returns (uint256) {
        return _accounts[1][0].taken;
    }

    function settle(uint256 id) public returns (uint256 more) {
        Entry storage entry = _claims[id];
        more = _takeMore(_accounts[1][0], entry, SUBLIMIT, aggregate - paid - reserved);
        reserved += more;
        (entry.settled, entry.settledBps) = (entry.amount, entry.payoutBps);
        entry.state = IClaims.State.Payable;
    }

    /// @dev Stands for room that another claim gives back.
    function widen(uint256 by) public {
        aggregate += by;
    }

    function collect(uint256 id) public {
        Entry storage entry = _claims[id];
        uint128 due = entry.settled - entry.paid;
        entry.paid = entry.settled;
        if (entry.state == IClaims.State.Payable) entry.state = IClaims.State.Paid;
        reserved -= due;
        paid += due;
    }

    function _becameMoot(uint256) internal override {}

    function wantedOf(uint16 payoutBps) public view returns (uint256) {
        uint256 gross = (SUM * payoutBps) / 10_000;
        return gross > DEDUCTIBLE ? gross - DEDUCTIBLE : 0;
    }
}

/// @notice Windows of every length and tier anywhere on a short line of time, settled and collected in between.
contract OccurrencesHandler is Spec {
    OpenOccurrences public immutable BOOK;
    uint16[4] private _tiers = [1000, 4000, 7000, 10_000];

    constructor(OpenOccurrences book) {
        BOOK = book;
    }

    function prove(uint16 place, uint8 length, uint8 tier) external {
        uint48 fromMs = uint48(fold(place, 0, 3000));
        uint256 paidBefore = BOOK.paid();
        uint256 reservedBefore = BOOK.reserved();
        try BOOK.award(fromMs, fromMs + length, _tiers[tier % 4]) {
            isTrue(BOOK.reserved() > reservedBefore, "an award reserves more");
        } catch (bytes memory reason) {
            bool known = bytes4(reason) == IClaims.NothingMoreToPay.selector ||
                bytes4(reason) == IClaims.TooManyOccurrences.selector;
            isTrue(known, "refused for a known reason");
            same(BOOK.reserved(), reservedBefore, "a refusal changes nothing");
        }
        same(BOOK.paid(), paidBefore, "proving pays nothing");
    }

    function settle(uint8 which) external {
        uint64[] memory ids = BOOK.ids();
        if (ids.length > 0) BOOK.settle(ids[which % ids.length]);
    }

    function collect(uint8 which) external {
        uint64[] memory ids = BOOK.ids();
        if (ids.length > 0) BOOK.collect(ids[which % ids.length]);
    }
}

abstract contract OccurrencesInvariants is Spec {
    OpenOccurrences internal book;

    function _watch(uint256 deductible, uint256 sublimit, uint256 limit) internal {
        book = new OpenOccurrences(deductible, sublimit, limit);
        target(address(new OccurrencesHandler(book)));
    }

    function invariant_06_AnOccurrenceIsPaidAtMostItsHighestTier() external view {
        uint64[] memory ids = book.ids();
        for (uint256 i = 0; i < ids.length; ++i) {
            Occurrences.Entry memory entry = book.entryOf(ids[i]);
            atMost(entry.amount, book.wantedOf(entry.payoutBps), "amount");
            atMost(entry.settled, entry.amount, "settled");
            atMost(entry.paid, entry.settled, "paid");
        }
    }

    function invariant_03_LimitsHold() external view {
        atMost(book.paid() + book.reserved(), book.aggregate(), "aggregate");
        atMost(book.taken(), book.SUBLIMIT(), "sublimit");
    }

    function invariant_TheBooksAreTheSumOfTheOccurrences() external view {
        (uint256 amounts, uint256 paid) = (0, 0);
        uint64[] memory ids = book.ids();
        for (uint256 i = 0; i < ids.length; ++i) {
            Occurrences.Entry memory entry = book.entryOf(ids[i]);
            amounts += entry.amount;
            paid += entry.paid;
        }
        same(amounts, book.taken(), "taken");
        same(amounts, book.paid() + book.reserved(), "reserved and paid");
        same(paid, book.paid(), "paid");
    }

    function invariant_OccurrencesLieApartAndAreFew() external view {
        uint64[] memory ids = book.ids();
        atMost(ids.length, 32, "occurrences");
        for (uint256 i = 0; i < ids.length; ++i) {
            Occurrences.Entry memory one = book.entryOf(ids[i]);
            for (uint256 j = 0; j < i; ++j) {
                Occurrences.Entry memory other = book.entryOf(ids[j]);
                bool apart = one.fromMs >= other.toMs + 100 || other.fromMs >= one.toMs + 100;
                isTrue(apart, "closer than the separation");
            }
        }
    }
}

contract OccurrencesWithRoomTest is OccurrencesInvariants {
    function setUp() external {
        _watch({deductible: 0, sublimit: 100_000_000, limit: 100_000_000});
    }
}

contract OccurrencesAtTheirLimitsTest is OccurrencesInvariants {
    function setUp() external {
        _watch({deductible: 150_000, sublimit: 2_500_000, limit: 3_000_000});
    }
}

contract OccurrencesTest is Spec {
    OpenOccurrences private book = new OpenOccurrences(0, 10_000_000, 10_000_000);

    function test_JoinsWindowsCloserThanTheSeparation() external {
        uint256 first = book.award(1000, 1200, 1000);
        same(book.award(1299, 1400, 4000), first, "one millisecond too near");
        same(book.award(1500, 1600, 1000), first + 1, "exactly as far as it must be");
        same(book.award(800, 900, 1000), first + 2, "exactly as far before");
        same(book.entryOf(first).amount, 400_000, "the higher tier, once");
        same(book.entryOf(first).toMs, 1400, "the occurrence grew");
    }

    function test_MergesOccurrencesThatAWindowJoins() external {
        uint256 first = book.award(1000, 1100, 1000);
        uint256 second = book.award(1400, 1500, 1000);
        uint256 third = book.award(1800, 1900, 1000);
        book.settle(second);
        book.collect(second);
        same(book.award(1150, 1750, 10_000), first, "the first one stays");
        Occurrences.Entry memory entry = book.entryOf(first);
        same(entry.amount, 1_000_000, "the highest tier");
        same(entry.paid, 100_000, "what was paid stays paid");
        same(entry.settled, 100_000, "and settled");
        same(entry.fromMs, 1000, "from");
        same(entry.toMs, 1900, "to");
        same(book.ids().length, 1, "occurrences");
        same(uint256(book.entryOf(second).state), uint256(IClaims.State.Merged), "merged");
        same(uint256(book.entryOf(third).state), uint256(IClaims.State.Merged), "merged");
        same(book.entryOf(second).amount, 0, "emptied");
    }

    function test_RevertWhen_JoiningWouldPayLess() external {
        book.award(1000, 1100, 7000);
        book.award(1400, 1500, 7000);
        cheats.expectRevert(abi.encodeWithSelector(IClaims.NothingMoreToPay.selector, 1));
        book.award(1050, 1450, 10_000);
        same(book.ids().length, 2, "nothing was joined");
    }

    function test_RevertWhen_AShorterWindowFollowsALongerOne() external {
        book.award(1000, 2000, 7000);
        cheats.expectRevert(abi.encodeWithSelector(IClaims.NothingMoreToPay.selector, 1));
        book.award(1200, 1500, 1000);
        cheats.expectRevert(abi.encodeWithSelector(IClaims.NothingMoreToPay.selector, 1));
        book.award(1000, 2500, 7000);
    }

    /// @notice Where a limit left less than the tier gives, a lower tier does not take the place of what is still wanted.
    function test_RevertWhen_AShorterWindowComesOnceThereIsRoom() external {
        OpenOccurrences tight = new OpenOccurrences(0, 1_000_000, 300_000);
        uint256 id = tight.award(1000, 2000, 10_000);
        tight.widen(500_000);
        cheats.expectRevert(abi.encodeWithSelector(IClaims.NothingMoreToPay.selector, id));
        tight.award(1100, 1500, 7000);
        tight.settle(id);
        same(tight.entryOf(id).settled, 800_000, "all that there is room for, by the higher tier");
    }

    function test_RevertWhen_ThereAreTooManyOccurrences() external {
        for (uint48 i = 0; i < 32; ++i) book.award(1000 * i, 1000 * i + 10, 1000);
        cheats.expectRevert(abi.encodeWithSelector(IClaims.TooManyOccurrences.selector, 1));
        book.award(1000 * 32, 1000 * 32 + 10, 1000);
        // One that is there can still grow.
        book.award(1000 * 31, 1000 * 31 + 20, 10_000);
    }

    /// @notice Whoever proves every tiny event first, to use up the places, takes nothing from the long one they are parts
    ///         of: it pays the difference, and their places are free again.
    function test_GivenThirtyTwoTinyEvents_WhenALongOneJoinsSome_ThenItPaysTheDifferenceAndTheyGiveWay() external {
        OpenOccurrences wide = new OpenOccurrences(0, 10_000_000, 10_000_000);
        for (uint48 i = 0; i < 32; ++i) wide.award(1000 * i, 1000 * i + 10, 1000);
        uint256 before = wide.reserved();
        uint256 id = wide.award(0, 4010, 10_000);
        same(wide.entryOf(id).amount, 1_000_000, "the whole night, once");
        same(wide.reserved(), before + 500_000, "the difference to the five tiny ones");
        same(wide.ids().length, 28, "four of five places are free");
        wide.award(40_000, 40_010, 1000);
    }

    /// @notice In whatever order the windows of one night come, it pays the same.
    function testFuzz_PaysOneNightTheSameInAnyOrder(uint256 seed) external {
        uint16[4] memory tiers = [1000, 4000, 7000, 10_000];
        for (uint256 left = 4; left > 0; --left) {
            uint256 pick = seed % left;
            seed /= left;
            uint16 tier = tiers[pick];
            tiers[pick] = tiers[left - 1];
            try book.award(1000, 1000 + tier, tier) {} catch {}
        }
        same(book.taken(), 1_000_000, "one whole night");
    }

    function test_TakesWhatTheLimitsHaveRoomForWhenItBecomesFinal() external {
        OpenOccurrences tight = new OpenOccurrences(0, 1_000_000, 700_000);
        uint256 id = tight.award(1000, 2000, 10_000);
        same(tight.entryOf(id).amount, 700_000, "what there was");
        same(tight.settle(id), 0, "no more by then");
        tight.widen(200_000);
        same(tight.settle(id), 200_000, "room came free");
        same(tight.entryOf(id).settled, 900_000, "settled");
    }
}
