// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The insurer's capital and the policyholders' premiums over one ERC-20
/// @notice Whoever deposits capital or pays a premium approves this contract, which holds the money. It keeps its own
///         books and never reads a balance as one.
/// @dev Safe as long as the token moves exactly what it is asked to move (checked on the way in) and does not take
///      balances away; live as long as it does not refuse a payee.
interface IPool {
    /// @notice From now on and for ever this contract locks, pays and keeps premium here.
    event PoliciesSet(address policies);
    /// @notice The insurer's capital grew.
    event CapitalDeposited(address indexed from, uint256 amount);
    /// @notice Free capital left the pool.
    event CapitalWithdrawn(address indexed to, uint256 amount);
    /// @notice Capital was set aside for a policy; `locked` is all that is.
    event CapitalLocked(uint256 amount, uint256 locked);
    /// @notice Capital that a policy did not need is free again.
    event CapitalReleased(uint256 amount, uint256 locked);
    /// @notice A part of a premium came in, not earned yet.
    event PremiumTaken(address indexed payer, uint256 amount);
    /// @notice The premium of a policy that ran its time became capital.
    event PremiumEarned(uint256 amount);
    /// @notice A part of a premium went back to who had paid it.
    event PremiumGivenBack(address indexed payer, uint256 amount);
    /// @notice A claim was paid out of locked capital.
    event PayoutMade(address indexed to, uint256 amount);

    error OnlyPolicies(address caller);
    error PoliciesAlreadySet(address policies);
    error Insolvent(uint256 free, uint256 asked);
    error MoreThanLocked(uint256 locked, uint256 asked);
    error MoreThanUnearned(uint256 unearned, uint256 asked);
    error TokenTookAFee(uint256 sent, uint256 received);

    /// @notice Adds to the insurer's capital. Anybody; it gives no claim on anything.
    function deposit(uint256 amount) external;

    /// @notice Takes free capital out, to the caller; what is locked or an unearned premium stays. Insurer's treasury only.
    function withdraw(uint256 amount) external;

    /// @notice Names the policies contract, once and for ever. Governor only, at deployment.
    function setPolicies(address policies) external;

    /// @notice Locks capital for what a policy may pay. The policies contract only, like all up to `pay`.
    function lock(uint256 amount) external;

    /// @notice Frees locked capital.
    function release(uint256 amount) external;

    /// @notice Takes a part of a premium from its payer. It stays unearned until the policy has run its time.
    function takePremium(address payer, uint256 amount) external;

    /// @notice Turns unearned premium into capital.
    function earnPremium(uint256 amount) external;

    /// @notice Gives unearned premium back.
    function returnPremium(address payer, uint256 amount) external;

    /// @notice Pays a claim out of locked capital.
    function pay(address to, uint256 amount) external;

    /// @notice The ERC-20 that the pool holds.
    function token() external view returns (address);

    /// @notice Capital that belongs to the insurer, locked part included.
    function capital() external view returns (uint256);

    /// @notice Part of the capital that policies in force may still need.
    function locked() external view returns (uint256);

    /// @notice Premium that may have to go back.
    function unearned() external view returns (uint256);
}
