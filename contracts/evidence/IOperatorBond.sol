// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBatchLedger} from "./IBatchLedger.sol";
import {IPolicyholdersFund} from "./IPolicyholdersFund.sol";

/// @title The operator's bond
/// @notice What a batch operator loses when somebody convicts him. Without enough of it nothing can be anchored.
/// @dev Each operator has his own: who takes over from another neither inherits his bond nor pays for his lies. Safety: the
///      token moves what it is told to, and nothing else of this contract's. Slashing moves no token, so that no token, fund
///      or challenger can keep a conviction from happening.
interface IOperatorBond {
    /// @param minimum below which an operator may not anchor
    /// @param slashed what one conviction takes
    /// @param cooldownSeconds how long a withdrawal waits
    struct Rules {
        uint128 minimum;
        uint96 slashed;
        uint40 cooldownSeconds;
    }

    /// @param bond what counts for anchoring
    /// @param leaving what was asked back; it can be slashed until it is paid
    /// @param askedAt when it was last asked for, in seconds
    struct Stake {
        uint128 bond;
        uint128 leaving;
        uint40 askedAt;
    }

    /// @notice What the bond works with is fixed.
    event Connected(address indexed ledger, address indexed challenges, address indexed fund);
    /// @notice An operator's bond grew.
    event BondPosted(address indexed operator, address indexed from, uint256 amount, uint256 bond);
    /// @notice An operator wants a part back.
    event WithdrawalRequested(address indexed operator, uint256 amount, uint40 payableFrom);
    /// @notice A part of a bond was paid back.
    event BondWithdrawn(address indexed operator, uint256 amount);
    /// @notice A conviction: a tenth is the challenger's, the rest the policyholders' of the stream.
    /// @param streamId zero where all streams of a batch suffered
    event BondSlashed(
        address indexed operator,
        bytes32 indexed streamId,
        address indexed challenger,
        uint256 reward,
        uint256 toPolicyholders
    );
    /// @notice A challenger took his rewards.
    event RewardCollected(address indexed challenger, uint256 amount);
    /// @notice The policyholders' part of slashes for a stream went to their fund.
    event Forwarded(bytes32 indexed streamId, uint256 amount);

    error AlreadyConnected(address ledger);
    error ImpossibleRules(uint256 minimum, uint256 slashed);
    error OnlyChallenges(address caller);
    error NotSoMuch(uint256 asked, uint256 bond);
    error NothingToPay();
    error TokenTookAFee(uint256 sent, uint256 received);
    error NotYetPayable(uint256 payableFrom);

    /// @notice Names the ledger, the challenges and the fund, once and for good. Governor, at deployment.
    function connect(IBatchLedger ledger, address challenges, IPolicyholdersFund fund) external;

    /// @notice Adds to an operator's bond from the caller's tokens. Anybody.
    function post(address operator, uint256 amount) external;

    /// @notice Asks for a part of the caller's bond. It counts for anchoring no more, and can be slashed until it is paid.
    /// @dev The waiting time of what was asked for before begins anew.
    function requestWithdrawal(uint256 amount) external;

    /// @notice Pays the caller what he asked for, once the cooldown has passed since he did and since his last batch.
    function withdraw() external;

    /// @notice Takes what a conviction costs, or what is left, and books it. Challenges only.
    function slash(address operator, bytes32 streamId, address challenger) external;

    /// @notice Pays the caller's rewards: all that were booked, and that of the newest slash for this stream.
    function collectReward(bytes32 streamId) external;

    /// @notice Hands the policyholders' part of slashes for a stream to their fund. Anybody.
    function forward(bytes32 streamId) external;

    /// @notice True while the operator's bond suffices for anchoring.
    function suffices(address operator) external view returns (bool);

    /// @notice An operator's bond.
    function stake(address operator) external view returns (Stake memory);

    /// @notice When what the operator has asked for becomes payable, in seconds; later with every batch that he anchors.
    function payableFrom(address operator) external view returns (uint256);

    /// @notice What `collectReward` would pay.
    function rewardOf(address challenger, bytes32 streamId) external view returns (uint256);

    /// @notice What the policyholders of a stream have got by slashes and nobody has forwarded yet.
    function owedTo(bytes32 streamId) external view returns (uint256);

    /// @notice How long a withdrawal waits.
    function cooldownSeconds() external view returns (uint256);
}
