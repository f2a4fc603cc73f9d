// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IBatchLedger} from "../../../contracts/evidence/IBatchLedger.sol";
import {IWindowVerifier} from "../../../contracts/evidence/IWindowVerifier.sol";
import {WindowVerifier} from "../../../contracts/evidence/WindowVerifier.sol";
import {Spec} from "../Spec.sol";
import {Vectors} from "../Vectors.sol";

/// @notice A ledger that has the vectors' batch alone, under number 1.
contract OneBatch {
    function batch(uint256 number) external pure returns (IBatchLedger.Batch memory anchored) {
        if (number != 1) return anchored;
        return IBatchLedger.Batch({directoryRoot: Vectors.DIRECTORY_ROOT, streamCount: 3, anchoredAt: 7});
    }
}

contract WindowVerifierTest is Spec {
    uint48 private constant FROM_MS = 1000;
    uint48 private constant TO_MS = 2000;
    bytes private constant EMPTY = hex"00";
    bytes private constant OPENED = hex"01";

    WindowVerifier private verifier = new WindowVerifier(IBatchLedger(address(new OneBatch())));

    function test_FindsTheWindowsOfTheVectors() external view {
        for (uint256 i = 0; i < 2; ++i) {
            (uint48 fromMs, uint48 toMs, bytes memory walk) = Vectors.window(i);
            IWindowVerifier.Window memory window = verifier.verify(
                Vectors.STREAM_ID,
                fromMs,
                toMs,
                _proof(Vectors.SIZE, walk)
            );
            isTrue(window.count > 0 && window.firstMs >= fromMs && window.lastMs <= toMs, "readings of the window");
            same(window.anchoredAt, 7, "anchored at");
        }
    }

    function testFuzz_RefusesAWalkWithAnyByteChanged(uint256 which, uint256 anyPlace, uint8 change) external view {
        cheats.assume(change != 0);
        (uint48 fromMs, uint48 toMs, bytes memory walk) = Vectors.window(which % 2);
        uint256 place = fold(anyPlace, 0, walk.length - 1);
        walk[place] = bytes1(uint8(walk[place]) ^ change);
        isFalse(_accepts(fromMs, toMs, _proof(Vectors.SIZE, walk)), "an altered walk");
    }

    function testFuzz_RefusesAWalkCutOrGrown(uint256 which, uint256 anyLength, bytes1 behind) external view {
        (uint48 fromMs, uint48 toMs, bytes memory walk) = Vectors.window(which % 2);
        bytes memory grown = bytes.concat(walk, behind);
        uint256 length = fold(anyLength, 0, walk.length - 1);
        assembly ("memory-safe") {
            mstore(walk, length)
        }
        isFalse(_accepts(fromMs, toMs, _proof(Vectors.SIZE, walk)), "a walk that is cut");
        isFalse(_accepts(fromMs, toMs, _proof(Vectors.SIZE, grown)), "a walk that goes on");
    }

    function testFuzz_RefusesAnotherPathSizeOrPlace(uint256 size, uint256 index, bytes32 sibling) external view {
        (uint48 fromMs, uint48 toMs, bytes memory walk) = Vectors.window(0);
        IWindowVerifier.WindowProof memory proof = _proof(Vectors.SIZE, walk);
        proof.siblings[1] = sibling;
        isFalse(_accepts(fromMs, toMs, proof), "another sibling");
        proof = _proof(size == Vectors.SIZE ? size + 1 : size, walk);
        isFalse(_accepts(fromMs, toMs, proof), "another size");
        proof = _proof(Vectors.SIZE, walk);
        proof.index = index == 2 ? 3 : index;
        isFalse(_accepts(fromMs, toMs, proof), "another entry");
    }

    /// @notice Whatever gas there is: a good proof gives its window, or nothing is said.
    function test_SaysTheSameAtAnyGasLimit() external view {
        (uint48 fromMs, uint48 toMs, bytes memory walk) = Vectors.window(0);
        IWindowVerifier.WindowProof memory proof = _proof(Vectors.SIZE, walk);
        bytes32 wanted = keccak256(abi.encode(verifier.verify(Vectors.STREAM_ID, fromMs, toMs, proof)));
        uint256 answered = 0;
        for (uint256 gasLimit = 1_000; gasLimit < 200_000; gasLimit += 997) {
            try verifier.verify{gas: gasLimit}(Vectors.STREAM_ID, fromMs, toMs, proof) returns (
                IWindowVerifier.Window memory window
            ) {
                same(keccak256(abi.encode(window)), wanted, "another window for want of gas");
                ++answered;
            } catch (bytes memory reason) {
                same(reason.length, 0, "another refusal for want of gas");
            }
        }
        isTrue(answered > 0, "answered with enough gas");
    }

    function test_RevertWhen_NoSuchWindowOrBatchCanBe() external {
        (uint48 fromMs, uint48 toMs, bytes memory walk) = Vectors.window(0);
        IWindowVerifier.WindowProof memory proof = _proof(Vectors.SIZE, walk);
        cheats.expectRevert(abi.encodeWithSelector(IWindowVerifier.WindowBackwards.selector, toMs, fromMs));
        verifier.verify(Vectors.STREAM_ID, toMs, fromMs, proof);
        _refuses(0, walk, abi.encodeWithSelector(IWindowVerifier.ImpossibleSize.selector, 0));
        uint256 tooMany = (1 << 32) + 1;
        _refuses(tooMany, walk, abi.encodeWithSelector(IWindowVerifier.ImpossibleSize.selector, tooMany));
        cheats.expectRevert(abi.encodeWithSelector(IWindowVerifier.NotInDirectory.selector, bytes32("other"), 1));
        verifier.verify("other", fromMs, toMs, proof);
        proof.batch = 2;
        cheats.expectRevert(abi.encodeWithSelector(IWindowVerifier.UnknownBatch.selector, 2));
        verifier.verify(Vectors.STREAM_ID, fromMs, toMs, proof);
    }

    function test_RevertWhen_TheWalkIsMalformed() external {
        bytes memory good = bytes.concat(OPENED, _reading(500), _reading(1500));
        _refuses(2, "", _malformed(0));
        _refuses(2, OPENED, _malformed(1));
        _refuses(1, OPENED, _malformed(0));
        _refuses(2, hex"03", _malformed(0));
        _refuses(2, bytes.concat(OPENED, _reading(500), hex"02", new bytes(127)), _malformed(131));
        _refuses(2, bytes.concat(good, EMPTY), _malformed(259));
        _refuses(1, _node((1 << 208) | (1 << 160) | (1 << 96) | 1), _malformed(1));
        _refuses(1, _node((1 << 64) | (1 << 48)), _malformed(1));
        _refuses(1, _node((2 << 208) | (1 << 160) | (1 << 96)), _malformed(1));
    }

    function test_RevertWhen_ANodeStandsForOtherPositions() external {
        _refuses(1, EMPTY, _wrongOccupancy(0, 0));
        _refuses(2, _reading(500), _wrongOccupancy(1, 0));
        bytes memory three = bytes.concat(OPENED, _readings(500, 600, 2, 0), OPENED, _reading(700));
        _refuses(3, bytes.concat(three, _reading(800)), _wrongOccupancy(0, 3));
        bytes memory five = bytes.concat(OPENED, _readings(500, 600, 4, 0), OPENED, OPENED, _reading(700), EMPTY);
        _refuses(5, bytes.concat(five, OPENED), _wrongOccupancy(1, 3));
        _refuses(5, bytes.concat(five, EMPTY), abi.encodeWithSelector(IWindowVerifier.NoReadingInside.selector));
    }

    function test_RevertWhen_AReadingBesideOrInsideIsLacking() external {
        bytes4 before = IWindowVerifier.NoReadingBefore.selector;
        _refuses(1, _holes(1), abi.encodeWithSelector(before));
        _refuses(1, _reading(1500), abi.encodeWithSelector(before));
        _refuses(1, _reading(2500), abi.encodeWithSelector(before));
        bytes4 inside = IWindowVerifier.NoReadingInside.selector;
        _refuses(1, _reading(500), abi.encodeWithSelector(inside));
        _refuses(2, bytes.concat(OPENED, _reading(500), _reading(2500)), abi.encodeWithSelector(inside));
        bytes memory two = bytes.concat(OPENED, _reading(500), _reading(1500));
        _refuses(2, two, abi.encodeWithSelector(IWindowVerifier.NoReadingAfter.selector));
    }

    function test_RevertWhen_ANodeStraddlesTheEdge() external {
        bytes4 straddles = IWindowVerifier.Straddles.selector;
        _refuses(2, _readings(500, 1500, 2, 0), abi.encodeWithSelector(straddles, 1, 0));
        _refuses(2, _readings(1500, 2500, 2, 0), abi.encodeWithSelector(straddles, 1, 0));
    }

    function test_RevertWhen_TimesRunBackwards() external {
        bytes4 order = IWindowVerifier.OutOfOrder.selector;
        bytes memory three = bytes.concat(OPENED, OPENED, _reading(500), _reading(1500), OPENED);
        // A reading before the window behind one inside, one inside behind one after, and two inside turned round.
        _refuses(4, bytes.concat(three, _reading(600)), abi.encodeWithSelector(order, 0, 2));
        _refuses(4, bytes.concat(three, _reading(2500), _reading(1600)), abi.encodeWithSelector(order, 0, 3));
        _refuses(4, bytes.concat(three, _reading(1500)), abi.encodeWithSelector(order, 0, 2));
        // Two before the window, turned round: the parent cannot be made.
        _refuses(2, bytes.concat(OPENED, _reading(600), _reading(500)), abi.encodeWithSelector(order, 1, 0));
    }

    function test_RevertWhen_ANeighbourHasHoles() external {
        bytes4 beside = IWindowVerifier.HolesBesideTheWindow.selector;
        bytes memory left = bytes.concat(OPENED, _readings(500, 600, 1, 1), OPENED, _reading(1500), _reading(2500));
        _refuses(4, left, abi.encodeWithSelector(beside, 1, 0));
        bytes memory right = bytes.concat(OPENED, OPENED, _reading(500), _reading(1500), _readings(2500, 2600, 1, 1));
        _refuses(4, right, abi.encodeWithSelector(beside, 1, 1));
    }

    /// @notice All rules of the walk are kept: only the root is not the anchored one.
    function test_PassesHolesBeforeInsideAndAfter() external {
        bytes memory walk = bytes.concat(OPENED, OPENED, _holes(2), OPENED, _reading(500), _holes(1));
        walk = bytes.concat(walk, OPENED, OPENED, _reading(1500), _holes(1));
        walk = bytes.concat(walk, OPENED, _reading(2500), _holes(1));
        _refuses(8, walk, abi.encodeWithSelector(IWindowVerifier.NotInDirectory.selector, Vectors.STREAM_ID, 1));
    }

    function _refuses(uint256 size, bytes memory walk, bytes memory reason) private {
        cheats.expectRevert(reason);
        verifier.verify(Vectors.STREAM_ID, FROM_MS, TO_MS, _proof(size, walk));
    }

    function _accepts(
        uint48 fromMs,
        uint48 toMs,
        IWindowVerifier.WindowProof memory proof
    ) private view returns (bool accepted) {
        bytes memory call = abi.encodeCall(IWindowVerifier.verify, (Vectors.STREAM_ID, fromMs, toMs, proof));
        (accepted, ) = address(verifier).staticcall(call);
    }

    /// @dev The stream is the last of the vectors' three entries.
    function _proof(
        uint256 size,
        bytes memory walk
    ) private pure returns (IWindowVerifier.WindowProof memory proof) {
        bytes32[] memory siblings = new bytes32[](2);
        siblings[1] = bytes32(Vectors.row(1));
        return IWindowVerifier.WindowProof({batch: 1, index: 2, siblings: siblings, size: size, walk: walk});
    }

    function _malformed(uint256 offset) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IWindowVerifier.MalformedProof.selector, offset);
    }

    function _wrongOccupancy(uint256 level, uint256 index) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IWindowVerifier.WrongOccupancy.selector, level, index);
    }

    function _reading(uint256 timeMs) private pure returns (bytes memory) {
        return _readings(timeMs, timeMs, 1, 0);
    }

    function _holes(uint256 missing) private pure returns (bytes memory) {
        return _node(missing << 64);
    }

    function _readings(
        uint256 firstMs,
        uint256 lastMs,
        uint256 count,
        uint256 missing
    ) private pure returns (bytes memory) {
        return _node((firstMs << 208) | (lastMs << 160) | (count << 96) | (missing << 64));
    }

    /// @dev A frontier node with this meta and no values.
    function _node(uint256 meta) private pure returns (bytes memory) {
        return abi.encodePacked(hex"02", meta, new bytes(96));
    }
}
