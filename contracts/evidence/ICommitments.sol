// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Commit first, reveal later
/// @notice Whoever convicts has said so at least one block before, without saying of what: so nobody takes the reward
///         from him by copying his transaction, and the operator does not outrun him.
interface ICommitments {
    /// @notice Somebody holds evidence.
    event Committed(bytes32 indexed commitment, address indexed by);

    error NotCommitted(bytes32 commitment);
    error CommittedInThisBlock(bytes32 commitment);

    /// @notice Commits to a challenge that is sent in a later block. Anybody; the first time counts.
    /// @param commitment keccak256(abi.encode(challenger, salt, keccak256(selector ‖ the arguments after the salt))), the
    ///        arguments as they are encoded in the transaction
    function commit(bytes32 commitment) external;

    /// @notice Block in which something was committed; 0 where it was not.
    function committedIn(bytes32 commitment) external view returns (uint256);
}
