// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBatchLedger} from "../../../contracts/evidence/IBatchLedger.sol";
import {IWindowVerifier} from "../../../contracts/evidence/IWindowVerifier.sol";
import {Opening} from "../../../contracts/evidence/Opening.sol";
import {ShownHoles} from "../../../contracts/evidence/ShownHoles.sol";
import {ReadingSignature} from "../../../contracts/identity/ReadingSignature.sol";
import {Spec} from "../Spec.sol";
import {Vectors} from "../Vectors.sol";

contract CountHarness {
    function count(
        IWindowVerifier.Window memory window,
        ShownHoles.Subject memory subject,
        ShownHoles.Shown[] calldata shown
    ) external view returns (IWindowVerifier.Window memory) {
        ShownHoles.count(window, subject, shown);
        return window;
    }
}

contract ShownHolesTest is Spec {
    /// @dev The one hole of the vectors, inside of a window over positions 4 to 7.
    uint256 private constant HOLE = 6;
    uint256 private constant HEIGHT = 4;
    uint256 private constant NODE_BYTES = 160;
    uint48 private constant FROM_MS = 1000;
    uint48 private constant TO_MS = 2000;

    CountHarness private harness = new CountHarness();

    function test_CountsTheRecordOfAHole() external view {
        IWindowVerifier.Window memory window = harness.count(_window(), _subject(), _shown(HOLE, _record(HOLE, 1500)));
        same(window.count, 4, "count");
        same(window.missing, 0, "missing");
        same(window.flags, 0xff00, "flags");
        same(window.mins, 0, "mins");
        same(window.maxs, type(uint256).max, "maxs");
    }

    function test_RevertWhen_ThePositionIsNotOneOfTheWindows() external {
        uint256[3] memory positions = [uint256(3), 8, 13];
        for (uint256 i = 0; i < positions.length; ++i) {
            ShownHoles.Shown[] memory shown = _shown(HOLE, _record(HOLE, 1500));
            shown[0].leaf.index = positions[i];
            _refuses(shown, abi.encodeWithSelector(ShownHoles.NotInTheWindow.selector, positions[i], 4, 7));
        }
        ShownHoles.Shown[] memory twice = new ShownHoles.Shown[](2);
        twice[0] = twice[1] = _shown(HOLE, _record(HOLE, 1500))[0];
        _refuses(twice, abi.encodeWithSelector(ShownHoles.NotInTheWindow.selector, HOLE, HOLE + 1, 7));
    }

    function test_RevertWhen_TheTreeHasNoHoleThere() external {
        ShownHoles.Shown[] memory shown = _shown(5, _record(5, 1500));
        _refuses(shown, abi.encodeWithSelector(ShownHoles.NotAHole.selector, 0, 5));
        shown = _shown(HOLE, _record(HOLE, 1500));
        shown[0].leaf.batch = 2;
        _refuses(shown, abi.encodeWithSelector(ShownHoles.OtherBatch.selector, 2, 1));
    }

    function test_RevertWhen_TheRecordIsNotThePositionsOwn() external {
        bytes memory reason = abi.encodeWithSelector(ShownHoles.NotItsRecord.selector, HOLE);
        _refuses(_shown(HOLE, new bytes(159)), reason);
        _refuses(_shown(HOLE, new bytes(160)), reason);
        _refuses(_shown(HOLE, _record(5, 1500)), reason);
        bytes memory forged = _record(HOLE, 1500);
        forged[159] ^= 0x01;
        _refuses(_shown(HOLE, forged), reason);
        uint48[2] memory times = [FROM_MS - 1, TO_MS + 1];
        for (uint256 i = 0; i < times.length; ++i) {
            reason = abi.encodeWithSelector(ShownHoles.NotInTime.selector, HOLE, times[i]);
            _refuses(_shown(HOLE, _record(HOLE, times[i])), reason);
        }
    }

    function _refuses(ShownHoles.Shown[] memory shown, bytes memory reason) private {
        cheats.expectRevert(reason);
        harness.count(_window(), _subject(), shown);
    }

    function _window() private pure returns (IWindowVerifier.Window memory window) {
        (window.count, window.missing, window.before.index) = (3, 1, 3);
        (window.mins, window.maxs) = (type(uint256).max, 0);
    }

    function _subject() private pure returns (ShownHoles.Subject memory subject) {
        (subject.streamId, subject.batchNumber) = (Vectors.STREAM_ID, 1);
        subject.batch = IBatchLedger.Batch({directoryRoot: Vectors.DIRECTORY_ROOT, streamCount: 3, anchoredAt: 1});
        (subject.probe.x, subject.probe.y) = (Vectors.X, Vectors.Y);
        (subject.fromMs, subject.toMs) = (FROM_MS, TO_MS);
    }

    function _shown(
        uint256 position,
        bytes memory frame
    ) private pure returns (ShownHoles.Shown[] memory shown) {
        shown = new ShownHoles.Shown[](1);
        Opening.Proof memory leaf;
        (leaf.batch, leaf.entry, leaf.size, leaf.index) = (1, 2, Vectors.SIZE, position);
        leaf.siblings = new bytes32[](2);
        leaf.siblings[1] = bytes32(Vectors.row(1));
        leaf.node = _part(0, position, 0, 128);
        for (uint256 level = 0; level < HEIGHT; ++level) {
            uint256 index = position >> level;
            leaf.path = bytes.concat(leaf.path, _part(level + 1, index >> 1, 0, 96), _part(level, index ^ 1, 128, 32));
        }
        shown[0] = ShownHoles.Shown({leaf: leaf, frame: frame});
    }

    /// @dev A record of the vectors' probe in which nothing was measured.
    function _record(uint256 seq, uint48 timeMs) private pure returns (bytes memory) {
        uint256 device = uint64(bytes8(sha256(abi.encode(Vectors.X, Vectors.Y))));
        uint256 w0 = (1 << 240) | (0xff00 << 224) | (device << 160) | (seq << 80) | (uint256(timeMs) << 32);
        (bytes32 r, bytes32 s) = cheats.signP256(Vectors.PRIVATE_KEY, ReadingSignature.recordHash(w0, 0, 0));
        return abi.encode(w0, 0, 0, r, s);
    }

    /// @dev Bytes of a node of the vectors: meta, mins, maxs, inside, digest.
    function _part(
        uint256 level,
        uint256 index,
        uint256 from,
        uint256 length
    ) private pure returns (bytes memory part) {
        bytes memory nodes = Vectors.level(level);
        part = new bytes(length);
        for (uint256 i = 0; i < length; ++i) part[i] = nodes[NODE_BYTES * index + from + i];
    }
}
