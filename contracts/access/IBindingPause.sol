// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Who is told when binding pauses
/// @notice Told rather than asking, so that binding costs no call more.
interface IBindingPause {
    /// @notice No policy is bound before `until`, in seconds. The pauses contract only.
    function pauseBinding(uint40 until) external;
}
