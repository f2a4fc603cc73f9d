// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IClaims} from "./IClaims.sol";
import {Terms} from "./Terms.sol";

/// @title Disputes: bonds, grounds, and an arbiter who is neither side
/// @notice Whoever stands against a claim that the contract computed puts a bond at risk, half of which goes to the other
///         side and half to the policyholders when he is wrong. Nobody can hold a claim up for ever: the arbiter's and
///         everybody else's time runs out.
interface IDisputes {
    /// @dev The insurer's side: the insurer of the policy, or who holds the claims officer's role.
    enum Side {
        None,
        Holder,
        Insurer
    }

    /// @param by who put up the bond
    /// @param side for whom he spoke
    /// @param amount the amount that he stands against
    struct Case {
        address by;
        Side side;
        uint256 amount;
    }

    /// @notice One side stands against a claim. `reason` is the salted hash of its statement.
    event DisputeOpened(
        uint256 indexed claim,
        address indexed by,
        Side side,
        IClaims.Ground ground,
        uint256 amount,
        bytes32 reason
    );
    /// @notice The arbiter decided on the claim as it stood with `onAmount`: it pays `amount`.
    event DisputeRuled(uint256 indexed claim, address indexed arbiter, uint256 onAmount, uint256 amount);
    /// @notice A dispute ended without a ruling.
    event DisputeEnded(uint256 indexed claim, uint256 amount);
    /// @notice One side demands the data behind a claim.
    event DataDemanded(uint256 indexed claim, address indexed by, Side side);
    /// @notice A demand ended; `answeredBy` is zero where nobody had to answer.
    event DemandEnded(uint256 indexed claim, address indexed answeredBy);
    /// @notice An account may withdraw this much more.
    event Credited(address indexed account, uint256 amount);
    /// @notice An account's credit was paid.
    event Withdrawn(address indexed account, uint256 amount);

    error NoBond();
    error NotAParty(uint256 claim, address caller);
    error ArbiterIsAParty(uint256 claim, address arbiter);
    error NotAGround(IClaims.Ground ground);
    error SpokenBefore(uint256 claim, Side side);
    error AlreadyDemanded(uint256 claim);
    error NothingCredited(address account);
    error OnlyClaims(address caller);

    /// @notice Disputes an evaluated claim before its time for challenges is over, on Numbers, Place, Source or Cause. The
    ///         holder or the insurer's side, once each for a tier; takes the bond from the caller.
    /// @param reason salted hash of the statement that the arbiter gets
    function dispute(uint256 claim, Terms calldata terms, IClaims.Ground ground, bytes32 reason) external;

    /// @notice Demands the data of a claim's window: a raw proof by anybody answers it through `Claims.correct` and takes
    ///         half the bond. The holder or the insurer's side, once for a tier; takes the bond from the caller.
    function demand(uint256 claim, Terms calldata terms) external;

    /// @notice Rejects a claim whose data was not shown in time, and returns the bond. Anybody.
    function rejectUnanswered(uint256 claim) external;

    /// @notice Decides a disputed claim. An arbiter only, who is on neither side.
    /// @param onAmount the amount that he decides on; reverts when the claim was topped up meanwhile
    /// @param amount the same to uphold, 0 to reject, any other up to the highest tier's to set it
    function rule(uint256 claim, Terms calldata terms, uint256 onAmount, uint256 amount) external;

    /// @notice Ends a dispute whose arbiter is late: the evaluation stands, bonds go back. Anybody.
    function timeOut(uint256 claim, Terms calldata terms) external;

    /// @notice Asks the arbiter for a payment that the index does not give, within the terms' `auditSublimit`. The holder
    ///         only, from the beginning of cover to the end of run-off.
    /// @param documents salted hash of what shows the loss
    function openAudit(
        uint256 policy,
        Terms calldata terms,
        uint256 amount,
        bytes32 documents
    ) external returns (uint256 claim);

    /// @notice Pays what an account was credited. Anybody; the money goes to the account.
    function withdraw(address account) external returns (uint256 amount);

    /// @notice A raw proof answered a demand, ended a dispute about numbers, or both: the claim pays `amount` now. The
    ///         claims contract only.
    /// @param streamId a stream of the claim, whose policyholders get half of a losing bond
    function onRawProof(uint256 claim, bytes32 streamId, uint256 amount, address by) external;

    /// @notice What stood against a claim stands against nothing any more: bonds go back. The claims contract only.
    function onMoot(uint256 claim) external;

    /// @notice The dispute that is open on a claim; all zero where none is.
    function disputeOf(uint256 claim) external view returns (Case memory);

    /// @notice The demand that is open on a claim; all zero where none is.
    function demandOf(uint256 claim) external view returns (Case memory);

    /// @notice What an account can withdraw.
    function creditOf(address account) external view returns (uint256);

    /// @notice All bonds and credits that are held here.
    function held() external view returns (uint256);
}
