// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IPolicyholdersFund} from "../evidence/IPolicyholdersFund.sol";
import {IDeviceRegistry} from "../identity/IDeviceRegistry.sol";
import {IFundPayouts} from "./IFundPayouts.sol";
import {IPolicies} from "./IPolicies.sol";
import {IPool} from "./IPool.sol";
import {Terms} from "./Terms.sol";
import {TermsHash} from "./TermsHash.sol";

/// @title Policyholders' fund
/// @notice Its own books: credits that nobody took yet. INVARIANT 9: whoever pays in gets out at most what he paid in, so
///         convicting oneself never pays.
contract PolicyholdersFund is IPolicyholdersFund, IFundPayouts, AccessManaged, ReentrancyGuardTransient {
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @notice How long the policyholders have before the money goes to the pool.
    uint256 public constant TAKE_SECONDS = 180 days;

    /// @notice The policies whose holders take.
    IPolicies public immutable POLICIES;
    /// @notice Which pond a stream served.
    IDeviceRegistry public immutable REGISTRY;
    /// @notice The pool, which gets what nobody may take.
    IPool public immutable POOL;
    /// @notice The ERC-20 that the fund holds.
    IERC20 public immutable TOKEN;

    mapping(address source => bool) private _sources;
    bool private _connected;
    mapping(uint256 credit => Credit) private _credits;
    uint256 private _lastCredit;

    constructor(
        address initialAuthority,
        IPolicies policies,
        IDeviceRegistry registry,
        IPool pool
    ) AccessManaged(initialAuthority) {
        (POLICIES, REGISTRY, POOL, TOKEN) = (policies, registry, pool, IERC20(pool.token()));
    }

    /// @inheritdoc IFundPayouts
    function connect(address bond, address disputes) external restricted {
        require(!_connected, AlreadyConnected());

        (_connected, _sources[bond], _sources[disputes]) = (true, true, true);
        emit FundConnected(bond, disputes);
    }

    /// @inheritdoc IPolicyholdersFund
    function credit(bytes32 streamId, uint256 amount) external {
        require(_sources[msg.sender], NotASource(msg.sender));
        if (amount == 0) return;

        uint256 id = ++_lastCredit;
        _credits[id] = Credit(streamId, amount.toUint128(), uint40(block.timestamp));
        emit FundCredited(id, streamId, amount);
    }

    /// @inheritdoc IFundPayouts
    function take(uint256 id, uint256 policy, Terms calldata terms) external nonReentrant {
        Credit memory open = _openCredit(id);
        _requireInsured(open, policy, terms);
        address holder = POLICIES.ownerOf(policy);

        delete _credits[id];
        emit FundTaken(id, policy, holder, open.amount);
        TOKEN.safeTransfer(holder, open.amount);
    }

    /// @inheritdoc IFundPayouts
    function toPool(uint256 id) external nonReentrant {
        Credit memory open = _openCredit(id);
        // What is for nobody in particular waits for nobody.
        uint256 from = open.streamId == bytes32(0) ? 0 : open.creditedAt + TAKE_SECONDS;
        require(block.timestamp > from, PolicyholdersFirst(id, from));

        delete _credits[id];
        emit FundToPool(id, open.amount);
        TOKEN.forceApprove(address(POOL), open.amount);
        POOL.contribute(open.amount);
    }

    /// @inheritdoc IFundPayouts
    function creditOf(uint256 id) external view returns (Credit memory) {
        return _credits[id];
    }

    function _openCredit(uint256 id) private view returns (Credit memory open) {
        open = _credits[id];
        require(open.amount > 0, NoSuchCredit(id));
    }

    /// @dev A policy whose cover was in force, whose terms name the stream, and whose pond the stream served.
    function _requireInsured(Credit memory open, uint256 policy, Terms calldata terms) private view {
        IPolicies.Policy memory cover = POLICIES.policy(policy);
        bool inForce = cover.coverFrom > 0 && cover.coverFrom <= open.creditedAt && open.creditedAt < cover.endsAt;
        require(inForce, NotInForceThen(policy, open.creditedAt));
        uint48 atMs = uint48(open.creditedAt) * 1000;
        bytes32 hash = POLICIES.termsHashAt(policy, atMs);
        require(TermsHash.ofTerms(terms) == hash, IPolicies.WrongTerms(policy));
        bool named = false;
        for (uint256 i = 0; i < terms.probes.length; ++i) named = named || terms.probes[i] == open.streamId;
        bool serves = named && REGISTRY.servesThroughout(open.streamId, terms.pond, atMs, atMs);
        require(serves, NotItsStream(policy, open.streamId));
    }
}
