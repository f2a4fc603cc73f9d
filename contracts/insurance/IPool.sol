// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The insurer's capital and the policyholders' premiums over one ERC-20
/// @notice Whoever deposits capital or pays a premium approves this contract, which holds the money. It keeps its own
///         books and never reads a balance as one. Capital is held in shares, an ERC-20 of their own.
/// @dev What is locked, freed and reserved follows from the events of policies and claims, which are not repeated here.
///      Safe as long as the token moves exactly what it is asked to move (checked on the way in) and does not take
///      balances away; live as long as it does not refuse a payee.
interface IPool {
    /// @param shares in the pool's hands until the request is over
    /// @param from, until seconds between which they can be redeemed
    struct Redemption {
        uint128 shares;
        uint40 from;
        uint40 until;
    }

    /// @notice From now on and for ever this contract locks, pays and keeps premium here.
    event PoliciesSet(address policies);
    /// @notice The insurer's capital grew, and with it the depositor's shares.
    event CapitalDeposited(address indexed from, uint256 amount, uint256 shares);
    /// @notice The insurer's capital grew, and with it what every share is worth.
    event CapitalContributed(address indexed from, uint256 amount);
    /// @notice Shares wait to be redeemed.
    event RedemptionRequested(address indexed owner, uint256 shares, uint40 from, uint40 until);
    /// @notice A request is over without being redeemed; its shares are the owner's again.
    event RedemptionEnded(address indexed owner, uint256 shares);
    /// @notice Free capital left the pool for shares that are gone; `back` are the owner's again.
    event CapitalRedeemed(address indexed owner, uint256 amount, uint256 burned, uint256 back);
    /// @notice A part of a premium came in, not earned yet.
    event PremiumTaken(address indexed payer, uint256 amount);
    /// @notice The premium of a policy that is over became capital, less the provider's fee.
    event PremiumEarned(uint256 amount, address indexed provider, uint256 fee);
    /// @notice A part of a premium went back to who had paid it.
    event PremiumGivenBack(address indexed payer, uint256 amount);
    /// @notice A provider took his fees.
    event FeesPaid(address indexed provider, uint256 amount);
    /// @notice A claim was paid out of reserved capital.
    event PayoutMade(address indexed to, uint256 amount);

    error OnlyPolicies(address caller);
    error PoliciesAlreadySet(address policies);
    error Insolvent(uint256 free, uint256 asked);
    error MoreThanLocked(uint256 locked, uint256 asked);
    error MoreThanReservedInAll(uint256 reserved, uint256 asked);
    error MoreThanUnearned(uint256 unearned, uint256 asked);
    error MoreThanOwed(uint256 owed, uint256 asked);
    error TokenTookAFee(uint256 sent, uint256 received);
    error NoShares();
    error RedemptionPending(address owner);
    error NotRedeemable(address owner, uint40 from, uint40 until);

    /// @notice Adds to the capital, for shares at its price before what open claims may take. Anybody.
    function deposit(uint256 amount) external returns (uint256 shares);

    /// @notice Adds to the capital for nothing in return. Anybody.
    function contribute(uint256 amount) external;

    /// @notice Hands shares over to be redeemed after the cooldown, which is longer than any claim can take. They are
    ///         redeemable for seven days; then the request has lapsed. One request at a time.
    function requestRedemption(uint256 shares) external;

    /// @notice Gives the shares of a request back: the caller's at any time, and anybody's once lapsed.
    function endRedemption(address owner) external;

    /// @notice Redeems the caller's request at the price of now, after what open claims may take, and for at most his part of
    ///         the unlocked capital. Shares beyond that go back to him.
    function redeem() external returns (uint256 amount);

    /// @notice Pays a provider what he has earned. Anybody; the money goes to the provider.
    function payFees(address provider) external;

    /// @notice Names the policies contract, once and for ever. Governor only, at deployment.
    function setPolicies(address policies) external;

    /// @notice Locks capital for what a policy may pay. The policies contract only, like all up to `pay`.
    function lock(uint256 amount) external;

    /// @notice Frees locked capital that is not reserved.
    function release(uint256 amount) external;

    /// @notice Reserves locked capital for a claim.
    function reserve(uint256 amount) external;

    /// @notice Undoes a reservation; the capital stays locked.
    function unreserve(uint256 amount) external;

    /// @notice Takes a part of a premium from its payer. It stays unearned until the policy is over.
    function takePremium(address payer, uint256 amount) external;

    /// @notice Turns unearned premium into capital, and into a fee that the provider may take.
    function earnPremium(uint256 amount, address provider, uint256 fee) external;

    /// @notice Gives unearned premium back.
    function returnPremium(address payer, uint256 amount) external;

    /// @notice Pays a claim out of reserved capital.
    function pay(address to, uint256 amount) external;

    /// @notice The ERC-20 that the pool holds.
    function token() external view returns (address);

    /// @notice Time between asking for and getting capital, in seconds.
    function cooldownSeconds() external view returns (uint256);

    /// @notice Capital that belongs to the shareholders, locked part included.
    function capital() external view returns (uint256);

    /// @notice Part of the capital that policies in force may still need.
    function locked() external view returns (uint256);

    /// @notice Part of the locked capital that open claims may take.
    function reserved() external view returns (uint256);

    /// @notice Premium that may have to go back.
    function unearned() external view returns (uint256);

    /// @notice Fees that providers have earned and not taken.
    function owed() external view returns (uint256);

    /// @notice What a provider has earned and not taken.
    function feesOf(address provider) external view returns (uint256);

    /// @notice What so many shares are worth now, after what open claims may take.
    function convertToAssets(uint256 shares) external view returns (uint256);

    /// @notice The shares that a deposit would give now.
    function convertToShares(uint256 assets) external view returns (uint256);

    /// @notice An owner's request; all zero where there is none.
    function redemptionOf(address owner) external view returns (Redemption memory);
}
