// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {Authority} from "../../../contracts/access/Authority.sol";
import {Roles} from "../../../contracts/access/Roles.sol";
import {DeviceRegistry} from "../../../contracts/identity/DeviceRegistry.sol";
import {IDeviceRegistry} from "../../../contracts/identity/IDeviceRegistry.sol";
import {ReadingSignature} from "../../../contracts/identity/ReadingSignature.sol";
import {Spec} from "../Spec.sol";
import {Vectors} from "../Vectors.sol";

contract DeviceRegistryTest is Spec {
    uint256 private constant KEY = 4711;
    bytes32 private constant POND = "pond";

    Authority private authority = new Authority(address(this));
    DeviceRegistry private registry = new DeviceRegistry(address(authority));
    address private registrar = someone("registrar");
    address private owner = someone("owner");
    bytes32 private streamId;
    uint48 private nowMs;

    function setUp() external {
        bytes4[] memory selectors = new bytes4[](3);
        selectors[0] = DeviceRegistry.register.selector;
        selectors[1] = DeviceRegistry.bind.selector;
        selectors[2] = DeviceRegistry.revoke.selector;
        authority.setTargetFunctionRole(address(registry), selectors, Roles.REGISTRAR);
        authority.grantRole(Roles.REGISTRAR, registrar, 0);
        cheats.warp(1_800_000_000);
        nowMs = 1_800_000_000_000;
        streamId = _register(KEY);
    }

    function test_KnowsARegisteredProbe() external view {
        (uint256 x, uint256 y) = cheats.publicKeyP256(KEY);
        same(streamId, registry.streamIdOf(x, y), "stream id");
        IDeviceRegistry.Device memory probe = registry.device(streamId);
        same(probe.x, x, "x");
        same(probe.y, y, "y");
        same(uint160(probe.owner), uint160(owner), "owner");
        same(probe.revokedFromMs, type(uint48).max, "not revoked");
    }

    function test_GivesTheStreamIdOfTheVectors() external {
        cheats.etch(address(0xaa), address(registry).code);
        same(DeviceRegistry(address(0xaa)).streamIdOf(Vectors.X, Vectors.Y), Vectors.STREAM_ID, "stream id");
    }

    function test_AcceptsTheRegistrationOfTheVectors() external {
        cheats.etch(address(0xaa), address(registry).code);
        cheats.store(address(0xaa), bytes32(0), bytes32(uint256(uint160(address(authority)))));
        DeviceRegistry there = DeviceRegistry(address(0xaa));
        bytes32 id = there.register(Vectors.X, Vectors.Y, address(0xbb), Vectors.REGISTER_R, Vectors.REGISTER_S);
        same(id, Vectors.STREAM_ID, "stream id");
    }

    function test_RevertWhen_TheKeyDoesNotSignForThisOwner() external {
        (uint256 x, uint256 y, bytes32 r, bytes32 s) = _possession(8);
        bytes32 id = registry.streamIdOf(x, y);
        cheats.expectRevert(abi.encodeWithSelector(IDeviceRegistry.NoProofOfPossession.selector, id));
        cheats.prank(registrar);
        registry.register(x, y, someone("another owner"), r, s);
    }

    function test_RevertWhen_TheKeyIsRegisteredAlready() external {
        (uint256 x, uint256 y, bytes32 r, bytes32 s) = _possession(KEY);
        cheats.expectRevert(abi.encodeWithSelector(IDeviceRegistry.AlreadyRegistered.selector, streamId));
        cheats.prank(registrar);
        registry.register(x, y, owner, r, s);
    }

    function test_RevertWhen_AnybodyElseRegistersOrBinds() external {
        (uint256 x, uint256 y, bytes32 r, bytes32 s) = _possession(8);
        cheats.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, owner));
        cheats.prank(owner);
        registry.register(x, y, owner, r, s);
        cheats.expectRevert(abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, owner));
        cheats.prank(owner);
        registry.bind(streamId, POND, 0);
    }

    function test_RevertWhen_TheStreamIsUnknown() external {
        bytes memory unknown = abi.encodeWithSelector(IDeviceRegistry.UnknownDevice.selector, bytes32("x"));
        cheats.expectRevert(unknown);
        registry.device("x");
        cheats.expectRevert(unknown);
        cheats.prank(registrar);
        registry.bind("x", POND, 0);
        cheats.expectRevert(unknown);
        cheats.prank(registrar);
        registry.revoke("x", 0);
        isFalse(registry.servesThroughout("x", POND, nowMs, nowMs), "an unknown probe serves nothing");
    }

    function test_RevertWhen_ABindingOrRevocationIsBackDated() external {
        bytes memory past = abi.encodeWithSelector(
            IDeviceRegistry.TakesEffectInThePast.selector,
            nowMs - 1,
            nowMs
        );
        cheats.expectRevert(past);
        _bind(POND, nowMs - 1);
        cheats.expectRevert(past);
        _revoke(nowMs - 1);
    }

    function test_RevertWhen_ABindingIsNotAfterTheLast() external {
        _bind(POND, nowMs + 5);
        cheats.expectRevert(
            abi.encodeWithSelector(IDeviceRegistry.BindingNotAfterTheLast.selector, nowMs + 5, nowMs + 5)
        );
        _bind(POND, nowMs + 5);
    }

    function test_RevertWhen_AStrangerRevokes() external {
        cheats.expectRevert(abi.encodeWithSelector(IDeviceRegistry.NotOwnerNorRegistrar.selector, address(this)));
        registry.revoke(streamId, 0);
    }

    function test_TheOwnerAndTheRegistrarMayRevoke() external {
        cheats.prank(owner);
        registry.revoke(streamId, nowMs + 1000);
        // Brought forward by the registrar, so that nobody can block a revocation with a late one.
        _revoke(nowMs + 10);
        same(registry.device(streamId).revokedFromMs, nowMs + 10, "revoked from");
        cheats.expectRevert(
            abi.encodeWithSelector(IDeviceRegistry.AlreadyRevoked.selector, streamId, nowMs + 10)
        );
        _revoke(nowMs + 11);
    }

    function test_ServesUpToTheMillisecondBeforeItsRevocation() external {
        _bind(POND, nowMs);
        _revoke(nowMs + 100);
        isTrue(registry.servesThroughout(streamId, POND, nowMs, nowMs + 99), "before");
        isFalse(registry.servesThroughout(streamId, POND, nowMs, nowMs + 100), "at");
        isFalse(registry.servesThroughout(streamId, POND, nowMs + 50, nowMs + 49), "a span backwards");
    }

    function test_RevertWhen_ARevokedProbeIsBoundAgain() external {
        _revoke(0);
        cheats.expectRevert(abi.encodeWithSelector(IDeviceRegistry.AlreadyRevoked.selector, streamId, nowMs));
        _bind(POND, 0);
    }

    /// @notice `servesThroughout` is what a scan over all moments would say.
    function testFuzz_ServesThroughoutOneBindingOnly(uint8[6] memory steps, uint8 revokedAt, uint8 from, uint8 to)
        external
    {
        uint48[6] memory begins;
        uint48 last = nowMs;
        for (uint256 i = 0; i < steps.length; ++i) {
            last += 1 + (steps[i] % 40);
            begins[i] = last;
            _bind(i % 2 == 0 ? POND : bytes32("another pond"), last);
        }
        uint48 end = nowMs + 1 + revokedAt;
        if (end > last) _revoke(end);
        else end = type(uint48).max;
        (uint48 fromMs, uint48 toMs) = (nowMs + from, nowMs + to);

        bool serves = toMs >= fromMs && end > toMs;
        uint256 inForce = begins.length;
        for (uint256 i = 0; i < begins.length; ++i) {
            if (begins[i] <= fromMs) inForce = i;
            else if (begins[i] <= toMs) serves = false;
        }
        if (inForce == begins.length || inForce % 2 == 1) serves = false;
        same(registry.servesThroughout(streamId, POND, fromMs, toMs) ? 1 : 0, serves ? 1 : 0, "serves");
    }

    function _bind(bytes32 pond, uint48 fromMs) private {
        cheats.prank(registrar);
        registry.bind(streamId, pond, fromMs);
    }

    function _revoke(uint48 fromMs) private {
        cheats.prank(registrar);
        registry.revoke(streamId, fromMs);
    }

    function _register(uint256 key) private returns (bytes32 id) {
        (uint256 x, uint256 y, bytes32 r, bytes32 s) = _possession(key);
        cheats.prank(registrar);
        id = registry.register(x, y, owner, r, s);
    }

    function _possession(uint256 key) private view returns (uint256 x, uint256 y, bytes32 r, bytes32 s) {
        (x, y) = cheats.publicKeyP256(key);
        (r, s) = cheats.signP256(key, ReadingSignature.possessionHash(address(registry), owner));
    }
}
