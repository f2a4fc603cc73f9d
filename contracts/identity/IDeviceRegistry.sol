// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Probe keys and the ponds they are bound to
/// @notice A probe is a P-256 key whose holder proved that he has it. A binding says from which moment on the probe
///         hangs in which pond; a revocation, from which moment on its readings count for nothing. Both take effect
///         no earlier than the block that makes them, and a key never returns.
interface IDeviceRegistry {
    /// @param x x coordinate of the probe's P-256 public key
    /// @param y y coordinate
    /// @param owner who may revoke the probe beside the registrar
    /// @param revokedFromMs milliseconds since 1970; type(uint48).max while the probe is not revoked
    struct Device {
        uint256 x;
        uint256 y;
        address owner;
        uint48 revokedFromMs;
    }

    /// @notice A probe's key became a stream.
    event DeviceRegistered(bytes32 indexed streamId, uint256 x, uint256 y, address indexed owner);
    /// @notice The probe hangs in this pond from this moment on.
    event DeviceBound(bytes32 indexed streamId, bytes32 indexed pond, uint48 fromMs);
    /// @notice From this moment on the probe's readings count for nothing.
    event DeviceRevoked(bytes32 indexed streamId, uint48 fromMs);

    error AlreadyRegistered(bytes32 streamId);
    error UnknownDevice(bytes32 streamId);
    error NoProofOfPossession(bytes32 streamId);
    error AlreadyRevoked(bytes32 streamId, uint48 fromMs);
    error TakesEffectInThePast(uint48 fromMs, uint48 nowMs);
    error BindingNotAfterTheLast(uint48 fromMs, uint48 lastFromMs);
    error NotOwnerNorRegistrar(address caller);

    /// @notice Registers a probe's key. Registrar only.
    /// @dev (r, s) is the key's signature over the registration structure of protocol §2, whose payload names this
    ///      chain, this registry and `owner`.
    function register(uint256 x, uint256 y, address owner, bytes32 r, bytes32 s) external returns (bytes32 streamId);

    /// @notice Binds the probe to `pond` from `fromMs` on, ending the binding before it. Registrar only.
    /// @param pond the pond's opaque id; zero: the probe hangs in none
    /// @param fromMs not before this block and later than the last binding's; 0 stands for this block
    function bind(bytes32 streamId, bytes32 pond, uint48 fromMs) external;

    /// @notice Revokes the probe from `fromMs` on, for ever. Its owner, or the registrar.
    /// @dev A revocation that lies ahead can be brought forward, never put off or withdrawn.
    /// @param fromMs not before this block; 0 stands for this block
    function revoke(bytes32 streamId, uint48 fromMs) external;

    /// @notice keccak256(abi.encode(keccak256("pondproof/stream/1"), chainId, this registry, x, y)).
    function streamIdOf(uint256 x, uint256 y) external view returns (bytes32);

    /// @notice The device of a stream; reverts with UnknownDevice where there is none.
    function device(bytes32 streamId) external view returns (Device memory);

    /// @notice True when one binding to `pond` holds over all of [fromMs, toMs] and no revocation takes effect by `toMs`.
    function servesThroughout(bytes32 streamId, bytes32 pond, uint48 fromMs, uint48 toMs) external view returns (bool);
}
