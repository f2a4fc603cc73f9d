// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IRawWindows} from "../../../contracts/evidence/IRawWindows.sol";
import {IWindowVerifier} from "../../../contracts/evidence/IWindowVerifier.sol";
import {RawWindows} from "../../../contracts/evidence/RawWindows.sol";
import {IDeviceRegistry} from "../../../contracts/identity/IDeviceRegistry.sol";
import {ReadingSignature} from "../../../contracts/identity/ReadingSignature.sol";
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

    function test_RevertWhen_NoSuchWindowOrPartCanBe() external {
        cheats.expectRevert(abi.encodeWithSelector(IWindowVerifier.WindowBackwards.selector, 2, 1));
        raw.open(Vectors.STREAM_ID, 2, 1);
        uint256[3] memory lengths = [uint256(0), 159, 1001 * 160];
        for (uint256 i = 0; i < lengths.length; ++i) {
            _refuses(new bytes(lengths[i]), abi.encodeWithSelector(IRawWindows.ImpossiblePart.selector, lengths[i]));
        }
        cheats.expectRevert(abi.encodeWithSelector(IRawWindows.NotTheProver.selector, id, someone("else")));
        cheats.prank(someone("else"));
        raw.extend(id, frames);
        cheats.expectRevert(abi.encodeWithSelector(IRawWindows.NotComplete.selector, id));
        raw.window(id);
        raw.extend(id, frames);
        _refuses(frames, abi.encodeWithSelector(IRawWindows.AlreadyComplete.selector, id));
    }

    function test_RevertWhen_AFrameBreaksARule() external {
        uint256 w0 = _head(1, FROM_MS + 1);
        _refuses(_signed(w0 ^ (1 << 240), 0), abi.encodeWithSelector(IRawWindows.MalformedRecord.selector, 1));
        bytes memory other = abi.encodeWithSelector(IRawWindows.OtherDevice.selector, 1, _device() ^ 1);
        _refuses(_signed(w0 ^ (1 << 160), 0), other);
        bytes memory unsigned = _signed(w0, 0);
        unsigned[159] ^= 0x01;
        _refuses(unsigned, abi.encodeWithSelector(IRawWindows.NotSigned.selector, 1));
        uint256 most = 1 << 32;
        _refuses(
            _signed(_head(most, FROM_MS + 1), 0),
            abi.encodeWithSelector(IRawWindows.ImpossibleSeq.selector, most, 0)
        );
        uint48 ahead = 2_000_000_300_001;
        _refuses(
            _signed(_head(1, ahead), 0),
            abi.encodeWithSelector(IRawWindows.FromTheFuture.selector, 1, ahead, ahead - 1)
        );
        _refuses(_signed(_head(1, 0), 0), abi.encodeWithSelector(IRawWindows.TimeNotIncreasing.selector, 1, 0, 0));
        _refuses(_signed(_head(0, 5), 1), abi.encodeWithSelector(IRawWindows.BrokenChain.selector, 0));
    }

    function test_RevertWhen_AReadingBesideOrInsideIsLacking() external {
        bytes memory none = abi.encodeWithSelector(IWindowVerifier.NoReadingBefore.selector);
        _refuses(_signed(_head(1, FROM_MS), 0), none);
        uint48 late = _timeOf(5) + 1;
        _refuses(_signed(_head(1, late), 0), none);
        bytes memory before = _signed(_head(1, FROM_MS - 1), 0);
        _refuses(
            bytes.concat(before, _signed(_head(3, late), 0)),
            abi.encodeWithSelector(IWindowVerifier.NoReadingInside.selector)
        );
    }

    function test_CountsAMetricThatWasNotMeasuredAsAnything() external {
        bytes memory part = bytes.concat(
            _signed(_head(1, FROM_MS - 1), 0),
            _signed(_head(3, FROM_MS), 0),
            _signed(_head(5, FROM_MS + 1), 0),
            _signed(_head(7, _timeOf(5) + 1), 0)
        );
        raw.extend(id, part);
        IWindowVerifier.Window memory window = raw.window(id);
        same(window.mins, 0, "mins");
        same(window.maxs, type(uint256).max, "maxs");
        same(window.missing, 3, "missing");
        same(window.count, 2, "count");
    }

    function _refuses(bytes memory part, bytes memory reason) private {
        cheats.expectRevert(reason);
        raw.extend(id, part);
    }

    /// @dev First word of a record in which nothing was measured.
    function _head(uint256 seq, uint48 timeMs) private pure returns (uint256) {
        return (1 << 240) | (0xff00 << 224) | (_device() << 160) | (seq << 80) | (uint256(timeMs) << 32);
    }

    function _device() private pure returns (uint256) {
        return uint64(bytes8(sha256(abi.encode(Vectors.X, Vectors.Y))));
    }

    function _signed(uint256 w0, uint256 w2) private pure returns (bytes memory) {
        (bytes32 r, bytes32 s) = cheats.signP256(Vectors.PRIVATE_KEY, ReadingSignature.recordHash(w0, 0, w2));
        return abi.encode(w0, 0, w2, r, s);
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
