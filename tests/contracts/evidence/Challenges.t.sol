// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Challenges} from "../../../contracts/evidence/Challenges.sol";
import {Directory} from "../../../contracts/evidence/Directory.sol";
import {Fork} from "../../../contracts/evidence/Fork.sol";
import {Frame} from "../../../contracts/evidence/Frame.sol";
import {IChallenges} from "../../../contracts/evidence/IChallenges.sol";
import {ICommitments} from "../../../contracts/evidence/ICommitments.sol";
import {IStreamStanding} from "../../../contracts/evidence/IStreamStanding.sol";
import {IWindowVerifier} from "../../../contracts/evidence/IWindowVerifier.sol";
import {Metrics} from "../../../contracts/evidence/Metrics.sol";
import {Opening} from "../../../contracts/evidence/Opening.sol";
import {IDeviceRegistry} from "../../../contracts/identity/IDeviceRegistry.sol";
import {ChallengeWorld} from "./ChallengeWorld.sol";

contract ChallengesTest is ChallengeWorld {
    uint256 private constant ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551;

    event Convicted(
        IChallenges.Case indexed code,
        uint256 indexed batch,
        bytes32 indexed streamId,
        uint256 level,
        uint256 index,
        address challenger
    );

    /// @notice Whatever is shown of an honest tree, by any case, nothing is wrong.
    function testFuzz_FindsNothingWrongInAnHonestTree(uint8 size, uint16 holes, uint8 level, uint8 i) external {
        Tree memory tree = treeOf(honestFrames(fold(size, 1, 9), holes));
        uint256 batch = anchor(tree);
        uint256 l = fold(level, 0, tree.rows.length - 1);
        uint256 at = fold(i, 0, tree.rows[l].length - 1);
        Opening.Proof memory node = proofOf(tree, batch, l, at);
        _isHonest(IChallenges.Case.BadOccupancy, _badOccupancy(node));
        _isHonest(IChallenges.Case.FromTheFuture, _fromTheFuture(node));
        _isHonest(IChallenges.Case.BadInside, _badInside(node, belowOf(tree, l, at)));
        if (l > 0) _isHonest(IChallenges.Case.BadCombine, _badCombine(forkAt(tree, batch, l, at)));
        if (l == 0 && tree.frames[at].length > 0) {
            _isHonest(IChallenges.Case.BadSignature, _badSignature(node, tree.frames[at]));
            if (at > 0 && tree.frames[at - 1].length > 0) {
                bytes memory data = _badChain(forkBefore(tree, batch, at), tree.frames[at - 1], tree.frames[at]);
                _isHonest(IChallenges.Case.BadChain, data);
            }
        }
    }

    /// @notice An inner node whose aggregate differs in any bit from its children's contradicts them, or the size.
    function testFuzz_ConvictsAnyAggregateThatIsNotTheChildrens(
        uint8 size,
        uint16 holes,
        uint8 level,
        uint8 i,
        uint8 offset,
        uint8 by
    ) external {
        cheats.assume(by > 0);
        Tree memory tree = treeOf(honestFrames(fold(size, 2, 9), holes));
        uint256 l = fold(level, 1, tree.rows.length - 1);
        uint256 at = fold(i, 0, tree.rows[l].length - 1);
        lie(tree, l, at, fold(offset, 0, 95), by);
        uint256 batch = anchor(tree);
        isConvicted(_badCombine(forkAt(tree, batch, l, at)), "BadCombine");
        isFalse(challenges.isUsable(streamId, batch), "void");
    }

    /// @notice A leaf whose aggregate differs in any bit from what hangs below it does not follow from that.
    function testFuzz_ConvictsAnyLeafThatIsNotItsRecords(uint8 size, uint16 holes, uint8 i, uint8 offset, uint8 by)
        external
    {
        cheats.assume(by > 0);
        Tree memory tree = treeOf(honestFrames(fold(size, 1, 9), holes));
        uint256 at = fold(i, 0, tree.frames.length - 1);
        lie(tree, 0, at, fold(offset, 0, 95), by);
        uint256 batch = anchor(tree);
        isConvicted(_badInside(proofOf(tree, batch, 0, at), belowOf(tree, 0, at)), "BadInside");
    }

    /// @notice Any bit of a record belongs to its signature.
    function testFuzz_ConvictsAnyRecordThatWasAlteredAfterItWasSigned(uint8 i, uint8 offset, uint8 by) external {
        cheats.assume(by > 0);
        bytes[] memory frames = honestFrames(5, 0);
        uint256 at = fold(i, 0, 4);
        frames[at][fold(offset, 0, 95)] ^= bytes1(by);
        Tree memory tree = treeOf(frames);
        uint256 batch = anchor(tree);
        isConvicted(_badSignature(proofOf(tree, batch, 0, at), frames[at]), "BadSignature");
    }

    /// @notice The rules of admission, one broken at a time in a record that is signed as it is.
    function test_ConvictsEveryRecordThatAdmissionRefuses() external {
        for (uint256 rule = 0; rule < 8; ++rule) {
            bytes[] memory frames = honestFrames(3, 0);
            uint256 at = rule == 7 ? 0 : 2;
            Frame memory frame = abi.decode(frames[at], (Frame));
            if (rule == 0) frame.w0 ^= 3 << 240; // schema 2
            if (rule == 1) frame.w0 |= 1 << 229; // undefined flag 5
            if (rule == 2) frame.w0 |= 1 << 239; // slot 7 is said not to be measured
            if (rule == 3) frame.values = Metrics.wrap(VALUES & ~uint256(type(uint32).max)); // slot 7 is not measured
            if (rule == 4) frame.w0 ^= 1 << 160; // another device
            if (rule == 5) frame.w0 ^= 1 << 80; // another number
            if (rule == 6) frame.w0 |= 1 << 231; // undefined flag 7
            if (rule == 7) frame.w2 = 1; // a first record that follows something
            frames[at] = signed(frame);
            Tree memory tree = treeOf(frames);
            uint256 batch = anchor(tree);
            isConvicted(_badInside(proofOf(tree, batch, 0, at), belowReading(frames[at], at)), "BadInside");
        }
    }

    function test_TakesARecordWithUnmeasuredSlots() external {
        Frame memory frame = recordAt(0, 0);
        frame.w0 |= 1 << (224 + 8);
        frame.values = Metrics.wrap(VALUES & (type(uint256).max >> 32));
        bytes[] memory frames = new bytes[](1);
        frames[0] = signed(frame);
        Tree memory tree = treeOf(frames);
        uint256 batch = anchor(tree);
        _isHonest(IChallenges.Case.BadInside, _badInside(proofOf(tree, batch, 0, 0), belowReading(frames[0], 0)));
    }

    /// @notice Bytes of any other kind, place, stream, reason or length may not hang below a node.
    function test_ConvictsWhatMayNotHangBelowANode() external {
        bytes[] memory frames = honestFrames(4, 2);
        bytes[8] memory wrong = [
            belowHole(1, 0),
            belowHole(1, 8),
            belowHole(2, 2),
            abi.encodePacked(belowHole(1, 2), bytes1(0)),
            abi.encodePacked(uint256(3 << 248 | 1), bytes32("another stream"), uint256(2)),
            belowPair(treeOf(frames), 1, 0),
            belowReading(frames[0], 0),
            ""
        ];
        for (uint256 i = 0; i < wrong.length; ++i) {
            Tree memory tree = treeOf(frames);
            tree.rows[0][1].inside = keccak256(wrong[i]);
            sealAgain(tree, 0, 1);
            isConvicted(_badInside(proofOf(tree, anchor(tree), 0, 1), wrong[i]), "below a hole's leaf");
        }
        bytes[2] memory noPair = [belowHole(1, 2), abi.encodePacked(belowPair(treeOf(frames), 1, 0), bytes1(0))];
        for (uint256 i = 0; i < noPair.length; ++i) {
            Tree memory tree = treeOf(frames);
            tree.rows[1][0].inside = keccak256(noPair[i]);
            sealAgain(tree, 1, 0);
            isConvicted(_badInside(proofOf(tree, anchor(tree), 1, 0), noPair[i]), "below an inner node");
        }
    }

    function test_ConvictsReadingsOutOfOrder() external {
        bytes[] memory frames = honestFrames(4, 0);
        Frame memory early = recordAt(2, abi.decode(frames[1], (Frame)).recordHash());
        for (uint256 back = 1; back < 3; ++back) {
            early.w0 -= PERIOD_MS << 32;
            frames[2] = signed(early);
            Tree memory tree = treeOf(frames);
            isConvicted(_badCombine(forkAt(tree, anchor(tree), 2, 0)), "BadCombine");
        }
    }

    function test_ConvictsABrokenChain() external {
        bytes[] memory frames = honestFrames(6, 0);
        frames[4] = signed(recordAt(4, "not the hash"));
        Tree memory tree = treeOf(frames);
        uint256 batch = anchor(tree);
        // Neighbours under one node, and others whose paths meet only at the root.
        isConvicted(_badChain(forkBefore(tree, batch, 4), frames[3], frames[4]), "BadChain");
        frames[5] = signed(recordAt(5, "not the hash"));
        tree = treeOf(frames);
        isConvicted(_badChain(forkBefore(tree, anchor(tree), 5), frames[4], frames[5]), "BadChain");
    }

    function test_ConvictsATimeMoreThanFiveMinutesAheadOfTheBlock() external {
        for (uint256 late = 0; late < 2; ++late) {
            bytes[] memory frames = new bytes[](1);
            Frame memory frame = recordAt(0, 0);
            uint256 latestMs = block.timestamp * 1000 + 300_000;
            frame.w0 += (latestMs + late - START_MS) << 32;
            frames[0] = signed(frame);
            Tree memory tree = treeOf(frames);
            bytes memory data = _fromTheFuture(proofOf(tree, anchor(tree), 0, 0));
            if (late == 0) _isHonest(IChallenges.Case.FromTheFuture, data);
            else isConvicted(data, "FromTheFuture");
        }
    }

    /// @notice A node that only begins in the future says as much.
    function test_ConvictsABeginningInTheFuture() external {
        Tree memory tree = treeOf(honestFrames(2, 0));
        lie(tree, 1, 0, 0, 0xff);
        isConvicted(_fromTheFuture(proofOf(tree, anchor(tree), 1, 0)), "FromTheFuture");
    }

    function testFuzz_ConvictsAnyOtherSize(uint8 size, uint8 said) external {
        Tree memory tree = treeOf(honestFrames(fold(size, 1, 8), 0));
        uint256 other = fold(said, 1, 8);
        // Of another height, the root's preimage is not one: nobody has it, and no window can be proven.
        cheats.assume(other != tree.frames.length);
        uint256 height = tree.rows.length - 1;
        cheats.assume((other <= 1 << height) && (height == 0 || other > 1 << (height - 1)));
        uint256 batch = anchorEntry(streamId, other, rootOf(tree));
        Opening.Proof memory root = proofOf(tree, batch, height, 0);
        root.size = other;
        isConvicted(_badOccupancy(root), "BadOccupancy");
    }

    function test_ConvictsASizeThatNoTreeHas() external {
        uint256[3] memory sizes = [uint256(0), (1 << 32) + 1, type(uint256).max];
        for (uint256 i = 0; i < sizes.length; ++i) {
            Opening.Proof memory proof;
            (proof.batch, proof.size, proof.node) = (anchorEntry(streamId, sizes[i], 0), sizes[i], new bytes(32));
            isConvicted(_badOccupancy(proof), "BadOccupancy");
        }
    }

    function test_ConvictsSomethingBeyondTheEndAndNothingBeforeIt() external {
        Tree memory tree = treeOf(honestFrames(3, 0));
        Opening.Proof memory proof = proofOf(tree, anchor(tree), 0, 3);
        _isHonest(IChallenges.Case.BadOccupancy, _badOccupancy(proof));

        bytes32 beyond = "something";
        tree.rows[1][1].inside = keccak256(abi.encode((4 << 248) | (1 << 240) | 1, tree.rows[0][2].digest, beyond));
        sealAgain(tree, 1, 1);
        proof = proofOf(tree, anchor(tree), 0, 3);
        proof.node = abi.encode(beyond);
        isConvicted(_badOccupancy(proof), "something");

        tree.rows[1][1].inside = keccak256(abi.encode((4 << 248) | (1 << 240) | 1, bytes32(0), bytes32(0)));
        sealAgain(tree, 1, 1);
        proof = proofOf(tree, anchor(tree), 0, 2);
        proof.node = new bytes(32);
        isConvicted(_badOccupancy(proof), "nothing");
    }

    function test_ConvictsARewrittenNode() external {
        bytes[] memory frames = honestFrames(5, 0);
        Tree memory was = treeOf(honestFrames(3, 0));
        uint256 earlier = anchor(was);
        frames[1] = "";
        Tree memory tree = treeOf(frames);
        uint256 later = anchor(tree);
        bytes memory data = _rewritten(proofOf(was, earlier, 1, 0), proofOf(tree, later, 1, 0));
        isConvicted(data, "Rewritten");
        isTrue(challenges.isUsable(streamId, earlier), "the earlier one stands");
        isFalse(challenges.isUsable(streamId, later), "the later one is void");
        isTrue(challenges.isUsable(streamId, later + 1), "the next one is not");
    }

    function test_RevertWhen_ARewrittenNodeIsNotOneCompleteNodeOfTwoBatches() external {
        Tree memory was = treeOf(honestFrames(3, 0));
        Tree memory tree = treeOf(honestFrames(5, 0));
        (uint256 earlier, uint256 later) = (anchor(was), anchor(tree));
        bytes memory data = _rewritten(proofOf(was, earlier, 0, 1), proofOf(tree, later, 0, 1));
        _isHonest(IChallenges.Case.Rewritten, data);
        data = _rewritten(proofOf(was, earlier, 0, 1), proofOf(tree, later, 0, 2));
        isRefused(data, abi.encodeWithSelector(IChallenges.NotTheSameNode.selector, 0, 2), "another place");
        data = _rewritten(proofOf(was, earlier, 1, 1), proofOf(tree, later, 1, 1));
        isRefused(data, abi.encodeWithSelector(IChallenges.NotComplete.selector, 1, 1, 3), "not complete then");
        data = _rewritten(proofOf(tree, later, 1, 0), proofOf(was, earlier, 1, 0));
        isRefused(data, abi.encodeWithSelector(IChallenges.NotLater.selector, later, earlier), "backwards");
        Tree memory shorter = treeOf(honestFrames(3, 0));
        uint256 last = anchor(shorter);
        data = _rewritten(proofOf(tree, later, 1, 1), proofOf(shorter, last, 1, 1));
        isRefused(data, abi.encodeWithSelector(IChallenges.NotComplete.selector, 1, 1, 3), "not complete now");
    }

    function test_ConvictsAStreamThatShrankOrIsAbsent() external {
        uint256 earlier = anchorEntry(streamId, 5, "root");
        Directory.Entry memory was = entryOf(streamId, 5, "root");
        Directory.Entry[] memory entries = new Directory.Entry[](1);

        entries[0] = entryOf(streamId, 4, "root");
        uint256 later = anchorEntry(streamId, 4, "root");
        isConvicted(_shrunk(streamId, earlier, was, later, entries), "smaller");
        isTrue(challenges.isUsable(streamId, earlier), "the earlier one stands");

        for (uint256 i = 0; i < 2; ++i) {
            bytes32 other = i == 0 ? bytes32(uint256(streamId) - 1) : bytes32(uint256(streamId) + 1);
            entries[0] = entryOf(other, 4, "root");
            isConvicted(_shrunk(streamId, earlier, was, anchorEntry(other, 4, "root"), entries), "absent");
        }
    }

    function test_RevertWhen_NothingShrank() external {
        uint256 earlier = anchorEntry(streamId, 5, "root");
        Directory.Entry memory was = entryOf(streamId, 5, "root");
        Directory.Entry[] memory entries = new Directory.Entry[](1);
        uint256 later = anchorEntry(streamId, 5, "root");
        entries[0] = entryOf(streamId, 5, "root");
        _isHonest(IChallenges.Case.Shrunk, _shrunk(streamId, earlier, was, later, entries));
        _isHonest(IChallenges.Case.Shrunk, _shrunk(streamId, earlier, was, later, new Directory.Entry[](0)));

        // What another stream's entry says of this stream is nothing.
        bytes32 other = bytes32(uint256(streamId) + 1);
        Directory.Entry memory others = entryOf(other, 7, "root");
        uint256 before = anchorEntry(other, 7, "root");
        _isHonest(IChallenges.Case.Shrunk, _shrunk(streamId, before, others, anchorEntry(streamId, 5, "root"), entries));

        entries[0].size = 4;
        bytes memory absent = abi.encodeWithSelector(IWindowVerifier.NotInDirectory.selector, streamId, later);
        isRefused(_shrunk(streamId, earlier, was, later, entries), absent, "no such entry");
    }

    /// @notice Of two entries, only neighbours around the stream's place show that it is absent.
    function testFuzz_OnlyNeighboursShowThatAStreamIsAbsent(uint8 a, uint8 b, uint8 wanted) external {
        bytes32[4] memory ids = [bytes32(uint256(20)), bytes32(uint256(40)), bytes32(uint256(60)), bytes32(uint256(80))];
        bytes32 stream = bytes32(fold(wanted, 0, 10) * 10);
        uint256 earlier = anchorEntry(stream, 5, "root");
        uint256 later = _anchorFour(ids);
        (uint256 i, uint256 j) = (fold(a, 0, 3), fold(b, 0, 4));
        Directory.Entry[] memory entries = new Directory.Entry[](j == 4 ? 1 : 2);
        entries[0] = _entryOfFour(ids, i);
        if (j < 4) entries[1] = _entryOfFour(ids, j);
        bool isAbsent = j == 4
            ? (i == 0 && stream < ids[0]) || (i == 3 && stream > ids[3])
            : j == i + 1 && ids[i] < stream && stream < ids[j];
        bool isSmaller = j == 4 && stream == ids[i];
        (bool done, ) = convict(_shrunk(stream, earlier, entryOf(stream, 5, "root"), later, entries));
        same(done ? 1 : 0, isAbsent || isSmaller ? 1 : 0, "Shrunk");
    }

    function testFuzz_ConvictsADirectoryOutOfOrder(uint256[4] memory random, uint8 a, uint8 b) external {
        bytes32[4] memory ids;
        for (uint256 i = 0; i < 4; ++i) ids[i] = bytes32(fold(random[i], 1, 6));
        uint256 batch = _anchorFour(ids);
        (uint256 i, uint256 j) = (fold(a, 0, 3), fold(b, 0, 3));
        bytes memory data = _badDirectory(batch, _entryOfFour(ids, i), _entryOfFour(ids, j));
        (bool done, ) = convict(data);
        same(done ? 1 : 0, i < j && ids[i] >= ids[j] ? 1 : 0, "BadDirectory");
        if (!done) return;
        isTrue(challenges.isVoid(batch), "void");
        isFalse(challenges.isUsable(streamId, batch), "for every stream");
        isTrue(challenges.isUsable(streamId, batch + 1), "and only this batch");
        same(bond.owedTo(0), 90, "owed to all");
        bytes memory already = abi.encodeWithSelector(IChallenges.AlreadyVoid.selector, ids[j], batch);
        isRefused(data, already, "once");
    }

    function test_RevertWhen_ADirectoryHasNoSuchEntry() external {
        bytes32[4] memory ids = [bytes32("d"), "c", "b", "a"];
        uint256 batch = _anchorFour(ids);
        Directory.Entry memory first = _entryOfFour(ids, 0);
        Directory.Entry memory second = _entryOfFour(ids, 1);
        first.size += 1;
        bytes memory absent = abi.encodeWithSelector(IWindowVerifier.NotInDirectory.selector, ids[0], batch);
        isRefused(_badDirectory(batch, first, second), absent, "the first");
        first.size -= 1;
        second.index = 2;
        absent = abi.encodeWithSelector(IWindowVerifier.NotInDirectory.selector, ids[1], batch);
        isRefused(_badDirectory(batch, first, second), absent, "the second");
    }

    function test_SuspectsAProbeFromTheEarlierOfTwoTimes() external {
        (bytes memory one, bytes memory other) = (_twin(3, 500), _twin(3, 200));
        same(challenges.suspectFromMs(streamId), type(uint48).max, "not suspect");
        challenges.equivocation(streamId, one, other);
        uint256 fromMs = START_MS + 3 * PERIOD_MS + 200;
        same(challenges.suspectFromMs(streamId), fromMs, "the earlier time");
        cheats.expectRevert(abi.encodeWithSelector(IStreamStanding.AlreadySuspect.selector, streamId, fromMs));
        challenges.equivocation(streamId, other, one);
        challenges.equivocation(streamId, _twin(1, 500), _twin(1, 200));
        same(challenges.suspectFromMs(streamId), START_MS + PERIOD_MS + 200, "earlier still");
        isTrue(challenges.isUsable(streamId, 1), "no batch is void");
        same(bond.stake(address(this)).bond, 5000, "nobody is slashed");
    }

    function test_RevertWhen_AProbeDoesNotContradictItself() external {
        bytes memory one = _twin(3, 500);
        _refuseEquivocation(one, one);
        bytes memory high = bytes.concat(one);
        Frame memory frame = abi.decode(high, (Frame));
        frame.s = bytes32(ORDER - uint256(frame.s));
        _refuseEquivocation(one, abi.encode(frame));
        _refuseEquivocation(one, _twin(4, 200));
        bytes memory forged = _twin(3, 200);
        forged[100] ^= 0x01;
        _refuseEquivocation(one, forged);
        _refuseEquivocation(forged, one);
        frame = abi.decode(_twin(3, 200), (Frame));
        frame.w0 ^= 3 << 240;
        _refuseEquivocation(one, signed(frame));
        _refuseEquivocation(signed(frame), one);
        bytes memory other = _twin(3, 200);
        cheats.expectRevert(abi.encodeWithSelector(IDeviceRegistry.UnknownDevice.selector, bytes32("nobody")));
        challenges.equivocation("nobody", one, other);
    }

    function test_ASlashIsBookedAndTheStreamVoidThroughTheNewestBatch() external {
        Tree memory tree = treeOf(honestFrames(2, 0));
        lie(tree, 1, 0, 40, 1);
        uint256 batch = anchor(tree);
        uint256 newest = anchor(tree);
        bytes memory data = _badCombine(forkAt(tree, batch, 1, 0));
        challenges.commit(commitmentOf(data));
        cheats.roll(block.number + 1);
        cheats.expectEmit(address(challenges));
        emit IStreamStanding.StreamVoided(streamId, 1, newest);
        cheats.expectEmit(address(challenges));
        emit Convicted(IChallenges.Case.BadCombine, batch, streamId, 1, 0, address(this));
        (bool done, ) = address(challenges).call(data);
        isTrue(done, "convicted");
        same(bond.rewardOf(address(this), streamId), 10, "reward");
        same(bond.owedTo(streamId), 90, "policyholders");
        isFalse(challenges.isUsable(streamId, newest), "the newest");
        isTrue(challenges.isUsable("another stream", newest), "other streams notice nothing");
        bytes memory already = abi.encodeWithSelector(IChallenges.AlreadyVoid.selector, streamId, newest);
        isRefused(_badCombine(forkAt(tree, newest, 1, 0)), already, "once");
    }

    function test_RevertWhen_NothingWasCommittedAnEarlierBlock() external {
        Tree memory tree = treeOf(honestFrames(2, 0));
        lie(tree, 1, 0, 40, 1);
        bytes memory data = _badCombine(forkAt(tree, anchor(tree), 1, 0));
        bytes32 commitment = commitmentOf(data);
        (bool done, bytes memory answer) = address(challenges).call(data);
        isFalse(done, "not committed");
        same(keccak256(answer), keccak256(abi.encodeWithSelector(ICommitments.NotCommitted.selector, commitment)), "why");
        challenges.commit(commitment);
        same(challenges.committedIn(commitment), block.number, "committed");
        (done, answer) = address(challenges).call(data);
        isFalse(done, "in this block");
        bytes memory because = abi.encodeWithSelector(ICommitments.CommittedInThisBlock.selector, commitment);
        same(keccak256(answer), keccak256(because), "why");
        cheats.roll(block.number + 1);
        // Committing again puts nothing off; another's commitment is no use to anybody.
        challenges.commit(commitment);
        cheats.prank(someone("copycat"));
        (done, answer) = address(challenges).call(data);
        isFalse(done, "a copy");
        (done, ) = address(challenges).call(data);
        isTrue(done, "convicted");
    }

    function test_RevertWhen_TheTimeForChallengesIsOver() external {
        Tree memory tree = treeOf(honestFrames(2, 0));
        lie(tree, 1, 0, 40, 1);
        uint256 batch = anchor(tree);
        bytes memory data = _badCombine(forkAt(tree, batch, 1, 0));
        uint256 end = block.timestamp + CHALLENGE_SECONDS;
        cheats.warp(end + 1);
        isRefused(data, abi.encodeWithSelector(IChallenges.ChallengeTimeOver.selector, batch, end), "too late");
        cheats.warp(end);
        isConvicted(data, "the last moment");
    }

    function test_RevertWhen_NoSuchBatchIsAnchored() external {
        Tree memory tree = treeOf(honestFrames(2, 0));
        anchor(tree);
        bytes memory unknown = abi.encodeWithSelector(IWindowVerifier.UnknownBatch.selector, 2);
        isRefused(_badOccupancy(proofOf(tree, 2, 1, 0)), unknown, "the next batch");
        isRefused(_badDirectory(2, entryOf("b", 1, 0), entryOf("a", 1, 0)), unknown, "the next batch");
        Opening.Proof memory zero = proofOf(tree, 0, 1, 0);
        isRefused(
            _badOccupancy(zero),
            abi.encodeWithSelector(IChallenges.AlreadyVoid.selector, streamId, 0),
            "batch 0"
        );
        bytes memory nowhere = abi.encodeWithSelector(IWindowVerifier.NotInDirectory.selector, bytes32("x"), 1);
        isRefused(abi.encodeCall(Challenges.badOccupancy, (SALT, "x", proofOf(tree, 1, 1, 0))), nowhere, "stream");
    }

    function test_RevertWhen_WhatIsShownIsNotWhatWasOpened() external {
        bytes[] memory frames = honestFrames(4, 0);
        Tree memory tree = treeOf(frames);
        uint256 batch = anchor(tree);
        Opening.Proof memory leaf = proofOf(tree, batch, 0, 1);
        bytes memory notOpened = abi.encodeWithSelector(IChallenges.NotOpened.selector, 0, 1);
        isRefused(_badSignature(leaf, frames[2]), notOpened, "another frame");
        isRefused(_badInside(leaf, belowReading(frames[2], 1)), notOpened, "another frame below");
        notOpened = abi.encodeWithSelector(IChallenges.NotOpened.selector, 1, 0);
        isRefused(_badSignature(proofOf(tree, batch, 1, 0), frames[1]), notOpened, "an inner node");
        bytes memory digest = abi.encode(tree.rows[0][1].digest);
        leaf.node = digest;
        bytes memory notANode = abi.encodeWithSelector(Opening.NotANode.selector, 32);
        isRefused(_badSignature(leaf, frames[1]), notANode, "by its digest");

        Fork.Proof memory fork = forkBefore(tree, batch, 2);
        isRefused(
            _badCombine(fork),
            abi.encodeWithSelector(IChallenges.NotTheChildren.selector, 2, 0),
            "grandchildren"
        );
        fork = forkAt(tree, batch, 2, 0);
        fork.right = fork.left;
        isRefused(_badCombine(fork), abi.encodeWithSelector(Fork.NotBelow.selector, 2, 0), "another child");
        fork = forkBefore(tree, batch, 2);
        fork.rightPath = "";
        isRefused(_badCombine(fork), abi.encodeWithSelector(Fork.NoSuchFork.selector, 2, 128, 0), "uneven");
        fork = forkAt(tree, batch, 1, 0);
        (fork.leftPath, fork.rightPath) = (new bytes(128), new bytes(128));
        isRefused(_badCombine(fork), abi.encodeWithSelector(Fork.NoSuchFork.selector, 1, 128, 128), "below leaves");
        fork.leftPath = new bytes(127);
        isRefused(_badCombine(fork), abi.encodeWithSelector(Opening.BrokenPath.selector, 127), "not whole");
    }

    function test_RevertWhen_TheStreamIsVoidInEitherBatch() external {
        Tree memory was = treeOf(honestFrames(2, 0));
        lie(was, 1, 0, 40, 1);
        uint256 earlier = anchor(was);
        isConvicted(_badCombine(forkAt(was, earlier, 1, 0)), "BadCombine");
        Tree memory tree = treeOf(honestFrames(2, 0));
        uint256 later = anchor(tree);
        bytes memory already = abi.encodeWithSelector(IChallenges.AlreadyVoid.selector, streamId, earlier);
        isRefused(_rewritten(proofOf(was, earlier, 1, 0), proofOf(tree, later, 1, 0)), already, "corrected");
    }

    /// @notice Another shrinking voids everything from the first one on; a void prefix swallows it.
    function test_WidensWhatIsVoid() external {
        Directory.Entry[] memory entries = new Directory.Entry[](1);
        for (uint256 round = 0; round < 2; ++round) {
            uint256 earlier = anchorEntry(streamId, 5, "root");
            entries[0] = entryOf(streamId, 4, "root");
            uint256 later = anchorEntry(streamId, 4, "root");
            isConvicted(_shrunk(streamId, earlier, entryOf(streamId, 5, "root"), later, entries), "Shrunk");
        }
        isTrue(challenges.isUsable(streamId, 1), "before the first");
        for (uint256 batch = 2; batch <= 4; ++batch) isFalse(challenges.isUsable(streamId, batch), "from it on");
        Tree memory tree = treeOf(honestFrames(2, 0));
        lie(tree, 1, 0, 40, 1);
        isConvicted(_badCombine(forkAt(tree, anchor(tree), 1, 0)), "BadCombine");
        for (uint256 batch = 1; batch <= 5; ++batch) isFalse(challenges.isUsable(streamId, batch), "all");
        isTrue(challenges.isUsable(streamId, 6), "not the next");
    }

    function test_RevertWhen_TheBondCouldLeaveBeforeTheTimeForChallengesIsOver() external {
        same(challenges.challengeSeconds(), CHALLENGE_SECONDS, "seconds");
        cheats.expectRevert(
            abi.encodeWithSelector(
                IChallenges.CooldownTooShort.selector,
                CHALLENGE_SECONDS,
                CHALLENGE_SECONDS + 1
            )
        );
        new Challenges(ledger, registry, bond, CHALLENGE_SECONDS + 1);
    }

    /// @notice The operator who anchored the batch pays, whoever anchors now.
    function test_SlashesWhoAnchoredTheBatch() external {
        Tree memory tree = treeOf(honestFrames(2, 0));
        lie(tree, 1, 0, 40, 1);
        bytes memory data = _badCombine(forkAt(tree, anchor(tree), 1, 0));
        address next = someone("next operator");
        authority.grantRole(3, next, 0);
        ledger.setOperator(next);
        bond.post(next, 1000);
        isConvicted(data, "BadCombine");
        same(bond.stake(address(this)).bond, 4900, "the liar");
        same(bond.stake(next).bond, 1000, "his successor");
    }

    function _isHonest(IChallenges.Case code, bytes memory data) private {
        isRefused(data, abi.encodeWithSelector(IChallenges.NothingWrong.selector, code), "nothing wrong");
    }

    function _refuseEquivocation(bytes memory one, bytes memory other) private {
        cheats.expectRevert(
            abi.encodeWithSelector(IChallenges.NothingWrong.selector, IChallenges.Case.Equivocation)
        );
        challenges.equivocation(streamId, one, other);
    }

    /// @dev A record of one number at another time.
    function _twin(uint256 index, uint256 afterMs) private view returns (bytes memory) {
        Frame memory frame = recordAt(index, "some hash");
        frame.w0 += afterMs << 32;
        return signed(frame);
    }

    function _badCombine(Fork.Proof memory fork) private view returns (bytes memory) {
        return abi.encodeCall(Challenges.badCombine, (SALT, streamId, fork));
    }

    function _badSignature(Opening.Proof memory leaf, bytes memory frame) private view returns (bytes memory) {
        return abi.encodeCall(Challenges.badSignature, (SALT, streamId, leaf, frame));
    }

    function _badInside(Opening.Proof memory node, bytes memory below) private view returns (bytes memory) {
        return abi.encodeCall(Challenges.badInside, (SALT, streamId, node, below));
    }

    function _badChain(
        Fork.Proof memory fork,
        bytes memory earlier,
        bytes memory later
    ) private view returns (bytes memory) {
        return abi.encodeCall(Challenges.badChain, (SALT, streamId, fork, earlier, later));
    }

    function _badOccupancy(Opening.Proof memory node) private view returns (bytes memory) {
        return abi.encodeCall(Challenges.badOccupancy, (SALT, streamId, node));
    }

    function _fromTheFuture(Opening.Proof memory node) private view returns (bytes memory) {
        return abi.encodeCall(Challenges.fromTheFuture, (SALT, streamId, node));
    }

    function _rewritten(
        Opening.Proof memory earlier,
        Opening.Proof memory later
    ) private view returns (bytes memory) {
        return abi.encodeCall(Challenges.rewritten, (SALT, streamId, earlier, later));
    }

    function _shrunk(
        bytes32 stream,
        uint256 earlier,
        Directory.Entry memory was,
        uint256 later,
        Directory.Entry[] memory entries
    ) private pure returns (bytes memory) {
        return abi.encodeCall(Challenges.shrunk, (SALT, stream, earlier, was, later, entries));
    }

    function _badDirectory(
        uint256 batch,
        Directory.Entry memory first,
        Directory.Entry memory second
    ) private pure returns (bytes memory) {
        return abi.encodeCall(Challenges.badDirectory, (SALT, batch, first, second));
    }

    function _anchorFour(bytes32[4] memory ids) private returns (uint256 number) {
        number = ledger.lastBatch() + 1;
        ledger.anchor(number, _node(2, 0, _pairOfFour(ids, 0), _pairOfFour(ids, 1)), 4, 1, "manifest");
    }

    function _entryOfFour(bytes32[4] memory ids, uint256 i) private pure returns (Directory.Entry memory entry) {
        entry = entryOf(ids[i], 1 + i, "root");
        entry.index = i;
        entry.siblings = new bytes32[](2);
        entry.siblings[0] = _leaf(ids, i ^ 1);
        entry.siblings[1] = _pairOfFour(ids, (i / 2) ^ 1);
    }

    function _pairOfFour(bytes32[4] memory ids, uint256 i) private pure returns (bytes32) {
        return _node(1, i, _leaf(ids, 2 * i), _leaf(ids, 2 * i + 1));
    }

    function _leaf(bytes32[4] memory ids, uint256 i) private pure returns (bytes32) {
        return keccak256(abi.encode(uint256(5) << 248, ids[i], 1 + i, bytes32("root")));
    }

    function _node(uint256 level, uint256 i, bytes32 left, bytes32 right) private pure returns (bytes32) {
        return keccak256(abi.encode((uint256(6) << 248) | (level << 240) | i, left, right));
    }
}
