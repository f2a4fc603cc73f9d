// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Pauses: two guardians may stop new policies or new claims for a while
/// @notice At most 14 days in any 90, each pause counted as one day at least. A pause moves the deadlines of claims and
///         nothing else: it never stops proving on a claim that is open, disputing, finishing or collecting, and cover
///         ends when the terms say.
interface IPauses {
    /// @notice What may be paused, one by one.
    enum Act {
        Bind, // new policies
        Prove // new claims
    }

    /// @notice A guardian wants a pause; another one can put it into force until `expiresAt`.
    event PauseProposed(Act indexed act, address indexed guardian, uint40 expiresAt);
    /// @notice The act is paused until `until`, or until a guardian resumes it.
    event Paused(Act indexed act, address indexed first, address indexed second, uint40 until);
    /// @notice A guardian ended a pause early.
    event Resumed(Act indexed act, address indexed guardian);

    error ActPaused(Act act, uint40 until);
    error NotPaused(Act act);
    error PoliciesAlreadyNamed(address policies);
    error PausedEnough(Act act, uint256 pausedSeconds);

    /// @notice Asks for a pause; the same call of a second guardian within a day puts it into force. Guardians only.
    function pause(Act act) external;

    /// @notice Names the policies contract, which is told when binding pauses. Once and for ever; governor, at deployment.
    function setPolicies(address policies) external;

    /// @notice Ends a pause early. One guardian is enough.
    function resume(Act act) external;

    /// @notice Reverts with `ActPaused` while the act is paused.
    function requireRunning(Act act) external view;

    /// @notice When the act goes on, in seconds; a time that has passed where it is not paused.
    function pausedUntil(Act act) external view returns (uint40);

    /// @notice Paused seconds from `from` to `to`, which may lie in the future: a pause in force counts to its end.
    function pausedBetween(Act act, uint256 from, uint256 to) external view returns (uint256);

    /// @notice The moment by which the act was free for `duration` seconds since `from`.
    function deadline(Act act, uint256 from, uint256 duration) external view returns (uint256);
}
