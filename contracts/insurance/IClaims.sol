// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IWindowVerifier} from "../evidence/IWindowVerifier.sol";
import {ShownHoles} from "../evidence/ShownHoles.sol";
import {Terms} from "./Terms.sol";

/// @title Claims: the contract computes from signed readings whether the insured event happened
/// @notice A claim is one occurrence of one peril under one policy. Proving a longer window of it pays the difference.
///         From every state a call that anybody may make ends it once its time has passed.
interface IClaims {
    enum State {
        None,
        Evaluated, // amount reserved, time for challenges running
        Payable,
        Paid,
        Merged, // became a part of another claim
        Disputed, // the arbiter decides, or, when he is late, the evaluation stands
        Reopened, // a stream it rested on became void: new evidence is awaited
        Rejected // pays nothing, for ever
    }

    /// @notice Why a claim is, or was, before the arbiter.
    enum Ground {
        None,
        Late, // anchored later than the terms allow
        Suspect, // a probe contradicted itself by the end of the window
        Numbers, // the readings are not those that were signed: ended by a raw proof
        Place, // the probe hung elsewhere
        Source, // what was measured was not the pond
        Cause, // not by the insured peril
        Ruled, // the arbiter set what this occurrence pays before
        Audit // the index said no and the fish died
    }

    /// @notice What one probe shows of the claim's window. Every probe of a claim is shown raw, or every one from one batch.
    /// @param probe index into the terms' probes
    /// @param window proof of the claim's window for this probe; empty where `raw` is given, and for a feed
    /// @param raw number of a complete raw window of this probe's stream over the claim's window; 0: the proof
    /// @param earlier proof of the same window with the same aggregates from an earlier batch, void or not, for the time
    ///        of anchoring; an empty walk: none
    /// @param before the 160-byte frame of the reading before the window, of a feed the time (5 bytes, seconds) of the last
    ///        observation up to it; empty where this probe does not show it
    /// @param shown the records of holes in the window, which count then; none beside a raw window
    struct Evidence {
        uint256 probe;
        IWindowVerifier.WindowProof window;
        uint256 raw;
        IWindowVerifier.WindowProof earlier;
        bytes before;
        ShownHoles.Shown[] shown;
    }

    /// @param fromMs, toMs the occurrence so far: the union of the windows proven
    /// @param payoutBps highest tier met
    /// @param payableFrom seconds; from then on anybody may finalize
    /// @param amount what the occurrence pays in all, reserved and paid together
    /// @param paid what was collected of it
    /// @param settled the part of the amount that is final: what of it is not paid can be collected in any state
    /// @param ground why it is before the arbiter, or that he ruled
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
        Ground ground;
        Basis basis;
    }

    /// @notice What a claim rests on, and what it waits for.
    /// @param batch the batch of its proofs; 0: all raw
    /// @param probes the probes shown, bit i for number i of the terms
    /// @param fromMs, toMs the window last proven, over which a correction must be
    /// @param until seconds; Disputed: from then on the evaluation stands · Reopened: until then new evidence is awaited
    /// @param demandUntil seconds; until then the window's data may be shown; 0: nobody demands it
    /// @param readings how many readings of all probes together were seen in the window
    struct Basis {
        uint32 batch;
        uint16 probes;
        uint48 fromMs;
        uint48 toMs;
        uint40 until;
        uint40 demandUntil;
        uint32 readings;
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
    /// @notice Better evidence of the same window replaced the evaluation, which pays this amount now.
    event ClaimCorrected(
        uint256 indexed claim,
        address indexed by,
        State state,
        uint16 payoutBps,
        uint256 amount,
        uint40 payableFrom
    );
    /// @notice What the claim rests on after an evaluation or a correction, and what it waits for.
    event ClaimRests(uint256 indexed claim, Basis basis);
    /// @notice The arbiter decides until then; afterwards the evaluation stands.
    event ClaimDisputed(uint256 indexed claim, Ground ground, uint40 until);
    /// @notice Somebody wants the data of the claim's window, which a raw proof shows.
    event ClaimDataDemanded(uint256 indexed claim, uint40 until);
    /// @notice A stream that the claim rested on became void.
    event ClaimReopened(uint256 indexed claim, uint40 until);
    /// @notice The claim pays no more than this, which was settled before.
    event ClaimRejected(uint256 indexed claim, uint256 settled);
    /// @notice The holder asks the arbiter for an amount that the index does not give.
    event AuditOpened(uint256 indexed claim, uint256 indexed policy, uint256 amount, bytes32 documents);
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
    /// @notice From now on and for ever this contract disputes and rules.
    event DisputesSet(address disputes);

    error UnknownClaim(uint256 claim);
    error WrongClaimState(uint256 claim, State state);
    error NotCovered(uint256 policy, uint48 atMs);
    error AfterRunOff(uint256 policy);
    error UnknownPeril(uint8 peril);
    error NotThatFeed(uint256 probe);
    error NotWholePeriods(uint48 fromMs, uint48 toMs);
    error NotObserved(bytes32 feed, uint40 observedAt);
    error NotTheObservationBefore(bytes32 feed, uint40 observedAt);
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
    error NotOneBatch(uint256 probe, uint256 batch, uint256 first);
    error NotUsable(bytes32 streamId, uint256 batch);
    error NotThatRawWindow(uint256 probe, uint256 raw);
    error NotTheSameWindow(uint256 probe);
    error ShownBesideRaw(uint256 probe);
    error NothingMoreToPay(uint256 claim);
    error SoundEvaluationWaits(uint256 claim);
    error NeedsRawProof(uint256 rejected);
    error RuledByTheArbiter(uint256 rejected);
    error TooManyOccurrences(uint256 policy);
    error NotYetPayable(uint256 claim, uint40 payableFrom);
    error AmountChanged(uint256 claim, uint256 amount);
    error AlreadyApprovedBy(uint256 claim, address officer);
    error NotTheHolder(address caller, address holder);
    error EvidenceIsVoid(uint256 claim);
    error EvidenceIsSuspect(uint256 claim);
    error EvidenceStands(uint256 claim);
    error DataDemanded(uint256 claim, uint40 until);
    error NoDataDemanded(uint256 claim);
    error AlreadyRaw(uint256 claim);
    error NoBetterEvidence(uint256 claim);
    error MustShowTheReadingBefore(uint256 probe);
    error StillTime(uint256 claim, uint40 until);
    error TimeIsOver(uint256 claim, uint40 until);
    error TooMuch(uint256 asked, uint256 most);
    error OnlyDisputes(address caller);
    error DisputesAlreadySet(address disputes);

    /// @notice Evaluates a window and opens a claim, or tops up the one whose occurrence it extends. Anybody may call;
    ///         only the holder is ever paid.
    /// @dev Windows of one peril closer than `separationSeconds` are one occurrence, which pays its highest tier once: a
    ///      window near several claims merges them. Reverts with NothingMoreToPay unless more is to be paid, so a shorter
    ///      window takes nothing away. A claim is topped up in every state: what was settled stays collectable, and a
    ///      dispute goes on over the new amount. Readings anchored too late, or of a suspect stream, send it to the
    ///      arbiter; sound ones replace them. After run-off only a claim that was reopened takes evidence.
    /// @param evidence at least `minSensors` probes of the terms, by ascending index, all over the same window
    function prove(
        uint256 policy,
        Terms calldata terms,
        uint8 peril,
        uint48 fromMs,
        uint48 toMs,
        Evidence[] calldata evidence
    ) external returns (uint256 claim);

    /// @notice Replaces the evaluation of a claim that is not final by what better evidence of the same window and the
    ///         same probes gives: higher, lower, or nothing. Anybody.
    /// @dev Better: more readings of the window; or as many, and every probe raw, which answers a demand and ends a
    ///      dispute about numbers. So nobody betters by leaving readings out. Every probe must show its reading before.
    function correct(uint256 claim, Terms calldata terms, Evidence[] calldata evidence) external;

    /// @notice Takes back an evaluation whose evidence fell, before it is payable: to Reopened where a stream that it
    ///         rests on is not usable any more, to the arbiter where one is suspect by now. Anybody.
    function reopen(uint256 claim, Terms calldata terms) external;

    /// @notice Rejects a reopened claim for which no new evidence came in time. Anybody.
    function abandon(uint256 claim) external;

    /// @notice Makes the claim payable at once; above the product's limit two officers must. Claims officers only.
    /// @param amount the amount as the officer sees it; reverts when it changed meanwhile
    function approve(uint256 claim, Terms calldata terms, uint256 amount) external;

    /// @notice Makes the claim payable after its time for challenges, and takes what the limits have room for by then.
    ///         Anybody.
    function finalize(uint256 claim, Terms calldata terms) external;

    /// @notice Names the address that may be paid, zero: the holder again. The policy's holder only; another holder is not
    ///         bound by it.
    function namePayee(uint256 claim, address payee) external;

    /// @notice Pays what is settled to the holder, or to the payee he named. Anybody may trigger it, and nothing stops it.
    function collect(uint256 claim) external returns (uint256 amount);

    /// @notice Names the disputes contract, once and for ever. Governor only, at deployment.
    function setDisputes(address disputes) external;

    /// @notice Sends an evaluated claim to the arbiter, before its time for that is over. The disputes contract only, like
    ///         all up to `openAudit`.
    function contest(uint256 claim, Terms calldata terms, Ground ground) external;

    /// @notice Holds a claim that is not final until the data of its window is shown.
    function demandData(uint256 claim, Terms calldata terms) external;

    /// @notice Rejects a claim whose data nobody showed in time.
    function rejectUnanswered(uint256 claim) external;

    /// @notice What the arbiter decided: the claim pays `amount` in all, at most what the highest tier gives.
    /// @param onAmount the amount as the arbiter saw it; reverts when it changed meanwhile
    /// @return pays what the claim pays in all, after the limits
    function rule(
        uint256 claim,
        Terms calldata terms,
        uint256 onAmount,
        uint256 amount
    ) external returns (uint256 pays);

    /// @notice The arbiter was late: the evaluation stands, and an audit claim pays nothing.
    function standByDefault(uint256 claim, Terms calldata terms) external;

    /// @notice Opens an audit claim before the arbiter and reserves its amount.
    function openAudit(
        uint256 policy,
        Terms calldata terms,
        uint256 amount,
        bytes32 documents
    ) external returns (uint256 claim);

    /// @notice The claim of a number; all zero where there is none.
    function claim(uint256 id) external view returns (Claim memory);

    /// @notice Who would be paid if the claim were collected now.
    function payeeOf(uint256 claim) external view returns (address);

    /// @notice The officer whose approval of the claim's amount waits for a second one; zero where none does.
    function firstApprovalOf(uint256 claim) external view returns (address officer);

    /// @notice The occurrences of one peril under one policy, at most 32. `AUDIT` instead of a peril: its audit claims.
    function claimsOf(uint256 policy, uint8 peril) external view returns (uint256[] memory);
}
