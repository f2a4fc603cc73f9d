// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Terms} from "./Terms.sol";

/// @title What becomes of the policyholders' fund
/// @notice A slash, or half of a losing bond, goes to who was insured on the stream when it happened. The first policy that
///         asks takes it: those of one pond have one farmer. What nobody takes becomes capital.
interface IFundPayouts {
    /// @param streamId whose policyholders it is for; zero: those of all streams, so the pool
    /// @param creditedAt seconds; whose cover was in force then
    struct Credit {
        bytes32 streamId;
        uint128 amount;
        uint40 creditedAt;
    }

    /// @notice From now on and for ever these two contracts credit the fund.
    event FundConnected(address bond, address disputes);
    /// @notice Money came in.
    event FundCredited(uint256 indexed credit, bytes32 indexed streamId, uint256 amount);
    /// @notice A policy's holder took it.
    event FundTaken(uint256 indexed credit, uint256 indexed policy, address indexed holder, uint256 amount);
    /// @notice It became capital.
    event FundToPool(uint256 indexed credit, uint256 amount);

    error AlreadyConnected();
    error NotASource(address caller);
    error NoSuchCredit(uint256 credit);
    error NotInForceThen(uint256 policy, uint40 thenAt);
    error NotItsStream(uint256 policy, bytes32 streamId);
    error PolicyholdersFirst(uint256 credit, uint256 until);

    /// @notice Names who credits the fund, once and for ever. Governor only, at deployment.
    function connect(address bond, address disputes) external;

    /// @notice Pays a credit to the holder of a policy that was in force and names the stream. Anybody.
    function take(uint256 credit, uint256 policy, Terms calldata terms) external;

    /// @notice Gives the pool what nobody took in time, or what is for nobody in particular. Anybody.
    function toPool(uint256 credit) external;

    /// @notice A credit that nobody took yet; all zero where there is none.
    function creditOf(uint256 credit) external view returns (Credit memory);
}
