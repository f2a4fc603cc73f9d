// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Frame, FRAME_BYTES, frameFrom} from "../../../contracts/evidence/Frame.sol";
import {ReadingSignature} from "../../../contracts/identity/ReadingSignature.sol";
import {Spec} from "../Spec.sol";
import {Vectors} from "../Vectors.sol";

contract SignatureHarness {
    function verifies(bytes32 hash, uint256 r, uint256 s, uint256 x, uint256 y) external view returns (bool) {
        return ReadingSignature.verifies(hash, r, s, x, y);
    }

    function isSigned(bytes calldata raw) external view returns (bool) {
        return frameFrom(raw).isSignedBy(Vectors.X, Vectors.Y);
    }

    function inside(bytes calldata raw) external pure returns (bytes32) {
        return frameFrom(raw).inside();
    }

    function requirePrecompile() external view {
        ReadingSignature.requirePrecompile();
    }
}

contract ReadingSignatureTest is Spec {
    uint256 private constant ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551;

    SignatureHarness private harness = new SignatureHarness();

    function test_AcceptsEverySignatureOfTheVectors() external view {
        for (uint256 i = 0; i < Vectors.SIZE; ++i) {
            bytes memory frame = Vectors.frame(i);
            if (frame.length > 0) isTrue(harness.isSigned(frame), "a reading of the vectors");
        }
    }

    function test_AcceptsTheHighFormOfASignature() external view {
        isTrue(harness.isSigned(Vectors.HIGH_S_FRAME), "high s");
    }

    function test_HashesTheBytesThatAKeySignsToProvePossession() external view {
        same(block.chainid, Vectors.CHAIN_ID, "the chain of the vectors");
        bytes32 hash = ReadingSignature.possessionHash(address(0xaa), address(0xbb));
        same(hash, sha256(Vectors.REGISTER_SIGNED), "signed bytes");
    }

    function testFuzz_RefusesAnyChangedByteOfARecord(uint256 position, uint256 place, uint8 change) external view {
        cheats.assume(change != 0);
        bytes memory frame = Vectors.frame(fold(position, 0, 4));
        uint256 edited = fold(place, 0, FRAME_BYTES - 1);
        frame[edited] = bytes1(uint8(frame[edited]) ^ change);
        isFalse(harness.isSigned(frame), "an altered frame");
    }

    function testFuzz_AcceptsWhatAKeySigned(uint256 anyKey, bytes32 hash, bool high) external view {
        uint256 key = fold(anyKey, 1, ORDER - 1);
        (uint256 x, uint256 y) = cheats.publicKeyP256(key);
        (bytes32 r, bytes32 s) = cheats.signP256(key, hash);
        uint256 form = high ? ORDER - uint256(s) : uint256(s);
        isTrue(harness.verifies(hash, uint256(r), form, x, y), "a signature in either form");
        isFalse(harness.verifies(~hash, uint256(r), form, x, y), "the same over another hash");
    }

    function testFuzz_PutsEveryRootIntoItsLowForm(uint256 any) external pure {
        uint256 s = fold(any, 1, ORDER - 1);
        uint256 low = ReadingSignature.lowS(s);
        atMost(low, ORDER / 2, "low");
        isTrue(low == s || low == ORDER - s, "the same root");
        same(ReadingSignature.lowS(ORDER - s), low, "from either form");
    }

    function test_RefusesValuesOutsideTheOrder() external view {
        bytes memory raw = Vectors.frame(0);
        Frame memory frame = abi.decode(raw, (Frame));
        bytes32 hash = ReadingSignature.recordHash(frame.w0, uint256(bytes32(_word(raw, 1))), frame.w2);
        uint256[5] memory wrong = [uint256(0), ORDER, ORDER + 1, type(uint256).max, ORDER - 1];
        for (uint256 i = 0; i < wrong.length; ++i) {
            isFalse(harness.verifies(hash, uint256(frame.r), wrong[i], Vectors.X, Vectors.Y), "wrong s");
            isFalse(harness.verifies(hash, wrong[i], uint256(frame.s), Vectors.X, Vectors.Y), "wrong r");
        }
        isFalse(harness.verifies(hash, uint256(frame.r), uint256(frame.s), Vectors.X, Vectors.X), "not a point");
        isFalse(harness.verifies(hash, uint256(frame.r), uint256(frame.s), 0, 0), "no point");
    }

    /// @notice Whatever gas there is: a good signature is valid, or nothing is said.
    function test_NeverCallsAGoodSignatureInvalidForWantOfGas() external view {
        bytes memory frame = Vectors.frame(0);
        uint256 decided = 0;
        for (uint256 gasLimit = 500; gasLimit < 40_000; gasLimit += 97) {
            try harness.isSigned{gas: gasLimit}(frame) returns (bool valid) {
                isTrue(valid, "said to be invalid for want of gas");
                ++decided;
            } catch {
                continue;
            }
        }
        atMost(1, decided, "decided with enough gas");
    }

    function test_FindsThePrecompileHere() external view {
        harness.requirePrecompile();
    }

    function _word(bytes memory raw, uint256 i) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := mload(add(add(raw, 0x20), mul(i, 0x20)))
        }
    }
}
