// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IWindowVerifier} from "../evidence/IWindowVerifier.sol";
import {Terms} from "./Terms.sol";

/// @title Claims: the contract computes from signed readings whether the insured event happened
/// @notice A claim is one occurrence of one peril under one policy. Proving a longer window of it pays the difference.
interface IClaims {
    enum State {
        None,
        Evaluated, // amount reserved, time for challenges running
        Payable,
        Paid,
        Merged // became a part of another claim
    }

    /// @param probe index into the terms' probes
    /// @param window proof of the claim's window for this probe
    /// @param before the 160-byte frame of the reading before the window; empty where this probe does not show it
    struct Evidence {
        uint256 probe;
        IWindowVerifier.WindowProof window;
        bytes before;
    }

    /// @param fromMs, toMs the occurrence so far: the union of the windows proven
    /// @param payoutBps highest tier met
    /// @param amount what the occurrence pays in all, reserved and paid together
    /// @param paid what was collected of it
    /// @param payableFrom seconds; from then on anybody may finalize
    /// @param settled the part of the amount that is final: what of it is not paid can be collected in any state
    struct Claim {
        uint256 policy;
        uint8 peril;
        State state;
        uint48 fromMs;
        uint48 toMs;
        uint16 payoutBps;
        uint40 payableFrom;
        uint256 amount;
        uint256 paid;
        uint256 settled;
    }

    /// @notice What the contract computed from one window.
    event ClaimEvaluated(
        uint256 indexed claim,
        uint256 indexed policy,
        uint8 peril,
        uint48 fromMs,
        uint48 toMs,
        uint16 payoutBps,
        uint256 amount,
        uint40 payableFrom
    );
    /// @notice A claims officer approved this amount.
    event ClaimApproved(uint256 indexed claim, address indexed officer, uint256 amount);
    /// @notice The amount is final.
    event ClaimPayable(uint256 indexed claim, uint256 amount);
    /// @notice A settled amount was paid.
    event ClaimPaid(uint256 indexed claim, address indexed to, uint256 amount);
    /// @notice Two claims turned out to be one occurrence, which goes on as `into`.
    event ClaimsMerged(uint256 indexed claim, uint256 indexed into);
    /// @notice The holder named who is to be paid; zero: himself.
    event PayeeNamed(uint256 indexed claim, address indexed payee);

    error UnknownClaim(uint256 claim);
    error WrongClaimState(uint256 claim, State state);
    error NotCovered(uint256 policy, uint48 atMs);
    error AfterRunOff(uint256 policy);
    error UnknownPeril(uint8 peril);
    error NotFromAStream(uint8 peril);
    error TooFewSensors(uint256 shown, uint256 needed);
    error UnknownProbe(uint256 probe);
    error ProbesNotAscending(uint256 probe);
    error ProbeNotServing(bytes32 streamId);
    error TooManyMissing(uint256 probe, uint32 missing, uint32 allowed);
    error GapTooLong(uint256 probe, uint32 gapMs, uint32 allowedMs);
    error NotMeasured(uint256 probe, uint8 metric);
    error ImplausibleValues(uint256 probe, uint32 min, uint32 max);
    error FlagsNotAllowed(uint256 probe, uint16 flags);
    error NoTierMet();
    error SecondConditionNotMet(uint256 probe);
    error NotTheReadingBefore(uint256 probe);
    error BadSignature(uint256 probe);
    error EventMustBeginInsideCover();
    error AnchoredTooLate(uint256 probe, uint40 anchoredAt, uint256 latest);
    error NothingMoreToPay(uint256 claim);
    error TooManyOccurrences(uint256 policy);
    error NotYetPayable(uint256 claim, uint40 payableFrom);
    error AmountChanged(uint256 claim, uint256 amount);
    error AlreadyApprovedBy(uint256 claim, address officer);
    error NotTheHolder(address caller, address holder);

    /// @notice Evaluates a window and opens a claim, or tops up the one whose occurrence it extends. Anybody may call;
    ///         only the holder is ever paid.
    /// @dev Windows of one peril closer than `separationSeconds` are one occurrence, which pays its highest tier once: a
    ///      window near several claims merges them. Reverts with NothingMoreToPay unless more is to be paid, so a shorter
    ///      window takes nothing away. What was settled stays collectable while the difference waits for its challenges.
    /// @param evidence at least `minSensors` probes of the terms, by ascending index, all over the same window
    function prove(
        uint256 policy,
        Terms calldata terms,
        uint8 peril,
        uint48 fromMs,
        uint48 toMs,
        Evidence[] calldata evidence
    ) external returns (uint256 claim);

    /// @notice Makes the claim payable at once; above the product's limit two officers must. Claims officers only.
    /// @param amount the amount as the officer sees it; reverts when it changed meanwhile
    function approve(uint256 claim, uint256 amount) external;

    /// @notice Makes the claim payable after its time for challenges, and takes what the limits have room for by then.
    ///         Anybody.
    function finalize(uint256 claim) external;

    /// @notice Names the address that may be paid, zero: the holder again. The policy's holder only; another holder is not
    ///         bound by it.
    function namePayee(uint256 claim, address payee) external;

    /// @notice Pays what is settled to the holder, or to the payee he named. Anybody may trigger it.
    function collect(uint256 claim) external returns (uint256 amount);

    /// @notice The claim of a number; all zero where there is none.
    function claim(uint256 id) external view returns (Claim memory);

    /// @notice Who would be paid if the claim were collected now.
    function payeeOf(uint256 claim) external view returns (address);

    /// @notice The officer whose approval of the claim's amount waits for a second one; zero where none does.
    function firstApprovalOf(uint256 claim) external view returns (address officer);

    /// @notice The occurrences of one peril under one policy, at most 32.
    function claimsOf(uint256 policy, uint8 peril) external view returns (uint256[] memory);
}
