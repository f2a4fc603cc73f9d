// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Directory} from "./Directory.sol";
import {Fork} from "./Fork.sol";
import {ICommitments} from "./ICommitments.sol";
import {IStreamStanding} from "./IStreamStanding.sol";
import {Opening} from "./Opening.sol";

/// @title Challenges
/// @notice Ten ways to convict a false batch, each in one transaction, open to anybody, without a bond (protocol §6). All
///         but `equivocation` slash the operator who anchored the batch and need a commitment of an earlier block; each
///         reverts where its evidence shows nothing wrong.
/// @dev Safety: no case succeeds against an honest batch, whatever evidence is made up and however much gas is sent.
///      Liveness: whoever holds a stream's frames and the anchored tree's nodes convicts any difference, while the batch's
///      time for challenges runs.
interface IChallenges is ICommitments, IStreamStanding {
    /// @dev In the order of protocol §6.
    enum Case {
        BadCombine,
        BadSignature,
        BadInside,
        BadChain,
        BadOccupancy,
        Rewritten,
        Shrunk,
        FromTheFuture,
        BadDirectory,
        Equivocation
    }

    /// @notice Something false was anchored, and this is what was shown.
    /// @param batch the later batch of two; 0 for `Equivocation`, which no batch shows
    /// @param level, index the node shown, or the upper one of several; for `BadDirectory` level 0 and the second entry's
    ///        position; for `Equivocation` level 0 and the record's number; else 0
    event Convicted(
        Case indexed code,
        uint256 indexed batch,
        bytes32 indexed streamId,
        uint256 level,
        uint256 index,
        address challenger
    );

    error NothingWrong(Case code);
    error AlreadyVoid(bytes32 streamId, uint256 batch);
    error ChallengeTimeOver(uint256 batch, uint256 since);
    error NotTheChildren(uint256 level, uint256 index);
    error NotOpened(uint256 level, uint256 index);
    error NotTheSameNode(uint256 level, uint256 index);
    error NotComplete(uint256 level, uint256 index, uint256 size);
    error NotLater(uint256 earlier, uint256 later);
    error CooldownTooShort(uint256 cooldownSeconds, uint256 challengeSeconds);

    /// @notice An inner node is not the combination of its two children, or they are out of order.
    /// @param fork the two children, below the node as `top`, with empty paths
    function badCombine(bytes32 salt, bytes32 streamId, Fork.Proof calldata fork) external;

    /// @notice A reading's signature does not verify under the stream's key.
    /// @param frame the reading's 160 bytes
    function badSignature(
        bytes32 salt,
        bytes32 streamId,
        Opening.Proof calldata leaf,
        bytes calldata frame
    ) external;

    /// @notice A node does not follow from what hangs below it, or that is nothing that may hang there.
    /// @param below the bytes whose hash is the node's `inside`
    function badInside(
        bytes32 salt,
        bytes32 streamId,
        Opening.Proof calldata node,
        bytes calldata below
    ) external;

    /// @notice Of two neighbouring readings, the later one's `prev` is not the hash of the earlier one.
    /// @param fork their two leaves
    function badChain(
        bytes32 salt,
        bytes32 streamId,
        Fork.Proof calldata fork,
        bytes calldata earlierFrame,
        bytes calldata laterFrame
    ) external;

    /// @notice A node's count and missing contradict the stream's size, or something stands where nothing can, or nothing
    ///         where something must; or no tree has the stream's size.
    /// @param node by its digest alone where that says enough
    function badOccupancy(bytes32 salt, bytes32 streamId, Opening.Proof calldata node) external;

    /// @notice One complete node with two digests in two batches, of which neither is void for the stream.
    function rewritten(
        bytes32 salt,
        bytes32 streamId,
        Opening.Proof calldata earlier,
        Opening.Proof calldata later
    ) external;

    /// @notice A stream is smaller in a later batch, or absent from it.
    /// @param laterEntries the stream's entry in the later batch; or, where it is absent, the entry before where it would
    ///        stand and the one after it, or the last or the first one where there is only one side
    function shrunk(
        bytes32 salt,
        bytes32 streamId,
        uint256 earlierBatch,
        Directory.Entry calldata earlierEntry,
        uint256 laterBatch,
        Directory.Entry[] calldata laterEntries
    ) external;

    /// @notice A node tells of a reading later than its batch's block time and 300 s.
    function fromTheFuture(bytes32 salt, bytes32 streamId, Opening.Proof calldata node) external;

    /// @notice Of two entries of one directory, the further one has not the greater stream id.
    function badDirectory(
        bytes32 salt,
        uint256 batch,
        Directory.Entry calldata first,
        Directory.Entry calldata second
    ) external;

    /// @notice A probe signed two different records under one number. Slashes nobody and needs no commitment.
    function equivocation(bytes32 streamId, bytes calldata oneFrame, bytes calldata otherFrame) external;

    /// @notice For how long after its block a batch can be challenged, in seconds.
    function challengeSeconds() external view returns (uint256);
}
