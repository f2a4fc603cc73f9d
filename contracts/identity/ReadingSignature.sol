// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The one rule by which a probe's signature is valid (protocol §2)
/// @notice ES256 over a COSE Sig_structure of constant prefix, checked by the P-256 precompile of Osaka (EIP-7951).
/// @dev A call that cannot be decided (too little gas, no precompile) reverts: it never reads as "invalid". A contract
///      that uses this library calls `requirePrecompile` in its constructor.
library ReadingSignature {
    error NoPrecompile();
    error NotEnoughGas(uint256 available);

    address private constant P256VERIFY = address(0x100);

    /// @dev What the precompile costs (6,900), with room for the 1/64 that a call keeps back and for the call itself.
    uint256 private constant GAS_TO_VERIFY = 12_000;

    /// @dev Order of the curve P-256.
    uint256 private constant ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551;

    /// @notice Hash of the signed bytes of a record.
    function recordHash(uint256 w0, uint256 w1, uint256 w2) internal pure returns (bytes32) {
        return
            sha256(
                abi.encodePacked(hex"846a", "Signature1", hex"43a1012653", "pondproof/reading/1", hex"5860", w0, w1, w2)
            );
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
        return s > ORDER / 2 && s < ORDER ? ORDER - s : s;
    }

    /// @notice True when (r, s) signs `hash` under the key (x, y).
    function verifies(bytes32 hash, uint256 r, uint256 s, uint256 x, uint256 y) internal view returns (bool) {
        bytes memory question = abi.encode(hash, r, lowS(s), x, y);
        require(gasleft() >= GAS_TO_VERIFY, NotEnoughGas(gasleft()));
        (bool decided, bytes memory answer) = P256VERIFY.staticcall(question);
        require(decided, NotEnoughGas(gasleft()));
        return answer.length == 32 && bytes32(answer) == bytes32(uint256(1));
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
    }
}
