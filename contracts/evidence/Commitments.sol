// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICommitments} from "./ICommitments.sol";

/// @title Commitments
/// @notice A block number for each hash, and the check that a call was committed to.
abstract contract Commitments is ICommitments {
    /// @dev Selector and salt, the first argument of whatever is committed to.
    uint256 private constant HEAD_BYTES = 36;

    mapping(bytes32 commitment => uint256) private _committedIn;

    /// @dev For external functions whose first argument is the salt.
    modifier committed(bytes32 salt) {
        _requireCommitted(salt);
        _;
    }

    /// @inheritdoc ICommitments
    function commit(bytes32 commitment) external {
        if (_committedIn[commitment] > 0) return;

        _committedIn[commitment] = block.number;
        emit Committed(commitment, msg.sender);
    }

    /// @inheritdoc ICommitments
    function committedIn(bytes32 commitment) external view returns (uint256) {
        return _committedIn[commitment];
    }

    function _requireCommitted(bytes32 salt) private view {
        bytes32 evidence = keccak256(bytes.concat(msg.sig, msg.data[HEAD_BYTES:]));
        bytes32 commitment = keccak256(abi.encode(msg.sender, salt, evidence));
        uint256 since = _committedIn[commitment];
        require(since > 0, NotCommitted(commitment));
        require(since < block.number, CommittedInThisBlock(commitment));
    }
}
