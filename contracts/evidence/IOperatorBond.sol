// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The operator's bond
/// @notice What a batch operator loses when somebody convicts him. Without enough of it nothing can be anchored.
interface IOperatorBond {
    /// @notice The bond grew.
    event BondPosted(address indexed from, uint256 amount, uint256 bond);
    /// @notice The operator wants a part back; it counts no more for anchoring, and can be slashed until it is paid.
    event WithdrawalRequested(uint256 amount, uint40 payableFrom);
    /// @notice A part of the bond was paid back.
    event BondWithdrawn(address indexed to, uint256 amount);
    /// @notice A conviction: a tenth went to the challenger, the rest to the policyholders of the stream.
    event BondSlashed(bytes32 indexed streamId, address indexed challenger, uint256 reward, uint256 toPolicyholders);

    /// @notice True while the bond suffices for anchoring.
    function suffices() external view returns (bool);
}
