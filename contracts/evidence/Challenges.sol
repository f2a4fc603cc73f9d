// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IDeviceRegistry} from "../identity/IDeviceRegistry.sol";
import {ReadingSignature} from "../identity/ReadingSignature.sol";
import {Commitments} from "./Commitments.sol";
import {Directory} from "./Directory.sol";
import {Fork} from "./Fork.sol";
import {Frame, frameFrom} from "./Frame.sol";
import {IBatchLedger} from "./IBatchLedger.sol";
import {IChallenges} from "./IChallenges.sol";
import {IOperatorBond} from "./IOperatorBond.sol";
import {IWindowVerifier} from "./IWindowVerifier.sol";
import {LeafRules} from "./LeafRules.sol";
import {NodeRules} from "./NodeRules.sol";
import {Opening} from "./Opening.sol";
import {StreamStanding} from "./StreamStanding.sol";
import {StreamTree} from "./StreamTree.sol";

/// @title Challenges
/// @notice Opens what was anchored, finds it false, voids it and slashes.
contract Challenges is IChallenges, Commitments, StreamStanding {
    IBatchLedger private immutable LEDGER;
    IDeviceRegistry private immutable REGISTRY;
    IOperatorBond private immutable BOND;
    uint256 private immutable CHALLENGE_SECONDS;

    /// @dev A clock that is fast by this much is no lie (protocol §3).
    uint256 private constant FUTURE_TOLERANCE_MS = 300_000;
    uint16 private constant SCHEMA = 1;

    constructor(IBatchLedger ledger, IDeviceRegistry registry, IOperatorBond bond, uint256 secondsToChallenge) {
        ReadingSignature.requirePrecompile();
        uint256 cooldown = bond.cooldownSeconds();
        require(cooldown >= secondsToChallenge, CooldownTooShort(cooldown, secondsToChallenge));
        (LEDGER, REGISTRY, BOND, CHALLENGE_SECONDS) = (ledger, registry, bond, secondsToChallenge);
    }

    /// @inheritdoc IChallenges
    function badCombine(bytes32 salt, bytes32 streamId, Fork.Proof calldata fork) external committed(salt) {
        IBatchLedger.Batch memory batch = _challengeable(streamId, fork.top.batch);
        Fork.Opened memory opened = Fork.open(fork, batch, streamId);
        StreamTree.Node memory top = opened.top;
        require(fork.leftPath.length == 0, NotTheChildren(top.place.level(), top.place.index()));
        require(!NodeRules.combines(top, opened.left, opened.right), NothingWrong(Case.BadCombine));
        _convict(Case.BadCombine, streamId, fork.top.batch, top);
    }

    /// @inheritdoc IChallenges
    function badSignature(
        bytes32 salt,
        bytes32 streamId,
        Opening.Proof calldata leaf,
        bytes calldata frame
    ) external committed(salt) {
        StreamTree.Node memory node = _open(streamId, leaf);
        IDeviceRegistry.Device memory probe = REGISTRY.device(streamId);
        require(!_frameIn(node, frame).isSignedBy(probe.x, probe.y), NothingWrong(Case.BadSignature));
        _convict(Case.BadSignature, streamId, leaf.batch, node);
    }

    /// @inheritdoc IChallenges
    function badInside(
        bytes32 salt,
        bytes32 streamId,
        Opening.Proof calldata node,
        bytes calldata below
    ) external committed(salt) {
        StreamTree.Node memory shown = _open(streamId, node);
        require(keccak256(below) == shown.inside, NotOpened(shown.place.level(), shown.place.index()));
        IDeviceRegistry.Device memory probe = REGISTRY.device(streamId);
        bytes8 device = bytes8(sha256(abi.encode(probe.x, probe.y)));
        require(!LeafRules.follows(shown, below, device), NothingWrong(Case.BadInside));
        _convict(Case.BadInside, streamId, node.batch, shown);
    }

    /// @inheritdoc IChallenges
    function badChain(
        bytes32 salt,
        bytes32 streamId,
        Fork.Proof calldata fork,
        bytes calldata earlierFrame,
        bytes calldata laterFrame
    ) external committed(salt) {
        IBatchLedger.Batch memory batch = _challengeable(streamId, fork.top.batch);
        Fork.Opened memory opened = Fork.open(fork, batch, streamId);
        bytes32 prev = bytes32(_frameIn(opened.right, laterFrame).w2);
        require(prev != _frameIn(opened.left, earlierFrame).recordHash(), NothingWrong(Case.BadChain));
        _convict(Case.BadChain, streamId, fork.top.batch, opened.right);
    }

    /// @inheritdoc IChallenges
    function badOccupancy(bytes32 salt, bytes32 streamId, Opening.Proof calldata node) external committed(salt) {
        IBatchLedger.Batch memory batch = _challengeable(streamId, node.batch);
        StreamTree.Node memory shown = Opening.open(node, batch, streamId);
        bool isWhole = node.node.length == Opening.BODY_BYTES;
        require(!NodeRules.isFilled(shown, isWhole, node.size), NothingWrong(Case.BadOccupancy));
        _convict(Case.BadOccupancy, streamId, node.batch, shown);
    }

    /// @inheritdoc IChallenges
    function rewritten(
        bytes32 salt,
        bytes32 streamId,
        Opening.Proof calldata earlier,
        Opening.Proof calldata later
    ) external committed(salt) {
        IBatchLedger.Batch memory before = _usableBefore(streamId, earlier.batch, later.batch);
        IBatchLedger.Batch memory batch = _challengeable(streamId, later.batch);
        StreamTree.Node memory was = Opening.open(earlier, before, streamId);
        StreamTree.Node memory node = Opening.open(later, batch, streamId);
        require(was.place.isSame(node.place), NotTheSameNode(node.place.level(), node.place.index()));
        _requireComplete(was, earlier.size);
        _requireComplete(node, later.size);
        require(was.digest != node.digest, NothingWrong(Case.Rewritten));
        _convictFromHere(Case.Rewritten, streamId, later.batch, node.place.level(), node.place.index());
    }

    /// @inheritdoc IChallenges
    function shrunk(
        bytes32 salt,
        bytes32 streamId,
        uint256 earlierBatch,
        Directory.Entry calldata earlierEntry,
        uint256 laterBatch,
        Directory.Entry[] calldata laterEntries
    ) external committed(salt) {
        IBatchLedger.Batch memory before = _usableBefore(streamId, earlierBatch, laterBatch);
        IBatchLedger.Batch memory batch = _challengeable(streamId, laterBatch);
        _requireEntry(before, earlierBatch, earlierEntry);
        for (uint256 i = 0; i < laterEntries.length; ++i) _requireEntry(batch, laterBatch, laterEntries[i]);
        require(
            earlierEntry.streamId == streamId &&
                Directory.sizeShown(streamId, laterEntries, batch.streamCount) < earlierEntry.size,
            NothingWrong(Case.Shrunk)
        );
        _convictFromHere(Case.Shrunk, streamId, laterBatch, 0, 0);
    }

    /// @inheritdoc IChallenges
    function fromTheFuture(bytes32 salt, bytes32 streamId, Opening.Proof calldata node) external committed(salt) {
        IBatchLedger.Batch memory batch = _challengeable(streamId, node.batch);
        StreamTree.Node memory shown = Opening.openBody(node, batch, streamId);
        uint256 latestMs = uint256(batch.anchoredAt) * 1000 + FUTURE_TOLERANCE_MS;
        require(
            shown.meta.firstMs() > latestMs || shown.meta.lastMs() > latestMs,
            NothingWrong(Case.FromTheFuture)
        );
        _convict(Case.FromTheFuture, streamId, node.batch, shown);
    }

    /// @inheritdoc IChallenges
    function badDirectory(
        bytes32 salt,
        uint256 batch,
        Directory.Entry calldata first,
        Directory.Entry calldata second
    ) external committed(salt) {
        require(!isVoid(batch), AlreadyVoid(second.streamId, batch));
        IBatchLedger.Batch memory anchored = _inTime(batch);
        _requireEntry(anchored, batch, first);
        _requireEntry(anchored, batch, second);
        require(
            first.index < second.index && first.streamId >= second.streamId,
            NothingWrong(Case.BadDirectory)
        );

        _voidBatch(batch);
        emit Convicted(Case.BadDirectory, batch, second.streamId, 0, second.index, msg.sender);
        // Every stream of the batch suffered, none more than another.
        BOND.slash(LEDGER.operatorOf(batch), bytes32(0), msg.sender);
    }

    /// @inheritdoc IChallenges
    function equivocation(bytes32 streamId, bytes calldata oneFrame, bytes calldata otherFrame) external {
        IDeviceRegistry.Device memory probe = REGISTRY.device(streamId);
        Frame memory one = frameFrom(oneFrame);
        Frame memory other = frameFrom(otherFrame);
        require(
            one.schema() == SCHEMA &&
                other.schema() == SCHEMA &&
                one.seq() == other.seq() &&
                one.recordHash() != other.recordHash() &&
                one.isSignedBy(probe.x, probe.y) &&
                other.isSignedBy(probe.x, probe.y),
            NothingWrong(Case.Equivocation)
        );

        // By time and not by number: what a window proof carries are times.
        _suspect(streamId, uint48(Math.min(one.timeMs(), other.timeMs())));
        emit Convicted(Case.Equivocation, 0, streamId, 0, one.seq(), msg.sender);
    }

    /// @inheritdoc IChallenges
    function challengeSeconds() external view returns (uint256) {
        return CHALLENGE_SECONDS;
    }

    function _convict(Case code, bytes32 streamId, uint256 batch, StreamTree.Node memory node) private {
        _voidThrough(streamId, LEDGER.lastBatch());
        _punish(code, streamId, batch, node.place.level(), node.place.index());
    }

    /// @dev What was anchored before stands: only one of two batches can be shown false by their difference.
    function _convictFromHere(Case code, bytes32 streamId, uint256 batch, uint256 level, uint256 index) private {
        _voidRange(streamId, batch, LEDGER.lastBatch());
        _punish(code, streamId, batch, level, index);
    }

    function _punish(Case code, bytes32 streamId, uint256 batch, uint256 level, uint256 index) private {
        emit Convicted(code, batch, streamId, level, index, msg.sender);
        BOND.slash(LEDGER.operatorOf(batch), streamId, msg.sender);
    }

    /// @dev The node of a case that opens one, with all that it says.
    function _open(
        bytes32 streamId,
        Opening.Proof calldata proof
    ) private view returns (StreamTree.Node memory) {
        return Opening.openBody(proof, _challengeable(streamId, proof.batch), streamId);
    }

    function _challengeable(bytes32 streamId, uint256 number) private view returns (IBatchLedger.Batch memory) {
        require(isUsable(streamId, number), AlreadyVoid(streamId, number));
        return _inTime(number);
    }

    function _inTime(uint256 number) private view returns (IBatchLedger.Batch memory batch) {
        batch = LEDGER.batch(number);
        require(batch.anchoredAt > 0, IWindowVerifier.UnknownBatch(number));
        uint256 end = batch.anchoredAt + CHALLENGE_SECONDS;
        require(block.timestamp <= end, ChallengeTimeOver(number, end));
    }

    /// @dev The earlier of two batches needs no time left: it stands, and the later one differs.
    function _usableBefore(
        bytes32 streamId,
        uint256 earlier,
        uint256 later
    ) private view returns (IBatchLedger.Batch memory) {
        require(earlier < later, NotLater(earlier, later));
        require(isUsable(streamId, earlier), AlreadyVoid(streamId, earlier));
        return LEDGER.batch(earlier);
    }

    function _requireComplete(StreamTree.Node memory node, uint256 size) private pure {
        (uint256 level, uint256 index) = (node.place.level(), node.place.index());
        require((index + 1) << level <= size, NotComplete(level, index, size));
    }

    function _requireEntry(
        IBatchLedger.Batch memory batch,
        uint256 number,
        Directory.Entry calldata entry
    ) private pure {
        require(
            Opening.contains(batch, entry.streamId, entry.size, entry.root, entry.index, entry.siblings),
            IWindowVerifier.NotInDirectory(entry.streamId, number)
        );
    }

    /// @dev The frame that hangs below a leaf, its signature as it stands there.
    function _frameIn(StreamTree.Node memory leaf, bytes calldata raw) private pure returns (Frame memory frame) {
        (uint256 level, uint256 index) = (leaf.place.level(), leaf.place.index());
        frame = frameFrom(raw);
        require(level == 0 && frame.insideAt(index) == leaf.inside, NotOpened(level, index));
    }
}
