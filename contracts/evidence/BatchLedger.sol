// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {Roles} from "../access/Roles.sol";
import {IBatchLedger} from "./IBatchLedger.sol";
import {IOperatorBond} from "./IOperatorBond.sol";

/// @title Batch ledger
/// @notice Batches in order, by one operator, at two words each.
contract BatchLedger is IBatchLedger, AccessManaged {
    /// @dev Two words a batch. `content` is a truncated hash of what only the event holds (readings, manifest): enough
    ///      to tell a repetition from other content under the same number.
    struct Entry {
        bytes32 directoryRoot;
        uint40 anchoredAt;
        uint32 streamCount;
        bytes23 content;
    }

    /// @param firstBatch the first one that this operator could anchor
    struct Term {
        address operator;
        uint96 firstBatch;
    }

    IOperatorBond private immutable BOND;

    /// @dev One word, so that who anchors and what comes next cost one read.
    address private _operator;
    uint96 private _lastBatch;

    mapping(uint256 number => Entry) private _entries;

    /// @dev INVARIANT: append-only, `firstBatch` never falls. The last one's operator is `_operator`.
    Term[] private _terms;

    constructor(address initialAuthority, IOperatorBond bond) AccessManaged(initialAuthority) {
        BOND = bond;
    }

    /// @inheritdoc IBatchLedger
    function anchor(
        uint256 number,
        bytes32 directoryRoot,
        uint256 streamCount,
        uint256 readings,
        bytes32 manifest
    ) external {
        require(msg.sender == _operator, NotOperator(msg.sender));
        bytes23 content = bytes23(Hashes.efficientKeccak256(bytes32(readings), manifest));
        uint256 last = _lastBatch;
        if (number <= last) return _requireSame(number, directoryRoot, streamCount, content);
        require(number == last + 1, NotNext(number, last + 1));
        require(BOND.suffices(msg.sender), BondTooLow(msg.sender));
        require(streamCount > 0, EmptyBatch());
        require(streamCount <= type(uint32).max, TooMany(streamCount));

        _lastBatch = uint96(number);
        Entry storage entry = _entries[number];
        entry.directoryRoot = directoryRoot;
        (entry.anchoredAt, entry.streamCount, entry.content) = (uint40(block.timestamp), uint32(streamCount), content);
        emit BatchAnchored(number, directoryRoot, streamCount, readings, manifest);
    }

    /// @inheritdoc IBatchLedger
    function setOperator(address next) external restricted {
        if (next != address(0)) {
            (bool member, ) = IAccessManager(authority()).hasRole(Roles.OPERATOR, next);
            require(member, NotInTheOperatorRole(next));
        }

        _operator = next;
        _terms.push(Term({operator: next, firstBatch: _lastBatch + 1}));
        emit OperatorChanged(next);
    }

    /// @inheritdoc IBatchLedger
    function operator() external view returns (address) {
        return _operator;
    }

    /// @inheritdoc IBatchLedger
    function operatorOf(uint256 number) external view returns (address) {
        require(number > 0 && number <= _lastBatch, NotAnchored(number));
        uint256 i = _terms.length - 1;
        while (_terms[i].firstBatch > number) --i;
        return _terms[i].operator;
    }

    /// @inheritdoc IBatchLedger
    function lastBatchOf(address anchoredBy) external view returns (uint256 last) {
        last = _lastBatch;
        for (uint256 i = _terms.length; i > 0; --i) {
            Term memory term = _terms[i - 1];
            if (term.operator == anchoredBy && term.firstBatch <= last) return last;
            last = term.firstBatch - 1;
        }
    }

    /// @inheritdoc IBatchLedger
    function lastBatch() external view returns (uint256) {
        return _lastBatch;
    }

    /// @inheritdoc IBatchLedger
    function batch(uint256 number) external view returns (Batch memory) {
        Entry storage entry = _entries[number];
        return
            Batch({
                directoryRoot: entry.directoryRoot,
                streamCount: entry.streamCount,
                anchoredAt: entry.anchoredAt
            });
    }

    function _requireSame(uint256 number, bytes32 directoryRoot, uint256 streamCount, bytes23 content) private view {
        require(number > 0, NotNext(number, uint256(_lastBatch) + 1));
        Entry memory entry = _entries[number];
        require(
            entry.directoryRoot == directoryRoot && entry.streamCount == streamCount && entry.content == content,
            OtherContent(number)
        );
    }
}
