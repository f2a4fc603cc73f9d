// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// Assembly here: a raw window checks a thousand signatures in one transaction, so nothing is allocated for them.
// solhint-disable no-inline-assembly

/// @title The one rule by which a probe's signature is valid (protocol §2)
/// @notice ES256 over a COSE Sig_structure of constant prefix, checked by the P-256 precompile of Osaka (EIP-7951).
/// @dev A call that cannot be decided (too little gas, no precompile) reverts: it never reads as "invalid". A contract
///      that uses this library calls `requirePrecompile` in its constructor.
library ReadingSignature {
    error NoPrecompile();
    error NotEnoughGas(uint256 available);

    /// @dev Addresses of precompiles, as numbers: assembly takes no others.
    uint256 private constant SHA256 = 0x02;
    uint256 private constant P256VERIFY = 0x100;

    /// @dev What the precompile costs (6,900), with room for the 1/64 that a call keeps back and for the call itself.
    uint256 private constant GAS_TO_VERIFY = 12_000;

    /// @dev The 38 bytes before every signed record: 84 6a "Signature1" 43 a10126 53 "pondproof/reading/1" 58 60.
    bytes32 private constant PREFIX_BEGIN = 0x846a5369676e61747572653143a1012653706f6e6470726f6f662f7265616469;
    bytes32 private constant PREFIX_END = 0x6e672f3158600000000000000000000000000000000000000000000000000000;

    /// @dev Order of the curve P-256.
    uint256 private constant ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551;

    /// @notice Hash of the signed bytes of a record.
    function recordHash(uint256 w0, uint256 w1, uint256 w2) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(PREFIX_BEGIN, bytes6(PREFIX_END), w0, w1, w2));
    }

    /// @notice Hash of the signed bytes of a proof of possession: `owner` holds the key, on this chain, in this registry.
    function possessionHash(address registry, address owner) internal view returns (bytes32) {
        bytes32 payload = keccak256(abi.encode(block.chainid, registry, owner));
        return
            sha256(
                abi.encodePacked(hex"846a", "Signature1", hex"43a1012654", "pondproof/register/1", hex"5820", payload)
            );
    }

    /// @notice `s`, or the other root `n − s` where that is the smaller one. Every check normalises first, so that an
    ///         honest signature in its high form is as good here as with OpenSSL and WebCrypto.
    function lowS(uint256 s) internal pure returns (uint256) {
        if (s <= ORDER / 2 || s >= ORDER) return s;
        return ORDER - s;
    }

    /// @notice True when (r, s) signs `hash` under the key (x, y).
    function verifies(bytes32 hash, uint256 r, uint256 s, uint256 x, uint256 y) internal view returns (bool) {
        return _ask(_words(hash, r, lowS(s), x, y));
    }

    /// @notice Memory on which records of one key are checked one after the other, nothing being moved:
    ///
    ///         26 bytes unused | 38 bytes of prefix | record w0 w1 w2 | r | s | x | y
    /// @return place where a record is put, with its signature behind it
    function desk(uint256 x, uint256 y) internal pure returns (uint256 place) {
        assembly ("memory-safe") {
            place := add(mload(0x40), 64)
            mstore(sub(place, 38), PREFIX_BEGIN)
            mstore(sub(place, 6), PREFIX_END)
            mstore(add(place, 160), x)
            mstore(add(place, 192), y)
            mstore(0x40, add(place, 224))
        }
    }

    /// @notice The hash of the record on a desk, and whether its signature is valid. s may be in either form: the
    ///         precompile takes both, as the constructor's `requirePrecompile` has seen.
    function verifiesOn(uint256 place) internal view returns (bytes32 hash, bool valid) {
        bool decided;
        uint256 question;
        uint256 w2;
        assembly ("memory-safe") {
            question := add(place, 64)
            decided := staticcall(gas(), SHA256, sub(place, 38), 134, 0, 32)
            hash := mload(0)
            // For the question, the hash stands where w2 does.
            w2 := mload(question)
            mstore(question, hash)
        }
        if (!decided) revert NotEnoughGas(gasleft());
        valid = _ask(question);
        assembly ("memory-safe") {
            mstore(question, w2)
        }
    }

    /// @notice Reverts where address 0x100 does not tell a good signature from a bad one.
    function requirePrecompile() internal view {
        // A reading of the protocol's test vectors.
        bytes32 hash = 0x018afd07307ec2ce31228dfebf8653fce6e2adb2ad6738e2d143aa07363b4e57;
        uint256 r = 0x567efcdefc1deff3d87d88f241d4bf99109c18419ccd9b0ce4629437f42de55c;
        uint256 s = 0x307a2ca0c3b4948d8973611b06548e106cd106a2d7e83666be5da975c6a2fa0c;
        uint256 x = 0x3943cfaf49d2dae5a98748467d0621070cfe680400e39f61a69eeec8910e1fc5;
        uint256 y = 0x133b287ee551bf818a4b960f4428c53ca2f3f04a97269ca43d6064c01e969ee1;
        require(verifies(hash, r, s, x, y) && !verifies(~hash, r, s, x, y), NoPrecompile());
        require(_ask(_words(hash, r, ORDER - s, x, y)), NoPrecompile());
    }

    /// @dev Asks the precompile about the five words hash, r, s, x, y.
    function _ask(uint256 question) private view returns (bool valid) {
        if (gasleft() < GAS_TO_VERIFY) revert NotEnoughGas(gasleft());
        bool decided;
        assembly ("memory-safe") {
            decided := staticcall(gas(), P256VERIFY, question, 160, 0, 32)
            // A signature that is not valid gives no bytes at all, and leaves what was there.
            valid := and(eq(returndatasize(), 32), eq(mload(0), 1))
        }
        if (!decided) revert NotEnoughGas(gasleft());
    }

    /// @dev Five words behind the free memory pointer, which stays where it is.
    function _words(bytes32 hash, uint256 r, uint256 s, uint256 x, uint256 y) private pure returns (uint256 words) {
        assembly ("memory-safe") {
            words := mload(0x40)
            mstore(words, hash)
            mstore(add(words, 32), r)
            mstore(add(words, 64), s)
            mstore(add(words, 96), x)
            mstore(add(words, 128), y)
        }
    }
}
