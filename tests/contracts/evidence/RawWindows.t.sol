// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IRawWindows} from "../../../contracts/evidence/IRawWindows.sol";
import {IWindowVerifier} from "../../../contracts/evidence/IWindowVerifier.sol";
import {RawWindows} from "../../../contracts/evidence/RawWindows.sol";
import {IDeviceRegistry} from "../../../contracts/identity/IDeviceRegistry.sol";
import {Spec} from "../Spec.sol";
import {Vectors} from "../Vectors.sol";

/// @notice A registry that knows the probe of the vectors alone.
contract OneProbe {
    function device(bytes32 streamId) external view returns (IDeviceRegistry.Device memory probe) {
        require(streamId == Vectors.STREAM_ID, IDeviceRegistry.UnknownDevice(streamId));
        probe = IDeviceRegistry.Device({x: Vectors.X, y: Vectors.Y, owner: address(this), revokedFromMs: 0});
    }
}

contract RawWindowsTest is Spec {
    /// @dev Times of positions 1 and 8 of the vectors; 6 is a hole.
    uint48 private constant FROM_MS = 0x019b76e3cfc1;
    uint256 private constant FIRST = 0;
    uint256 private constant BEYOND = 8;

    RawWindows private raw;
    bytes private frames;
    uint256 private id;

    function setUp() external {
        raw = new RawWindows(IDeviceRegistry(address(new OneProbe())));
        cheats.warp(2_000_000_000);
        for (uint256 i = FIRST; i < BEYOND; ++i) frames = bytes.concat(frames, Vectors.frame(i));
        id = raw.open(Vectors.STREAM_ID, FROM_MS, _timeOf(5));
    }

    function test_HoldsWhatTheVectorsSay() external {
        raw.extend(id, frames);
        IWindowVerifier.Window memory window = raw.window(id);
        same(window.count, 5, "count");
        same(window.missing, 1, "the hole between its last reading and the one after");
        same(window.firstMs, _timeOf(1), "first");
        same(window.lastMs, _timeOf(5), "last");
        same(window.before.index, 0, "before");
        same(window.anchoredAt, type(uint40).max, "not committed");
    }

    /// @notice Whatever gas there is: the part is taken as it should be, or nothing has happened.
    function test_TakesAPartWholeOrNotAtAllAtAnyGasLimit() external {
        uint256 taken = 0;
        for (uint256 gasLimit = 5_000; gasLimit < 400_000; gasLimit += 997) {
            uint256 one = raw.open(Vectors.STREAM_ID, FROM_MS, _timeOf(5));
            try raw.extend{gas: gasLimit}(one, frames) {
                isTrue(raw.rawWindow(one).complete, "whole");
                ++taken;
            } catch (bytes memory reason) {
                isFalse(raw.rawWindow(one).complete, "not whole");
                same(raw.cursor(one).frames, 0, "nothing counted");
                isFalse(bytes4(reason) == IRawWindows.NotSigned.selector, "a good signature called bad");
            }
        }
        atMost(50, taken, "taken with enough gas");
    }

    function testFuzz_RefusesAnyChangedByte(uint256 anyPlace, uint8 change) external {
        cheats.assume(change != 0);
        bytes memory altered = frames;
        uint256 place = fold(anyPlace, 0, altered.length - 1);
        altered[place] = bytes1(uint8(altered[place]) ^ change);
        (bool taken, ) = address(raw).call(abi.encodeCall(IRawWindows.extend, (id, altered)));
        isFalse(taken, "an altered part");
        same(raw.cursor(id).frames, 0, "nothing counted");
    }

    function testFuzz_IsTheSameHoweverItIsCut(uint256 anyCut) external {
        raw.extend(id, frames);
        uint256 parted = raw.open(Vectors.STREAM_ID, FROM_MS, _timeOf(5));
        uint256 cut = 160 * fold(anyCut, 1, frames.length / 160 - 1);
        raw.extend(parted, _slice(0, cut));
        raw.extend(parted, _slice(cut, frames.length));
        same(keccak256(abi.encode(raw.window(parted))), keccak256(abi.encode(raw.window(id))), "the window");
    }

    function test_TheFirstCommitmentToASegmentCounts() external {
        raw.commit("segment");
        cheats.warp(2_000_000_100);
        raw.commit("segment");
        same(raw.committedAt("segment"), 2_000_000_000, "committed at");
    }

    function _timeOf(uint256 position) private pure returns (uint48) {
        bytes memory frame = Vectors.frame(position);
        uint256 w0;
        assembly ("memory-safe") {
            w0 := mload(add(frame, 0x20))
        }
        return uint48(w0 >> 32);
    }

    function _slice(uint256 from, uint256 to) private view returns (bytes memory part) {
        part = new bytes(to - from);
        for (uint256 i = from; i < to; ++i) part[i - from] = frames[i];
    }
}
