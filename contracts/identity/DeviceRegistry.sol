// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {AuthorityUtils} from "@openzeppelin/contracts/access/manager/AuthorityUtils.sol";
import {IDeviceRegistry} from "./IDeviceRegistry.sol";
import {ReadingSignature} from "./ReadingSignature.sol";

/// @title Device registry
/// @notice Probe keys, their owners and their ponds.
contract DeviceRegistry is IDeviceRegistry, AccessManaged {
    /// @param fromMs ms since 1970; the binding ends where the next one begins
    struct Binding {
        bytes32 pond;
        uint48 fromMs;
    }

    bytes32 private constant STREAM_DOMAIN = keccak256("pondproof/stream/1");
    uint48 private constant NEVER = type(uint48).max;

    mapping(bytes32 streamId => Device) private _devices;

    /// @dev INVARIANT: append-only, strictly rising `fromMs`.
    mapping(bytes32 streamId => Binding[]) private _bindings;

    constructor(address initialAuthority) AccessManaged(initialAuthority) {
        ReadingSignature.requirePrecompile();
    }

    /// @inheritdoc IDeviceRegistry
    function register(
        uint256 x,
        uint256 y,
        address owner,
        bytes32 r,
        bytes32 s
    ) external restricted returns (bytes32 streamId) {
        streamId = streamIdOf(x, y);
        require(_devices[streamId].x == 0, AlreadyRegistered(streamId));
        bytes32 hash = ReadingSignature.possessionHash(address(this), owner);
        require(ReadingSignature.verifies(hash, uint256(r), uint256(s), x, y), NoProofOfPossession(streamId));

        _devices[streamId] = Device({x: x, y: y, owner: owner, revokedFromMs: NEVER});
        emit DeviceRegistered(streamId, x, y, owner);
    }

    /// @inheritdoc IDeviceRegistry
    function bind(bytes32 streamId, bytes32 pond, uint48 fromMs) external restricted {
        uint48 revokedFromMs = device(streamId).revokedFromMs;
        fromMs = _notInThePast(fromMs);
        require(fromMs < revokedFromMs, AlreadyRevoked(streamId, revokedFromMs));
        Binding[] storage bindings = _bindings[streamId];
        if (bindings.length > 0) {
            uint48 lastFromMs = bindings[bindings.length - 1].fromMs;
            require(fromMs > lastFromMs, BindingNotAfterTheLast(fromMs, lastFromMs));
        }

        bindings.push(Binding({pond: pond, fromMs: fromMs}));
        emit DeviceBound(streamId, pond, fromMs);
    }

    /// @inheritdoc IDeviceRegistry
    function revoke(bytes32 streamId, uint48 fromMs) external {
        Device memory probe = device(streamId);
        require(msg.sender == probe.owner || _isRegistrar(msg.sender), NotOwnerNorRegistrar(msg.sender));
        fromMs = _notInThePast(fromMs);
        require(fromMs < probe.revokedFromMs, AlreadyRevoked(streamId, probe.revokedFromMs));

        _devices[streamId].revokedFromMs = fromMs;
        emit DeviceRevoked(streamId, fromMs);
    }

    /// @inheritdoc IDeviceRegistry
    function streamIdOf(uint256 x, uint256 y) public view returns (bytes32) {
        return keccak256(abi.encode(STREAM_DOMAIN, block.chainid, address(this), x, y));
    }

    /// @inheritdoc IDeviceRegistry
    function device(bytes32 streamId) public view returns (Device memory probe) {
        probe = _devices[streamId];
        require(probe.x != 0, UnknownDevice(streamId));
    }

    /// @inheritdoc IDeviceRegistry
    function servesThroughout(
        bytes32 streamId,
        bytes32 pond,
        uint48 fromMs,
        uint48 toMs
    ) external view returns (bool) {
        if (toMs < fromMs || _devices[streamId].revokedFromMs <= toMs) return false;
        Binding[] storage bindings = _bindings[streamId];
        uint256 after_ = _firstAfter(bindings, fromMs);
        if (after_ == 0 || bindings[after_ - 1].pond != pond) return false;
        return after_ == bindings.length || bindings[after_].fromMs > toMs;
    }

    /// @dev Position of the first binding that begins after `timeMs`; the length where there is none.
    function _firstAfter(Binding[] storage bindings, uint48 timeMs) private view returns (uint256 low) {
        uint256 high = bindings.length;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (bindings[middle].fromMs > timeMs) high = middle;
            else low = middle + 1;
        }
    }

    function _notInThePast(uint48 fromMs) private view returns (uint48) {
        uint48 nowMs = uint48(block.timestamp * 1000);
        if (fromMs == 0) return nowMs;
        require(fromMs >= nowMs, TakesEffectInThePast(fromMs, nowMs));
        return fromMs;
    }

    function _isRegistrar(address caller) private view returns (bool immediate) {
        (immediate, ) = AuthorityUtils.canCallWithDelay(authority(), caller, address(this), this.revoke.selector);
    }
}
